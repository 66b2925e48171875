"""Sending hours over time zones, clock changes and skipped days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop_plugin.domain.sending_window import (
    ZONE_OF_COUNTRY,
    SendingWindow,
    choose_zone,
    find_next_opening,
    is_open,
    resolve_local_time,
)

BERLIN = ZoneInfo("Europe/Berlin")
WINDOW = SendingWindow()
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "UTC",
]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        (utc(2026, 6, 16, 10, 0), utc(2026, 6, 16, 10, 0)),  # Tuesday noon
        (utc(2026, 6, 16, 5, 0), utc(2026, 6, 16, 7, 0)),  # before nine
        (utc(2026, 6, 16, 17, 0), utc(2026, 6, 17, 7, 0)),  # nineteen o'clock is closed
        (utc(2026, 6, 20, 16, 59), utc(2026, 6, 20, 16, 59)),  # Saturday, last minute
        (utc(2026, 6, 20, 17, 0), utc(2026, 6, 22, 7, 0)),  # over Sunday
        (utc(2026, 1, 13, 7, 30), utc(2026, 1, 13, 8, 0)),  # winter: nine is eight UTC
    ],
)
def test_it_opens_in_the_shoppers_own_day(moment, opening):
    assert find_next_opening(moment, zone=BERLIN, window=WINDOW) == opening


def test_it_asks_for_the_day_of_the_person_not_of_the_server():
    # Sunday 23:00 UTC is Monday morning in Auckland.
    moment = utc(2026, 6, 21, 23, 0)

    assert is_open(moment, zone=ZoneInfo("Pacific/Auckland"), window=WINDOW)
    assert not is_open(moment, zone=BERLIN, window=WINDOW)


@pytest.mark.parametrize(
    ("zone", "day", "at", "moment"),
    [
        # Spring: 02:30 does not exist, 03:00 is the next minute that does.
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), utc(2026, 3, 29, 1, 0)),
        # Autumn: 02:30 comes twice, the first is meant.
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), utc(2026, 10, 25, 0, 30)),
        # Half an hour's change.
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), utc(2026, 10, 3, 15, 30)),
        # Samoa skipped a whole day.
        ("Pacific/Apia", date(2011, 12, 30), time(9, 0), utc(2011, 12, 30, 10, 0)),
        ("Europe/Berlin", date(2026, 6, 16), time(9, 0), utc(2026, 6, 16, 7, 0)),
    ],
)
def test_it_resolves_every_local_time(zone, day, at, moment):
    assert resolve_local_time(day, at, zone=ZoneInfo(zone)) == moment


def test_it_does_not_open_on_a_day_that_was_skipped():
    every_day = SendingWindow(weekdays=(0, 1, 2, 3, 4, 5, 6))
    opening = find_next_opening(
        utc(2011, 12, 30, 6, 0), zone=ZoneInfo("Pacific/Apia"), window=every_day
    )

    # 29 December closes at 19:00 (05:00 UTC on the 30th); the 31st opens at nine.
    assert opening == utc(2011, 12, 30, 19, 0)


def test_it_can_stay_open_to_the_end_of_the_day():
    window = SendingWindow(from_hour=20, until_hour=24)

    assert is_open(utc(2026, 6, 16, 21, 59), zone=BERLIN, window=window)
    assert not is_open(utc(2026, 6, 16, 22, 0), zone=BERLIN, window=window)


@settings(max_examples=300, deadline=None)
@given(
    # From 2000 to 2040, by the second.
    moment=st.integers(946_684_800, 2_208_988_800).map(
        lambda seconds: datetime.fromtimestamp(seconds, UTC)
    ),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    hours=st.tuples(st.integers(0, 24), st.integers(0, 24)).filter(lambda pair: pair[0] < pair[1]),
    weekdays=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
)
def test_it_never_opens_early_nor_outside_the_window(moment, zone, hours, weekdays):
    window = SendingWindow(*hours, weekdays)
    opening = find_next_opening(moment, zone=zone, window=window)
    local = opening.astimezone(zone)

    assert opening >= moment
    assert opening - moment < timedelta(days=10)
    assert local.weekday() in weekdays
    # A window inside a gap opens at the first minute after it.
    assert local.hour < hours[1]
    assert local.hour >= hours[0]
    assert is_open(opening, zone=zone, window=window)
    assert find_next_opening(opening, zone=zone, window=window) == opening


@pytest.mark.parametrize(
    ("from_hour", "until_hour", "weekdays"),
    [(9, 9, (0,)), (19, 9, (0,)), (-1, 5, (0,)), (9, 25, (0,)), (9, 19, ()), (9, 19, (7,))],
)
def test_it_refuses_a_window_that_never_opens(from_hour, until_hour, weekdays):
    with pytest.raises(ValueError, match=r"hours must rise|weekdays are"):
        SendingWindow(from_hour, until_hour, weekdays)


@pytest.mark.parametrize(
    ("names", "country", "zone"),
    [
        (("America/New_York", "Europe/Berlin"), "FR", "America/New_York"),
        (("", "Europe/Berlin"), "FR", "Europe/Paris"),
        (("", "Europe/Berlin"), "fr", "Europe/Paris"),
        (("", "Europe/Berlin"), "US", "Europe/Berlin"),
        (("Nowhere/Else", "Europe/Berlin"), "", "Europe/Berlin"),
        (("../etc/passwd", "also wrong"), "", "UTC"),
        ((), "", "UTC"),
    ],
)
def test_it_takes_the_persons_zone_then_the_countrys_then_the_shops(names, country, zone):
    assert str(choose_zone(*names, country=country)) == zone


@pytest.mark.parametrize("country", sorted(ZONE_OF_COUNTRY))
def test_it_knows_only_zones_that_exist(country):
    assert str(choose_zone("", country=country)) == ZONE_OF_COUNTRY[country]
