"""How the listings of a chunk stand: what is said, what is believed, which grade. Three queries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from shop_plugin.domain.bands import grade_band
from shop_plugin.models import FootwearProfile, Listing
from shop_plugin.services.bulk.rows import among
from shop_plugin.services.evidence.observation_rows import StoredObservation, load_observations
from shop_plugin.services.evidence.resolving import ListingFrame
from shop_plugin.services.staff.review import fingerprint_sayings

UNASSESSED = "unassessed"


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of a listing, and its general match.

    ``values`` are plain; ``flags`` the rules of plausibility that they break, joined by commas.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    verdict: str = ""
    low: int | None = None
    high: int | None = None
    grade_low: str = ""
    flags: str = ""

    @property
    def grade(self) -> str:
        """Return the letter of the lower end, or why there is none."""
        return grade_band(self.verdict, self.grade_low) or UNASSESSED

    def describe(self, attribute: str) -> dict[str, Any]:
        """Return what an audit entry keeps of it."""
        return {
            "attribute": attribute,
            "believed": self.values.get(attribute),
            "verdict": self.verdict or None,
            "match": None if self.low is None else [self.low, self.high],
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """One listing before anything is changed."""

    listing_id: int
    use_category: str
    age_group: str
    gender: str
    content_hash: str
    belief: Belief
    said: Sequence[StoredObservation]

    def of(self, attribute: str) -> list[StoredObservation]:
        """Return what is said of one attribute, oldest first."""
        return [item for item in self.said if item.attribute == attribute]

    @property
    def frame(self) -> ListingFrame:
        """Return what resolving needs to know of the listing itself."""
        return ListingFrame(self.listing_id, self.use_category, self.age_group, self.gender)

    @property
    def fingerprint(self) -> str:
        """Return the fingerprint of the evidence; ``said`` must hold every state in force."""
        return fingerprint_sayings(
            self.content_hash,
            [(*item[2:8], item.state) for item in self.said if item.state != "superseded"],
        )


def load_standings(listing_ids: Sequence[int], *, states: Iterable[str]) -> dict[int, Standing]:
    """Return how these listings stand; ids that are no listings are left out."""
    beliefs = load_beliefs(listing_ids)
    said = load_observations(listing_ids, states=states)
    rows = (
        Listing.objects.filter(among("pk", listing_ids))
        .order_by("pk")
        .values_list("pk", "use_category", "age_group", "gender", "content_hash")
    )
    return {
        row[0]: Standing(*row, beliefs.get(row[0], Belief()), said.get(row[0], ())) for row in rows
    }


def load_beliefs(listing_ids: Sequence[int]) -> dict[int, Belief]:
    """Return what is believed of these listings, in one query; those without a profile lack."""
    rows = (
        FootwearProfile.objects.filter(among("pk", listing_ids))
        .annotate(text=Cast("snapshot", TextField()))
        .values_list("pk", "text", "verdict", "match_low", "match_high", "grade_low", "flags")
    )
    parsed: dict[str, Mapping[str, Any]] = {}  # many listings state the same
    beliefs = {}
    for pk, text, verdict, low, high, grade_low, flags in rows:
        values = parsed.get(text)
        if values is None:
            values = parsed[text] = json.loads(text).get("values", {})
        beliefs[pk] = Belief(values, verdict, low, high, grade_low, flags)
    return beliefs
