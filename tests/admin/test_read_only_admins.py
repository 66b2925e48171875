"""What staff may read: runs, people, purchases, nudges, messages and the log."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse

from shop_plugin.admin.audit_words import ACTIONS
from shop_plugin.admin.nudge_reasons import REASONS, name_reason
from shop_plugin.admin.presenting import ACTION_TEXTS
from shop_plugin.domain.nudge_gates import Gate
from shop_plugin.models import (
    Assessment,
    Attempt,
    AuditEntry,
    Consent,
    Contact,
    JobRun,
    Message,
    Nudge,
    Observation,
    Purchase,
    RefusedRow,
    Suppression,
)
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from tests.factories import ContactFactory, ListingFactory, PurchaseFactory

pytestmark = pytest.mark.django_db

READ_ONLY = [
    Observation,
    Assessment,
    JobRun,
    RefusedRow,
    AuditEntry,
    Contact,
    Suppression,
    Purchase,
    Nudge,
    Message,
]


@pytest.fixture
def rows(now):
    """One row of everything, linked as a real one would be."""
    listing = ListingFactory(description="A cushioned walker.")
    annotate_listings(listing_ids=[listing.pk], now=now)
    assess_listings(listing_ids=[listing.pk], now=now)
    contact = ContactFactory(email="robin.hale@example.org")
    Consent.objects.create(contact=contact, basis="soft_opt_in", source="order", at=now)
    purchase = PurchaseFactory(
        contact=contact,
        listing=listing,
        quantity=2,
        quantity_returned=1,
        life_low_days=200,
        life_high_days=400,
    )
    message = Message.objects.create(
        contact=contact, state="uncertain", reason="worker_died", not_before=now, created_at=now
    )
    Attempt.objects.create(message=message, at=now, phase="data", detail="connection cut")
    nudge = Nudge.objects.create(
        purchase=purchase,
        stage=1,
        state="skipped",
        reason="backfill",
        due_on=now.date(),
        not_before=now,
        message=message,
        created_at=now,
    )
    run = JobRun.objects.create(
        kind="import_listings",
        state="done",
        source="shop",
        file_name="spring.csv",
        lines_done=1200,
        counts={"created": 1190, "refused": 10, "unchanged": 0},
        started_at=now,
        finished_at=now + timedelta(seconds=12),
    )
    refused = RefusedRow.objects.create(
        run=run, line=7, field="price", code="not_a_number", reason="no price", raw="a;b"
    )
    entry = AuditEntry.objects.create(
        action="tag", subject=f"listing:{listing.pk}", after={"believed": ["3"]}, at=now
    )
    suppression = Suppression.objects.create(email_hash="ab" * 32, reason="unsubscribed", at=now)
    return {
        Observation: Observation.objects.first(),
        Assessment: Assessment.objects.first(),
        JobRun: run,
        RefusedRow: refused,
        AuditEntry: entry,
        Contact: contact,
        Suppression: suppression,
        Purchase: purchase,
        Nudge: nudge,
        Message: message,
    }


def list_url(model):
    return reverse(f"admin:footback_{model._meta.model_name}_changelist")


def page_url(item, page="change"):
    return reverse(f"admin:footback_{item._meta.model_name}_{page}", args=[item.pk])


def read(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("model", READ_ONLY)
def test_shows_list_and_page_to_read_only(admin_client, rows, model):
    assert "_save" not in read(admin_client, list_url(model))
    page = read(admin_client, page_url(rows[model]))
    assert 'name="_save"' not in page
    add = reverse(f"admin:footback_{model._meta.model_name}_add")
    assert admin_client.get(add).status_code == 403
    assert admin_client.get(page_url(rows[model], "delete")).status_code == 403
    assert admin_client.post(page_url(rows[model]), {}).status_code == 403


@pytest.mark.parametrize("model", READ_ONLY)
def test_searches_without_an_error(admin_client, rows, model):
    assert "0 results" in read(admin_client, list_url(model) + "?q=nothing-like-it")


@pytest.mark.parametrize(("model", "make"), [(Contact, "contact"), (Purchase, "purchase")])
def test_asks_the_database_no_more_for_more_rows(
    admin_client, rows, model, make, django_assert_num_queries, django_assert_max_num_queries
):
    read(admin_client, list_url(model))
    with django_assert_max_num_queries(12) as few:
        read(admin_client, list_url(model))
    for _number in range(20):
        PurchaseFactory()
    with django_assert_num_queries(len(few.captured_queries)):
        read(admin_client, list_url(model))


def staff_client(client, *codenames):
    user = get_user_model().objects.create_user("alex", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    client.force_login(user)
    return client


def test_masks_addresses_for_whoever_may_not_see_them(client, rows):
    viewer = staff_client(client, "view_contact", "view_message")
    for url in (
        list_url(Contact),
        page_url(rows[Contact]),
        list_url(Message),
        page_url(rows[Message]),
    ):
        content = read(viewer, url)
        assert "robin.hale" not in content
        assert "r•••@example.org" in content


def test_masks_a_customer_number_that_is_an_address(client, rows):
    Contact.objects.update(external_id="robin.hale@example.org")
    viewer = staff_client(client, "view_contact", "view_message", "view_purchase")
    for model in (Contact, Message, Purchase):
        for url in (list_url(model), page_url(rows[model])):
            content = read(viewer, url)
            assert "robin.hale" not in content
            assert "test:r•••@example.org" in content
        found = read(viewer, list_url(model) + "?q=robin.hale@example.org")
        assert "0 results" in found


def test_shows_addresses_in_full_with_the_permission(client, rows):
    viewer = staff_client(client, "view_contact", "view_contact_address")
    assert "robin.hale@example.org" in read(viewer, list_url(Contact))
    assert "robin.hale@example.org" in read(viewer, page_url(rows[Contact]))


def test_finds_by_address_only_whoever_may_see_addresses(client, admin_client, rows):
    query = list_url(Contact) + "?q=robin.hale@example.org"
    assert "test:person" in read(admin_client, query)
    viewer = staff_client(client, "view_contact")
    assert "test:person" not in read(viewer, query)


def test_shows_no_token_that_would_unsubscribe_or_claim(admin_client, rows):
    Message.objects.update(token="secret-claim")
    contact = rows[Contact]
    assert contact.unsubscribe_token not in read(admin_client, page_url(contact))
    assert "secret-claim" not in read(admin_client, page_url(rows[Message]))


def test_shows_what_a_run_did_and_the_rows_it_refused(admin_client, rows):
    page = read(admin_client, page_url(rows[JobRun]))
    assert "1200 lines, created 1190, refused 10" in page
    assert "12.0 s" in page
    assert "no price" in page
    assert "<code>a;b</code>" in page
    assert "Show all refused rows" not in page


def test_shows_the_first_refused_rows_and_links_to_all(admin_client, rows):
    run = rows[JobRun]
    RefusedRow.objects.bulk_create(
        RefusedRow(run=run, line=line, code="x", reason=f"reason {line}") for line in range(8, 80)
    )
    page = read(admin_client, page_url(run))
    assert "reason 56" in page
    assert "reason 57" not in page
    link = f"{list_url(RefusedRow)}?run__id__exact={run.pk}"
    assert link in page
    assert "reason 79" in read(admin_client, link + "&p=2")


def test_tells_the_log_in_words_with_the_name_of_the_shoe(
    admin_client, rows, django_assert_num_queries, django_assert_max_num_queries
):
    listing = rows[Purchase].listing
    note = AuditEntry.objects.get()
    AuditEntry.objects.filter(pk=note.pk).update(
        after={"attribute": "arch_support", "evidence": ["3"]}
    )
    AuditEntry.objects.create(
        action="set_mode", subject="nudge_control", reason="spring", at=note.at
    )
    AuditEntry.objects.create(action="export", subject=f"contact:{rows[Contact].pk}", at=note.at)
    page = read(admin_client, list_url(AuditEntry))
    with django_assert_max_num_queries(14) as few:
        read(admin_client, list_url(AuditEntry))
    asked = len(few.captured_queries)
    assert "Arch support set to high" in page
    url = reverse("admin:footback_listing_change", args=[listing.pk])
    assert f'<a href="{url}">{listing.title}</a>' in page
    assert "the mode of the mailer set" in page
    assert f'href="{page_url(rows[Contact])}"' in page
    assert "set_mode</" not in page
    assert listing.title in read(admin_client, page_url(note))
    for number in range(20):
        AuditEntry.objects.create(action="tag", subject=f"listing:{number}", at=note.at)
    with django_assert_num_queries(asked):
        read(admin_client, list_url(AuditEntry))


def test_has_words_for_every_action_that_is_told_of_a_shoe():
    assert ACTION_TEXTS.keys() <= ACTIONS.keys()


@pytest.mark.parametrize("subject", ["listing:x", "listing:", "listing:99999999999", "odd", ":"])
def test_shows_an_entry_about_something_odd(admin_client, rows, subject):
    entry = AuditEntry.objects.create(
        action="something_new", subject=subject, at=rows[JobRun].started_at
    )
    assert "something new" in read(admin_client, list_url(AuditEntry))
    assert "something new" in read(admin_client, page_url(entry))


def test_says_what_would_fill_an_empty_list(admin_client):
    page = read(admin_client, reverse("admin:footback_bulkedit_changelist"))
    assert "Nothing here yet. Tick shoes in the list of listings" in page
    page = read(admin_client, reverse("admin:footback_bulkedit_changelist") + "?state__exact=done")
    assert 'Nothing here with what is chosen. <a href="?">Show all</a>' in page


def test_says_how_long_a_run_is_going_on(admin_client, rows, now):
    JobRun.objects.create(kind="annotate", state="running", started_at=now, lines_done=1)
    assert "since" in read(admin_client, list_url(JobRun))


def test_escapes_what_came_from_a_file(admin_client, rows):
    RefusedRow.objects.update(raw="<script>alert(1)</script>", reason="<b>no</b>")
    page = read(admin_client, page_url(rows[JobRun]))
    assert "<script>alert(1)" not in page
    assert "<b>no</b>" not in page


def test_says_why_in_words(admin_client, rows):
    assert "due long before the shop went live" in read(admin_client, list_url(Nudge))
    page = read(admin_client, page_url(rows[Message]))
    assert "the worker died while handing it over" in page
    assert "connection cut" in page
    assert "Marlow Walker" in page


def test_filters_nudges_by_words_and_not_by_codes(admin_client, rows):
    page = read(admin_client, list_url(Nudge))
    links = dict(re.findall(r'<a href="\?(\w+=\w+)">([^<]+)</a>', page))
    assert links["reason=backfill"] == "due long before the shop went live"
    assert (links["stage=1"], links["stage=2"]) == ("worth a look", "repair or replace")
    assert "1 nudge" in read(admin_client, list_url(Nudge) + "?reason=backfill&stage=1")
    assert "0 nudges" in read(admin_client, list_url(Nudge) + "?reason=backfill&stage=2")
    assert "0 nudges" in read(admin_client, list_url(Nudge) + "?reason=gift&stage=x")


def test_tells_the_stage_of_a_nudge_in_words(admin_client, rows):
    for url in (list_url(Nudge), page_url(rows[Nudge]), page_url(rows[Purchase])):
        assert "worth a look" in read(admin_client, url)


def test_has_words_for_every_gate_but_the_two_that_name_themselves():
    assert {gate for gate in Gate if gate not in REASONS} == {Gate.MODE, Gate.PAIR_INACTIVE}
    assert name_reason("something_new") == "something new"
    assert name_reason("") == ""


def test_shows_pairs_in_use_and_the_life_as_a_range(admin_client, rows):
    page = read(admin_client, page_url(rows[Purchase]))
    assert "1 of 2" in page
    assert "200 to 400 days" in page
    assert reverse("admin:footback_listing_change", args=[rows[Purchase].listing_id]) in page


def test_shows_values_in_words(admin_client, rows):
    page = read(admin_client, page_url(rows[Observation]))
    assert "Cushioning" in page
    assert "cushioned" in page
