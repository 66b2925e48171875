"""Criteria as conditions of queries: one for listings, one for their profiles."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When

from shop_plugin.domain.attributes import Gender
from shop_plugin.domain.money import minor_digits, unusual_currencies
from shop_plugin.domain.sizes import WIDTHS, width_spellings
from shop_plugin.domain.terms import is_prefix, read_word
from shop_plugin.models import FootwearProfile, Listing, ListingSize, ListingTerms
from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.search.facets import NO_SIZE, PAIR_FACETS, UNKNOWN, PriceRange, read_size
from shop_plugin.services.search.ranges import AmountRange, HeelRange

# Two groups, each counted by one query: the more facets in one, the more rows come back.
BANDS: Mapping[str, str] = {
    "grade": "grade_band",
    "arch": "arch_band",
    "cushioning": "cushioning_band",
    "heel": "heel_band",
}
DETAILS: Mapping[str, str] = {
    "toe": "toe_band",
    "fastening": "fastening_band",
    "insole": "removable_insole",
    "orthotic": "orthotic_friendly",
}
PROFILE_COLUMNS: Mapping[str, str] = {**BANDS, **DETAILS}
LISTING_COLUMNS: Mapping[str, str] = {"category": "use_category", "gender": "gender"}
FLAGS: Mapping[str, bool] = {"yes": True, "no": False}

# Up to here the listings that hold the words are looked up once and named by their ids.
MAX_WORD_IDS = 2_000


class Conditions:
    """The conditions that criteria make. ``without`` names facets whose choice is left out."""

    def __init__(self, criteria: SearchCriteria) -> None:
        self.criteria = criteria
        self.words = words_q(criteria.words)

    def listings(self, *, without: Collection[str] = ()) -> QuerySet[Listing]:
        """Return the listings found."""
        return Listing.objects.filter(
            self.listing_q(without), self.profiled_q("pk", without), is_withdrawn=False
        )

    def profiles(self, *, without: Collection[str] = ()) -> QuerySet[FootwearProfile]:
        """Return the profiles of the listings found."""
        return FootwearProfile.objects.filter(
            self.listed_q("listing_id", without), self.profile_q(without)
        )

    def unprofiled(self) -> QuerySet[Listing]:
        """Return the listings without a profile that the conditions on listings find."""
        return Listing.objects.filter(self.listing_q(()), is_withdrawn=False).exclude(
            pk__in=FootwearProfile.objects.values("listing_id")
        )

    @cached_property
    def unprofiled_count(self) -> int:
        """How many :meth:`unprofiled` are."""
        return self.unprofiled().count()

    def admits_unprofiled(self, without: Collection[str] = ()) -> bool:
        """Tell whether the conditions on profiles let a listing without one pass."""
        chosen = (self.criteria.chosen.get(key) for key in PROFILE_COLUMNS if key not in without)
        return self.criteria.heel is None and all(UNKNOWN in values for values in chosen if values)

    def listing_q(self, without: Collection[str]) -> Q:
        """Return the condition on the listing's own columns, words and sizes."""
        condition = self.words
        for key, values in self.criteria.chosen.items():
            if key in PROFILE_COLUMNS or key in PAIR_FACETS or key in without:
                continue
            any_value = Q()
            for value in values:
                any_value |= _value_q(key, value)
            condition &= any_value
        if self.criteria.amount is not None:
            condition &= _amount_q(self.criteria.amount)
        sizes, widths = (
            () if key in without else self.criteria.chosen.get(key, ()) for key in PAIR_FACETS
        )
        return condition & _pair_q(sizes, widths) if sizes or widths else condition

    def listed_q(self, column: str, without: Collection[str]) -> Q:
        """Return the same condition for a table that names its listing in ``column``."""
        if on_listing := self.listing_q(without):
            listings = Listing.objects.filter(on_listing, is_withdrawn=False).order_by()
            return Q(**{f"{column}__in": listings.values("pk")})
        # The withdrawn are few, so leaving them out is cheaper than naming all others.
        withdrawn = Listing.objects.filter(is_withdrawn=True).order_by()
        return ~Q(**{f"{column}__in": withdrawn.values("pk")})

    def profile_q(self, without: Collection[str]) -> Q:
        """Return the condition on the profile's bands and on its heel."""
        condition = Q() if self.criteria.heel is None else _heel_q(self.criteria.heel)
        for key, column in PROFILE_COLUMNS.items():
            if key in without or key not in self.criteria.chosen:
                continue
            values = set(self.criteria.chosen[key])
            stored = [FLAGS.get(value, value) for value in sorted(values - {UNKNOWN})]
            any_value = Q(**{f"{column}__in": stored})
            if UNKNOWN in values:
                any_value |= Q(**{f"{column}__isnull": True})
            condition &= any_value
        return condition

    def profiled_q(self, column: str, without: Collection[str]) -> Q:
        """Return the condition on profiles for a table that names its listing in ``column``."""
        on_profile = self.profile_q(without)
        if not on_profile:
            return Q()
        profiles = FootwearProfile.objects.filter(on_profile).order_by()
        condition = Q(**{f"{column}__in": profiles.values("listing_id")})
        if self.admits_unprofiled(without):
            every = FootwearProfile.objects.order_by()
            condition |= ~Q(**{f"{column}__in": every.values("listing_id")})
        return condition


