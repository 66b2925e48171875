"""A mail server that refuses, hangs, cuts or is not there: deliver_messages ..."""

from __future__ import annotations

import socket
import time
from datetime import timedelta

import pytest

from shop_plugin.models import Attempt, Message, Nudge, NudgeControl, Suppression
from shop_plugin.services.nudges.delivery import deliver_messages
from tests.faults.smtp_sink import CUT, DRIP, HANG, KEEP_AND_CUT
from tests.nudging import mail_settings

LATER = timedelta(hours=7)


@pytest.fixture(params=["one by one", "pipelining"])
def sink(request, sink):
    """Let the server take commands one by one, and several in one packet."""
    sink.pipelines = request.param == "pipelining"
    return sink


def deliver(now):
    return deliver_messages(now=now, budget_seconds=30)


def state_of(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.last_code


def test_delivers_over_a_real_connection(waiting, sink, now):
    messages = waiting(3)
    assert deliver(now).sent == 3
    assert sum(sink.taken.values()) == len(sink.taken) == 3
    assert set(sink.taken) == {f"<fb.{message.uuid}@marlow.example>" for message in messages}
    assert sink.connections == 1


@pytest.mark.proof("T13")
@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "end"])
@pytest.mark.parametrize("reply", ["451 4.3.0 later", "450 4.2.1 busy", "421 4.3.2 going down"])
def test_tries_again_later_what_was_refused_for_now(waiting, sink, now, step, reply):
    (message,) = waiting()
    getattr(sink.script, step).append(reply)
    assert deliver(now).retried == 1
    assert state_of(message) == ("retry_wait", " ".join(reply.split()[:2]))
    assert message.not_before > now
    assert deliver(now).sent == 0
    assert deliver(now + LATER).sent == 1
    assert list(sink.taken.values()) == [1]


@pytest.mark.proof("T14")
@pytest.mark.parametrize("reply", ["550 5.1.1 no such user", "551 not here", "553 5.1.3 bad"])
def test_never_writes_again_to_an_address_that_does_not_exist(waiting, sink, now, reply):
    (message,) = waiting()
    sink.script.rcpt.append(reply)
    assert deliver(now).failed == 1
    message.refresh_from_db()
    assert (message.state, message.reason) == ("failed", "hard_bounce")
    suppression = Suppression.objects.get()
    assert suppression.email_hash == message.contact.email_hash
    assert suppression.reason == "hard_bounce"
    assert Nudge.objects.get().state == "failed"
    assert deliver(now + LATER).sent == 0


@pytest.mark.proof("T14")
@pytest.mark.parametrize(
    ("step", "reply"),
    [
        ("end", "552 5.3.4 too big"),
        ("end", "554 5.6.0 content refused"),
        ("rcpt", "550 5.7.1 policy"),
        ("rcpt", "552 5.2.2 mailbox full"),
        ("end", "550 5.7.515 not authenticated"),
    ],
)
def test_does_not_blame_the_address_for_what_the_content_or_the_sender_did(
    waiting, sink, now, step, reply
):
    (message,) = waiting()
    getattr(sink.script, step).append(reply)
    assert deliver(now).failed == 1
    assert state_of(message)[0] == "failed"
    assert message.reason == "refused"
    assert not Suppression.objects.exists()


@pytest.mark.proof("T16")
@pytest.mark.parametrize("action", [CUT, HANG])
@pytest.mark.parametrize("step", ["banner", "mail", "rcpt"])
def test_tries_again_what_was_cut_before_the_mail_was_sent(waiting, sink, now, step, action):
    (message,) = waiting()
    getattr(sink.script, step).append(action)
    started = time.monotonic()
    deliver(now)
    assert time.monotonic() - started < 10
    assert state_of(message)[0] == "retry_wait"
    assert deliver(now + LATER).sent == 1
    assert list(sink.taken.values()) == [1]


