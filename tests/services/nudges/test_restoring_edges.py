"""The journal of hand-overs where it is hard to tell: it ..."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from shop_plugin.models import Attempt, AuditEntry, Message, Nudge, NudgeControl, Purchase
from shop_plugin.services.nudges import restoring
from shop_plugin.services.nudges.breakers import watch_mailer
from shop_plugin.services.nudges.delivery import deliver_messages
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.nudges.restoring import find_gone_back, take_in_journal
from shop_plugin.services.transport.journal import JournalLine, Word, read_tail, write_line
from tests.nudging import add_pair, open_shop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.proof("T12")]


@pytest.fixture(autouse=True)
def shop(settings, now, tmp_path):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now, SPOOL_DIR=str(tmp_path / "a"))


def send(now):
    add_pair(due_on=now.date())
    plan_nudges(now=now)
    assert deliver_messages(now=now, budget_seconds=20).sent == 1


def shop_id():
    return str(NudgeControl.objects.get().shop_id)


def let_all_wait():
    """Let every mail wait as if it had never left, in a database of before any claim."""
    Message.objects.update(state="ready", handed_at=None, sent_at=None, token="", lease_until=None)
    Nudge.objects.update(state="queued")
    NudgeControl.objects.update(claims_made=0)


def test_takes_a_refusal_that_comes_while_it_looks_for_what_it_is(now, monkeypatch):
    send(now)
    message, claims = Message.objects.get(), NudgeControl.objects.get().claims_made
    write_line(JournalLine(now, Word.ENTERED, shop_id(), claims, message.uuid))
    read = restoring.read_tail

    def read_while_another_worker_is_refused(name):
        lines = read(name)
        write_line(JournalLine(now, Word.REFUSED, name, claims, message.uuid))
        Message.objects.update(state="retry_wait", handed_at=None)
        return lines

    monkeypatch.setattr(restoring, "read_tail", read_while_another_worker_is_refused)
    assert watch_mailer(now=now) is None


def test_takes_no_evidence_of_a_hand_over_for_one_of_the_next(now):
    send(now)
    message = Message.objects.get()
    AuditEntry.objects.create(
        action="resolve_uncertain",
        subject=f"message:{message.uuid}",
        after={"state": "ready"},
        at=now - timedelta(hours=2),
    )
    let_all_wait()
    assert take_in_journal(now=now).sent == 1
    message.refresh_from_db()
    assert message.state == "sent"


def test_stays_silent_until_every_machine_took_its_journal_in(now, settings, tmp_path):
    def work_on(machine):
        settings.FOOTBACK = {**settings.FOOTBACK, "SPOOL_DIR": str(tmp_path / machine)}

    for machine in ("a", "b", "a"):
        work_on(machine)
        send(now)
    for table in (Attempt, Nudge, Message):
        table.objects.all().delete()
    Purchase.objects.update(next_stage=1, next_due_on=now.date())
    NudgeControl.objects.update(claims_made=0)
    plan_nudges(now=now)
    assert find_gone_back().mails == 2
    assert take_in_journal(now=now).put_back == 2
    assert find_gone_back().mails == 0
    work_on("b")
    assert find_gone_back().mails == 1
    assert take_in_journal(now=now).put_back == 1
    assert find_gone_back().mails == 0
    assert set(Nudge.objects.values_list("state", flat=True)) == {"sent"}


def test_notices_a_second_restore_after_the_first(now):
    send(now)
    let_all_wait()
    take_in_journal(now=now)
    send(now)
    assert find_gone_back().mails == 0
    let_all_wait()
    assert find_gone_back().mails == 2


def test_loses_no_line_to_one_that_a_full_disk_cut_short(now, tmp_path):
    send(now)
    with next((tmp_path / "a").glob("*.journal")).open("a") as file:
        file.write('{"at": "2026')
    uuid = uuid4()
    write_line(JournalLine(now, Word.ENTERED, shop_id(), 5, uuid))
    assert uuid in {line.uuid for line in read_tail(shop_id())}


def test_is_not_pushed_out_by_a_busy_shop_in_the_same_folder(now):
    send(now)
    for number in range(600):
        write_line(JournalLine(now, Word.ENTERED, str(UUID(int=1)), number, uuid4(), ("a" * 24,)))
    assert read_tail(shop_id())