def listings_found(criteria: SearchCriteria) -> QuerySet[Listing]:
    """Return the listings that the criteria find, in no particular order."""
    return Conditions(criteria).listings().order_by()


def words_q(words: Sequence[str]) -> Q:
    """Return the condition that a listing holds every word, as ``domain.terms`` reads them."""
    condition = Q()
    for word in words:
        any_form = Q()
        for terms in read_word(word):
            every_term = Q()
            for term in terms:
                every_term &= Q(terms__contains=f" {term}" if is_prefix(term) else f" {term} ")
            any_form |= every_term
        condition &= any_form
    if not condition:
        return condition
    found = ListingTerms.objects.filter(condition, listing__is_withdrawn=False).order_by()
    ids = list(found.values_list("pk", flat=True)[: MAX_WORD_IDS + 1])
    return Q(pk__in=ids if len(ids) <= MAX_WORD_IDS else found.values("pk"))


def _width_class() -> Case:
    """Return the width of a row of sizes as search reads it: codes mean what its gender says."""
    cases = []
    for width in WIDTHS:
        for gender in (Gender.MEN, Gender.WOMEN):
            spellings = width_spellings(width, gender=gender)
            cases.append(When(listing__gender=gender.value, width__in=spellings, then=Value(width)))
        anybody = width_spellings(width, gender=Gender.UNKNOWN)
        of_anybody = ~Q(listing__gender__in=(Gender.MEN.value, Gender.WOMEN.value))
        cases.append(When(of_anybody, width__in=anybody, then=Value(width)))
    return Case(*cases, default=Value(UNKNOWN), output_field=CharField())


_WIDTH_CLASS = _width_class()


def stock_rows(sizes: Collection[str], widths: Collection[str]) -> QuerySet[Any]:
    """Return the rows in stock of these sizes and widths, annotated with their ``width_class``."""
    rows = ListingSize.objects.filter(stock__gt=0).annotate(width_class=_WIDTH_CLASS).order_by()
    if sizes:
        any_size = Q(pk__in=[])
        for value in sizes:
            if value not in (UNKNOWN, NO_SIZE):
                system, label = read_size(value)
                any_size |= Q(system=system, label=label)
        rows = rows.filter(any_size)
    return rows.filter(width_class__in=widths) if widths else rows


def admits(chosen: Collection[str], value: str) -> bool:
    """Tell whether a choice lets a value pass; no choice lets every value pass."""
    return not chosen or value in chosen


def has_sizes() -> tuple[Exists, Exists]:
    """Return whether a listing states sizes at all, and whether one is in stock."""
    # Asked per listing: far fewer questions than naming every size there is.
    own = ListingSize.objects.filter(listing=OuterRef("pk")).order_by()
    return Exists(own), Exists(own.filter(stock__gt=0))


def _pair_q(sizes: Collection[str], widths: Collection[str]) -> Q:
    """Return the condition that one pair has one of the sizes and one of the widths."""
    states_any, in_stock = has_sizes()
    condition = Q(pk__in=stock_rows(sizes, widths).values("listing_id"))
    if admits(sizes, UNKNOWN) and admits(widths, UNKNOWN):
        condition |= ~Q(states_any)
    if admits(sizes, NO_SIZE) and admits(widths, NO_SIZE):
        condition |= Q(states_any) & ~Q(in_stock)
    return condition


def _value_q(key: str, value: str) -> Q:
    if key in LISTING_COLUMNS:
        return Q(**{LISTING_COLUMNS[key]: value})
    if key == "brand":
        return Q(brand__in=("", UNKNOWN)) if value == UNKNOWN else Q(brand=value)
    return _price_q(value)


def _price_q(value: str) -> Q:
    wanted = PriceRange.find(value)
    if wanted is None:
        return Q(price_minor__isnull=True) | Q(currency="")
    unit = 10 ** minor_digits(wanted.currency)
    condition = Q(currency=wanted.currency, price_minor__gte=wanted.low * unit)
    if wanted.high is not None:
        condition &= Q(price_minor__lt=wanted.high * unit)
    return condition


def _amount_q(wanted: AmountRange) -> Q:
    if wanted.currency:
        return Q(currency=wanted.currency) & _between(
            "price_minor", wanted.ends_in(wanted.currency)
        )
    groups = unusual_currencies()
    unusual = [currency for currencies in groups.values() for currency in currencies]
    condition = ~Q(currency__in=["", *unusual]) & _between("price_minor", wanted.ends_in(""))
    for currencies in groups.values():
        ends = wanted.ends_in(currencies[0])
        condition |= Q(currency__in=currencies) & _between("price_minor", ends)
    return condition


def _heel_q(wanted: HeelRange) -> Q:
    return _between("heel_height_low_um", (wanted.lowest_um, None)) & _between(
        "heel_height_high_um", (None, wanted.highest_um)
    )


def _between(column: str, ends: tuple[int | None, int | None]) -> Q:
    """Return the condition that a column is known and lies between two ends, both included."""
    condition = Q(**{f"{column}__isnull": False})
    low, high = ends
    if low is not None:
        condition &= Q(**{f"{column}__gte": low})
    if high is not None:
        condition &= Q(**{f"{column}__lte": high})
    return condition
