"""What an edit did, or would do, in numbers: they add up over chunks and go into a JSON column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from shop_plugin.models import BulkEditOutcome
from shop_plugin.services.staff.bulk_edits.standing import Belief

CHANGED = BulkEditOutcome.Kind.CHANGED.value
OUTRANKED = BulkEditOutcome.Kind.OUTRANKED.value
REFUSED = BulkEditOutcome.Kind.REFUSED.value
UNCHANGED = "unchanged"
GONE = "gone"


class Tally:
    """Counts by listing, by attribute, by reason and by how the grade moved.

    ``listings``: changed, unchanged, refused, gone; each listing once.
    ``attributes``: attribute -> changed, outranked, unchanged, refused.
    ``reasons``: code -> how many attributes were left for it.
    ``grades``: "C>B" -> how many changed listings.
    ``flags``: rule of plausibility -> how many changed listings break it that did not before.
    """

    def __init__(self, counts: Mapping[str, Any] | None = None) -> None:
        start = counts or {}
        self.listings: Counter[str] = Counter(start.get("listings", {}))
        self.reasons: Counter[str] = Counter(start.get("reasons", {}))
        self.grades: Counter[str] = Counter(start.get("grades", {}))
        self.flags: Counter[str] = Counter(start.get("flags", {}))
        self.attributes: dict[str, Counter[str]] = {
            key: Counter(found) for key, found in start.get("attributes", {}).items()
        }

    def count_attribute(self, attribute: str, kind: str, code: str = "") -> None:
        """Count what became of one attribute of one listing."""
        self.attributes.setdefault(attribute, Counter())[kind] += 1
        if code:
            self.reasons[code] += 1

    def count_listing(self, kinds: set[str]) -> None:
        """Count a listing once, by the most telling thing that became of its attributes."""
        for kind in (CHANGED, OUTRANKED, REFUSED):
            if kind in kinds:
                self.listings[CHANGED if kind == OUTRANKED else kind] += 1
                return
        self.listings[UNCHANGED] += 1

    def count_move(self, before: Belief, after: Belief) -> None:
        """Count how the grade of a changed listing moved, and what no longer fits together."""
        self.grades[f"{before.grade}>{after.grade}"] += 1
        known = set(before.flags.split(","))
        self.flags.update(rule for rule in after.flags.split(",") if rule and rule not in known)

    def as_counts(self) -> dict[str, Any]:
        """Return the numbers as a row keeps them."""
        return {
            "listings": dict(self.listings),
            "attributes": {key: dict(found) for key, found in self.attributes.items()},
            "reasons": dict(self.reasons),
            "grades": dict(self.grades),
            "flags": dict(self.flags),
        }
