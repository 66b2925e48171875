"""The listings that rows speak of, with what staff say of each now: a few queries for many rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from shop_plugin.domain.attributes import SourceKind, Value
from shop_plugin.models import Listing, Observation
from shop_plugin.services.bulk.rows import among
from shop_plugin.services.evidence.observation_rows import read_value
from shop_plugin.services.staff.bulk_edits.standing import load_standings


@dataclass(frozen=True, slots=True)
class StaffValue:
    """What staff say of one attribute, and how they wrote it."""

    value: Value
    original: str


@dataclass(frozen=True, slots=True)
class StandingListing:
    """A listing as a sheet speaks of it. ``said`` is what staff say, by attribute."""

    pk: int
    source: str
    external_id: str
    title: str
    said: dict[str, StaffValue] = field(default_factory=dict)

    def values(self) -> dict[str, Value]:
        """Return what staff say, by attribute."""
        return {key: item.value for key, item in self.said.items()}


def find_listings(*, external_ids: Collection[str]) -> dict[str, list[StandingListing]]:
    """Return the listings with these ids in the shop, of whatever source, by id."""
    rows = Listing.objects.filter(external_id__in=external_ids).values_list(
        "pk", "source", "external_id", "title"
    )
    found = [StandingListing(*row) for row in rows]
    said = load_staff_values([item.pk for item in found])
    by_id: dict[str, list[StandingListing]] = {}
    for item in found:
        item.said.update(said.get(item.pk, {}))
        by_id.setdefault(item.external_id, []).append(item)
    return by_id


def load_staff_values(listing_ids: Sequence[int]) -> dict[int, dict[str, StaffValue]]:
    """Return what staff say of these listings, by listing and attribute, in one query."""
    said: dict[int, dict[str, StaffValue]] = {}
    rows = (
        Observation.objects.filter(
            among("listing_id", listing_ids),
            source_kind=SourceKind.STAFF.value,
            state=Observation.State.ACCEPTED,
        )
        .order_by("pk")
        .values_list("listing_id", "attribute", "low_milli", "high_milli", "options", "original")
    )
    for listing_id, attribute, low, high, options, original in rows:
        value = StaffValue(read_value(low, high, options), original)
        said.setdefault(listing_id, {})[attribute] = value
    return said


def fingerprint_listings(listing_ids: Sequence[int]) -> dict[int, str]:
    """Return the fingerprint of the evidence about each listing, as an edit compares it."""
    states = [state for state in Observation.State if state is not Observation.State.SUPERSEDED]
    found = load_standings(listing_ids, states=states)
    return {pk: item.fingerprint for pk, item in found.items()}
