"""The pages of bulk edits ..."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop_plugin.domain.attributes import ATTRIBUTES
from shop_plugin.models import AuditEntry, BulkEdit, Listing, Observation
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.staff.bulk_edits import chunks, previewing, working
from shop_plugin.services.staff.bulk_edits.working import MOST_FAILURES, work_on_bulk_edits
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db

LISTINGS = "/admin/footback/listing/"
EDITS = "/admin/footback/bulkedit/"
ARCH = {"arch_support-do": "replace", "arch_support-value": "3", "reason": "spring list"}


def make_user(name: str, *permissions: str):
    user = get_user_model().objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


@pytest.fixture
def staff():
    client = Client()
    client.force_login(make_user("alex", "view_listing", "run_bulkedit", "undo_bulkedit"))
    return client


@pytest.fixture
def shoes(now):
    made = [ListingFactory(use_category="walking") for _ in range(3)]
    made += [ListingFactory(use_category="sandal", title="Orla Strand") for _ in range(2)]
    ids = [listing.pk for listing in made]
    annotate_listings(listing_ids=ids, now=now)
    assess_listings(listing_ids=ids, now=now)
    return made


def begin(client: Client, listings: list[Listing], query: str = "", **more: str):
    """Choose the action in the list, as the browser does."""
    sent = {
        "action": "edit_many",
        "_selected_action": [listing.pk for listing in listings],
        "index": "0",
        "select_across": "0",
        **more,
    }
    return client.post(f"{LISTINGS}{query}", sent)


def page_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def send(client: Client, address: str, **sent) -> str:
    """Send a form and return the page that follows."""
    response = client.post(address, sent, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def state() -> str:
    return BulkEdit.objects.order_by("-pk")[0].state


def test_lead_from_chosen_rows_to_the_form_and_change_nothing_yet(staff, shoes):
    response = begin(staff, shoes[:2])
    edit = BulkEdit.objects.get()
    assert response.url == f"{EDITS}{edit.pk}/change/"
    assert (edit.total, edit.state, edit.criteria) == (2, "draft", "chosen by hand")
    text = page_of(staff, response.url)
    assert "What to do with 2 listings" in text
    assert text.count('<option value="clear_all_sources"') == len(ATTRIBUTES)
    assert not Observation.objects.filter(source_kind="staff").exists()


def test_take_all_that_a_filter_finds_not_only_the_page(staff, shoes):
    begin(staff, shoes[3:4], "?category=sandal&q=orla", select_across="1")
    edit = BulkEdit.objects.get()
    assert edit.total == 2
    assert edit.criteria == "kind of shoe: Sandals; search: orla"


def test_go_from_the_form_over_the_preview_to_the_end_and_back(staff, shoes):
    address = begin(staff, shoes).url
    text = send(staff, address, preview="1", **ARCH)
    assert "5 of 5 listings would change." in text
    assert "Arch support" in text
    assert "Do it for 5 listings" in text
    text = send(staff, address, confirm="1")
    assert "5 of 5 listings were looked at, 5 of them changed." in text
    assert Observation.objects.filter(source_kind="staff", state="accepted").count() == 5
    text = send(staff, address, undo="1", reason="wrong list")
    assert "Puts back" in text
    assert not Observation.objects.filter(source_kind="staff", state="accepted").exists()
    entry = AuditEntry.objects.filter(action="bulk_undo")[0]
    assert (entry.reason, entry.actor.username) == ("wrong list", "alex")
    assert "Put back by" in page_of(staff, address)


def test_understand_units_and_show_them_before_and_after(staff, shoes):
    address = begin(staff, shoes[:1]).url
    sent = {"heel_height_mm-do": "add_where_unknown", "heel_height_mm-value": "2 3/4 in"}
    text = send(staff, address, preview="1", reason="measured", **sent)
    assert "2¾ in" in text
    send(staff, address, confirm="1")
    said = Observation.objects.get(source_kind="staff")
    assert (said.low_milli, said.original) == (69_850, "2 3/4 in")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"heel_height_mm-do": "replace", "heel_height_mm-value": "70"}, "not understood"),
        ({"heel_height_mm-do": "replace", "heel_height_mm-value": ""}, "Write the value"),
        ({"arch_support-do": "no_change", "arch_support-value": "3"}, "Choose, or empty it"),
        ({"arch_support-do": "clear_all_sources", "arch_support-value": "3"}, "or empty it"),
        ({}, "Choose an operation for at least one fact."),
    ],
)
def test_say_what_is_wrong_and_lose_nothing(staff, shoes, sent, said):
    address = begin(staff, shoes[:1]).url
    text = send(staff, address, preview="1", reason="kept words", **sent)
    assert said in text
    assert "kept words" in text
    assert state() == "draft"


def test_ask_for_a_reason(staff, shoes):
    address = begin(staff, shoes[:1]).url
    text = send(staff, address, preview="1", **{**ARCH, "reason": " "})
    assert "This field is required." in text


def test_go_back_to_the_form_with_all_that_was_said(staff, shoes):
    address = begin(staff, shoes[:1]).url
    send(staff, address, preview="1", **ARCH)
    text = send(staff, address, reopen="1")
    assert 'value="spring list"' in text
    assert '<option value="replace" selected>' in text
    assert '<option value="3" selected>' in text


def test_discard_an_edit_that_was_not_confirmed(staff, shoes):
    address = begin(staff, shoes[:1]).url
    text = send(staff, address, cancel="1")
    assert "No listing was changed." in text
    assert state() == "cancelled"


def test_leave_many_listings_to_the_worker_and_tell_how_far_it_is(
    staff, shoes, now, monkeypatch, settings
):
    monkeypatch.setattr(working, "SMALL", 1)
    settings.FOOTBACK = {**settings.FOOTBACK, "CHUNK_SIZE": 2}
    address = begin(staff, shoes).url
    text = send(staff, address, preview="1", **ARCH)
    assert "Working out what would happen" in text
    assert '<meta http-equiv="refresh" content="5">' in text
    work_on_bulk_edits(now=now)
    assert "Waits for its turn" in send(staff, address, confirm="1")
    working.do_next_step(now=now)
    told = staff.get(f"{address}?progress=1").json()
    assert told == {
        "state": "running",
        "percent": 40,
        "text": "2 of 5 listings (40 %)",
        "cancelling": False,
    }
    text = send(staff, address, cancel="1")
    assert "Stopping after the listings" in text
    work_on_bulk_edits(now=now)
    text = page_of(staff, address)
    assert "Called off" in text
    assert "2 of 5 listings were looked at, 2 of them changed." in text
    assert "Undo this edit" in text


def test_say_that_a_preview_looked_at_a_sample(staff, shoes, monkeypatch):
    monkeypatch.setattr(previewing, "MOST_PREVIEWED", 2)
    address = begin(staff, shoes).url
    text = send(staff, address, preview="1", **ARCH)
    assert "Counted on an even sample of 2 of the 5 listings." in text


def test_show_why_an_edit_failed_and_let_it_go_on(staff, shoes, now, monkeypatch):
    address = begin(staff, shoes).url
    send(staff, address, preview="1", **ARCH)
    with monkeypatch.context() as broken:
        broken.setattr(chunks, "assess_listings", lambda **_: 1 / 0)
        send(staff, address, confirm="1")
        for _ in range(MOST_FAILURES):
            work_on_bulk_edits(now=now)
    text = page_of(staff, address)
    assert "ZeroDivisionError" in text
    assert "Go on where it stopped" in text
    send(staff, address, resume="1")
    work_on_bulk_edits(now=now)
    assert state() == "done"


def test_name_what_an_undo_left(staff, shoes):
    address = begin(staff, shoes[:2]).url
    send(staff, address, preview="1", **ARCH)
    send(staff, address, confirm="1")
    Observation.objects.filter(listing=shoes[0], source_kind="staff").update(state="superseded")
    Observation.objects.create(
        listing=shoes[0],
        attribute="arch_support",
        options="1",
        source_kind="staff",
        rule="staff.tag",
        confidence=1000,
        observed_at=shoes[0].created_at,
    )
    text = send(staff, address, undo="1")
    assert "Left as they were" in text
    assert "somebody changed it since" in text
    assert shoes[0].title in text


def test_say_when_somebody_else_was_faster(staff, shoes):
    address = begin(staff, shoes[:1]).url
    send(staff, address, preview="1", **ARCH)
    send(staff, address, confirm="1")
    assert "the edit has moved on" in send(staff, address, confirm="1")


def test_stand_in_the_history_of_the_listing(staff, shoes):
    address = begin(staff, shoes[:1]).url
    send(staff, address, preview="1", **ARCH)
    send(staff, address, confirm="1")
    text = page_of(staff, f"{LISTINGS}{shoes[0].pk}/change/")
    assert "Arch support set to high by a bulk edit" in text


def test_list_edits_with_state_and_counts_without_a_query_for_each(staff, shoes):
    def count_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            page_of(staff, EDITS)
        return len(queries)

    address = begin(staff, shoes[:1]).url
    send(staff, address, preview="1", **ARCH)
    few = count_queries()
    for _ in range(3):
        address = begin(staff, shoes[:1]).url
        send(staff, address, preview="1", **ARCH)
    send(staff, address, confirm="1")
    assert count_queries() == few
    text = page_of(staff, EDITS)
    assert "Arch support: Replace by: high (spring list)" in text
    assert text.count('data-state="previewed"') == 3


def test_offer_the_action_only_to_whoever_may_run_edits(shoes):
    client = Client()
    client.force_login(make_user("kim", "view_listing", "change_listing"))
    assert "edit_many" not in page_of(client, LISTINGS)
    begin(client, shoes)
    assert not BulkEdit.objects.exists()
    assert client.get(EDITS).status_code == 403


def test_let_only_whoever_may_undo_undo(staff, shoes):
    address = begin(staff, shoes[:1]).url
    send(staff, address, preview="1", **ARCH)
    send(staff, address, confirm="1")
    client = Client()
    client.force_login(make_user("kim", "run_bulkedit"))
    assert "Undo this edit" not in page_of(client, address)
    assert client.post(address, {"undo": "1"}).status_code == 403
    viewer = Client()
    viewer.force_login(make_user("robin", "view_bulkedit"))
    assert "Undo this edit" not in page_of(viewer, address)
    assert viewer.post(address, {"confirm": "1"}).status_code == 403


def test_lead_back_to_the_list_from_an_edit_that_is_not_there(staff):
    response = staff.get(f"{EDITS}4711/change/", follow=True)
    assert "doesn’t exist" in response.content.decode()
