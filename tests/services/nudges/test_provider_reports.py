"""Reports of a mail provider have one effect: take_report ... (T28)"""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import uuid4

import pytest

from shop_plugin.domain.mail_reports import Fate
from shop_plugin.models import Contact, Message, Nudge, Suppression, WebhookEvent
from shop_plugin.services.nudges.auditing import audit_nudges
from shop_plugin.services.nudges.delivery import deliver_messages
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.nudges.provider_reports import (
    ProviderReport,
    count_reports,
    take_report,
)
from shop_plugin.services.people.consent import (
    find_suppressed,
    subscribe_contact,
    unsubscribe_contact,
)
from shop_plugin.services.people.erasure import erase_person
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shop(settings, now, tmp_path):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now, SPOOL_DIR=str(tmp_path))


def send_mail(now, *, person=None) -> Message:
    """Write to a person and return the message that left."""
    pair = add_pair(due_on=now.date(), contact=person)
    plan_nudges(now=now)
    deliver_messages(now=now, budget_seconds=30)
    message = Message.objects.get(contact=pair.contact)
    assert message.state == "sent"
    return message


def add_sent(person, *, at) -> Message:
    return Message.objects.create(
        contact=person, state="sent", not_before=at, created_at=at, handed_at=at, sent_at=at
    )


def report(message, fate, now, **changes) -> ProviderReport:
    uuid = message if not isinstance(message, Message) else message.uuid
    fields = {"provider": "Test", "event_id": str(uuid4()), "occurred_at": now, **changes}
    return ProviderReport(uuid=uuid, fate=fate, **fields)


@pytest.mark.proof("T28")
def test_t28_has_one_effect_for_copies_in_any_order_and_two_days_late(now):
    dead, angry, full, fine = (send_mail(now) for _ in range(4))
    strangers = [report(uuid4(), Fate.BOUNCED, now) for _ in range(3)]
    reports = [
        report(dead, Fate.DELIVERED, now),
        report(dead, Fate.BOUNCED, now, code="5.1.1"),
        report(angry, Fate.DELIVERED, now),
        report(angry, Fate.COMPLAINED, now),
        report(full, Fate.SOFT_BOUNCED, now),
        report(fine, Fate.DELIVERED, now),
        *strangers,
    ]
    copies = reports * 5
    random.Random(28).shuffle(copies)
    outcomes = [take_report(item, now=now + timedelta(days=2)) for item in copies]
    assert outcomes.count("duplicate") == 4 * len(reports)
    assert outcomes.count("applied") == 6
    assert outcomes.count("unknown") == 3
    assert WebhookEvent.objects.count() == len(reports)
    reasons = dict(Suppression.objects.values_list("email_hash", "reason"))
    assert reasons == {
        dead.contact.email_hash: "hard_bounce",
        angry.contact.email_hash: "complaint",
    }
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    counts = count_reports(since=now)
    assert counts.unknown == 3
    assert counts.by_fate["bounced"] == counts.by_fate["complained"] == 1
    assert audit_nudges(now=now).is_clean


def test_lets_the_first_bounce_count_and_one_for_good_outweigh_one_for_now(now):
    first, second = send_mail(now), send_mail(now)
    assert take_report(report(first, Fate.SOFT_BOUNCED, now), now=now) == "applied"
    assert take_report(report(first, Fate.SOFT_BOUNCED, now), now=now) == "noted"
    assert take_report(report(first, Fate.BOUNCED, now), now=now) == "applied"
    assert take_report(report(second, Fate.BOUNCED, now), now=now) == "applied"
    assert take_report(report(second, Fate.SOFT_BOUNCED, now), now=now) == "noted"
    assert Suppression.objects.filter(reason="hard_bounce").count() == 2


def test_believes_no_report_for_another_address(now):
    message = send_mail(now)
    told = report(message, Fate.BOUNCED, now, recipient="victim@example.org")
    assert take_report(told, now=now) == "other_address"
    own = report(message, Fate.BOUNCED, now, recipient=message.contact.email.upper())
    assert not Suppression.objects.exists()
    assert take_report(own, now=now) == "applied"
    assert Suppression.objects.get().email_hash == message.contact.email_hash


def test_blames_nobody_for_what_became_of_a_redirected_mail(now):
    message = send_mail(now)
    Message.objects.update(is_redirected=True)
    told = report(message, Fate.COMPLAINED, now, recipient="staff@marlow.example")
    assert take_report(told, now=now) == "applied"
    assert not Suppression.objects.exists()


