"""A reader says that a value is wrong: kept for staff, without anything of the reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import F

from shop_plugin.conf import get_settings
from shop_plugin.domain.attributes import ATTRIBUTES, FootwearAttributes
from shop_plugin.domain.host_texts import clean_line
from shop_plugin.models import FootwearProfile, Listing, ValueReport
from shop_plugin.services.access.rate_limits import Rate, take_place
from shop_plugin.services.words.attributes import attribute_label, describe_value

LONGEST_TEXT = 300
# So many open reports of one listing are enough to look; more would only fill the table.
MOST_OPEN = 50
# What somebody may be reached by is no business of a report of a shoe.
_REACHED_BY = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+|\+?\d[\d ()/-]{7,}\d|https?://\S+|www\.\S+", re.I
)
_SCOPE = "value_report"


class Taken(StrEnum):
    """What became of a report."""

    KEPT = "kept"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class ReportableFact:
    """A fact that can be reported: its key, its name and what the page says of it."""

    key: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class ReportableShoe:
    """A shoe with the facts that its page states."""

    listing_id: int
    title: str
    facts: tuple[ReportableFact, ...]


def find_reportable(listing_id: int, *, unit: str = "in") -> ReportableShoe:
    """Return what can be reported of a shoe: what is known first, then what is not.

    :raises Listing.DoesNotExist: for an id that is no listing.
    """
    title = Listing.objects.values_list("title", flat=True).get(pk=listing_id)
    facts = _known(listing_id)
    shown = [
        ReportableFact(
            key,
            str(attribute_label(key)),
            str(describe_value(key, value, unit=unit)) if (value := facts.get(key)) else "",
        )
        for key in ATTRIBUTES
    ]
    return ReportableShoe(listing_id, title, tuple(sorted(shown, key=lambda fact: not fact.text)))


def report_value(
    *,
    listing_id: int,
    attribute: str,
    text: str,
    language: str,
    client: str,
    now: datetime,
    unit: str = "in",
) -> Taken:
    """Keep a report for staff; the same words about the same fact are counted, not kept twice.

    ``client`` is an address, looked at for the rate limit and kept nowhere.
    Mail addresses, telephone numbers and links are taken out of the text.

    :raises Listing.DoesNotExist: for an id that is no listing.
    :raises ValueError: for an empty text and for a key that is no attribute.
    """
    kept = shorten_report(text)
    if not kept:
        raise ValueError("a report says something")
    if attribute and attribute not in ATTRIBUTES:
        raise ValueError(f"{attribute!r} is no attribute")
    if not _may_pass(client, now):
        return Taken.TOO_MANY
    value = _known(listing_id).get(attribute) if attribute else None
    listing = Listing.objects.only("pk").get(pk=listing_id)
    same = ValueReport.objects.filter(
        listing=listing, attribute=attribute, text=kept, state=ValueReport.State.OPEN
    )
    if same.update(said=F("said") + 1):
        return Taken.KEPT
    waiting = ValueReport.objects.filter(listing=listing, state=ValueReport.State.OPEN).count()
    if waiting >= MOST_OPEN:
        return Taken.TOO_MANY
    try:
        with transaction.atomic():
            ValueReport.objects.create(
                listing=listing,
                attribute=attribute,
                shown=str(describe_value(attribute, value, unit=unit))[:200] if value else "",
                text=kept,
                language=language[:8],
                reported_at=now,
            )
    except IntegrityError:  # somebody else said the same in this moment
        same.update(said=F("said") + 1)
    return Taken.KEPT


def shorten_report(text: str) -> str:
    """Return the words of a report on one line, without ways to reach somebody, cut to fit."""
    return clean_line(_REACHED_BY.sub("…", text[: 4 * LONGEST_TEXT]))[:LONGEST_TEXT]


def _may_pass(client: str, now: datetime) -> bool:
    rate = Rate.find(get_settings().REPORT_RATE)
    if rate is None:
        return True
    allowance = take_place(scope=_SCOPE, client=client, rate=rate, now=now.timestamp())
    return allowance is None or allowance.is_allowed


def _known(listing_id: int) -> FootwearAttributes:
    snapshot = (
        FootwearProfile.objects.filter(pk=listing_id).values_list("snapshot", flat=True).first()
    )
    return FootwearAttributes.from_snapshot(snapshot) if snapshot else FootwearAttributes()
