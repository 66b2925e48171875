"""The spool of mails that left while the database was away: it ..."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core import mail
from django.db import DatabaseError

from shop_plugin.models import Attempt, Message
from shop_plugin.services.nudges import delivery
from shop_plugin.services.nudges.delivery import deliver_messages
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.transport import spool
from shop_plugin.services.transport.spool import SpooledMail, UnsafeSpool, list_spooled, spool_mail
from tests.moves import check_moves, watched_moves
from tests.nudging import add_pair, nudge_states, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings, now, tmp_path):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now, SPOOL_DIR=str(tmp_path / "spool"))
    return tmp_path / "spool"


@pytest.fixture(autouse=True)
def only_lawful_moves():
    with watched_moves() as moves:
        yield
    check_moves(moves)


@pytest.fixture
def unrecorded(now, monkeypatch) -> Message:
    """A message that was sent while the database took nothing."""

    def refuse(*_args, **_kwargs):
        raise DatabaseError("gone away")

    add_pair(due_on=now.date())
    plan_nudges(now=now)
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "record_outcome", refuse)
        patch.setattr(delivery, "RECORD_SECONDS", 0.2)
        with pytest.raises(DatabaseError):
            deliver_messages(now=now, budget_seconds=20)
    message = Message.objects.get()
    assert message.state == "handing"
    return message


@pytest.mark.proof("T11")
def test_lets_the_next_round_know_what_was_sent(unrecorded, now):
    assert len(mail.outbox) == 1
    (path,) = list_spooled()
    assert path.name == f"{unrecorded.uuid}.sent"
    # Even where the lease is over: what is known as sent is not taken for uncertain.
    Message.objects.update(lease_until=now - timedelta(days=1))
    result = deliver_messages(now=now + timedelta(hours=1), budget_seconds=20)
    assert (result.spooled, result.uncertain, result.sent) == (1, 0, 0)
    unrecorded.refresh_from_db()
    assert unrecorded.state == "sent"
    assert list(nudge_states().values()) == ["sent"]
    assert Attempt.objects.get().detail == "noted in the spool"
    assert len(mail.outbox) == 1
    assert list_spooled() == []


def test_holds_no_address_and_no_word_of_the_mail(unrecorded):
    (path,) = list_spooled()
    assert set(json.loads(path.read_text())) == {"uuid", "token", "at"}
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.proof("T11")
def test_saves_a_message_that_already_became_uncertain(unrecorded, now):
    Message.objects.update(state="uncertain", lease_until=None)
    deliver_messages(now=now, budget_seconds=20)
    unrecorded.refresh_from_db()
    assert unrecorded.state == "sent"


def test_leaves_alone_what_went_on_meanwhile(unrecorded, now):
    unrecorded.state, unrecorded.token = "failed", ""
    unrecorded.save()
    deliver_messages(now=now, budget_seconds=20)
    unrecorded.refresh_from_db()
    assert unrecorded.state == "failed"
    assert list_spooled() == []


def test_forgets_a_message_that_is_no_more(unrecorded, now):
    Message.objects.all().delete()
    assert deliver_messages(now=now, budget_seconds=20).spooled == 1
    assert list_spooled() == []


def test_puts_a_damaged_file_aside_and_goes_on(unrecorded, now, folder, caplog):
    (folder / f"{uuid4()}.sent").write_text("{")
    assert deliver_messages(now=now, budget_seconds=20).spooled == 1
    assert len(list(folder.glob("*.damaged"))) == 1
    assert "damaged" in caplog.text


def test_lets_sending_go_on_where_its_folder_is_somebody_elses(now, folder, monkeypatch, caplog):
    folder.mkdir()
    monkeypatch.setattr(os, "getuid", lambda: 4321)
    with pytest.raises(UnsafeSpool):
        spool_mail(SpooledMail(uuid4(), "token", now))
    add_pair(due_on=now.date())
    plan_nudges(now=now)
    assert deliver_messages(now=now, budget_seconds=20).sent == 1
    assert "cannot be read" in caplog.text


def test_follows_no_link_to_another_folder(now, folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafeSpool):
        spool_mail(SpooledMail(uuid4(), "token", now))


def test_keeps_a_file_that_the_database_does_not_take_yet(unrecorded, monkeypatch, now):
    def refuse(_mail):
        raise DatabaseError("still away")

    with pytest.raises(DatabaseError):
        spool.replay_spool(refuse)
    assert len(list_spooled()) == 1


def test_lies_in_the_users_own_temporary_folder_where_none_is_set(settings):
    settings.FOOTBACK = {**settings.FOOTBACK, "SPOOL_DIR": ""}
    folder = spool.spool_folder()
    assert folder.name == f"footback-spool-{os.getuid()}"
    # The suite's own folder stands in for it, or tests would find each other's mails.
    assert folder.parent != Path(tempfile.gettempdir())
    assert not folder.exists()
