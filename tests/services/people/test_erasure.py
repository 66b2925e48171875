"""Erasing a person's data: erase_person ..."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.apps import apps
from django.core import mail
from django.db import connection

from shop_plugin.models import (
    Attempt,
    AuditEntry,
    Contact,
    HostEvent,
    HostVersion,
    JobRun,
    Message,
    Nudge,
    Purchase,
    RefusedRow,
    ReturnedPairs,
    Suppression,
)
from shop_plugin.services.nudges.auditing import audit_nudges
from shop_plugin.services.nudges.delivery import claim_messages, deliver_messages
from shop_plugin.services.nudges.handing import pass_fence
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.pairs.answer_links import AnswerLink, sign_link
from shop_plugin.services.pairs.answers import record_answer
from shop_plugin.services.pairs.pair_changes import Answer, Wish
from shop_plugin.services.pairs.purchases import record_purchases
from shop_plugin.services.people.consent import hash_email, unsubscribe
from shop_plugin.services.people.erasure import (
    ErasureLogError,
    count_erased,
    erase_person,
    reapply_erasures,
)
from shop_plugin.services.people.retention import keep_house
from shop_plugin.services.transport.smtp import FenceClosed
from shop_plugin.signals import contact_erased
from tests.nudging import add_pair, add_person, open_shop
from tests.services.pairs.test_purchases import line

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL, NAME = "ada.canary@example.org", "Adacanary"
TABLES = list(apps.get_app_config("footback").get_models())


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


def tables_that_say(*needles: str) -> set[str]:
    """Search every column of every table of the plugin, as text."""
    found = set()
    for model in TABLES:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
            text = repr(cursor.fetchall()).casefold()
        found |= {model.__name__ for needle in needles if needle.casefold() in text}
    return found


def live_a_life(now) -> Contact:
    """A person with pairs, a mail that was sent and one that waits, answers, and a refused row."""
    person = add_person(email=EMAIL, first_name=NAME, external_id=EMAIL)
    first = add_pair(due_on=now.date() - timedelta(days=60), contact=person)
    plan_nudges(now=now - timedelta(days=60))
    deliver_messages(now=now - timedelta(days=60), budget_seconds=5)
    sent = Message.objects.get(state="sent")
    Attempt.objects.create(
        message=sent, at=now, phase="rcpt", code="450", detail=f"<{EMAIL}>: try later"
    )
    link = sign_link(AnswerLink(first.pk, sent.pk))
    record_answer(signed=link, wish=Wish(Answer.DAYS, 4), now=now)
    add_pair(due_on=now.date(), contact=person, use_category="heel")
    plan_nudges(now=now)
    run = JobRun.objects.create(kind="import_orders", started_at=now, error=f"near {EMAIL}")
    RefusedRow.objects.create(
        run=run, line=3, code="not_a_date", reason=f"bad row of {EMAIL}", raw=f"{EMAIL};{NAME}"
    )
    mail.outbox.clear()
    return person


@pytest.mark.proof("S19")
def test_leaves_of_a_person_the_keyed_hash_and_nothing_else(now):
    live_a_life(now)
    assert tables_that_say(EMAIL, NAME) == {"Contact", "Attempt", "JobRun", "RefusedRow"}
    done = erase_person(email=f" {EMAIL.upper()}", now=now)
    assert (done.accounts, done.pairs, done.mails_cancelled, done.mails_kept) == (1, 2, 1, 2)
    assert tables_that_say(EMAIL, NAME, EMAIL.partition("@")[0]) == set()
    assert tables_that_say(hash_email(EMAIL)) == {"Suppression"}
    row = Suppression.objects.get()
    assert (row.reason, row.erased_at) == ("erased", now)


def test_leaves_nothing_that_leads_back_to_the_pairs(now):
    person = live_a_life(now)
    keys = list(Purchase.objects.values_list("pk", flat=True))
    token = person.unsubscribe_token
    erase_person(contact_id=person.pk, now=now)
    assert not Purchase.objects.exists()
    assert not Nudge.objects.exists()
    assert not AuditEntry.objects.filter(subject__in=[f"purchase:{pk}" for pk in keys]).exists()
    assert tables_that_say(token) == set()
    person.refresh_from_db()
    assert (person.erased_at, person.country, person.timezone) == (now, "", "")


def test_keeps_the_counters_of_mails(now):
    live_a_life(now)
    erase_person(email=EMAIL, now=now)
    assert sorted(Message.objects.values_list("state", flat=True)) == ["cancelled", "sent"]
    entry = AuditEntry.objects.get(action="erase")
    assert entry.after["pairs"] == 2
    assert "canary" not in f"{entry.subject}{entry.before}{entry.after}{entry.reason}"


def test_leaves_the_laws_of_the_mailer_standing(now):
    live_a_life(now)
    erase_person(email=EMAIL, now=now)
    assert audit_nudges(now=now).violations == ()
    keep_house(now=now + timedelta(days=1000), apply=True)
    assert audit_nudges(now=now + timedelta(days=1000)).violations == ()


def test_does_nothing_a_second_time(now):
    person = live_a_life(now)
    assert erase_person(email=EMAIL, now=now).was_known
    later = now + timedelta(days=1)
    assert not erase_person(email=EMAIL, now=later).was_known
    assert not erase_person(contact_id=person.pk, now=later).was_known
    assert Suppression.objects.get().erased_at == now
    assert AuditEntry.objects.filter(action="erase").count() == 1


def test_does_nothing_for_a_stranger(now):
    live_a_life(now)
    before = tables_that_say(EMAIL)
    assert not erase_person(email="stranger@example.org", now=now).was_known
    assert tables_that_say(EMAIL) == before
    assert not Suppression.objects.exists()


def test_erases_every_account_with_the_address_and_no_other(now):
    live_a_life(now)
    add_pair(due_on=now.date(), contact=add_person(email=EMAIL.upper()))
    other = add_pair(due_on=now.date(), contact=add_person())
    assert erase_person(email=EMAIL, now=now).accounts == 2
    assert list(Purchase.objects.all()) == [other]


def test_keeps_an_earlier_no_as_it_was(now):
    person = live_a_life(now)
    unsubscribe(token=person.unsubscribe_token, now=now - timedelta(days=9))
    erase_person(email=EMAIL, now=now)
    row = Suppression.objects.get()
    assert (row.reason, row.erased_at) == ("unsubscribed", now)


def test_lets_no_mail_leave_after_it_and_closes_the_fence(now):
    person = add_person(email=EMAIL)
    add_pair(due_on=now.date(), contact=person)
    plan_nudges(now=now)
    (claim,) = claim_messages(limit=1, now=now)
    erase_person(email=EMAIL, now=now)
    with pytest.raises(FenceClosed):
        pass_fence(claim, now=now)
    deliver_messages(now=now, budget_seconds=5)
    assert mail.outbox == []


def test_tells_the_host_whose_accounts_they_were(now):
    person = live_a_life(now)
    heard = []
    contact_erased.connect(
        lambda accounts, contact_ids, **_: heard.append((accounts, contact_ids)),
        weak=False,
        dispatch_uid="test",
    )
    erase_person(email=EMAIL, now=now)
    contact_erased.disconnect(dispatch_uid="test")
    assert heard == [((("test", EMAIL),), (person.pk,))]


def test_takes_nothing_back_when_the_host_sends_the_orders_again(now):
    rows = [line(email=EMAIL, customer_id=EMAIL, first_name=NAME)]
    record_purchases(rows=rows, now=now)
    erase_person(email=EMAIL, now=now)
    for again in (rows, [replace(rows[0], quantity_returned=1)], [replace(rows[0], email="")]):
        result = record_purchases(rows=again, now=now)
        assert (result.of_erased, result.created, result.people_created) == (1, 0, 0)
    assert tables_that_say(EMAIL, NAME) == set()
    assert not Purchase.objects.exists()


def test_erases_a_customer_without_an_address_by_account(now):
    record_purchases(rows=[line(email="", customer_id="c-4711-canary", first_name=NAME)], now=now)
    erase_person(contact_id=Contact.objects.get().pk, now=now)
    assert tables_that_say("4711", NAME) == set()


def restore(person: dict, pair: dict) -> None:
    """Bring the rows of before back, as a backup would."""
    Contact.objects.filter(pk=person["id"]).delete()
    Contact.objects.create(**person)
    Purchase.objects.create(**pair)


def test_is_done_again_after_a_restored_backup(now):
    contact = live_a_life(now)
    person = Contact.objects.filter(pk=contact.pk).values().get()
    pair = Purchase.objects.values().first()
    erase_person(email=EMAIL, now=now)
    restore(person, pair)
    assert reapply_erasures(now=now + timedelta(days=2)).accounts == 1
    assert tables_that_say(EMAIL, NAME) == set()
    assert reapply_erasures(now=now + timedelta(days=2)).accounts == 0


def test_is_done_again_from_the_file_where_the_list_was_restored_too(now, settings, tmp_path):
    settings.FOOTBACK = {**settings.FOOTBACK, "ERASURE_LOG": str(tmp_path / "erased.log")}
    contact = live_a_life(now)
    person = Contact.objects.filter(pk=contact.pk).values().get()
    pair = Purchase.objects.values().first()
    erase_person(email=EMAIL, now=now)
    assert EMAIL not in (tmp_path / "erased.log").read_text()
    restore(person, pair)
    Suppression.objects.all().delete()
    assert reapply_erasures(now=now).accounts == 1
    assert count_erased() == 1


def test_leaves_a_person_alone_who_became_a_customer_again(now):
    live_a_life(now)
    erase_person(email=EMAIL, now=now)
    add_person(email=EMAIL, created_at=now + timedelta(days=30))
    assert reapply_erasures(now=now + timedelta(days=31)).accounts == 0
    plan_nudges(now=now)
    assert Contact.objects.filter(email=EMAIL).exists()


def test_erases_nothing_where_its_file_cannot_be_written(now, settings, tmp_path):
    settings.FOOTBACK = {**settings.FOOTBACK, "ERASURE_LOG": str(tmp_path)}
    live_a_life(now)
    with pytest.raises(ErasureLogError, match="cannot be written"):
        erase_person(email=EMAIL, now=now)
    assert Contact.objects.filter(email=EMAIL, erased_at=None).exists()


@pytest.mark.parametrize("text", ["nonsense", "soon abc", "\xff"])
def test_says_what_is_wrong_with_a_file_of_erasures(now, tmp_path, text):
    path = tmp_path / "erased.log"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(ErasureLogError, match=r"erased\.log"):
        reapply_erasures(now=now, log=str(path))


# ---- of one source alone ---------------------------------------------------------------


def test_erases_the_accounts_of_one_source_and_leaves_the_others_as_they_are(now):
    own = add_person(email=EMAIL, source="north")
    other = add_person(email=EMAIL, source="south")
    before = Contact.objects.filter(pk=other.pk).values().get()
    done = erase_person(email=EMAIL, now=now, only_source="north")
    assert done.accounts == 1
    own.refresh_from_db()
    assert (own.email, own.erased_at) == ("", now)
    assert Contact.objects.filter(pk=other.pk).values().get() == before
    assert not Suppression.objects.exists()
    assert erase_person(email=EMAIL, now=now, only_source="south").accounts == 1
    assert Suppression.objects.get().erased_at == now


def test_forbids_no_address_where_it_is_no_wish_of_the_person(now):
    add_person(email=EMAIL, source="north")
    erase_person(email=EMAIL, now=now, only_source="north", forbids_address=False)
    assert not Suppression.objects.exists()


def test_erases_again_after_a_backup_what_one_source_had_erased(now, settings, tmp_path):
    settings.FOOTBACK = {**settings.FOOTBACK, "ERASURE_LOG": str(tmp_path / "erased.log")}
    source = "north \u00fc #1"
    add_person(email=EMAIL, source=source)
    add_person(email=EMAIL, source="south")
    erase_person(email=EMAIL, now=now, only_source=source)
    assert "north%20" in (tmp_path / "erased.log").read_text(encoding="ascii")
    Contact.objects.exclude(erased_at=None).delete()
    back = add_person(email=EMAIL, source=source)
    Contact.objects.update(created_at=now - timedelta(days=1))
    assert reapply_erasures(now=now + timedelta(hours=1)).accounts == 1
    back.refresh_from_db()
    assert back.erased_at is not None
    assert Contact.objects.get(source="south").erased_at is None


@pytest.mark.proof("S19")
def test_drops_the_content_of_failed_webhooks_that_name_the_person(now):
    ada = add_person(email="ada@example.org", external_id="C-4711-ada")
    bodies = {
        "address": b'{"email": "ADA\\u0040example.org"}',
        "id": b'{"customer": {"id": "C-4711-ada"}}',
        "other": b'{"email": "eve@example.org"}',
    }
    for delivery_id, body in bodies.items():
        HostEvent.objects.create(
            connection="till",
            delivery_id=delivery_id,
            state="failed",
            received_at=now,
            not_before=now,
            body=body,
            body_digest="d",
        )
    erase_person(contact_id=ada.pk, now=now)
    left = HostEvent.objects.filter(body__isnull=False).values_list("delivery_id", flat=True)
    assert list(left) == ["other"]
    assert HostEvent.objects.count() == 3


@pytest.mark.proof("S19")
def test_forgets_what_webhooks_told_of_the_lines_of_the_person(now):
    ada, eve = add_person(email=EMAIL), add_person(email="eve@example.org")
    for person, name in ((ada, "L-ada"), (eve, "L-eve")):
        pair = add_pair(due_on=now.date(), contact=person)
        Purchase.objects.filter(pk=pair.pk).update(source="shop", external_id=name)
        HostVersion.objects.create(kind="purchase", source="shop", name=name, told_at=now)
        ReturnedPairs.objects.create(
            source="shop",
            external_id=f"R-{name}",
            purchase_external_id=name,
            quantity=1,
            told_at=now,
        )
    erase_person(contact_id=ada.pk, now=now)
    assert [row.name for row in HostVersion.objects.all()] == ["L-eve"]
    assert [row.purchase_external_id for row in ReturnedPairs.objects.all()] == ["L-eve"]
