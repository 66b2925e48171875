"""The index itself: conditions, counts and order put together."""

from __future__ import annotations

from collections.abc import Sequence

from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.search.index import Found, FoundIds, check_conditions
from shop_plugin.services.search.places import Place
from shop_plugin.services.search.sql.beyond import ids_beyond, ids_in_order
from shop_plugin.services.search.sql.conditions import Conditions, listings_found
from shop_plugin.services.search.sql.counting import count_values
from shop_plugin.services.search.sql.ordering import ordered_ids, personal_ids
from shop_plugin.services.search.sql.ungraded import count_ungraded


class SqlIndex:
    """Finds and counts listings with the database alone. See :class:`SearchIndex`."""

    def find(self, criteria: SearchCriteria, *, page_size: int, with_counts: bool = True) -> Found:
        """Return the asked page's ids, the total and, where wanted, the counts of every facet."""
        conditions = Conditions(criteria)
        counts = count_values(conditions) if with_counts else {}
        if counts:
            by_grade = counts["grade"]
            # Every listing stands in exactly one grade band, so those counts hold the total.
            total = sum(by_grade.get(value, 0) for value in criteria.chosen.get("grade", by_grade))
        else:
            total = conditions.listings().count()
        first = (criteria.page - 1) * page_size
        ids = ordered_ids(conditions, first, min(first + page_size, total), total=total)
        return Found(total=total, listing_ids=tuple(ids), counts=counts)

    def find_ids(
        self,
        criteria: SearchCriteria,
        *,
        conditions: Sequence[str] = (),
        limit: int,
        offset: int = 0,
    ) -> FoundIds:
        """Return the total and the ids from ``offset`` on, in the order of the protocol."""
        check_conditions(conditions)
        asked = Conditions(criteria)
        total = asked.listings().count()
        last = min(offset + limit, total)
        if conditions:
            ids = personal_ids(asked, offset, last, profiles=conditions)
        else:
            ids = ordered_ids(asked, offset, last, total=total)
        return FoundIds(total=total, listing_ids=tuple(ids))

    def find_stretch(
        self, criteria: SearchCriteria, *, limit: int, offset: int = 0
    ) -> tuple[int, ...]:
        """Return the ids from ``offset`` on in the order of the criteria, and count nothing."""
        return ids_in_order(listings_found(criteria), criteria.sort, offset, offset + limit)

    def find_beyond(self, criteria: SearchCriteria, *, place: Place, limit: int) -> tuple[int, ...]:
        """Return the ids next to a place on its far side, in the order of the list."""
        return ids_beyond(listings_found(criteria), criteria.sort, place, limit)

    def count_ungraded(self, criteria: SearchCriteria, *, conditions: Sequence[str]) -> int:
        """Return how many of the listings found have no grade for all these conditions."""
        check_conditions(conditions)
        return count_ungraded(listings_found(criteria), conditions=conditions)

    def count(self, criteria: SearchCriteria) -> int:
        """Return how many listings the criteria find."""
        return Conditions(criteria).listings().count()
