"""manage.py footback_reconcile ..."""

from __future__ import annotations

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from shop_plugin.models import AuditEntry, Message, Nudge
from shop_plugin.services.delivery import claim_messages, deliver_messages
from shop_plugin.services.handing import pass_fence
from shop_plugin.services.planning import plan_nudges
from shop_plugin.services.shop_clock import read_database_clock
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
