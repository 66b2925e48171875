"""When a mail may arrive: hours of a person's own day, correct over every clock change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: Countries that keep one time zone, for shoppers whose own zone is not known.
ZONE_OF_COUNTRY = {
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "CH": "Europe/Zurich",
    "CZ": "Europe/Prague",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "GR": "Europe/Athens",
    "HU": "Europe/Budapest",
    "IE": "Europe/Dublin",
    "IN": "Asia/Kolkata",
    "IT": "Europe/Rome",
    "JP": "Asia/Tokyo",
    "KR": "Asia/Seoul",
    "LU": "Europe/Luxembourg",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "NZ": "Pacific/Auckland",
    "PL": "Europe/Warsaw",
    "RO": "Europe/Bucharest",
    "SE": "Europe/Stockholm",
    "SG": "Asia/Singapore",
    "SI": "Europe/Ljubljana",
    "SK": "Europe/Bratislava",
    "ZA": "Africa/Johannesburg",
}

_MINUTES_PER_DAY = 1440
_DAYS_TO_SEARCH = 9


@dataclass(frozen=True, slots=True)
class SendingWindow:
    """From and until which local hour, on which weekdays (Monday is 0), mail may leave.

    The last hour is exclusive; 24 is the end of the day.

    :raises ValueError: for a window that never opens.
    """

    from_hour: int = 9
    until_hour: int = 19
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5)

    def __post_init__(self) -> None:
        if not 0 <= self.from_hour < self.until_hour <= 24:
            raise ValueError(
                f"the hours must rise within 0 to 24, not {self.from_hour} to {self.until_hour}"
            )
        if not self.weekdays or not set(self.weekdays) <= set(range(7)):
            raise ValueError(f"weekdays are 0 (Monday) to 6, at least one, not {self.weekdays}")


def find_next_opening(moment: datetime, *, zone: tzinfo, window: SendingWindow) -> datetime:
    """Return the first moment at or after an aware one at which mail may leave, in UTC."""
    return _find_next_opening(moment.astimezone(UTC), zone, window)


# A round asks it of everybody for one and the same moment, and people live in few zones.
@lru_cache(maxsize=256)
def _find_next_opening(moment: datetime, zone: tzinfo, window: SendingWindow) -> datetime:
    start_day = moment.astimezone(zone).date()
    # The day before covers a window that a clock change or a skipped day stretched.
    for offset in range(-1, _DAYS_TO_SEARCH):
        day = start_day + timedelta(days=offset)
        if day.weekday() not in window.weekdays:
            continue
        opens = _at_hour(day, window.from_hour, zone)
        closes = _at_hour(day, window.until_hour, zone)
        if opens >= closes or closes <= moment:
            continue
        return max(opens, moment)
    raise ValueError(f"no sending hour within {_DAYS_TO_SEARCH} days of {moment}")


def is_open(moment: datetime, *, zone: tzinfo, window: SendingWindow) -> bool:
    """Tell whether mail may leave at an aware moment."""
    return find_next_opening(moment, zone=zone, window=window) == moment


def resolve_local_time(day: date, at: time, *, zone: tzinfo) -> datetime:
    """Return a local time in UTC: the first where it comes twice, the next minute where never."""
    local = datetime.combine(day, at)
    for _ in range(_MINUTES_PER_DAY + 1):
        candidate = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if candidate.astimezone(zone).replace(tzinfo=None) == local:
            return candidate
        local += timedelta(minutes=1)
    raise ValueError(f"no existing time within a day of {day} {at}")


def choose_zone(*names: str, country: str = "") -> tzinfo:
    """Return the first zone that exists among the names, else the country's, else UTC.

    Pass the person's own zone first and the shop's last; the country is asked
    after the first name.
    """
    first, rest = names[:1], names[1:]
    for name in (*first, ZONE_OF_COUNTRY.get(country.upper(), ""), *rest):
        zone = _find_zone(name)
        if zone is not None:
            return zone
    return UTC


def _find_zone(name: str) -> tzinfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _at_hour(day: date, hour: int, zone: tzinfo) -> datetime:
    if hour == 24:
        return resolve_local_time(day + timedelta(days=1), time(0), zone=zone)
    return resolve_local_time(day, time(hour), zone=zone)
