"""How loud the mailer may be: off, dry run, redirect, live; and when it falls silent by itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings as django_settings
from django.db import connection, transaction

from shop_plugin.conf import get_settings
from shop_plugin.domain.breakers import volume_cap
from shop_plugin.domain.nudge_policy import (
    COUNTED_STATES,
    Mode,
    daily_allowance,
    quieter_mode,
)
from shop_plugin.models import AuditEntry, Message, NudgeControl
from shop_plugin.services.shop.clock import shop_day, shop_zone
from shop_plugin.services.shop.policy import get_policy

LOUDNESS = tuple(Mode)
#: What the control row is called in the audit.
CONTROL_SUBJECT = "nudge_control"
# Five failures in a row say that the server is the problem, not the mail.
BREAKER_AFTER = 5
BREAKER_PAUSE_MINUTES = (1, 2, 4, 8, 15)


class BreakerOpenError(Exception):
    """Raised when mails are to leave though a breaker opened and nobody confirmed it by name."""


class NotReadyError(Exception):
    """Raised when live or redirect is asked for and something is missing; says what."""


@dataclass(frozen=True, slots=True)
class ModeInForce:
    """The mode in force. ``why`` is a code: as_set, stopped, settings, environment_changed.

    ``breaker`` is the one that stopped it, empty where a person did.
    ``ramp_since`` is when the daily limit began to double.
    """

    name: Mode
    why: str = "as_set"
    live_since: datetime | None = None
    paused_until: datetime | None = None
    breaker: str = ""
    ramp_since: datetime | None = None

    @property
    def sends(self) -> bool:
        """Tell whether any mail leaves in this mode."""
        return self.name in (Mode.REDIRECT, Mode.LIVE)


def get_control() -> NudgeControl:
    """Return the one control row, made on first use in dry run."""
    control, _ = NudgeControl.objects.get_or_create(pk=1)
    return control


def read_control() -> NudgeControl:
    """Return the control row as it stands, unsaved and in dry run where there is none yet."""
    return NudgeControl.objects.filter(pk=1).first() or NudgeControl()


def get_mode() -> ModeInForce:
    """Return the quieter of what the settings allow and what the control row says.

    A database or site that is not the one for which the mode was set (a copy
    on a test machine, a restored backup) counts as dry run.
    """
    control = read_control()
    chosen, allowed = Mode(control.mode), Mode(get_settings().NUDGE_MODE)
    name = quieter_mode(chosen, allowed)
    why = "as_set" if name is chosen else "settings"
    if control.is_stopped:
        name, why = Mode.OFF, "stopped"
    elif name in (Mode.REDIRECT, Mode.LIVE) and control.fingerprint != make_fingerprint():
        name, why = Mode.DRY_RUN, "environment_changed"
    return ModeInForce(
        name,
        why,
        control.live_since,
        control.transport_paused_until,
        breaker=control.stopped_by,
        ramp_since=control.ramp_since or control.live_since,
    )


def make_fingerprint() -> str:
    """Return 64 hex digits that tell this database and site from a copy of them."""
    options = get_settings()
    parts = (_database_identity(), options.PUBLIC_BASE_URL, options.SENDER)
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=32).hexdigest()


def _database_identity() -> str:
    """Return what a copied database does not share: its server's own id, or its file's path."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        in_memory = not name or ":memory:" in name or "mode=memory" in name
        return "memory" if in_memory else str(Path(name).resolve())
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        opened = connection.connection
        known = _IDENTITIES.get(opened)
        if known is None:
            known = _IDENTITIES[opened] = _ask_identity()
        return known
    return f"{connection.vendor}:{connection.settings_dict.get('HOST', '')}:{name}"


# Asked before every mail, and the same as long as a connection is.
_IDENTITIES: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def _ask_identity() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier, current_database() FROM pg_control_system()")
        return ":".join(str(part) for part in cursor.fetchone())


def set_mode(
    *,
    mode: str,
    now: datetime,
    actor_id: int | None = None,
    reason: str = "",
    confirmed_breaker: str = "",
) -> ModeInForce:
    """Set the mode, confirm this database and site for it, and write it into the audit.

    Going live starts the ramp and the backfill guard anew, unless it was live
    before and only the confirmation of the site was missing. Where a breaker
    stopped it, mails leave again only with that breaker named in
    ``confirmed_breaker``; the breakers then count anew.

    :raises ValueError: for a mode that does not exist.
    :raises BreakerOpenError: when a breaker is not confirmed.
    :raises NotReadyError: when what a mail needs by law is missing.
    """
    if mode not in LOUDNESS:
        raise ValueError(f"{mode!r} is no mode; the modes are {', '.join(LOUDNESS)}")
    missing = find_missing(mode)
    if missing:
        raise NotReadyError("; ".join(missing))
    get_control()
    with transaction.atomic():
        control = NudgeControl.objects.select_for_update().get(pk=1)
        before = {"mode": control.mode, "is_stopped": control.is_stopped}
        if mode in ("redirect", "live") and control.stopped_by:
            if confirmed_breaker != control.stopped_by:
                raise BreakerOpenError(control.stopped_by)
            before["breaker"] = control.stopped_by
            control.stopped_by, control.stopped_figures = "", None
            control.watched_since = now
        # The day's forecast is reckoned anew: what was planned while silent is part of it.
        control.forecast_on = control.forecast_mails = None
        if mode == "live" and (control.mode != "live" or control.live_since is None):
            control.live_since, control.ramp_since = now, None
        control.mode = mode
        control.is_stopped = False
        control.fingerprint = make_fingerprint()
        control.transport_failures, control.transport_paused_until = 0, None
        control.save()
        AuditEntry.objects.create(
            action="set_mode",
            subject=CONTROL_SUBJECT,
            before=before,
            after={"mode": mode, "is_stopped": False},
            reason=reason[:300],
            actor_id=actor_id,
            at=now,
        )
    return get_mode()


