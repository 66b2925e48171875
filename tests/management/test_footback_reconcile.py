"""manage.py footback_reconcile ..."""

from __future__ import annotations

import gzip
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from shop_plugin.models import AuditEntry, Message, Nudge, Suppression
from shop_plugin.services.nudges.delivery import claim_messages, deliver_messages
from shop_plugin.services.nudges.handing import pass_fence
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.shop.clock import read_database_clock
from tests.nudging import add_pair, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def uncertain(settings):
    settings.EMAIL_TIMEOUT = 5
    now = read_database_clock()
    open_shop(settings, now=now)
    add_pair(due_on=now.date())
    plan_nudges(now=now)
    (claim,) = claim_messages(limit=1, now=now)
    pass_fence(claim, now=now)
    Message.objects.update(state="uncertain")
    Nudge.objects.update(state="uncertain")
    return Message.objects.get()


def test_lists_the_message_id_to_search_for(uncertain, capsys):
    call_command("footback_reconcile")
    assert f"<fb.{uncertain.uuid}@marlow.example>" in capsys.readouterr().out


def test_marks_as_sent_what_is_proven_to_have_arrived(uncertain, capsys):
    call_command("footback_reconcile", uncertain.message_id_header, "--arrived", reason="log 17")
    uncertain.refresh_from_db()
    assert (uncertain.state, Nudge.objects.get().state) == ("sent", "sent")
    assert AuditEntry.objects.get(action="resolve_uncertain").reason == "log 17"
    call_command("footback_reconcile")
    assert "No message is uncertain." in capsys.readouterr().out


@pytest.mark.proof("T29")
def test_sends_again_only_what_is_proven_not_to_have_arrived(uncertain):
    now = read_database_clock()
    assert deliver_messages(now=now, budget_seconds=5).sent == 0
    call_command("footback_reconcile", str(uncertain.uuid), "--never-arrived")
    assert deliver_messages(now=read_database_clock(), budget_seconds=5).sent == 1
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["not-a-uuid", "--arrived"], "neither a uuid nor a Message-ID"),
        (["00000000-0000-4000-8000-000000000000", "--arrived"], "No uncertain message"),
        (["00000000-0000-4000-8000-000000000000"], "--arrived or --never-arrived"),
    ],
)
def test_says_what_is_wrong(uncertain, arguments, words):
    with pytest.raises(CommandError, match=words):
        call_command("footback_reconcile", *arguments)


def log_lines(message, *, at, dsn="2.0.0", status="sent", to=None):
    stamp = f"{at:%Y-%m-%dT%H:%M:%S}+00:00 mx1 postfix"
    to = to or message.contact.email
    return (
        f"{stamp}/cleanup[1]: 4A1B2C: message-id=<fb.{message.uuid}@marlow.example>\n"
        f"{stamp}/smtp[1]: 4A1B2C: to=<{to}>, relay=x, delay=1, dsn={dsn}, status={status} (...)\n"
    )


def covering_lines(message):
    return "".join(
        f"{message.handed_at + timedelta(hours=hours):%Y-%m-%dT%H:%M:%S}+00:00 mx1 "
        "postfix/qmgr[1]: 9Z9Z9Z: removed\n"
        for hours in (-1, 1)
    )


def test_reads_in_a_log_what_arrived(uncertain, tmp_path, capsys):
    log = tmp_path / "mail.log"
    log.write_text(log_lines(uncertain, at=uncertain.handed_at))
    call_command("footback_reconcile", "--maillog", str(log))
    uncertain.refresh_from_db()
    assert uncertain.state == "sent"
    assert "1 arrived" in capsys.readouterr().out
    assert AuditEntry.objects.get(action="resolve_uncertain").reason == "mail log"


def test_reads_a_compressed_log_too(uncertain, tmp_path):
    log = tmp_path / "mail.log.1.gz"
    log.write_bytes(gzip.compress(log_lines(uncertain, at=uncertain.handed_at).encode()))
    call_command("footback_reconcile", "--maillog", str(log))
    uncertain.refresh_from_db()
    assert uncertain.state == "sent"


@pytest.mark.proof("T29")
@pytest.mark.parametrize(
    ("lines", "options", "state"),
    [
        (covering_lines, ["--complete"], "ready"),
        (covering_lines, [], "uncertain"),
        (lambda message: covering_lines(message).splitlines()[0], ["--complete"], "uncertain"),
        (lambda message: covering_lines(message).splitlines()[1], ["--complete"], "uncertain"),
    ],
    ids=["whole log", "perhaps not whole", "ends too early", "begins too late"],
)
def test_takes_silence_as_proof_only_in_a_whole_log_of_that_time(
    uncertain, tmp_path, lines, options, state
):
    log = tmp_path / "mail.log"
    log.write_text(lines(uncertain))
    call_command("footback_reconcile", "--maillog", str(log), *options)
    uncertain.refresh_from_db()
    assert uncertain.state == state
    assert Nudge.objects.get().state == ("queued" if state == "ready" else state)


def test_suppresses_an_address_that_does_not_exist_and_only_that_one(uncertain, tmp_path):
    log = tmp_path / "mail.log"
    bounce = {"at": uncertain.handed_at, "dsn": "5.1.1", "status": "bounced"}
    log.write_text(log_lines(uncertain, **bounce, to="somebody-else@example.org"))
    call_command("footback_reconcile", "--maillog", str(log))
    assert Suppression.objects.count() == 0
    log.write_text(log_lines(uncertain, **bounce))
    call_command("footback_reconcile", "--maillog", str(log))
    call_command("footback_reconcile", "--maillog", str(log))
    assert Suppression.objects.get().email_hash == uncertain.contact.email_hash


def test_says_so_when_a_file_is_no_mail_log(uncertain, tmp_path):
    file = tmp_path / "poem.txt"
    file.write_text("Shall I compare thee\n")
    with pytest.raises(CommandError, match="No line of Postfix"):
        call_command("footback_reconcile", "--maillog", str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("footback_reconcile", "--maillog", str(tmp_path / "missing.log"))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("footback_reconcile", "--maillog", str(_broken_gz(tmp_path)))
    uncertain.refresh_from_db()
    assert uncertain.state == "uncertain"


def _broken_gz(folder):
    path = folder / "cut.gz"
    path.write_bytes(gzip.compress(b"x" * 1000)[:20])
    return path
