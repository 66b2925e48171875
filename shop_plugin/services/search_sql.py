"""The search index in plain SQL: exact, always fresh, meant for some ten thousand listings.

Three facts shape the queries. Bands live on the profile, everything else on
the listing, so each table is filtered by sets of ids and never joined: on
SQLite that is five to ten times faster. Facets with few values are counted
together, grouped by all of them, and sorted apart in memory; so the number of
queries does not depend on what is chosen. A listing whose profile does not
exist yet counts as unknown in every band.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Min,
    OrderBy,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable

from shop_plugin.domain.bands import price_range
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.money import minor_digits
from shop_plugin.models import Assessment, FootwearProfile, Listing, ListingSize
from shop_plugin.services.criteria import SearchCriteria, Sort
from shop_plugin.services.facets import NO_SIZE, UNKNOWN, PriceRange, read_size, size_value
from shop_plugin.services.search_index import Found, FoundIds

BANDS: Mapping[str, str] = {
    "grade": "grade_band",
    "arch": "arch_band",
    "cushioning": "cushioning_band",
    "heel": "heel_band",
}
COLUMNS: Mapping[str, str] = {"category": "use_category", "gender": "gender"}

# Up to here the listings that hold the words are looked up once and named by their ids.
MAX_WORD_IDS = 2_000

_PRICE_IS_UNKNOWN = Case(
    When(Q(price_minor__isnull=True) | Q(currency=""), then=Value(1)),
    default=Value(0),
    output_field=IntegerField(),
)
_LISTING_ORDERS: Mapping[Sort, tuple[str | Combinable | OrderBy, ...]] = {
    Sort.PRICE: (
        _PRICE_IS_UNKNOWN.asc(),
        "currency",
        F("price_minor").asc(nulls_last=True),
        "pk",
    ),
    Sort.PRICE_DESC: (
        _PRICE_IS_UNKNOWN.asc(),
        "currency",
        F("price_minor").desc(nulls_last=True),
        "pk",
    ),
    Sort.NEWEST: ("-created_at", "-pk"),
}

Group = tuple[str | None, ...]


class SqlIndex:
    """Finds and counts listings with the database alone."""

    def find(self, criteria: SearchCriteria, *, page_size: int, with_counts: bool = True) -> Found:
        """Return the asked page's ids, the total and, where wanted, the counts of every facet."""
        query = _Query(criteria, words_q(criteria.words))
        counts = query.counts() if with_counts else {}
        if counts:
            by_grade = counts["grade"]
            # Every listing stands in exactly one grade band, so those counts hold the total.
            total = sum(by_grade.get(value, 0) for value in criteria.chosen.get("grade", by_grade))
        else:
            total = query.listings().count()
        first = (criteria.page - 1) * page_size
        ids = query.page_ids(first, min(first + page_size, total), total=total)
        return Found(total=total, listing_ids=tuple(ids), counts=counts)

    def find_ids(
        self,
        criteria: SearchCriteria,
        *,
        conditions: Sequence[str] = (),
        limit: int,
        offset: int = 0,
    ) -> FoundIds:
        """Return the total and the ids from ``offset`` on, as :class:`SearchIndex` says."""
        if unknown := set(conditions) - set(load_guide().conditions):
            raise ValueError(f"the guide knows no condition {', '.join(sorted(unknown))}")
        query = _Query(criteria, words_q(criteria.words))
        total = query.listings().count()
        last = min(offset + limit, total)
        if conditions:
            ids = query.personal_ids(offset, last, conditions=conditions)
        else:
            ids = query.page_ids(offset, last, total=total)
        return FoundIds(total=total, listing_ids=tuple(ids))

    def count(self, criteria: SearchCriteria) -> int:
        """Return how many listings the criteria find."""
        return _Query(criteria, words_q(criteria.words)).listings().count()


def listings_found(criteria: SearchCriteria) -> QuerySet[Listing]:
    """Return the listings that the criteria find, in no order."""
    return _Query(criteria, words_q(criteria.words)).listings().order_by()


