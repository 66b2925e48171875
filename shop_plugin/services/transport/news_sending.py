"""News sent to the programs of the shop: from rows, at least once, each under an id of its own.

A try is written down before it is made, with a time before which nobody else
tries. A target that fails several times rests for a while, and one that took
nothing for days is switched off, so that no dead machine is asked for ever.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection as database
from django.db import transaction
from django.db.models import F

from shop_plugin.conf import WebhookTarget, get_settings, webhook_targets
from shop_plugin.domain.standard_webhooks import (
    ID_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    sign_delivery,
)
from shop_plugin.models import AuditEntry, HostNews, NewsTarget
from shop_plugin.services.transport.guarded_http import (
    Answer,
    GuardedRequestError,
    request_guarded,
)
from shop_plugin.services.transport.news_payloads import compose_body

logger = logging.getLogger("footback.webhooks")

#: After a try the next one is this far away at least, and four times as far after each.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
#: So many failures in a row let a target rest, twice as long each time.
FAILURES_UNTIL_REST: Final = 3
FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(hours=1)
GONE: Final = 410  # "do not send here any more", by the specification
_NO_SUBJECT, _NO_TARGET = "subject_gone", "target_gone"
_State = HostNews.State


@dataclass(frozen=True, slots=True)
class NewsWork:
    """What a round of sending did, and whether more was waiting when its time was used up."""

    sent: int = 0
    retried: int = 0
    given_up: int = 0
    is_more: bool = False


def send_news(*, now: datetime, budget_seconds: float | None = None) -> NewsWork:
    """Send what waits, target by target, until nothing is due or the time is used up.

    The budget is ``TICK_BUDGET_SECONDS`` unless given. A target that fails
    keeps no other one back. Without targets nothing is asked or done.
    """
    targets = webhook_targets()
    if not targets:
        return NewsWork()
    budget = get_settings().TICK_BUDGET_SECONDS if budget_seconds is None else budget_seconds
    started = time.monotonic()
    counts = Counter(given_up=_give_up(now))
    open_targets = list(targets.values())
    while open_targets:
        for target in list(open_targets):
            at = now + timedelta(seconds=time.monotonic() - started)
            if time.monotonic() - started >= budget:
                return _work(counts, is_more=True)
            news = _claim(target, at)
            if news is None:
                open_targets.remove(target)
                continue
            counts[_send(news, target, at)] += 1
    return _work(counts)


def switch_on(*, target_ids: list[int], actor: AbstractBaseUser, now: datetime) -> int:
    """Let targets that are switched off or resting be tried again at once; return how many."""
    with transaction.atomic():
        rows = NewsTarget.objects.filter(pk__in=target_ids)
        changed = rows.update(failures=0, failing_since=None, paused_until=None, off_since=None)
        names = list(rows.values_list("name", flat=True))
        HostNews.objects.filter(target__in=names, state=_State.WAITING).update(not_before=now)
        AuditEntry.objects.bulk_create(
            AuditEntry(
                action="switch_on_target", subject=f"target:{name}", actor_id=actor.pk, at=now
            )
            for name in names
        )
    return changed


def _work(counts: Counter[str], *, is_more: bool = False) -> NewsWork:
    return NewsWork(counts["sent"], counts["retried"], counts["given_up"], is_more)


def _give_up(now: datetime) -> int:
    """End what no target took for days, and what waits for targets that are no more."""
    until = now - timedelta(days=get_settings().TARGET_DAYS_UNTIL_OFF)
    waiting = HostNews.objects.filter(state=_State.WAITING)
    old = waiting.filter(created_at__lt=until).update(state=_State.GIVEN_UP, finished_at=now)
    lost = waiting.exclude(target__in=list(webhook_targets())).update(
        state=_State.GIVEN_UP, finished_at=now, last_code=_NO_TARGET
    )
    if old or lost:
        logger.error("%d webhooks to targets were given up", old + lost)
    return old + lost


def _claim(target: WebhookTarget, now: datetime) -> HostNews | None:
    """Take the next news for a target, unless it rests or is off, and write the try down."""
    state = NewsTarget.objects.filter(name=target.name).first()
    if state is not None and (state.off_since is not None or (state.paused_until or now) > now):
        return None
    while True:
        with transaction.atomic():
            due = HostNews.objects.filter(
                target=target.name, state=_State.WAITING, not_before__lte=now
            ).order_by("not_before", "pk")
            if database.features.has_select_for_update_skip_locked:
                due = due.select_for_update(skip_locked=True)
            news = due.first()
            if news is None:
                return None
            wait = min(FIRST_WAIT * 4 ** min(news.attempts, 8), LONGEST_WAIT)
            mine = HostNews.objects.filter(pk=news.pk, state=_State.WAITING, attempts=news.attempts)
            if mine.update(attempts=F("attempts") + 1, not_before=now + wait):
                news.attempts += 1
                return news


def _send(news: HostNews, target: WebhookTarget, now: datetime) -> str:
    """Make one try; no transaction is open meanwhile. Returns what came of it."""
    body = compose_body(news)
    if body is None:
        _end(news, _State.GIVEN_UP, _NO_SUBJECT, now)
        return "given_up"
    try:
        answer = request_guarded(
            method="POST", url=target.url, headers=_headers(news, target, body, now), body=body
        )
    except GuardedRequestError as error:
        _note_failure(news, target, error.code, now, until=None)
        return "retried"
    if 200 <= answer.status < 300:
        _note_success(news, target, str(answer.status), now)
        return "sent"
    until = _retry_after(answer, now)
    _note_failure(news, target, str(answer.status), now, until=until)
    return "retried"


def _headers(news: HostNews, target: WebhookTarget, body: bytes, now: datetime) -> dict[str, str]:
    delivery_id = f"msg_{news.uuid.hex}"
    return {
        "Content-Type": "application/json",
        "User-Agent": "footback",
        ID_HEADER: delivery_id,
        TIMESTAMP_HEADER: str(int(now.timestamp())),
        SIGNATURE_HEADER: sign_delivery(
            delivery_id=delivery_id, at=now, body=body, secrets=target.secrets
        ),
    }


def _retry_after(answer: Answer, now: datetime) -> datetime | None:
    """Return when a target wants to be asked again, at most a day from now."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit() and len(said) < 7:
        until = now + timedelta(seconds=int(said))
    else:
        try:
            until = parsedate_to_datetime(said)
        except (TypeError, ValueError):
            return None
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(until, now + timedelta(days=1))


