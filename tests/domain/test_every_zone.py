"""The sending hours in every time zone there is, 2020 to 2040: a mail ..."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop_plugin.domain.sending_window import SendingWindow, find_next_opening, is_open

pytestmark = pytest.mark.proof("T22")

FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)
ZONES = sorted(available_timezones())
#: By hand: FOOTBACK_PROOF_EXAMPLES=100000.
EXAMPLES = int(os.environ.get("FOOTBACK_PROOF_EXAMPLES", "400"))
# A clock change moves an opening by an hour, a skipped day by a day.
MOST_BY_A_CHANGE = timedelta(hours=25)

moments = st.integers(int(FIRST.timestamp()), int(LAST.timestamp()) - 1).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
windows = st.builds(
    lambda hours, days: SendingWindow(*sorted(hours), tuple(sorted(days))),
    st.lists(st.integers(0, 24), min_size=2, max_size=2, unique=True),
    st.sets(st.integers(0, 6), min_size=1),
)


def opening_by_the_wall(moment: datetime, *, zone: ZoneInfo, window: SendingWindow) -> timedelta:
    """Return how long to wait if no clock were ever changed."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    for offset in range(9):
        day = local.date() + timedelta(days=offset)
        opens = datetime.combine(day, time()) + timedelta(hours=window.from_hour)
        closes = datetime.combine(day, time()) + timedelta(hours=window.until_hour)
        if day.weekday() in window.weekdays and local < closes:
            return max(opens, local) - local
    raise AssertionError("a week has an open day")


def check(moment: datetime, *, zone: ZoneInfo, window: SendingWindow) -> datetime:
    opening = find_next_opening(moment, zone=zone, window=window)
    local = opening.astimezone(zone)
    assert opening >= moment
    assert local.weekday() in window.weekdays
    assert window.from_hour <= local.hour < window.until_hour
    # Waiting again where it waited already moves nothing: it leaves once, then.
    assert is_open(opening, zone=zone, window=window)
    waited = opening_by_the_wall(moment, zone=zone, window=window)
    assert abs((opening - moment) - waited) <= MOST_BY_A_CHANGE
    return opening


@settings(max_examples=EXAMPLES, deadline=None)
@given(moment=moments, zone=st.sampled_from(ZONES).map(ZoneInfo), window=windows)
def test_leaves_in_the_open_hours_and_no_clock_change_holds_it_up_for_a_day(moment, zone, window):
    check(moment, zone=zone, window=window)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    moment=moments,
    later=st.timedeltas(timedelta(0), timedelta(days=9)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    window=windows,
)
def test_that_is_due_later_never_leaves_earlier(moment, later, zone, window):
    first = find_next_opening(moment, zone=zone, window=window)
    assert find_next_opening(moment + later, zone=zone, window=window) >= first


def changes_of(zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the minute at which the zone's clocks are changed, each time, found by halving."""
    step = timedelta(days=14)  # Ramadan interrupts summer time for no less than that
    low = FIRST
    while low < LAST:
        high = low + step
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            first, second = low, high
            while second - first > timedelta(minutes=1):
                middle = first + (second - first) / 2
                same = middle.astimezone(zone).utcoffset() == first.astimezone(zone).utcoffset()
                first, second = (middle, second) if same else (first, middle)
            yield second.replace(second=0, microsecond=0)
        low = high


def test_survives_every_change_of_every_clock():
    by_day, by_night = SendingWindow(), SendingWindow(0, 4, (0, 1, 2, 3, 4, 5, 6))
    changes = 0
    # Zones with the same changes are one zone under several names.
    for zone in {tuple(changes_of(ZoneInfo(name))): ZoneInfo(name) for name in ZONES}.values():
        for change in changes_of(zone):
            changes += 1
            for hours in (-25, -2, 0, 1):
                moment = change + timedelta(hours=hours)
                check(moment, zone=zone, window=by_day)
                check(moment, zone=zone, window=by_night)
    assert changes > 500
