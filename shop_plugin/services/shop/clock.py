"""What time it is: the database's clock, and the shop's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

from django.conf import settings as django_settings
from django.db import connection

from shop_plugin.conf import get_settings
from shop_plugin.domain.sending_window import choose_zone


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


def shop_zone() -> tzinfo:
    """Return the shop's time zone; Django's where ``TIME_ZONE`` of the plugin is empty."""
    return choose_zone(get_settings().TIME_ZONE, django_settings.TIME_ZONE)


def shop_day(moment: datetime) -> date:
    """Return the calendar day of an aware time in the shop's zone."""
    return moment.astimezone(shop_zone()).date()
