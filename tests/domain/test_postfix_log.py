"""A Postfix log as evidence: read_postfix_log ..."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.domain.postfix_log import read_postfix_log

NOW = datetime(2026, 6, 16, 10, 0, tzinfo=UTC)
MAIL = UUID("3f2b8c1e-0000-4000-8000-000000000001")

CLASSIC = f"""\
Jun 15 09:59:58 mx1 postfix/smtpd[811]: connect from shop[10.0.0.2]
Jun 15 09:59:59 mx1 postfix/smtpd[811]: 4A1B2C3D4E: client=shop[10.0.0.2]
Jun 15 09:59:59 mx1 postfix/cleanup[812]: 4A1B2C3D4E: message-id=<fb.{MAIL}@marlow.example>
Jun 15 09:59:59 mx1 postfix/qmgr[813]: 4A1B2C3D4E: from=<care@marlow.example>, size=9123, nrcpt=1
Jun 15 10:00:02 mx1 postfix/smtp[814]: 4A1B2C3D4E: to=<anna@example.org>, \
relay=mx.example.org[192.0.2.1]:25, delay=3, delays=0.1/0/1/2, dsn=2.0.0, status=sent (250 ok)
Jun 15 10:00:02 mx1 postfix/qmgr[813]: 4A1B2C3D4E: removed
Jun 15 10:00:03 mx1 dovecot: imap-login: Login: user=<anna>
"""


def read(text, **more):
    return read_postfix_log(text.splitlines(), now=NOW, **more)


def test_ties_a_delivery_to_the_message_id():
    log = read(CLASSIC)
    mail = log.mails[MAIL]
    assert mail.taken_at == datetime(2026, 6, 15, 9, 59, 59, tzinfo=UTC)
    (delivery,) = mail.deliveries
    assert (delivery.recipient, delivery.dsn, delivery.status) == (
        "anna@example.org",
        "2.0.0",
        "sent",
    )
    assert not delivery.is_dead_address
    assert log.lines == 6


def test_says_what_time_the_log_covers():
    log = read(CLASSIC)
    first = datetime(2026, 6, 15, 9, 59, 58, tzinfo=UTC)
    assert (log.first_at, log.last_at) == (first, first + timedelta(seconds=4))
    assert log.covers(first, first + timedelta(seconds=4))
    assert not log.covers(first - timedelta(seconds=1), first)
    assert not log.covers(first, first + timedelta(seconds=5))


def test_covers_nothing_without_a_line_of_postfix():
    log = read("Jun 15 10:00:03 mx1 dovecot: imap-login: hello\n\nnonsense")
    assert (log.lines, log.mails) == (0, {})
    assert not log.covers(NOW, NOW)


@pytest.mark.parametrize(
    ("dsn", "status", "is_dead"),
    [
        ("5.1.1", "bounced", True),
        ("5.1.10", "bounced", True),
        ("5.2.2", "bounced", False),
        ("5.7.1", "bounced", False),
        ("4.1.1", "deferred", False),
    ],
)
def test_knows_an_address_that_does_not_exist_from_a_full_or_strict_one(dsn, status, is_dead):
    text = CLASSIC.replace("dsn=2.0.0, status=sent", f"dsn={dsn}, status={status}")
    (delivery,) = read(text).mails[MAIL].deliveries
    assert delivery.is_dead_address is is_dead


def test_reads_iso_times_and_instances_with_names_of_their_own():
    text = (
        "2026-06-15T11:59:59.123456+02:00 mx1 postfix-out/cleanup[1]: 3XyZ01: "
        f"message-id=<fb.{MAIL}@marlow.example>"
    )
    assert read(text).mails[MAIL].taken_at == datetime(2026, 6, 15, 9, 59, 59, 123456, tzinfo=UTC)


def test_takes_classic_times_in_the_given_zone_and_the_past_year():
    text = CLASSIC.replace("Jun 15", "Dec 31")
    at = read(text, zone=timezone(timedelta(hours=1))).mails[MAIL].taken_at
    assert at == datetime(2025, 12, 31, 8, 59, 59, tzinfo=UTC)


def test_forgets_a_queue_id_that_comes_round_again():
    later = (
        "Jun 15 11:00:00 mx1 postfix/cleanup[9]: 4A1B2C3D4E: message-id=<other@elsewhere>\n"
        "Jun 15 11:00:01 mx1 postfix/smtp[9]: 4A1B2C3D4E: to=<eve@example.org>, relay=x, "
        "dsn=5.1.1, status=bounced (no)\n"
    )
    (delivery,) = read(CLASSIC.replace(": removed", ": kept") + later).mails[MAIL].deliveries
    assert delivery.recipient == "anna@example.org"


def test_goes_on_over_rotated_files():
    lines = CLASSIC.splitlines()
    log = read_postfix_log(lines[:4], now=NOW)
    log = read_postfix_log(lines[4:], now=NOW, log=log)
    assert log.mails[MAIL].uuid == MAIL
    assert log.lines == 6


def test_reads_no_mail_that_only_looks_like_ours():
    for text in (
        CLASSIC.replace("<fb.", "<xfb."),
        CLASSIC.replace(str(MAIL), "not-a-uuid"),
        CLASSIC.replace("cleanup", "smtpd"),
    ):
        assert read(text).mails == {}


@given(st.text(max_size=400), st.sampled_from(CLASSIC.splitlines()), st.integers(0, 200))
def test_never_stumbles_over_a_damaged_line(noise, line, place):
    log = read_postfix_log([noise, line[:place] + noise + line[place:], line[:place]], now=NOW)
    assert log.lines <= 3


def test_reads_an_endless_line_in_no_time():
    line = CLASSIC.splitlines()[4]
    log = read_postfix_log([line.replace("relay=", "relay=" + "x" * 1_000_000)], now=NOW)
    assert log.mails == {}
