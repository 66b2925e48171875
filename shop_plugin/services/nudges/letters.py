"""What a mail has to say about each pair, as plain values for the templates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from django.utils import formats
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from shop_plugin.domain.nudge_policy import Stage, stage_dates
from shop_plugin.domain.plain_text import clean_line
from shop_plugin.models import Nudge
from shop_plugin.services.nudges.addresses import answer_link, listing_link
from shop_plugin.services.nudges.replacements import (
    ALTERNATIVES,
    Alternative,
    Follower,
    SizeSystems,
    find_alternatives,
    find_follower,
)
from shop_plugin.services.wear.bar import Segment, draw_wear
from shop_plugin.services.wear.life import (
    describe_inputs,
    is_repairable,
    life_evidence,
    life_of,
    pair_name,
)
from shop_plugin.services.words.distances import usual_distance_unit


@dataclass(frozen=True, slots=True)
class PairNote:
    """All that a mail says about one pair. Each date stands there as a month in words, too.

    With ``is_wide`` the end of the range is too far off to be named: the mail
    then says from when on the pair may be worn out, and no more.
    """

    purchase_id: int
    stage: int
    name: str
    pairs: int
    bought_on: date
    worn_since: date
    ends_from: date
    ends_until: date
    bought_month: str
    since_month: str
    from_month: str
    until_month: str
    inputs: str
    evidence: str
    why: str
    is_wide: bool
    is_repairable: bool
    url: str
    answer_url: str
    bar: tuple[Segment, ...]
    alternatives: tuple[Alternative, ...]
    successor: Follower | None = None


def write_notes(
    nudges: Sequence[Nudge],
    *,
    today: date,
    systems: SizeSystems | None = None,
    country: str = "",
) -> tuple[PairNote, ...]:
    """Return a note per nudge, the furthest worn pair first.

    ``nudges`` come with ``purchase__listing__profile`` loaded, and ``systems``
    where those of many pairs were loaded at once. ``country`` is the person's
    (ISO 3166): where it counts in miles, so does the note.
    """
    unit = usual_distance_unit(country)
    ordered = sorted(nudges, key=lambda nudge: (-nudge.stage, nudge.due_on, nudge.pk))
    return tuple(_offer([_write_note(nudge, today, systems, unit) for nudge in ordered]))


def _offer(notes: Sequence[PairNote]) -> Iterator[PairNote]:
    """Offer up to three shoes with each pair, each once in a mail, and none that it is about."""
    told = {note.name for note in notes}
    for note in notes:
        fresh = tuple(other for other in note.alternatives if other.name not in told)[:ALTERNATIVES]
        told |= {other.name for other in fresh}
        yield replace(note, alternatives=fresh)


def _write_note(nudge: Nudge, today: date, systems: SizeSystems | None, unit: str) -> PairNote:
    pair = nudge.purchase
    life = life_of(pair)
    is_wide = life is not None and life.is_too_wide
    ends_from = pair.wear_start_on + timedelta(days=pair.life_low_days or 0)
    ends_until = pair.wear_start_on + timedelta(days=pair.life_high_days or 0)
    follower = find_follower(pair, stage=nudge.stage)
    language = get_language() or ""
    return PairNote(
        purchase_id=pair.pk,
        stage=nudge.stage,
        name=pair_name(pair),
        pairs=max(pair.quantity - pair.quantity_returned, 1),
        bought_on=pair.ordered_at.date(),
        worn_since=pair.wear_start_on,
        ends_from=ends_from,
        ends_until=ends_until,
        bought_month=_name_month(pair.ordered_at.date(), language),
        since_month=_name_month(pair.wear_start_on, language),
        from_month=_name_month(ends_from, language),
        until_month=_name_month(ends_until, language),
        inputs=describe_inputs(pair, unit=unit),
        evidence=life_evidence(pair.use_category, unit=unit),
        why=explain_note(nudge, today=today),
        is_wide=is_wide,
        is_repairable=is_repairable(pair),
        url=listing_link(pair.listing, stage=nudge.stage) if pair.listing else "",
        answer_url=answer_link(nudge),
        bar=draw_wear(pair, today=today),
        alternatives=tuple(
            other
            for other in find_alternatives(pair, stage=nudge.stage, systems=systems)
            if follower is None or other.url != follower.url
        ),
        successor=follower,
    )


def name_month(day: date) -> str:
    """Return the month of a day as it is written in the active language ("March 2026")."""
    return _name_month(day, get_language() or "")


def _name_month(day: date, language: str) -> str:
    return _name_day(day.replace(day=1), "YEAR_MONTH_FORMAT", language)


@lru_cache(maxsize=4_000)
def _name_day(day: date, form: str, language: str) -> str:
    return formats.date_format(day, form)


def explain_note(nudge: Nudge, *, today: date) -> str:
    """Return why a note comes now, and when the next one about the pair may follow, if any."""
    pair = nudge.purchase
    day = _name_day(nudge.due_on, "DATE_FORMAT", get_language() or "")
    if pair.snoozed_until is not None and nudge.due_on < pair.snoozed_until <= today:
        waited = formats.date_format(pair.snoozed_until, "DATE_FORMAT")
        now = _("Why now: it waited until %(day)s, after what you last told us.") % {"day": waited}
    elif nudge.stage == Stage.INSPECT:
        text = _("Why now: on %(day)s four fifths of the middle life of such a pair had passed.")
        now = text % {"day": day}
    else:
        now = _("Why now: on %(day)s the middle of that range was reached.") % {"day": day}
    dates = stage_dates(wear_start_on=pair.wear_start_on, life=life_of(pair))
    later = [date for stage, date in dates.items() if stage > nudge.stage]
    if not later:
        none = _("No further note about this pair is planned, unless you ask for one.")
        return f"{now} {none}"
    month = name_month(max(*later, today))
    last = _("One more note about it may come in %(month)s or later, and none after that.")
    return f"{now} {last % {'month': month}}"


def write_subject(notes: Sequence[PairNote]) -> str:
    """Return the subject: the pair by its name and month, or how many pairs."""
    if len(notes) > 1:
        text = ngettext(
            "%(count)d pair of yours may be worth a look",
            "%(count)d pairs of yours may be worth a look",
            len(notes),
        )
        return text % {"count": len(notes)}
    note = notes[0]
    if note.stage == 1:
        text = _("Worth a look: your %(name)s from %(month)s")
    else:
        text = _("Repair or replace: your %(name)s from %(month)s")
    return clean_line(text % {"name": note.name, "month": note.bought_month})
