"""The page that tells why a person was or was not written to ..."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse

from shop_plugin.admin.nudge_ledger import say_verdict
from shop_plugin.admin.nudge_reasons import GATES, REASONS
from shop_plugin.domain.nudge_gates import Gate
from shop_plugin.models import AuditEntry
from shop_plugin.services.nudges.ledger import DayVerdict
from shop_plugin.services.nudges.ticking import run_tick
from tests.factories import ListingFactory
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shop(settings, now, time_machine):
    settings.EMAIL_TIMEOUT = 5
    time_machine.move_to(now)
    open_shop(settings, now=now)


@pytest.fixture
def url():
    return reverse("admin:footback_nudge_ledger")


def sign_in(client, *codenames):
    user = get_user_model().objects.create_user("sam", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(user)
    return client


def test_asks_for_a_permission_of_its_own(client, url):
    sign_in(client, "view_nudge", "view_contact", "view_purchase", "change_nudgecontrol")
    assert client.get(url).status_code == 403
    assert client.post(url, {"identifier": "ada@example.org"}).status_code == 403
    assert not AuditEntry.objects.filter(action="view_ledger").exists()


def test_is_linked_from_the_list_for_whoever_may_see_it(client, url):
    listed = reverse("admin:footback_nudge_changelist")
    assert url in sign_in(client, "view_nudge", "view_nudge_ledger").get(listed).content.decode()


def test_tells_why_not_and_when_next(client, url, now):
    ada = add_person(email="ada@example.org")
    add_pair(due_on=now.date(), contact=ada, listing=ListingFactory(title="Quay Derby"))
    run_tick(now=now)
    add_pair(due_on=now.date() + timedelta(days=2), contact=ada)
    response = sign_in(client, "view_nudge_ledger").post(
        url, {"identifier": "ada@example.org", "day": "2026-06-20"}
    )
    content = response.content.decode()
    assert "Not sent: the last mail was too recent. It waits until July 16, 2026." in content
    assert "Next mail: July 16, 2026." in content
    assert "Quay Derby" in content
    assert "Said before: worth a look, on June 16, 2026." in content
    assert "no-store" in response["Cache-Control"]
    assert AuditEntry.objects.get(action="view_ledger").actor.username == "sam"


def test_keeps_what_was_typed_out_of_addresses_and_logs(client, url, now, caplog):
    add_pair(due_on=now.date(), contact=add_person(email="ada@example.org"))
    with caplog.at_level(logging.DEBUG):
        response = sign_in(client, "view_nudge_ledger").post(url, {"identifier": "ada@example.org"})
    assert response.status_code == 200  # no redirect that would carry it along
    assert 'method="post"' in response.content.decode()
    requests = [item for item in caplog.records if not item.name.startswith("django.db")]
    assert "ada@" not in "".join(item.getMessage() for item in requests)
    assert "ada@" not in str(list(AuditEntry.objects.values()))
    # A link with the address in it does nothing.
    asked = client.get(url, {"identifier": "ada@example.org"})
    assert "Nobody looked up yet" in asked.content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("nobody@example.org", "Nobody is known by that"),
        ("", "This field is required"),
        ("x" * 300, "at most 254 characters"),
    ],
)
def test_says_what_to_do_where_nobody_is_found(client, url, typed, said):
    client = sign_in(client, "view_nudge_ledger")
    assert said in client.post(url, {"identifier": typed}).content.decode()


def test_shows_no_name_of_a_sensitive_pair(client, url, now):
    shoe = ListingFactory(title="Diabetic comfort", category_text="Diabetic")
    add_pair(due_on=now.date(), contact=add_person(email="ada@example.org"), listing=shoe)
    content = (
        sign_in(client, "view_nudge_ledger")
        .post(url, {"identifier": "ada@example.org"})
        .content.decode()
    )
    assert "iabet" not in content
    assert "the product is never named in a mail" in content


def test_has_words_for_every_gate_and_reason():
    assert set(GATES) == set(Gate)
    codes = {gate.value for gate in Gate} - {"mode", "pair_inactive"}
    assert codes <= {str(code) for code in REASONS}


@pytest.mark.parametrize("code", ["ended", "no_life", "not_due", "waits", "sent", "sent_before"])
def test_says_each_verdict_in_a_sentence(code, now):
    said = say_verdict(DayVerdict(code, stage=1, when=now.date()))
    assert said.endswith(".")
    assert "%(" not in said