def stop_sending(*, now: datetime, actor_id: int | None = None, reason: str = "") -> ModeInForce:
    """Pull the kill switch: no mail passes the fence any more, until a mode is set again.

    It waits for no worker, so a mail whose gates were read a moment before may
    still leave, one a worker at most. Idempotent, and written into the audit.
    """
    get_control()
    with transaction.atomic():
        control = NudgeControl.objects.select_for_update().get(pk=1)
        if not control.is_stopped:
            control.is_stopped = True
            control.save(update_fields=["is_stopped"])
            AuditEntry.objects.create(
                action="stop_sending",
                subject=CONTROL_SUBJECT,
                before={"mode": control.mode, "is_stopped": False},
                after={"mode": control.mode, "is_stopped": True},
                reason=reason[:300],
                actor_id=actor_id,
                at=now,
            )
    return get_mode()


def open_breaker(*, breaker: str, count: int, of: int, now: datetime) -> bool:
    """Make the mailer fall silent until somebody confirms; tell whether that was news.

    ``breaker`` is its code, ``count`` of ``of`` mails what it was opened for.
    """
    get_control()
    with transaction.atomic():
        control = NudgeControl.objects.select_for_update().get(pk=1)
        if control.is_stopped:
            return False
        control.is_stopped, control.stopped_by = True, breaker
        control.stopped_figures = {"count": count, "of": of}
        control.save(update_fields=["is_stopped", "stopped_by", "stopped_figures"])
        AuditEntry.objects.create(
            action="breaker",
            subject=CONTROL_SUBJECT,
            before={"mode": control.mode, "is_stopped": False},
            after={"mode": control.mode, "is_stopped": True, "breaker": breaker},
            reason=f"{breaker}: {count} of {of}",
            at=now,
        )
    return True


def find_missing(mode: str) -> list[str]:
    """Return what must be set before mails may leave in a mode, each in a sentence for people."""
    options = get_settings()
    if mode not in ("redirect", "live"):
        return []
    needed = {
        "SENDER": "the address that mails come from",
        "POSTAL_ADDRESS": "the shop's postal address, which every mail must show",
        "PUBLIC_BASE_URL": "the shop's address on the web, for the link that stops the mails",
        "SHOP_NAME": "the shop's name",
    }
    if mode == "redirect":
        needed["REDIRECT_TO"] = "the inbox that catches all mails"
    missing = [
        f"set FOOTBACK[{key!r}] ({what})"
        for key, what in needed.items()
        if not getattr(options, key)
    ]
    if LOUDNESS.index(options.NUDGE_MODE) < LOUDNESS.index(mode):
        missing.append(
            f"FOOTBACK['NUDGE_MODE'] is {options.NUDGE_MODE!r} and allows nothing louder; "
            f"set it to {mode!r}"
        )
    if getattr(django_settings, "EMAIL_TIMEOUT", None) is None:
        missing.append("set EMAIL_TIMEOUT (60 is good), or a silent mail server stops the worker")
    return missing


def mails_left_today(mode: ModeInForce, *, now: datetime) -> int:
    """Return how many mails may still leave today.

    The ramp doubles each day since going live, or since it began anew; and a
    day that brings far more than its forecast is cut off there.
    """
    since = shop_day(mode.ramp_since or mode.live_since or now)
    limit = daily_allowance(days_live=(shop_day(now) - since).days, policy=get_policy())
    cap = find_volume_cap(read_control(), now=now) if mode.name is Mode.LIVE else None
    return max(min(limit, limit if cap is None else cap) - count_mails_of_day(now=now), 0)


def count_mails_of_day(*, now: datetime) -> int:
    """Return how many mails left on the shop's day, or may have."""
    start_of_day = now.astimezone(shop_zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    gone = Message.objects.filter(state__in=COUNTED_STATES, handed_at__gte=start_of_day)
    return gone.count()


def find_volume_cap(control: NudgeControl, *, now: datetime) -> int | None:
    """Return how many mails the day may bring at most; ``None`` without a forecast of the day."""
    if control.forecast_on != shop_day(now):
        return None
    return volume_cap(control.forecast_mails)


def note_transport_failure(*, now: datetime) -> datetime | None:
    """Count a failure of the mail server; return until when to pause, once there are too many."""
    get_control()
    with transaction.atomic(durable=True):
        control = NudgeControl.objects.select_for_update().get(pk=1)
        control.transport_failures = min(control.transport_failures + 1, 1000)
        over = control.transport_failures - BREAKER_AFTER
        if over >= 0:
            minutes = BREAKER_PAUSE_MINUTES[min(over, len(BREAKER_PAUSE_MINUTES) - 1)]
            control.transport_paused_until = now + timedelta(minutes=minutes)
        control.save(update_fields=["transport_failures", "transport_paused_until"])
    return control.transport_paused_until


def note_transport_success() -> None:
    """Forget earlier failures of the mail server. Writes only where there were any."""
    failing = NudgeControl.objects.filter(pk=1, transport_failures__gt=0)
    # Asked first: an UPDATE of no row still waits for SQLite's one writer, after every mail.
    if failing.exists():
        failing.update(transport_failures=0, transport_paused_until=None)