@dataclass
class _Query:
    """The queries of one search. ``words`` is the condition that the words make."""

    criteria: SearchCriteria
    words: Q

    def listings(self, *, without: Collection[str] = ()) -> QuerySet[Listing]:
        """Return the listings found when the choices in some facets are left out."""
        return Listing.objects.filter(
            self._listing_q(without), self._banded_q("pk", without), is_withdrawn=False
        )

    def counts(self) -> dict[str, Mapping[str, int]]:
        """Count every value of every facet, each facet's own choice left out."""
        return {
            **_sort_apart(self.band_groups(), tuple(BANDS), self.criteria),
            **_sort_apart(self.column_groups(), tuple(COLUMNS), self.criteria),
            "brand": self.brand_counts(),
            "price": self.price_counts(),
            "size": self.size_counts(),
        }

    def band_groups(self) -> Counter[Group]:
        """Count by all bands at once, with the choices in them left out."""
        rows = self._profiles().order_by().values_list(*BANDS.values()).annotate(n=Count("pk"))
        groups: Counter[Group] = Counter({tuple(row[:-1]): row[-1] for row in rows})
        groups[(None,) * len(BANDS)] += self._unprofiled_count
        return groups

    def column_groups(self) -> Counter[Group]:
        """Count by the short columns of the listing at once, with the choices in them left out."""
        listings = self.listings(without=COLUMNS).order_by()
        rows = listings.values_list(*COLUMNS.values()).annotate(n=Count("pk"))
        return Counter({tuple(row[:-1]): row[-1] for row in rows})

    def brand_counts(self) -> Mapping[str, int]:
        """Count by brand. A brand called "unknown" is none."""
        listings = self.listings(without=("brand",)).order_by()
        counts: Counter[str] = Counter()
        for brand, number in listings.values_list("brand").annotate(n=Count("pk")):
            counts[brand or UNKNOWN] += number
        return counts

    def price_counts(self) -> Mapping[str, int]:
        """Count by price range, and by every other range that is chosen."""
        listings = self.listings(without=("price",)).order_by()
        rows = listings.values_list("currency", "price_minor").annotate(n=Count("pk"))
        wanted = [PriceRange.find(value) for value in self.criteria.chosen.get("price", ())]
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

    def size_counts(self) -> Mapping[str, int]:
        """Count by size in stock. A listing counts once under each of its sizes."""
        without = ("size",)
        sizes = ListingSize.objects.filter(
            self._listed_q("listing_id", without), self._banded_q("listing_id", without)
        )
        rows = (
            sizes.filter(stock__gt=0)
            .order_by()
            .values_list("system", "label")
            .annotate(n=Count("listing_id", distinct=True))
        )
        counts = Counter({size_value(system=row[0], label=row[1]): row[2] for row in rows})
        own = ListingSize.objects.filter(listing=OuterRef("pk")).order_by()
        states = (
            self.listings(without=without)
            .order_by()
            .values_list(Exists(own), Exists(own.filter(stock__gt=0)))
            .annotate(n=Count("pk"))
        )
        for has_sizes, is_in_stock, number in states:
            if not is_in_stock:
                counts[NO_SIZE if has_sizes else UNKNOWN] += number
        return counts

    def page_ids(self, first: int, last: int, *, total: int) -> Sequence[int]:
        """Return the ids from position ``first`` up to ``last``, in the order asked for."""
        if first >= last:
            return []
        if self.criteria.sort is not Sort.MATCH:
            ordered = self.listings().order_by(*_LISTING_ORDERS[self.criteria.sort])
            return list(ordered.values_list("pk", flat=True)[first:last])
        # Listings without a profile have no match yet and come last.
        profiled = total - (self._unprofiled_count if self._admits_unprofiled(()) else 0)
        ids: list[int] = []
        if first < profiled:
            best = self._profiles().filter(self._band_q(())).order_by("match_order", "listing_id")
            ids += best.values_list("listing_id", flat=True)[first : min(last, profiled)]
        if last > profiled:
            rest = self._unprofiled_listings().order_by("pk").values_list("pk", flat=True)
            ids += rest[max(first - profiled, 0) : last - profiled]
        return ids

    def personal_ids(self, first: int, last: int, *, conditions: Sequence[str]) -> Sequence[int]:
        """Return the ids from ``first`` up to ``last``, best for all the conditions first."""
        if first >= last:
            return []
        matches = (
            Assessment.objects.filter(
                attribute_hash=OuterRef("profile__assessed_hash"),
                formula_version=OuterRef("profile__formula_version"),
                condition__in=conditions,
            )
            .order_by()
            .values("attribute_hash")
            .annotate(lowest=Min("low"), highest=Min("high"), known=Count("low"))
            .filter(known=len(set(conditions)))
        )
        ordered = self.listings().order_by(
            Subquery(matches.values("lowest")).desc(nulls_last=True),
            Subquery(matches.values("highest")).desc(nulls_last=True),
            "pk",
        )
        return list(ordered.values_list("pk", flat=True)[first:last])

    def _profiles(self) -> QuerySet[FootwearProfile]:
        """Return the profiles of the listings found, with the choices in bands left out."""
        return FootwearProfile.objects.filter(self._listed_q("listing_id", ()))

    def _unprofiled_listings(self) -> QuerySet[Listing]:
        return Listing.objects.filter(self._listing_q(()), is_withdrawn=False).exclude(
            pk__in=FootwearProfile.objects.values("listing_id")
        )

    @cached_property
    def _unprofiled_count(self) -> int:
        return self._unprofiled_listings().count()

    def _listing_q(self, without: Collection[str]) -> Q:
        """Return the condition that words and choices make on the listing's own columns."""
        condition = self.words
        for key, values in self.criteria.chosen.items():
            if key in BANDS or key in without:
                continue
            any_value = Q()
            for value in values:
                any_value |= _value_q(key, value)
            condition &= any_value
        return condition

    def _listed_q(self, column: str, without: Collection[str]) -> Q:
        """Return the same condition for a table that names its listing in ``column``."""
        if on_listing := self._listing_q(without):
            listings = Listing.objects.filter(on_listing, is_withdrawn=False).order_by()
            return Q(**{f"{column}__in": listings.values("pk")})
        # The withdrawn are few, so leaving them out is cheaper than naming all others.
        withdrawn = Listing.objects.filter(is_withdrawn=True).order_by()
        return ~Q(**{f"{column}__in": withdrawn.values("pk")})

    def _band_q(self, without: Collection[str]) -> Q:
        """Return the condition that choices make on the profile's bands."""
        condition = Q()
        for key, column in BANDS.items():
            if key in without or key not in self.criteria.chosen:
                continue
            values = set(self.criteria.chosen[key])
            any_value = Q(**{f"{column}__in": sorted(values - {UNKNOWN})})
            if UNKNOWN in values:
                any_value |= Q(**{f"{column}__isnull": True})
            condition &= any_value
        return condition

    def _banded_q(self, column: str, without: Collection[str]) -> Q:
        """Return the condition on bands for a table that names its listing in ``column``."""
        on_profile = self._band_q(without)
        if not on_profile:
            return Q()
        profiles = FootwearProfile.objects.filter(on_profile).order_by()
        condition = Q(**{f"{column}__in": profiles.values("listing_id")})
        if self._admits_unprofiled(without):
            every = FootwearProfile.objects.order_by()
            condition |= ~Q(**{f"{column}__in": every.values("listing_id")})
        return condition

    def _admits_unprofiled(self, without: Collection[str]) -> bool:
        chosen = (self.criteria.chosen.get(key) for key in BANDS if key not in without)
        return all(UNKNOWN in values for values in chosen if values)


