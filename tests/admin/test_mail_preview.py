"""The mail about a pair before it is due: the page in the admin ..."""

from __future__ import annotations

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.urls import reverse

from shop_plugin.models import Attempt, AuditEntry, Message, Nudge
from shop_plugin.services.people.consent import unsubscribe
from shop_plugin.services.shop.modes import stop_sending
from shop_plugin.services.wear.life import life_of
from tests.factories import ListingFactory, ProfileFactory
from tests.nudging import EVA, add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)
    with time_machine.travel(now):
        yield


@pytest.fixture
def pair(now):
    person = add_person(email="ada@example.org", first_name="Ada")
    listing = ListingFactory(title="Harbour Oxford", use_category="dress_leather")
    ProfileFactory(listing=listing, snapshot=EVA.as_snapshot())
    return add_pair(due_on=now.date(), contact=person, listing=listing)


def sign_in(client, *names, email="sam@marlow.example"):
    user = User.objects.create_user("sam", email=email, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    return client


def page_of(pair, **query):
    return reverse("admin:footback_purchase_mail", args=[pair.pk], query=query)


READ, SEND = "view_nudge_ledger", "send_test_mail"


def test_says_of_a_stage_that_a_pair_has_not_that_it_is_never_sent(client, pair):
    sign_in(client, "view_purchase", READ)
    assert life_of(pair).is_too_wide
    page = client.get(page_of(pair, stage=2)).content.decode()
    assert "Never sent for this pair" in page
    assert 'data-shut="yes"' in page
    assert "Never sent" not in client.get(page_of(pair, stage=1)).content.decode()


def test_is_offered_with_the_pair_to_whoever_may_see_it(client, pair):
    url = reverse("admin:footback_purchase_change", args=[pair.pk])
    sign_in(client, "view_purchase")
    assert page_of(pair) not in client.get(url).content.decode()
    assert client.get(page_of(pair)).status_code == 403
    User.objects.all().delete()
    sign_in(client, "view_purchase", READ)
    assert page_of(pair) in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("language", "stage", "subject"),
    [
        ("en", 1, "Worth a look: your Harbour Oxford"),
        ("en", 2, "Repair or replace: your Harbour Oxford"),
        ("de", 1, "Harbour Oxford"),
        ("fr", 2, "Harbour Oxford"),
        ("es", 1, "Harbour Oxford"),
    ],
)
def test_shows_any_stage_in_any_language(client, pair, language, stage, subject):
    sign_in(client, READ)
    response = client.get(page_of(pair, stage=stage, language=language))
    text = response.content.decode()
    assert subject in text
    assert f'lang="{language}"' in text
    frame = reverse(
        "admin:footback_purchase_mail_html",
        args=[pair.pk],
        query={"stage": stage, "language": language},
    )
    html = client.get(frame)
    assert f'<html lang="{language}"' in html.content.decode()
    assert html["X-Frame-Options"] == "SAMEORIGIN"
    assert "sandbox" in html["Content-Security-Policy"]
    assert "default-src 'none'" in html["Content-Security-Policy"]


def test_says_why_it_would_leave_or_not_gate_by_gate(client, pair, now):
    sign_in(client, READ)
    assert 'data-shut="no"' in client.get(page_of(pair)).content.decode()
    unsubscribe(token=pair.contact.unsubscribe_token, now=now)
    text = client.get(page_of(pair)).content.decode()
    assert 'data-shut="yes"' in text
    assert "the person asked for no mails" in text
    stop_sending(now=now)
    assert "the kill switch was pulled" in client.get(page_of(pair)).content.decode()


def test_holds_no_key_to_the_persons_pages_and_writes_nothing(client, pair):
    sign_in(client, READ)
    for query in ({}, {"others": "on", "stage": 2}):
        text = client.get(page_of(pair, **query)).content.decode()
        assert pair.contact.unsubscribe_token not in text
        assert "ada@example.org" not in text
    assert [model.objects.count() for model in (Message, Nudge)] == [0, 0]


def test_puts_the_persons_other_pairs_beside_it(client, pair, now):
    for _ in range(6):
        add_pair(due_on=now.date(), contact=pair.contact)
    sign_in(client, READ)
    text = client.get(page_of(pair, others="on")).content.decode()
    assert "5 pairs of yours may be worth a look" in text


def test_sends_a_test_to_ones_own_address_and_counts_it_for_nobody(client, pair):
    sign_in(client, READ, SEND)
    assert "Send it to my own address" in client.get(page_of(pair)).content.decode()
    response = client.post(page_of(pair, stage=2, language="de"), follow=True)
    assert "A test mail is on its way" in response.content.decode()
    (sent,) = mail.outbox
    assert sent.to == ["sam@marlow.example"]
    assert sent.subject.startswith("[Test] ")
    assert "List-Unsubscribe" not in sent.extra_headers
    assert pair.contact.unsubscribe_token not in sent.body + sent.alternatives[0][0]
    assert [model.objects.count() for model in (Message, Nudge, Attempt)] == [0, 0, 0]
    entry = AuditEntry.objects.get(action="test_mail")
    assert (entry.subject, entry.actor.username) == (f"purchase:{pair.pk}", "sam")
    assert "marlow" not in f"{entry.before}{entry.after}{entry.reason}"


def test_sends_only_by_its_own_permission(client, pair):
    sign_in(client, READ)
    assert "Send it to my own address" not in client.get(page_of(pair)).content.decode()
    assert client.post(page_of(pair)).status_code == 403
    assert mail.outbox == []


@pytest.mark.parametrize("email", ["", "sam@marlow.example"])
def test_says_why_no_test_was_sent(client, pair, settings, email):
    sign_in(client, READ, SEND, email=email)
    if email:
        settings.FOOTBACK = {**settings.FOOTBACK, "POSTAL_ADDRESS": ""}
    text = client.post(page_of(pair), follow=True).content.decode()
    assert "No test mail was sent" in text
    assert ("POSTAL_ADDRESS" if email else "no e-mail address") in text
    assert mail.outbox == []


def test_sends_a_test_in_dry_run_too(client, pair, settings, now):
    open_shop(settings, now=now, mode="dry_run")
    sign_in(client, READ, SEND)
    client.post(page_of(pair))
    assert len(mail.outbox) == 1


def test_knows_no_pair_that_is_not_there(client, pair):
    sign_in(client, READ)
    url = reverse("admin:footback_purchase_mail", args=[pair.pk + 1])
    assert client.get(url).status_code == 404
    assert client.get(page_of(pair, stage="x", language="xx")).status_code == 200