def _note_success(news: HostNews, target: WebhookTarget, code: str, now: datetime) -> None:
    _end(news, _State.SENT, code, now)
    NewsTarget.objects.update_or_create(
        name=target.name,
        defaults={
            "failures": 0,
            "failing_since": None,
            "paused_until": None,
            "last_code": code,
            "last_success_at": now,
        },
    )


def _note_failure(
    news: HostNews, target: WebhookTarget, code: str, now: datetime, *, until: datetime | None
) -> None:
    """Write a failure down: the news waits, and its target rests or is switched off."""
    with transaction.atomic():
        state, _is_new = NewsTarget.objects.select_for_update().get_or_create(name=target.name)
        state.failures += 1
        state.failing_since = state.failing_since or now
        state.last_code = code[:40]
        more = state.failures - FAILURES_UNTIL_REST
        rest = min(FIRST_REST * 2 ** min(more, 10), LONGEST_REST) if more >= 0 else timedelta()
        state.paused_until = max(filter(None, (until, now + rest if rest else None)), default=None)
        days = timedelta(days=get_settings().TARGET_DAYS_UNTIL_OFF)
        if code == str(GONE) or now - state.failing_since >= days:
            state.off_since = now
        state.save()
        HostNews.objects.filter(pk=news.pk, state=_State.WAITING, attempts=news.attempts).update(
            last_code=code[:40]
        )
    if state.off_since is not None:
        text = "target %s is switched off after %d failures: %s"
        logger.error(text, target.name, state.failures, code)
    elif state.failures == FAILURES_UNTIL_REST:
        logger.warning("target %s failed %d times: %s", target.name, state.failures, code)


def _end(news: HostNews, state: HostNews.State, code: str, now: datetime) -> None:
    rows = HostNews.objects.filter(pk=news.pk, state=_State.WAITING)
    rows.update(state=state, last_code=code[:40], finished_at=now)