def words_q(words: Sequence[str]) -> Q:
    """Return the condition that title or brand holds every word, in upper or lower case."""
    condition = Q()
    for word in words:
        any_form = Q()
        # SQLite folds the case of ASCII letters only; the other forms make up for it.
        for form in sorted({word, word.lower(), word.upper(), word.capitalize()}):
            any_form |= Q(title__icontains=form) | Q(brand__icontains=form)
        condition &= any_form
    if not condition:
        return condition
    found = Listing.objects.filter(condition, is_withdrawn=False).order_by()
    ids = list(found.values_list("pk", flat=True)[: MAX_WORD_IDS + 1])
    return Q(pk__in=ids) if len(ids) <= MAX_WORD_IDS else condition


def _value_q(key: str, value: str) -> Q:
    if key in COLUMNS:
        return Q(**{COLUMNS[key]: value})
    if key == "brand":
        return Q(brand__in=("", UNKNOWN)) if value == UNKNOWN else Q(brand=value)
    if key == "price":
        return _price_q(value)
    return _size_q(value)


def _price_q(value: str) -> Q:
    wanted = PriceRange.find(value)
    if wanted is None:
        return Q(price_minor__isnull=True) | Q(currency="")
    unit = 10 ** minor_digits(wanted.currency)
    condition = Q(currency=wanted.currency, price_minor__gte=wanted.low * unit)
    if wanted.high is not None:
        condition &= Q(price_minor__lt=wanted.high * unit)
    return condition


def _size_q(value: str) -> Q:
    if value in (UNKNOWN, NO_SIZE):
        # Asked per listing: far fewer questions than naming every size there is.
        own = ListingSize.objects.filter(listing=OuterRef("pk")).order_by()
        if value == UNKNOWN:
            return ~Q(Exists(own))
        return Q(Exists(own)) & ~Q(Exists(own.filter(stock__gt=0)))
    system, label = read_size(value)
    in_stock = ListingSize.objects.filter(stock__gt=0, system=system, label=label).order_by()
    return Q(pk__in=in_stock.values("listing_id"))


def _sort_apart(
    groups: Mapping[Group, int], keys: Sequence[str], criteria: SearchCriteria
) -> dict[str, Mapping[str, int]]:
    """Return the counts of each facet out of groups that were counted by all of them.

    A group counts for a facet when it meets the choices in all the others.
    """
    counts: dict[str, Counter[str]] = {key: Counter() for key in keys}
    chosen = [frozenset(criteria.chosen.get(key, ())) for key in keys]
    for group, number in groups.items():
        values = [value or UNKNOWN for value in group]
        missed = [
            key
            for key, value, wanted in zip(keys, values, chosen, strict=True)
            if wanted and value not in wanted
        ]
        for key, value in zip(keys, values, strict=True):
            if not missed or missed == [key]:
                counts[key][value] += number
    return dict(counts)
