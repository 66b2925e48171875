"""What time it is: the database's clock, and the shop's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings as django_settings
from django.db import connection

from shop_plugin.conf import get_settings


def read_database_clock() -> datetime:
    """Return the time by the database, aware, in UTC.

    Leases are taken and judged by this clock, so that a worker whose own
    clock is wrong can neither steal a lease nor mail at night.
    """
    statement = (
        "SELECT strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"
        if connection.vendor == "sqlite"
        else "SELECT CURRENT_TIMESTAMP"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [])
        (answer,) = cursor.fetchone()
    moment: datetime = datetime.fromisoformat(answer) if isinstance(answer, str) else answer
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def shop_zone() -> ZoneInfo:
    """Return the shop's time zone; Django's where ``TIME_ZONE`` of the plugin is empty."""
    return find_zone(get_settings().TIME_ZONE) or ZoneInfo(django_settings.TIME_ZONE)


@cache
def find_zone(name: str) -> ZoneInfo | None:
    """Return the zone of that name, or ``None`` for an empty or unknown name."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def shop_day(moment: datetime) -> date:
    """Return the calendar day of an aware time in the shop's zone."""
    return moment.astimezone(shop_zone()).date()
