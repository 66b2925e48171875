"""What a provider's report means: judge_report ..."""

from __future__ import annotations

import pytest

from shop_plugin.domain.mail_reports import Fate, find_code, judge_report


@pytest.mark.parametrize(
    ("kind", "reason", "reply", "is_for_now", "fate"),
    [
        ("delivered", "", "250 2.0.0 OK", False, Fate.DELIVERED),
        ("complained", "spam", "", False, Fate.COMPLAINED),
        ("unsubscribed", "", "", False, Fate.UNSUBSCRIBED),
        ("bounced", "bounced", "smtp; 550 5.1.1 user unknown", False, Fate.BOUNCED),
        ("bounced", "bounced", "", False, Fate.BOUNCED),
        ("bounced", "", "", False, Fate.BOUNCED),
        ("bounced", "invalid", "", False, Fate.BOUNCED),
        ("rejected", "bounced", "", False, Fate.BOUNCED),
        ("bounced", "bounced", "", True, Fate.SOFT_BOUNCED),
        ("bounced", "bounced", "552-5.2.2 The mailbox is full.", False, Fate.SOFT_BOUNCED),
        ("bounced", "bounced", "451 4.4.1 no answer", False, Fate.SOFT_BOUNCED),
        ("bounced", "timed_out", "", False, Fate.SOFT_BOUNCED),
        ("bounced", "other", "554 5.7.1 spam", False, Fate.BLOCKED),
        ("bounced", "bounced", "550 5.7.1 policy", True, Fate.BLOCKED),
        ("bounced", "blocked", "", False, Fate.BLOCKED),
        ("rejected", "spam", "", False, Fate.COMPLAINED),
        ("bounced", "spam", "", False, Fate.BLOCKED),
        ("rejected", "unsubscribed", "", False, Fate.UNSUBSCRIBED),
        ("failed", "other", "", False, Fate.BLOCKED),
    ],
)
def test_tells_a_dead_address_from_a_full_one_and_from_a_refusal(
    kind, reason, reply, is_for_now, fate
):
    assert judge_report(kind=kind, reason=reason, reply=reply, is_for_now=is_for_now) is fate


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.7.515 Access denied, sending domain marlow.example doesn't meet the level",
        "550-5.7.26 This mail has been blocked because the sender is unauthenticated.",
        "550 5.7.509 Access denied, sending domain does not pass DMARC verification",
    ],
)
def test_takes_a_refused_sender_for_an_alarm_and_never_for_a_bounce(reply):
    assert judge_report(kind="bounced", reason="bounced", reply=reply) is Fate.SENDER_REFUSED


@pytest.mark.parametrize("kind", ["deferred", "opened", "clicked", "queued", "sent", "unknown", ""])
def test_passes_over_what_is_no_fate(kind):
    assert judge_report(kind=kind, reason="bounced", reply="550 5.1.1 gone") is None


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("smtp; 550 5.1.1 gone", "5.1.1"),
        ("550-5.1.1 gone 550", "5.1.1"),
        ("550 no such user", "550"),
        ("from 5.1.2.3 came nothing", ""),
        ("552 5.2.2.", "5.2.2"),
        ("", ""),
    ],
)
def test_finds_the_code_in_the_words_of_a_server(reply, code):
    assert find_code(reply) == code
