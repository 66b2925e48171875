"""What the mails do: who was mailed and who was held out, and how many of each bought again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import Min, QuerySet

from shop_plugin.conf import get_settings
from shop_plugin.domain.hold_out import is_held_out
from shop_plugin.domain.nudge_gates import Gate
from shop_plugin.domain.uplift import Arm, Uplift, compare_arms
from shop_plugin.models import Nudge, Purchase
from shop_plugin.services.shop.modes import read_control

#: Who buys within so many days after their first note fell due counts as having bought again.
WINDOW = timedelta(days=60)
#: First notes of this long are looked at.
SPAN = timedelta(days=365)
PEOPLE_PER_QUERY = 1000

_GONE = (Purchase.Status.RETURNED, Purchase.Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class Effect:
    """The comparison, over first notes from ``since`` to ``until``.

    ``too_recent`` counts people whose 60 days are not over: they are in
    neither group yet.
    """

    since: datetime
    until: datetime
    percent: int
    uplift: Uplift
    too_recent: int

    def as_plain(self) -> dict[str, Any]:
        """Return a plain structure for JSON, times as ISO text."""
        plain = asdict(self)
        return {**plain, "since": self.since.isoformat(), "until": self.until.isoformat()}


def measure_effect(*, now: datetime) -> Effect | None:
    """Return how many more of the mailed than of the held-out people bought again within 60 days.

    A person is all accounts with one address, and counts from their first note
    since the shop went live, whatever became of it: whoever was planned to be
    mailed stands against whoever would have been, as chance drew them. Any
    pair bought and kept counts. ``None`` before the shop ever went live. Memory
    does not grow with the number of people.
    """
    live_since = read_control().live_since
    if live_since is None:
        return None
    since, until = max(live_since, now - SPAN - WINDOW), now - WINDOW
    percent = get_settings().HOLD_OUT_PERCENT
    planned = Nudge.objects.exclude(state=Nudge.State.SKIPPED)
    held = Nudge.objects.filter(state=Nudge.State.SKIPPED, reason=Gate.HOLD_OUT.value)
    mailed, recent_mailed = _count(planned, since, until, percent, in_group=False)
    held_out, recent_held = _count(held, since, until, percent, in_group=True)
    uplift = compare_arms(mailed, held_out)
    return Effect(since, max(since, until), percent, uplift, recent_mailed + recent_held)


def _count(
    nudges: QuerySet[Nudge], since: datetime, until: datetime, percent: int, *, in_group: bool
) -> tuple[Arm, int]:
    """Return the group of those who had such a note, and how many had it too recently."""
    firsts = (
        nudges.filter(created_at__gte=since, purchase__contact__email_hash__gt="")
        .values_list("purchase__contact__email_hash")
        .annotate(first=Min("created_at"))
        .order_by()
        .iterator(chunk_size=PEOPLE_PER_QUERY)
    )
    # A group whose size was changed since counts only whoever is in it now.
    own = (row for row in firsts if is_held_out(row[0], percent=percent) is in_group)
    people = bought = recent = 0
    while page := dict(islice(own, PEOPLE_PER_QUERY)):
        over = {key: first for key, first in page.items() if first <= until}
        recent += len(page) - len(over)
        people += len(over)
        bought += len(set(_buyers(over)))
    return Arm(people, bought), recent


def _buyers(firsts: dict[str, datetime]) -> Iterator[str]:
    if not firsts:
        return
    orders = Purchase.objects.filter(
        contact__email_hash__in=list(firsts),
        ordered_at__gt=min(firsts.values()),
        ordered_at__lte=max(firsts.values()) + WINDOW,
    ).exclude(status__in=_GONE)
    for email_hash, ordered_at in orders.values_list("contact__email_hash", "ordered_at"):
        if firsts[email_hash] < ordered_at <= firsts[email_hash] + WINDOW:
            yield email_hash
