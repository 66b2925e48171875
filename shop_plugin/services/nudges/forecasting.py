"""What would be sent over a span of days, by the planner's own rules. Reads only."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from shop_plugin.services.nudges.playing import Assumptions, ForecastDay, Play


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a span of days would bring.

    Everything but ``mails`` and ``people`` counts stages of pairs:
    ``considered`` is the sum of those sent (``by_stage``), those never sent
    (``not_sent``, by reason) and those that still wait when the span ends
    (``still_waiting``, by reason).
    """

    first_day: date
    last_day: date
    live_since: date
    mails: int
    people: int
    by_stage: dict[int, int]
    days: tuple[ForecastDay, ...]
    not_sent: dict[str, int]
    still_waiting: dict[str, int]
    assumed: tuple[str, ...] = ()

    @property
    def pairs(self) -> int:
        """Return how many stages of pairs would be sent."""
        return sum(self.by_stage.values())

    @property
    def considered(self) -> int:
        """Return how many stages of pairs come due in the span, or came due before it."""
        return self.pairs + sum(self.not_sent.values()) + sum(self.still_waiting.values())

    def as_plain(self) -> dict[str, Any]:
        """Return a plain structure for JSON, days as ISO dates."""
        plain = asdict(self)
        for key in ("first_day", "last_day", "live_since"):
            plain[key] = plain[key].isoformat()
        plain["days"] = [{**item, "day": item["day"].isoformat()} for item in plain["days"]]
        return {**plain, "pairs": self.pairs, "considered": self.considered}


def forecast_nudges(
    *,
    first_day: date,
    last_day: date,
    now: datetime,
    live_since: date | None = None,
    assume: Assumptions | None = None,
    with_inactive: bool = True,
) -> Forecast:
    """Play planner, gates and outbox day by day, as if the mode were live, and change nothing.

    Each day is played at every person's own first sending minute. The shop is
    taken to go live on the first day, unless ``live_since`` says otherwise.
    What people will buy, return or answer in the span cannot be known and is
    not in it. Without ``with_inactive`` the stages that returned or stopped
    pairs would have had are not counted, which spares a walk through them all.

    :raises ValueError: when the last day lies before the first.
    """
    if last_day < first_day:
        raise ValueError(f"the last day {last_day} lies before the first day {first_day}")
    play = Play(first_day, last_day, live_since or first_day, assume or Assumptions())
    play.load(now, with_inactive=with_inactive)
    for offset in range((last_day - first_day).days + 1):
        play.play_day(first_day + timedelta(days=offset))
    return _sum_up(play)


def _sum_up(play: Play) -> Forecast:
    by_stage: Counter[int] = Counter()
    for item in play.days:
        by_stage.update(item.by_stage)
    return Forecast(
        first_day=play.first,
        last_day=play.last,
        live_since=play.live_on,
        mails=sum(item.mails for item in play.days),
        people=len(play.mailed),
        by_stage=dict(sorted(by_stage.items())),
        days=tuple(play.days),
        not_sent=dict((+play.not_sent).most_common()),
        still_waiting=dict(play.count_waiting().most_common()),
        assumed=play.assume.names(),
    )
