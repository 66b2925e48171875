"""All counts of one search: few queries, each facet's own choice left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from django.db.models import Count

from shop_plugin.domain.bands import price_range
from shop_plugin.domain.money import minor_digits
from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.search.facets import NO_SIZE, PAIR_FACETS, UNKNOWN, PriceRange, size_value
from shop_plugin.services.search.sql.conditions import (
    BANDS,
    DETAILS,
    LISTING_COLUMNS,
    Conditions,
    admits,
    has_sizes,
    stock_rows,
)

_Group = tuple[str | bool | None, ...]
_FLAG_VALUES = {True: "yes", False: "no"}


def count_values(conditions: Conditions) -> dict[str, Mapping[str, int]]:
    """Count every value of every facet."""
    criteria = conditions.criteria
    return {
        **_sort_apart(_profile_groups(conditions, BANDS), tuple(BANDS), criteria),
        **_sort_apart(_profile_groups(conditions, DETAILS), tuple(DETAILS), criteria),
        **_sort_apart(_listing_groups(conditions), tuple(LISTING_COLUMNS), criteria),
        "brand": _brands(conditions),
        "price": _prices(conditions),
        **_pairs(conditions),
    }


def _profile_groups(conditions: Conditions, columns: Mapping[str, str]) -> Counter[_Group]:
    """Count by some columns of the profile at once, with the choices in them left out."""
    rows = (
        conditions.profiles(without=columns)
        .order_by()
        .values_list(*columns.values())
        .annotate(n=Count("pk"))
    )
    groups: Counter[_Group] = Counter({tuple(row[:-1]): row[-1] for row in rows})
    if conditions.admits_unprofiled(columns):
        groups[(None,) * len(columns)] += conditions.unprofiled_count
    return groups


def _listing_groups(conditions: Conditions) -> Counter[_Group]:
    """Count by the short columns of the listing at once, with the choices in them left out."""
    listings = conditions.listings(without=LISTING_COLUMNS).order_by()
    rows = listings.values_list(*LISTING_COLUMNS.values()).annotate(n=Count("pk"))
    return Counter({tuple(row[:-1]): row[-1] for row in rows})


def _brands(conditions: Conditions) -> Mapping[str, int]:
    """Count by brand. A brand called "unknown" is none."""
    listings = conditions.listings(without=("brand",)).order_by()
    counts: Counter[str] = Counter()
    for brand, number in listings.values_list("brand").annotate(n=Count("pk")):
        counts[brand or UNKNOWN] += number
    return counts


def _prices(conditions: Conditions) -> Mapping[str, int]:
    """Count by price range, and by every other range that is chosen."""
    listings = conditions.listings(without=("price",)).order_by()
    rows = listings.values_list("currency", "price_minor").annotate(n=Count("pk"))
    wanted = [PriceRange.find(value) for value in conditions.criteria.chosen.get("price", ())]
    chosen = [item for item in wanted if item is not None]
    counts: Counter[str] = Counter()
    bands: Counter[PriceRange] = Counter()
    for currency, minor, number in rows:
        if minor is None or not currency:
            counts[UNKNOWN] += number
            continue
        price = minor // 10 ** minor_digits(currency)
        band = PriceRange(currency, *price_range(price))
        bands[band] += number
        for other in chosen:
            if other != band and other.holds(currency, price):
                bands[other] += number
    counts.update({str(band): number for band, number in bands.items()})
    return counts


def _pairs(conditions: Conditions) -> dict[str, Mapping[str, int]]:
    """Count by size and by width of the pairs in stock.

    A listing counts once under each of its values that some pair has
    together with a chosen value of the other facet.
    """
    sizes, widths = (conditions.criteria.chosen.get(key, ()) for key in PAIR_FACETS)
    found = conditions.listed_q("listing_id", PAIR_FACETS) & conditions.profiled_q(
        "listing_id", PAIR_FACETS
    )
    once = Count("listing_id", distinct=True)
    by_size = stock_rows((), widths).filter(found).values_list("system", "label").annotate(n=once)
    by_width = stock_rows(sizes, ()).filter(found).values_list("width_class").annotate(n=once)
    counts = {
        "size": Counter({size_value(system=row[0], label=row[1]): row[2] for row in by_size}),
        "width": Counter(dict(by_width)),
    }
    states = conditions.listings(without=PAIR_FACETS).order_by().values_list(*has_sizes())
    for states_any, is_in_stock, number in states.annotate(n=Count("pk")):
        value = NO_SIZE if states_any else UNKNOWN
        for key, other in (("size", widths), ("width", sizes)):
            if not is_in_stock and admits(other, value):
                counts[key][value] += number
    return dict(counts)


def _sort_apart(
    groups: Mapping[_Group, int], keys: Sequence[str], criteria: SearchCriteria
) -> dict[str, Mapping[str, int]]:
    """Return the counts of each facet out of groups that were counted by all of them.

    A group counts for a facet when it meets the choices in all the others.
    """
    counts: dict[str, Counter[str]] = {key: Counter() for key in keys}
    chosen = [frozenset(criteria.chosen.get(key, ())) for key in keys]
    for group, number in groups.items():
        values = [_value_of(stored) for stored in group]
        missed = [
            key
            for key, value, wanted in zip(keys, values, chosen, strict=True)
            if wanted and value not in wanted
        ]
        for key, value in zip(keys, values, strict=True):
            if not missed or missed == [key]:
                counts[key][value] += number
    return dict(counts)


def _value_of(stored: str | bool | None) -> str:
    """Return the facet's value for what a column holds."""
    return _FLAG_VALUES[stored] if isinstance(stored, bool) else stored or UNKNOWN
