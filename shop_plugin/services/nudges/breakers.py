"""The automatic breakers: the mailer watched by what is stored, and silenced where it must be.

A handful of counts by index, once a round and once after refusals; none
grows with the mails of a round.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction

from shop_plugin.domain.breakers import (
    BOUNCE_WINDOW,
    COMPLAINT_WINDOW,
    COMPLAINTS_OF_FULL_RAMP,
    MailFigures,
    Tripped,
    find_tripped,
)
from shop_plugin.domain.nudge_policy import Mode
from shop_plugin.models import Attempt, AuditEntry, Message, NudgeControl, Suppression, WebhookEvent
from shop_plugin.services.nudges.forecasting import forecast_nudges
from shop_plugin.services.nudges.restoring import find_gone_back
from shop_plugin.services.shop.clock import shop_day
from shop_plugin.services.shop.modes import (
    CONTROL_SUBJECT,
    count_mails_of_day,
    find_volume_cap,
    get_mode,
    open_breaker,
    read_control,
)

logger = logging.getLogger("footback.nudges")

REFUSAL_WINDOW = timedelta(minutes=15)
REFUSED = "refused"  # the reason of a message refused for its content or by policy
_WAITING = (Message.State.READY, Message.State.RETRY_WAIT)


def note_forecast_of_day(*, now: datetime) -> None:
    """Reckon once a day, before its mails, how many there should be; only while live.

    The number is what the volume breaker goes by. A forecast that fails is
    logged and leaves that breaker out for the day.
    """
    mode, today = get_mode(), shop_day(now)
    if mode.name is not Mode.LIVE or read_control().forecast_on == today:
        return
    mails: int | None = None
    try:
        since = shop_day(mode.live_since) if mode.live_since else today
        forecast = forecast_nudges(
            first_day=today, last_day=today, now=now, live_since=since, with_inactive=False
        )
        mails = forecast.mails
    except Exception:
        # Watching must not keep mails back that are right.
        logger.exception("the forecast of the day could not be made")
    NudgeControl.objects.filter(pk=1).update(forecast_on=today, forecast_mails=mails)


def count_figures(*, now: datetime) -> MailFigures:
    """Return what the breakers go by, counted from what is stored."""
    control = read_control()
    since = control.watched_since or control.live_since
    complaint_start, complaint_mails = _window(COMPLAINT_WINDOW, since)
    bounce_start, bounce_mails = _window(BOUNCE_WINDOW, since)
    tries = Attempt.objects.filter(at__gt=_latest(now - REFUSAL_WINDOW, since))
    gone_back = find_gone_back()
    return MailFigures(
        complaints=_count_complaints(complaint_start),
        complaint_mails=complaint_mails,
        bounces=_count(Suppression.Reason.HARD_BOUNCE, bounce_start),
        bounce_mails=bounce_mails,
        refusals=tries.filter(message__state=Message.State.FAILED, message__reason=REFUSED).count(),
        tries=tries.count(),
        mails_today=count_mails_of_day(now=now),
        volume_cap=find_volume_cap(control, now=now),
        is_more_waiting=Message.objects.filter(state__in=_WAITING, not_before__lte=now).exists(),
        gone_back=gone_back.mails,
        journalled=max(gone_back.journalled, gone_back.mails),
    )


def watch_mailer(*, now: datetime) -> Tripped | None:
    """Silence the mailer where a breaker opens, and start the ramp anew where people complain.

    Only while live. Returns the breaker that opened, if one did: it stands in
    the control row, in the audit and in the log as an error.
    """
    if get_mode().name is not Mode.LIVE:
        return None
    figures = count_figures(now=now)
    tripped = find_tripped(figures)
    if tripped is not None:
        if open_breaker(breaker=tripped.breaker.value, count=tripped.count, of=tripped.of, now=now):
            logger.error(
                "breaker %s opened (%d of %d): nothing leaves until somebody confirms",
                tripped.breaker,
                tripped.count,
                tripped.of,
            )
        return tripped
    if figures.complaints > COMPLAINTS_OF_FULL_RAMP:
        _restart_ramp(figures, now)
    return None


def _restart_ramp(figures: MailFigures, now: datetime) -> None:
    """Let the ramp begin anew, once for the complaints that came in since it last did."""
    with transaction.atomic():
        control = NudgeControl.objects.select_for_update().get(pk=1)
        since, _mails = _window(COMPLAINT_WINDOW, control.watched_since or control.live_since)
        new = _count_complaints(_latest(since, control.ramp_since))
        if new <= COMPLAINTS_OF_FULL_RAMP:
            return
        control.ramp_since = now
        control.save(update_fields=["ramp_since"])
        AuditEntry.objects.create(
            action="restart_ramp",
            subject=CONTROL_SUBJECT,
            after={"complaints": new, "mails": figures.complaint_mails},
            at=now,
        )
    logger.warning("%d complaints: the ramp begins anew", new)


def _window(size: int, since: datetime | None) -> tuple[datetime | None, int]:
    """Return when the first of the latest mails left, and how many there are, up to a size."""
    mails = Message.objects.filter(handed_at__isnull=False, is_redirected=False)
    if since is not None:
        mails = mails.filter(handed_at__gt=since)
    times = list(mails.order_by("-handed_at").values_list("handed_at", flat=True)[:size])
    if len(times) < size:
        return since, len(times)
    return times[-1], size


def _count_complaints(since: datetime | None) -> int:
    """Return how many complained: as providers told, or by addresses, whichever is more.

    Who had unsubscribed before keeps that as the reason, and still counts.
    """
    told = WebhookEvent.objects.filter(
        fate=WebhookEvent.Fate.COMPLAINED,
        outcome__in=(WebhookEvent.Outcome.APPLIED, WebhookEvent.Outcome.NOTED),
        message__is_redirected=False,
    )
    if since is not None:
        told = told.filter(received_at__gte=since)
    mails = told.values("message_id").distinct().count()
    return max(mails, _count(Suppression.Reason.COMPLAINT, since))


def _count(reason: str, since: datetime | None) -> int:
    found = Suppression.objects.filter(reason=reason)
    return (found if since is None else found.filter(at__gte=since)).count()


def _latest(*moments: datetime | None) -> datetime | None:
    known = [moment for moment in moments if moment is not None]
    return max(known, default=None)
