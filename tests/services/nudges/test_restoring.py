"""A database that was put back as it was: footback ..."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command

from shop_plugin.domain.postfix_log import Delivery, LoggedMail, MailLog
from shop_plugin.models import Attempt, AuditEntry, Message, Nudge, NudgeControl, Purchase
from shop_plugin.services.nudges import delivery, restoring
from shop_plugin.services.nudges.auditing import audit_nudges
from shop_plugin.services.nudges.breakers import watch_mailer
from shop_plugin.services.nudges.delivery import claim_messages, deliver_messages
from shop_plugin.services.nudges.mail_log import apply_mail_log
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.nudges.reconciliation import NEVER_ARRIVED, resolve_uncertain
from shop_plugin.services.nudges.restoring import find_gone_back, take_in_journal
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.shop.modes import get_mode, set_mode
from shop_plugin.services.transport.journal import Word
from shop_plugin.services.transport.smtp import Outcome, Phase, Result
from tests.moves import check_moves, watched_moves
from tests.nudging import add_pair, open_shop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.proof("T12")]

TABLES = (NudgeControl, Purchase, Message, Nudge, Attempt, AuditEntry)


@pytest.fixture(autouse=True)
def shop(settings, now, tmp_path):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now, SPOOL_DIR=str(tmp_path / "spool"))


@pytest.fixture(autouse=True)
def only_lawful_moves():
    with watched_moves() as moves:
        yield
    check_moves(moves)


def back_up():
    """Return all rows of the mailer as they are."""
    return {table: list(table.objects.all()) for table in TABLES}


def put_back(backup):
    """Let the tables be as they were."""
    for table in reversed(TABLES):
        table.objects.all().delete()
    for table, rows in backup.items():
        table.objects.bulk_create(rows)


def pairs(now, count):
    return [add_pair(due_on=now.date()) for _ in range(count)]


def go_on(now):
    set_mode(mode="live", now=now, confirmed_breaker="restored")


def states():
    return sorted(Message.objects.values_list("state", flat=True))


def sent_ids():
    return [letter.extra_headers["Message-ID"] for letter in mail.outbox]


def test_finds_nothing_wrong_with_a_database_that_was_not_put_back(now):
    pairs(now, 3)
    for _ in range(3):
        run_tick(now=now)
        assert find_gone_back().mails == 0
    assert (len(mail.outbox), get_mode().name) == (3, "live")
    assert audit_nudges(now=now).is_clean


def test_sends_nothing_again_that_left_after_the_backup(now):
    pairs(now, 2)
    plan_nudges(now=now)
    backup = back_up()
    run_tick(now=now)
    gone = sent_ids()
    put_back(backup)
    add_pair(due_on=now.date())

    run_tick(now=now)

    assert sent_ids() == gone
    assert (get_mode().name, get_mode().breaker) == ("off", "restored")
    found = find_gone_back()
    assert (found.mails, found.journalled, found.is_older) == (2, 2, True)
    assert set(found.message_ids) == set(gone)
    (violation,) = audit_nudges(now=now).violations
    assert (violation.law, violation.count) == ("I15", 2)
    assert set(violation.examples) == set(gone)

    evidence = take_in_journal(now=now)

    assert (evidence.sent, evidence.uncertain, evidence.put_back) == (2, 0, 0)
    assert evidence.unknown == ()
    assert find_gone_back().mails == 0
    go_on(now)
    run_tick(now=now)
    assert len(sent_ids()) == 3 == len(set(sent_ids()))
    assert states() == ["sent"] * 3
    assert audit_nudges(now=now).is_clean


def test_makes_messages_anew_that_the_backup_does_not_have(now):
    pairs(now, 2)
    backup = back_up()
    run_tick(now=now)
    gone = {str(message.uuid): message.contact_id for message in Message.objects.all()}
    put_back(backup)
    run_tick(now=now)  # plans the same notes again, under other uuids
    assert len(mail.outbox) == 2
    assert {str(uuid) for uuid in Message.objects.values_list("uuid", flat=True)}.isdisjoint(gone)

    evidence = take_in_journal(now=now)

    assert (evidence.put_back, evidence.unknown) == (2, ())
    kept = Message.objects.filter(state="sent")
    assert {str(one.uuid): one.contact_id for one in kept} == gone
    assert set(Nudge.objects.values_list("state", "message__state")) == {("sent", "sent")}
    go_on(now)
    run_tick(now=now)
    assert len(mail.outbox) == 2
    assert states() == ["cancelled", "cancelled", "sent", "sent"]
    assert audit_nudges(now=now).is_clean


def test_keeps_the_pairs_of_one_mail_together(now):
    first = add_pair(due_on=now.date())
    add_pair(due_on=now.date(), contact=first.contact, use_category="running")
    backup = back_up()
    run_tick(now=now)
    assert len(mail.outbox) == 1
    put_back(backup)
    run_tick(now=now)
    assert take_in_journal(now=now).put_back == 1
    assert Message.objects.get(state="sent").nudges.count() == 2


def test_brings_a_pair_that_comes_back_later_into_the_mail_that_it_left_in(now):
    first = add_pair(due_on=now.date())
    backup = back_up()
    second = add_pair(due_on=now.date(), contact=first.contact, use_category="running")
    run_tick(now=now)
    gone = sent_ids()
    put_back(backup)
    run_tick(now=now)
    evidence = take_in_journal(now=now)
    assert (evidence.put_back, evidence.unknown) == (1, tuple(gone))
    second.pk, second.next_stage, second.next_due_on = None, 1, now.date()
    second.save()
    plan_nudges(now=now)
    take_in_journal(now=now)
    assert set(Nudge.objects.values_list("state", "message__state")) == {("sent", "sent")}
    go_on(now)
    run_tick(now=now)
    assert sent_ids() == gone


def test_names_mails_whose_pairs_are_lost_too_and_finds_them_once_they_are_back(now):
    backup = back_up()
    (pair,) = pairs(now, 1)
    run_tick(now=now)
    put_back(backup)
    evidence = take_in_journal(now=now)
    assert evidence.unknown == tuple(sent_ids())
    assert evidence.put_back == 0

    pair.pk = None
    pair.next_stage, pair.next_due_on = 1, now.date()
    pair.save()
    plan_nudges(now=now)
    assert take_in_journal(now=now).put_back == 1
    go_on(now)
    run_tick(now=now)
    assert len(mail.outbox) == 1


def test_takes_a_mail_whose_worker_died_for_uncertain(now):
    pairs(now, 1)
    plan_nudges(now=now)
    backup = back_up()
    (claim,) = claim_messages(limit=1, now=now)
    delivery._enter(claim, lambda: now)
    put_back(backup)
    evidence = take_in_journal(now=now)
    assert (evidence.sent, evidence.uncertain) == (0, 1)
    message = Message.objects.get()
    assert (message.state, message.reason) == ("uncertain", "gone_back")
    assert Nudge.objects.get().state == "uncertain"


def test_changes_nothing_when_it_is_done_again(now):
    pairs(now, 2)
    plan_nudges(now=now)
    backup = back_up()
    run_tick(now=now)
    put_back(backup)
    take_in_journal(now=now)
    before = list(Message.objects.order_by("pk").values())
    assert take_in_journal(now=now) == restoring.JournalEvidence()
    assert list(Message.objects.order_by("pk").values()) == before


def test_falls_silent_again_where_somebody_goes_on_without_the_journal(now):
    pairs(now, 1)
    plan_nudges(now=now)
    backup = back_up()
    run_tick(now=now)
    put_back(backup)
    run_tick(now=now)
    go_on(now)
    run_tick(now=now)
    assert (len(mail.outbox), get_mode().breaker) == (1, "restored")


def test_is_no_alarm_that_a_mail_was_refused_and_waits_again(now, monkeypatch):
    pairs(now, 1)
    plan_nudges(now=now)
    refused = Outcome(Result.RETRY, Phase.DATA, code="451")

    def refuse(_transport, _mail, *, fence):
        fence()
        return refused

    monkeypatch.setattr(delivery.Transport, "hand_over", refuse)
    assert deliver_messages(now=now, budget_seconds=5).retried == 1
    assert (states(), find_gone_back().mails) == (["retry_wait"], 0)


def test_is_no_alarm_that_somebody_found_a_mail_never_to_have_arrived(now):
    pairs(now, 1)
    plan_nudges(now=now)
    (claim,) = claim_messages(limit=1, now=now)
    delivery._enter(claim, lambda: now)
    Message.objects.update(state="uncertain")
    Nudge.objects.update(state="uncertain")
    resolve_uncertain(uuid=claim.message.uuid, evidence=NEVER_ARRIVED, now=now)
    assert (states(), find_gone_back().mails) == (["ready"], 0)
    assert take_in_journal(now=now) == restoring.JournalEvidence()
    run_tick(now=now)
    assert len(mail.outbox) == 1


def test_is_no_alarm_that_the_fence_kept_a_mail(now):
    pairs(now, 1)
    plan_nudges(now=now)
    (claim,) = claim_messages(limit=1, now=now)
    NudgeControl.objects.update(mode="dry_run")
    with pytest.raises(Exception, match="gate"):
        delivery._enter(claim, lambda: now)
    Message.objects.update(state="ready")
    assert find_gone_back().mails == 0


def test_notices_on_a_machine_that_sent_nothing_itself(now, settings, tmp_path):
    pairs(now, 1)
    plan_nudges(now=now)
    backup = back_up()
    run_tick(now=now)
    settings.FOOTBACK = {**settings.FOOTBACK, "SPOOL_DIR": str(tmp_path / "other")}
    run_tick(now=now)
    put_back(backup)
    run_tick(now=now)
    assert (len(mail.outbox), get_mode().breaker) == (1, "restored")
    assert find_gone_back() == restoring.GoneBack((), 0, is_older=True)


def test_ends_a_round_in_which_the_database_is_put_back(now, settings, monkeypatch):
    settings.FOOTBACK = {**settings.FOOTBACK, "CLAIM_BATCH": 1}
    pairs(now, 3)
    plan_nudges(now=now)
    backup = back_up()
    record = delivery.record_outcome

    def record_and_put_back(*arguments, **more):
        state = record(*arguments, **more)
        put_back(backup)
        monkeypatch.setattr(delivery, "record_outcome", record)
        return state

    monkeypatch.setattr(delivery, "record_outcome", record_and_put_back)
    result = deliver_messages(now=now, budget_seconds=20)
    assert (result.sent, result.is_work_left, len(mail.outbox)) == (1, True, 1)
    assert watch_mailer(now=now) is not None


def test_sends_all_the_same_where_the_journal_cannot_be_written(now, tmp_path, caplog):
    (tmp_path / "spool").write_text("no folder")
    pairs(now, 1)
    run_tick(now=now)
    assert (len(mail.outbox), states()) == (1, ["sent"])
    assert "the journal of hand-overs cannot be written" in caplog.text


def test_writes_no_address_and_no_word_of_a_mail(now, tmp_path):
    (pair,) = pairs(now, 1)
    run_tick(now=now)
    text = "".join(path.read_text() for path in (tmp_path / "spool").glob("*.journal"))
    words = [line.word for line in restoring.read_tail(str(NudgeControl.objects.get().shop_id))]
    assert words == [Word.ENTERED, Word.SENT]
    for private in (pair.contact.email, pair.external_id, pair.title):
        assert private
        assert private not in text


def test_believes_the_servers_log_about_mails_that_wait(now):
    pairs(now, 2)
    plan_nudges(now=now)
    taken, other = Message.objects.order_by("pk")
    arrived = Delivery(now, taken.contact.email, "2.0.0", "sent")
    stranger = restoring.UUID(int=5)
    log = MailLog(
        mails={
            taken.uuid: LoggedMail(taken.uuid, now, (arrived,)),
            # Seen at the door, and refused before it was queued.
            other.uuid: LoggedMail(other.uuid, now),
            stranger: LoggedMail(stranger, now, (arrived,)),
        }
    )
    found = apply_mail_log(log, now=now)
    assert (found.gone_back, found.unknown, found.arrived) == (1, 1, 0)
    assert dict(Message.objects.values_list("pk", "state")) == {
        taken.pk: "sent",
        other.pk: "ready",
    }
    again = apply_mail_log(log, now=now + timedelta(minutes=1))
    assert (again.gone_back, again.unknown) == (0, 1)


def test_tells_by_command_what_came_of_it(now, capsys):
    pairs(now, 1)
    plan_nudges(now=now)
    backup = back_up()
    run_tick(now=now)
    put_back(backup)
    call_command("footback_reconcile", "--journal")
    said = capsys.readouterr().out
    assert "1 mails that waited again had been sent" in said
    assert "This database knows all that this machine sent." in said


def test_fence_is_passed_before_the_journal_says_so(now, monkeypatch):
    pairs(now, 1)
    plan_nudges(now=now)
    (claim,) = claim_messages(limit=1, now=now)
    order = []
    monkeypatch.setattr(delivery, "pass_fence", lambda *_a, **_k: order.append("fence"))
    monkeypatch.setattr(delivery, "note_in_journal", lambda *_a, **_k: order.append("journal"))
    delivery._enter(claim, lambda: now)
    assert order == ["fence", "journal"]
