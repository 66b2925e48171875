"""The wear bar of a pair, for mails and pages: what is worn, and when its end may come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from shop_plugin.models import Purchase
from shop_plugin.services.wear.life import life_of


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the wear bar: whole percents of its width, and how it is drawn."""

    percent: int
    is_worn: bool
    is_in_range: bool

    @property
    def style(self) -> str:
        """Return the CSS class of the piece."""
        return ("worn" if self.is_worn else "ahead") + ("-range" if self.is_in_range else "")


def draw_wear(pair: Purchase, *, today: date) -> tuple[Segment, ...]:
    """Return the pieces of a pair's bar; none where wear is not what ends it."""
    life = life_of(pair)
    if life is None:
        return ()
    start = pair.wear_start_on
    ends_until = start + timedelta(days=life.high_days)
    return wear_bar(
        start,
        start + timedelta(days=life.low_days),
        _open_end(pair, today) if life.is_too_wide else ends_until,
        today,
    )


def _open_end(pair: Purchase, today: date) -> date:
    """Return where to cut the bar of a range whose end is not known: well after the middle.

    It always goes on beyond today, as the pair may.
    """
    start = pair.wear_start_on
    reached = max(start + timedelta(days=pair.life_mid_days or 0), today)
    return start + (reached - start) * 5 / 4


def wear_bar(start: date, ends_from: date, ends_until: date, today: date) -> tuple[Segment, ...]:
    """Return the pieces of the wear bar from the first day of wear to the end of its scale.

    The scale ends where the range ends, or today if that is later. The whole
    percents of the pieces add up to 100.
    """
    end = max(ends_until, today)
    whole = max((end - start).days, 1)
    marks = sorted({0, 100, *(_percent((day - start).days, whole) for day in (ends_from, today))})
    marks = sorted({*marks, _percent((ends_until - start).days, whole)})
    now_at = _percent((today - start).days, whole)
    range_from = _percent((ends_from - start).days, whole)
    range_until = _percent((ends_until - start).days, whole)
    return tuple(
        Segment(
            percent=right - left,
            is_worn=right <= now_at,
            is_in_range=range_from <= left and right <= range_until,
        )
        for left, right in pairwise(marks)
    )


def _percent(part: int, whole: int) -> int:
    return min(max(round(100 * part / whole), 0), 100)