@pytest.mark.proof("T15", "T16")
@pytest.mark.parametrize(
    ("step", "action", "copies"),
    [
        ("data", CUT, 0),
        ("data", HANG, 0),
        ("end", CUT, 0),
        ("end", HANG, 0),
        ("end", KEEP_AND_CUT, 1),
    ],
)
def test_calls_uncertain_what_was_cut_after_data_and_never_repeats_it(
    waiting, sink, now, step, action, copies
):
    (message,) = waiting()
    getattr(sink.script, step).append(action)
    assert deliver(now).uncertain == 1
    assert state_of(message)[0] == "uncertain"
    assert Nudge.objects.get().state == "uncertain"
    assert deliver(now + LATER).sent == 0
    assert sum(sink.taken.values()) == copies
    assert deliver(now + timedelta(hours=73)).abandoned == 1
    assert sum(sink.taken.values()) == copies


@pytest.mark.proof("T17")
def test_is_not_held_up_by_a_server_that_drips(waiting, sink, now):
    waiting()
    sink.script.banner.append(DRIP)
    started = time.monotonic()
    assert deliver(now).retried == 1
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "banner",
    ["220 " + "x" * 1_000_000, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", "HTTP/1.1 400 Bad Request"],
    ids=["a line of a megabyte", "TLS", "HTTP"],
)
@pytest.mark.proof("T17")
def test_is_not_held_up_by_a_server_that_speaks_something_else(waiting, sink, now, banner):
    (message,) = waiting()
    sink.script.banner.append(banner)
    assert deliver(now).retried == 1
    assert state_of(message)[0] == "retry_wait"
    assert deliver(now + LATER).sent == 1
    assert list(sink.taken.values()) == [1]


@pytest.mark.proof("T18")
def test_pauses_after_five_failures_and_burns_no_attempt(waiting, settings, now):
    messages = waiting(3)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        mail_settings(settings, port=nobody.getsockname()[1])
        for minute in range(5):
            deliver(now + timedelta(minutes=10 * minute))
    control = NudgeControl.objects.get()
    assert control.transport_failures == 5
    assert control.transport_paused_until > now + timedelta(minutes=40)
    assert Attempt.objects.count() == 5  # one a round, not one a message
    for message in messages:
        message.refresh_from_db()
        assert message.attempts_made == 0
        assert message.state in ("ready", "retry_wait")
    paused = deliver(control.transport_paused_until - timedelta(seconds=30))
    assert paused.is_paused
    assert Attempt.objects.count() == 5


def test_goes_on_as_soon_as_the_server_is_back(waiting, sink, now):
    waiting(2)
    NudgeControl.objects.update(transport_failures=7, transport_paused_until=now)
    assert deliver(now).sent == 2
    control = NudgeControl.objects.get()
    assert (control.transport_failures, control.transport_paused_until) == (0, None)


def test_opens_the_connection_anew_that_the_server_dropped_meanwhile(waiting, sink, now):
    waiting(2)
    sink.script.mail.extend(["", CUT])
    assert deliver(now).sent == 2
    assert sink.connections == 2
    assert sorted(sink.taken.values()) == [1, 1]


@pytest.mark.proof("T13")
def test_gives_up_after_eight_refusals(waiting, sink, now):
    (message,) = waiting()
    sink.script.rcpt.extend(["451 later"] * 20)
    for round_number in range(1, 12):
        deliver(now + LATER * round_number)
    message.refresh_from_db()
    assert (message.state, message.reason) == ("failed", "too_many_attempts")
    assert Attempt.objects.count() == 8


def test_leaves_the_other_mails_alone_when_one_is_refused(waiting, sink, now):
    waiting(4)
    sink.script.rcpt.extend(["", "550 5.1.1 no such user", "451 later"])
    result = deliver(now)
    assert (result.sent, result.failed, result.retried) == (2, 1, 1)


def test_lets_nothing_leave_that_the_fence_stopped_after_the_recipient(
    waiting, sink, now, monkeypatch
):
    from shop_plugin.services.nudges import delivery
    from shop_plugin.services.people.consent import unsubscribe

    first, second = waiting(2)
    pass_fence = delivery.pass_fence

    def unsubscribe_first(claim, *, now):
        if claim.message.pk == first.pk:
            unsubscribe(token=first.contact.unsubscribe_token, now=now)
        pass_fence(claim, now=now)

    monkeypatch.setattr(delivery, "pass_fence", unsubscribe_first)
    result = deliver(now)
    assert (result.sent, result.lost) == (1, 1)
    assert sink.recipients == [second.contact.email]
    assert state_of(first)[0] == "cancelled"
