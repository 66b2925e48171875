"""Values that staff set for a text that has changed since: both texts, and one click to confirm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import F, QuerySet

from shop_plugin.domain.attributes import SourceKind, Value
from shop_plugin.domain.structured import readable_texts
from shop_plugin.domain.text_changes import Difference, compare_texts
from shop_plugin.models import EarlierText, Listing, Observation
from shop_plugin.services.evidence.earlier_texts import unneeded_texts
from shop_plugin.services.evidence.observation_rows import MACHINE_KINDS, read_value
from shop_plugin.services.staff.review import Change, ReviewOutcome, decide_listing, plain_columns


@dataclass(frozen=True, slots=True)
class ReviewedValue:
    """A value that a person stands for, and who and when."""

    observation_id: int
    attribute: str
    value: Value
    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of the host in its two versions; ``field`` as in :class:`Reading`."""

    field: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class TextChange:
    """What staff said of one earlier text, and how that text differs from today's.

    ``fields`` is empty where the words are the same (only the kind of shoe or
    the language changed), and where ``is_text_kept`` is false: the value is
    older than the keeping of texts.
    """

    values: tuple[ReviewedValue, ...]
    fields: tuple[FieldChange, ...]
    is_text_kept: bool
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class LostReading:
    """A reading that a person accepted, and whose words are gone from the text."""

    value: ReviewedValue
    quote: str


def find_text_changes(listing_id: int) -> tuple[TextChange, ...]:
    """Return the values of staff that rest on an earlier text, by that text, the latest first.

    :raises Listing.DoesNotExist: for an id that is no listing.
    """
    by_hash: dict[str, list[Observation]] = {}
    rows = _outdated(listing_id).select_related("author").order_by("attribute", "pk")
    for row in rows:
        by_hash.setdefault(row.content_hash, []).append(row)
    if not by_hash:
        return ()
    listing = Listing.objects.get(pk=listing_id)
    kept = {
        item.content_hash: item
        for item in EarlierText.objects.filter(listing_id=listing_id, content_hash__in=by_hash)
    }
    changes = [
        TextChange(
            values=tuple(_reviewed(row) for row in observations),
            fields=_compare(text, listing) if (text := kept.get(content_hash)) else (),
            is_text_kept=text is not None,
            changed_at=text.kept_at if text else None,
        )
        for content_hash, observations in by_hash.items()
    ]
    return tuple(
        sorted(changes, key=lambda change: -max(item.at for item in change.values).timestamp())
    )


def find_lost_readings(listing_id: int) -> tuple[LostReading, ...]:
    """Return accepted readings that the text no longer bears out, where nobody says it now."""
    said = set(
        Observation.objects.filter(
            listing_id=listing_id, state=Observation.State.ACCEPTED
        ).values_list("attribute", flat=True)
    )
    rows = (
        Observation.objects.filter(
            listing_id=listing_id,
            state=Observation.State.SUPERSEDED,
            source_kind__in=MACHINE_KINDS,
        )
        .exclude(attribute__in=said)
        .select_related("author")
        .order_by("attribute", "-observed_at", "-pk")
    )
    latest: dict[str, Observation] = {}
    for row in rows:
        latest.setdefault(row.attribute, row)
    return tuple(LostReading(_reviewed(row), row.quote) for row in latest.values())


def confirm_values(
    *,
    listing_id: int,
    observation_ids: Sequence[int],
    author: AbstractBaseUser | None,
    now: datetime,
    seen: str = "",
) -> ReviewOutcome:
    """Say that staff values hold for the listing as it reads now; those that do already are left.

    :raises Listing.DoesNotExist: for an id that is no listing.
    :raises ListingChanged: when the evidence is not what ``seen`` names.
    """

    def apply(listing: Listing) -> list[Change]:
        rows = list(_outdated(listing.pk).filter(pk__in=observation_ids).order_by("attribute"))
        Observation.objects.filter(pk__in=[row.pk for row in rows]).update(
            content_hash=listing.content_hash
        )
        unneeded_texts().filter(listing_id=listing.pk).delete()
        return [
            Change("confirm_tag", row.attribute, plain_columns(row), plain_columns(row))
            for row in rows
        ]

    return decide_listing(listing_id=listing_id, seen=seen, author=author, now=now, apply=apply)


def _outdated(listing_id: int) -> QuerySet[Observation]:
    return (
        Observation.objects.filter(
            listing_id=listing_id,
            source_kind=SourceKind.STAFF.value,
            state=Observation.State.ACCEPTED,
        )
        .exclude(content_hash="")
        .exclude(content_hash=F("listing__content_hash"))
    )


def _reviewed(row: Observation) -> ReviewedValue:
    return ReviewedValue(
        observation_id=row.pk,
        attribute=row.attribute,
        value=read_value(row.low_milli, row.high_milli, row.options),
        author=str(row.author) if row.author else "",
        at=row.observed_at,
    )


def _compare(earlier: EarlierText, listing: Listing) -> tuple[FieldChange, ...]:
    before, after = _fields(earlier), _fields(listing)
    compared = (
        FieldChange(name, compare_texts(before.get(name, ""), after.get(name, "")))
        for name in dict.fromkeys((*before, *after))
    )
    return tuple(change for change in compared if change.difference.is_any)


def _fields(text: EarlierText | Listing) -> Mapping[str, str]:
    return {
        "title": text.title,
        "description": text.description,
        **{
            f"raw_attributes.{name}": words
            for name, words in sorted(readable_texts(text.raw_attributes).items())
        },
    }
