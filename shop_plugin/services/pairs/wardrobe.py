"""What "My shoes" shows: every pair of a person, how worn it may be, and what stands of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import formats
from django.utils.translation import gettext as _

from shop_plugin.domain.attributes import FootwearAttributes, UseCategory
from shop_plugin.domain.colours import find_listing_colour
from shop_plugin.domain.lifespan import cushioning_left_between, load_life_model
from shop_plugin.domain.nudge_policy import Stage
from shop_plugin.models import Nudge, Purchase
from shop_plugin.services.pairs.gate_facts import is_never_named
from shop_plugin.services.pairs.pair_changes import (
    SNOOZE_DAYS,
    History,
    Wish,
    next_note_after,
    read_histories,
    wish_of,
)
from shop_plugin.services.people.personal_access import Person
from shop_plugin.services.shop.clock import shop_day
from shop_plugin.services.wear.bar import Segment, draw_wear
from shop_plugin.services.wear.life import (
    CONFIRMED,
    describe_inputs,
    is_repairable,
    life_evidence,
    life_of,
    pair_name,
)
from shop_plugin.services.wear.rotation import find_companions
from shop_plugin.services.wear.why_this_date import explain_life
from shop_plugin.services.words.distances import usual_distance_unit

MOST_PAIRS = 100
# The worn-shoe series behind the curve was run on foam soles (lifespan.cushioning_left).
_FOAM_UNIT = "km"


@dataclass(frozen=True, slots=True)
class WearGauge:
    """The bar of a pair, and the same in words. ``today`` is in percent of its width."""

    pieces: tuple[Segment, ...]
    today: int
    text: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class PairCard:
    """One pair. ``key`` names it in forms; ``seen`` is the newest entry that the page knows of.

    ``state`` is the pair's status, or "gift". Of a pair that the shop calls
    sensitive nothing is told but its month.
    """

    key: int
    name: str
    bought_on: date
    earliest_start: date
    latest_start: date
    pairs: int
    state: str
    is_child: bool
    is_sensitive: bool
    worn_since: date
    is_start_told: bool
    days_per_week: int | None
    snoozed_until: date | None
    range_words: str
    is_range_open: bool
    gauge: WearGauge | None
    cushioning: tuple[int, int] | None
    inputs: str
    evidence: str
    steps: tuple[str, ...]
    is_repairable: bool
    companions: tuple[str, ...]
    replaced_by: str
    next_on: date | None
    attributes: FootwearAttributes | None
    colour: str
    tint_seed: int
    listing_id: int | None
    seen: int
    undo: int | None
    last_wish: Wish | None
    last_on: date | None

    @property
    def is_in_use(self) -> bool:
        """Tell whether the pair stands among those that are worn."""
        return self.state in (Purchase.Status.ACTIVE, Purchase.Status.STOPPED)


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """All pairs that are shown: those in use, the next to look at first, and those put away."""

    in_use: tuple[PairCard, ...] = ()
    put_away: tuple[PairCard, ...] = ()
    left_out: int = 0
    waits: tuple[int, ...] = SNOOZE_DAYS

    def find(self, key: int) -> PairCard | None:
        """Return the card of a pair."""
        return next((card for card in (*self.in_use, *self.put_away) if card.key == key), None)


def read_wardrobe(person: Person | None, *, now: datetime) -> Wardrobe:
    """Return the pairs of a person, the newest hundred at most; nothing for nobody. Four queries.

    Pairs that went back or were never sent are left out.
    """
    if person is None:
        return Wardrobe()
    pairs, left_out = _load(person)
    histories = read_histories([pair.pk for pair in pairs])
    done = _stages_done(pairs)
    today = shop_day(now)
    cards = [
        _card(pair, pairs, histories[pair.pk], done.get((pair.pk, pair.cycle), ()), today)
        for pair in pairs
    ]
    in_use = sorted(
        (card for card in cards if card.is_in_use),
        key=lambda card: (card.next_on is None, card.next_on or today, -card.key),
    )
    put_away = tuple(card for card in cards if not card.is_in_use)
    return Wardrobe(tuple(in_use), put_away, left_out)


def _load(person: Person) -> tuple[list[Purchase], int]:
    gone = (Purchase.Status.RETURNED, Purchase.Status.CANCELLED)
    kept = Purchase.objects.filter(contact_id__in=person.contact_ids).exclude(status__in=gone)
    rows = (
        kept.select_related("contact", "listing__profile")
        .defer("listing__description")
        .order_by("-ordered_at", "-pk")
    )
    pairs = list(rows[: MOST_PAIRS + 1])
    left_out = kept.count() - MOST_PAIRS if len(pairs) > MOST_PAIRS else 0
    shown = [pair for pair in pairs[:MOST_PAIRS] if pair.quantity > pair.quantity_returned]
    return shown, left_out


def _stages_done(pairs: Sequence[Purchase]) -> Mapping[tuple[int, int], list[Stage]]:
    rows = Nudge.objects.filter(purchase__in=[pair.pk for pair in pairs])
    done: dict[tuple[int, int], list[Stage]] = {}
    for pk, cycle, stage in rows.values_list("purchase_id", "cycle", "stage"):
        done.setdefault((pk, cycle), []).append(Stage(stage))
    return done


def _card(
    pair: Purchase,
    pairs: Sequence[Purchase],
    history: History,
    done: Sequence[Stage],
    today: date,
) -> PairCard:
    is_child, unit = _is_child(pair), usual_distance_unit(pair.contact.country)
    is_hidden = is_never_named(pair)
    is_told = not is_child and not is_hidden and not pair.is_gift
    newest = history.newest
    life = life_of(pair) if is_told else None
    profile = getattr(pair.listing, "profile", None)
    bought_on = shop_day(pair.ordered_at)
    return PairCard(
        key=pair.pk,
        name=_neutral_name(bought_on) if is_hidden else pair_name(pair),
        bought_on=bought_on,
        earliest_start=bought_on,
        latest_start=today,
        pairs=pair.quantity - pair.quantity_returned,
        state="gift" if pair.is_gift else pair.status,
        is_child=is_child,
        is_sensitive=is_hidden,
        worn_since=pair.wear_start_on,
        is_start_told=pair.wear_start_basis == CONFIRMED,
        days_per_week=pair.days_per_week,
        snoozed_until=_after(pair.snoozed_until, today),
        range_words=_range_words(pair) if life else "",
        is_range_open=bool(life and life.is_too_wide),
        gauge=_gauge(pair, today) if life else None,
        cushioning=_cushioning(pair, today) if life else None,
        inputs=describe_inputs(pair, unit=unit) if life else "",
        evidence=life_evidence(pair.use_category, unit=unit) if life else "",
        steps=explain_life(pair, unit=unit) if life else (),
        is_repairable=bool(life) and is_repairable(pair),
        companions=tuple(pair_name(other) for other in find_companions(pair, pairs)),
        replaced_by=_replaced_by(pair, pairs),
        next_on=next_note_after(pair, done, today=today) if is_told else None,
        attributes=(
            FootwearAttributes.from_snapshot(profile.snapshot)
            if profile is not None and not is_hidden
            else None
        ),
        colour=(
            find_listing_colour(pair.listing.raw_attributes, pair.listing.title)
            if pair.listing is not None
            else ""
        ),
        tint_seed=pair.listing_id or pair.pk,
        listing_id=(
            pair.listing_id
            if pair.listing is not None and not pair.listing.is_withdrawn and not is_hidden
            else None
        ),
        seen=history.last,
        undo=newest.pk if newest else None,
        last_wish=wish_of(newest) if newest else None,
        last_on=shop_day(newest.at) if newest else None,
    )


def size_check_weeks() -> tuple[int, int]:
    """Return how many weeks lie between size checks: for the youngest, and for the eldest."""
    checks = load_life_model().size_checks
    return checks[0][1][0], checks[-1][1][1]


def _is_child(pair: Purchase) -> bool:
    is_kids = pair.listing is not None and pair.listing.age_group == "kids"
    return is_kids or pair.use_category == UseCategory.KIDS


def _neutral_name(bought_on: date) -> str:
    month = formats.date_format(bought_on, "YEAR_MONTH_FORMAT")
    return _("Your pair from %(month)s") % {"month": month}


def _after(day: date | None, today: date) -> date | None:
    return day if day is not None and day > today else None


def _replaced_by(pair: Purchase, pairs: Sequence[Purchase]) -> str:
    """Return the name of the newer pair of the kind, where the orders say there is one."""
    if pair.status != Purchase.Status.REPLACED:
        return ""
    newer = [
        other
        for other in pairs
        if other.use_category == pair.use_category
        and other.ordered_at > pair.ordered_at
        and other.contact_id == pair.contact_id
        and not other.is_gift
    ]
    return pair_name(min(newer, key=lambda other: other.ordered_at)) if newer else ""


def _ends(pair: Purchase) -> tuple[date, date | None]:
    life = life_of(pair)
    assert life is not None
    start = pair.wear_start_on
    until = None if life.is_too_wide else start + timedelta(days=life.high_days)
    return start + timedelta(days=life.low_days), until


def _range_words(pair: Purchase) -> str:
    """Return "between March and August 2027", or from when on where the end is open."""
    start, until = _ends(pair)
    if until is None:
        return _("from %(month)s on") % {"month": formats.date_format(start, "YEAR_MONTH_FORMAT")}
    last = formats.date_format(until, "YEAR_MONTH_FORMAT")
    if (start.year, start.month) == (until.year, until.month):
        return _("in %(month)s") % {"month": last}
    style = "F" if start.year == until.year else "YEAR_MONTH_FORMAT"
    first = formats.date_format(start, style)
    return _("between %(from)s and %(until)s") % {"from": first, "until": last}


def _gauge(pair: Purchase, today: date) -> WearGauge:
    pieces = draw_wear(pair, today=max(today, pair.wear_start_on))
    _start, until = _ends(pair)
    since = formats.date_format(pair.wear_start_on, "YEAR_MONTH_FORMAT")
    words = {"since": since, "range": _range_words(pair)}
    if until is None:
        text = _("Worn since about %(since)s; may be worn out %(range)s; its end is open.") % words
    else:
        text = _("Worn since about %(since)s; pairs like it wear out %(range)s.") % words
    worn = sum(piece.percent for piece in pieces if piece.is_worn)
    return WearGauge(pieces, worn, text, pair.wear_start_on, until)


def _cushioning(pair: Purchase, today: date) -> tuple[int, int] | None:
    """Return how many percent of the cushioning may be left, where the curve is for such soles."""
    life = life_of(pair)
    if life is None or pair.life_inputs.get("unit") != _FOAM_UNIT:
        return None
    days = max((today - pair.wear_start_on).days, 0)
    least, most = cushioning_left_between(life, days_since_start=days)
    return least // 10, most // 10
