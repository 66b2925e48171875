"""Staff values for many listings at once: each listing is one decision, and none stops the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from shop_plugin.models import Listing
from shop_plugin.services.bulk.keys import ids_by_source
from shop_plugin.services.staff.review import (
    ListingChanged,
    ReviewOutcome,
    SecondPersonNeeded,
    Tag,
    save_tags,
)
from shop_plugin.services.staff.values import ValueRefused, read_value

MOST_FACTS = 200


class FactState(StrEnum):
    """What became of one fact of a batch."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FactToWrite:
    """One staff value. ``text`` is as staff write it; ``None`` takes the value back.

    The listing is named by its id, or by source and external id. ``seen`` is
    the fingerprint of the evidence that was looked at, empty for any.
    """

    attribute: str
    text: str | None
    listing_id: int | None = None
    source: str = ""
    external_id: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class FactWritten:
    """What became of one fact. ``code`` and ``detail`` say why where it failed."""

    listing_id: int | None
    state: FactState
    is_outranked: bool = False
    code: str = ""
    detail: str = ""


def write_facts(
    *,
    facts: Sequence[FactToWrite],
    author: AbstractBaseUser | None,
    now: datetime,
    reason: str,
    only_source: str = "",
) -> tuple[FactWritten, ...]:
    """Write the facts and return what became of each, in their order.

    What is written of one listing is written together or not at all, with
    its match; a fact that cannot be used is left out of that. With
    ``only_source`` listings of other sources are as if they were not there.

    :raises ValueError: for more than :data:`MOST_FACTS`.
    """
    if len(facts) > MOST_FACTS:
        raise ValueError(f"at most {MOST_FACTS} facts at a time")
    results: dict[int, FactWritten] = {}
    wanted: dict[int, dict[str, tuple[int, Tag]]] = {}
    ids = _find_listings(facts, only_source)
    for number, fact in enumerate(facts):
        listing_id = ids[number]
        if listing_id is None:
            results[number] = _failed(None, "no_listing", _("There is no such listing."))
            continue
        tags = wanted.setdefault(listing_id, {})
        if fact.attribute in tags:
            detail = _("This fact of this listing stood earlier in the batch; that one counts.")
            results[number] = _failed(listing_id, "repeated", detail)
            continue
        try:
            value = read_value(attribute=fact.attribute, text=fact.text) if fact.text else None
        except ValueRefused as error:
            results[number] = _failed(listing_id, "value_refused", str(error))
            continue
        tags[fact.attribute] = (number, Tag(fact.attribute, value, fact.text or ""))
    for listing_id, tags in wanted.items():
        seen = {facts[number].seen for number, _tag in tags.values()} - {""}
        results.update(_write_one(listing_id, tags, seen, author, now, reason))
    return tuple(results[number] for number in range(len(facts)))


def _write_one(
    listing_id: int,
    tags: dict[str, tuple[int, Tag]],
    seen: set[str],
    author: AbstractBaseUser | None,
    now: datetime,
    reason: str,
) -> dict[int, FactWritten]:
    if not tags:
        return {}
    try:
        if len(seen) > 1:
            raise ListingChanged(listing_id)  # at most one of them can be what stands now
        outcome = save_tags(
            listing_id=listing_id,
            tags=[tag for _number, tag in tags.values()],
            author=author,
            now=now,
            seen=next(iter(seen), ""),
            reason=reason,
        )
    except ListingChanged:
        detail = _("The evidence of this listing is not what was looked at. Read it again.")
        failed = _failed(listing_id, "changed_meanwhile", detail)
        return {number: failed for number, _tag in tags.values()}
    except SecondPersonNeeded:
        detail = _("Two people decide here: a value in force is taken back by a reviewer.")
        failed = _failed(listing_id, "second_person_needed", detail)
        return {number: failed for number, _tag in tags.values()}
    except Listing.DoesNotExist:
        failed = _failed(listing_id, "no_listing", _("There is no such listing."))
        return {number: failed for number, _tag in tags.values()}
    return {number: _written(outcome, tag.attribute) for number, tag in tags.values()}


def _written(outcome: ReviewOutcome, attribute: str) -> FactWritten:
    state = FactState.CHANGED if attribute in outcome.changed else FactState.UNCHANGED
    return FactWritten(outcome.listing_id, state, attribute in outcome.outranked)


def _failed(listing_id: int | None, code: str, detail: str) -> FactWritten:
    return FactWritten(listing_id, FactState.FAILED, code=code, detail=detail)


def is_of_source(*, listing_id: int, source: str) -> bool:
    """Tell whether there is a listing with this id that came from the source."""
    return Listing.objects.filter(pk=listing_id, source=source).exists()


def _find_listings(facts: Sequence[FactToWrite], only_source: str) -> list[int | None]:
    """Return the listing of each fact, in one query for the ids and one per source."""
    asked = {fact.listing_id for fact in facts if fact.listing_id is not None}
    allowed = Listing.objects.filter(source=only_source) if only_source else Listing.objects.all()
    known = set(allowed.filter(pk__in=asked).values_list("pk", flat=True))
    named_by_id = (fact for fact in facts if fact.listing_id is None)
    keys = dict.fromkeys((fact.source, fact.external_id) for fact in named_by_id)
    named = {
        (source, external_id): pk
        for source, external_ids in ids_by_source(keys).items()
        for external_id, pk in allowed.filter(
            source=source, external_id__in=external_ids
        ).values_list("external_id", "pk")
    }
    return [
        (fact.listing_id if fact.listing_id in known else None)
        if fact.listing_id is not None
        else named.get((fact.source, fact.external_id))
        for fact in facts
    ]