def test_lets_an_address_rest_ninety_days_after_three_mails_bounced_for_now(now):
    person = add_person()
    for days in (29, 15, 0):
        at = now - timedelta(days=days)
        assert not Suppression.objects.exists()
        message = add_sent(person, at=at)
        for _ in range(2):  # two bounces of one mail are one
            take_report(report(message, Fate.SOFT_BOUNCED, at), now=at)
    entry = Suppression.objects.get()
    assert (entry.reason, entry.ends_at) == ("soft_bounces", now + timedelta(days=90))
    hashes = [person.email_hash]
    assert find_suppressed(hashes, now=now + timedelta(days=89, hours=23)) == set(hashes)
    assert find_suppressed(hashes, now=now + timedelta(days=90)) == set()


def test_forgives_bounces_that_lie_more_than_thirty_days_apart(now):
    person = add_person()
    for days in (31, 15, 0):
        at = now - timedelta(days=days)
        take_report(report(add_sent(person, at=at), Fate.SOFT_BOUNCED, at), now=at)
    assert not Suppression.objects.exists()


def test_lets_what_is_for_ever_take_the_place_of_what_ends(now):
    person = add_person()
    for _ in range(3):
        take_report(report(add_sent(person, at=now), Fate.SOFT_BOUNCED, now), now=now)
    assert not subscribe_contact(contact_id=person.pk, source="test", wording="1", now=now)
    unsubscribe_contact(contact_id=person.pk, source="test", now=now)
    entry = Suppression.objects.get()
    assert (entry.reason, entry.ends_at) == ("unsubscribed", None)


def test_keeps_erased_people_erased_when_their_address_only_rested(now):
    person = add_person()
    for _ in range(3):
        take_report(report(add_sent(person, at=now), Fate.SOFT_BOUNCED, now), now=now)
    erase_person(contact_id=person.pk, now=now)
    entry = Suppression.objects.get()
    assert (entry.ends_at, entry.erased_at) == (None, now)
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("fate", [Fate.DELIVERED, Fate.BOUNCED, Fate.SOFT_BOUNCED])
def test_resolves_an_uncertain_mail_by_any_word_of_its_fate(now, fate):
    message = send_mail(now)
    Message.objects.update(state="uncertain", sent_at=None)
    Nudge.objects.update(state="uncertain")
    take_report(report(message, fate, now), now=now)
    message.refresh_from_db()
    assert (message.state, message.reason) == ("sent", "evidence:arrived")
    assert Nudge.objects.get().state == "sent"


def test_resolves_a_mail_whose_report_was_faster_than_its_worker(now):
    message = send_mail(now)
    Message.objects.update(state="handing", sent_at=None, lease_until=now + timedelta(minutes=15))
    Nudge.objects.update(state="queued")
    take_report(report(message, Fate.DELIVERED, now), now=now)
    assert Message.objects.get().state == "handing"  # its worker may be alive
    Message.objects.update(lease_until=now - timedelta(days=4000))
    deliver_messages(now=now + timedelta(minutes=20), budget_seconds=5)
    assert Message.objects.get().state == "sent"
    assert Nudge.objects.get().state == "sent"


def test_suppresses_nobody_for_a_refused_sender_and_says_so_as_an_error(now, caplog):
    message = send_mail(now)
    told = report(message, Fate.SENDER_REFUSED, now, code="5.7.515")
    assert take_report(told, now=now) == "applied"
    assert not Suppression.objects.exists()
    assert "5.7.515" in caplog.text
    assert message.contact.email not in caplog.text


def test_takes_a_word_of_the_provider_to_unsubscribe_as_the_persons_own(now):
    message = send_mail(now)
    take_report(report(message, Fate.UNSUBSCRIBED, now), now=now)
    assert Suppression.objects.get().reason == "unsubscribed"
    assert message.contact.consents.last().basis == "none"


def test_forgets_a_report_whose_effect_failed(now, monkeypatch):
    message = send_mail(now)
    told = report(message, Fate.BOUNCED, now)
    Contact.objects.filter(pk=message.contact_id).update(email_hash="x" * 64)
    with monkeypatch.context() as patch:
        patch.setattr(
            "shop_plugin.services.nudges.provider_reports.suppress_address",
            lambda **_: (_ for _ in ()).throw(RuntimeError("the database went away")),
        )
        with pytest.raises(RuntimeError):
            take_report(told, now=now)
    assert not WebhookEvent.objects.exists()
    assert take_report(told, now=now) == "applied"
