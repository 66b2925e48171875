"""Search by brute force, in plain Python: the law that every index is held to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from shop_plugin.domain.attributes import Options, Span
from shop_plugin.domain.bands import (
    fastening_band,
    grade_band,
    heel_band,
    level_band,
    price_range,
    toe_band,
)
from shop_plugin.domain.money import minor_digits
from shop_plugin.domain.scoring import Verdict, verdict_of
from shop_plugin.domain.sizes import find_width
from shop_plugin.domain.terms import find_terms, read_word
from shop_plugin.models import Assessment, Listing
from shop_plugin.services.search.criteria import SearchCriteria, Sort
from shop_plugin.services.search.facets import FACETS, PriceRange
from shop_plugin.services.shop.guides import guide_in_force


@dataclass(frozen=True)
class Shoe:
    """A listing as the law sees it: its values per facet, and what orders and words need."""

    pk: int
    values: dict[str, frozenset[str]]
    pairs: frozenset[tuple[str, str]]
    terms: frozenset[str]
    heel: tuple[int, int] | None
    is_profiled: bool
    match: tuple[int, int] | None
    matches: dict[str, tuple[int, int, int]]
    price: tuple[str, int] | None
    raw_price: tuple[str, int | None]
    created: float

    def meets(self, criteria: SearchCriteria, *, without: str = "") -> bool:
        chosen = {key: wanted for key, wanted in criteria.chosen.items() if key != without}
        return (
            all(self.has_word(word) for word in criteria.words)
            and self.has_heel(criteria)
            and self.has_amount(criteria)
            and self.has_pair(chosen.pop("size", ()), chosen.pop("width", ()))
            and all(any(self.has(key, value) for value in chosen[key]) for key in chosen)
        )

    def has_word(self, word: str) -> bool:
        sets = read_word(word)
        return not sets or any(all(self._has_term(term) for term in terms) for terms in sets)

    def _has_term(self, term: str) -> bool:
        if len(term) == 1:
            return term in self.terms
        return any(own.startswith(term) for own in self.terms)

    def has_heel(self, criteria: SearchCriteria) -> bool:
        wanted = criteria.heel
        if wanted is None:
            return True
        return self.heel is not None and (
            (wanted.low_um is None or wanted.low_um - 500 <= self.heel[0])
            and (wanted.high_um is None or self.heel[1] <= wanted.high_um + 500)
        )

    def has_amount(self, criteria: SearchCriteria) -> bool:
        wanted = criteria.amount
        if wanted is None:
            return True
        if self.price is None or wanted.currency not in ("", self.price[0]):
            return False
        milli = self.price[1] * 1000 // 10 ** minor_digits(self.price[0])
        return (wanted.low_milli is None or wanted.low_milli <= milli) and (
            wanted.high_milli is None or milli <= wanted.high_milli
        )

    def has_pair(self, sizes: Sequence[str], widths: Sequence[str]) -> bool:
        return any(
            (not sizes or size in sizes) and (not widths or width in widths)
            for size, width in self.pairs
        )

    def has(self, key: str, value: str) -> bool:
        if key != "price" or value == "unknown":
            return value in self.values[key]
        wanted = PriceRange.find(value)
        if wanted is None or self.price is None or self.price[0] != wanted.currency:
            return False
        unit = 10 ** minor_digits(wanted.currency)
        return wanted.low * unit <= self.price[1] and (
            wanted.high is None or self.price[1] < wanted.high * unit
        )

    def counted(self, criteria: SearchCriteria, key: str) -> frozenset[str]:
        """Return the values under which it counts in a facet whose own choice is left out."""
        if key in ("size", "width"):
            other = criteria.chosen.get("width" if key == "size" else "size", ())
            mine, theirs = (0, 1) if key == "size" else (1, 0)
            return frozenset(
                pair[mine] for pair in self.pairs if not other or pair[theirs] in other
            )
        others = (value for value in criteria.chosen.get(key, ()) if self.has(key, value))
        return self.values[key].union(others)


def read_shoes() -> list[Shoe]:
    """Return every listing that is not withdrawn, read row by row."""
    return [
        _shoe(listing) for listing in Listing.objects.order_by("pk") if not listing.is_withdrawn
    ]


def _shoe(listing: Listing) -> Shoe:
    profile = getattr(listing, "profile", None)
    heel = arch = cushioning = grade = toe = fastening = insole = orthotic = None
    match = span = None
    matches: dict[str, tuple[int, int, int]] = {}
    if profile is not None:
        if profile.heel_height_high_um is not None:
            span = (profile.heel_height_low_um, profile.heel_height_high_um)
            heel = heel_band(Span(*span))
        arch, cushioning = (
            level_band(_options(text)) for text in (profile.arch_support, profile.cushioning)
        )
        toe = toe_band(_options(profile.toe_shape))
        fastening = fastening_band(_options(profile.fastening))
        flags = {True: "yes", False: "no", None: None}
        insole, orthotic = flags[profile.removable_insole], flags[profile.orthotic_friendly]
        for row in Assessment.objects.filter(
            attribute_hash=profile.assessed_hash, formula_version=profile.formula_version
        ):
            if row.low is not None:
                matches[row.condition] = (row.low, row.high, row.coverage)
        grade = grade_band(profile.verdict, profile.grade_low)
        if profile.match_low is not None:
            match = (profile.match_low, profile.match_high)
    price = None
    band = "unknown"
    if listing.price_minor is not None and listing.currency:
        price = (listing.currency, listing.price_minor)
        units = listing.price_minor // 10 ** minor_digits(listing.currency)
        band = str(PriceRange(listing.currency, *price_range(units)))
    rows = list(listing.sizes.all())
    pairs = {
        (f"{row.system}:{row.label}", find_width(row.width, listing.gender) or "unknown")
        for row in rows
        if row.stock > 0
    } or {("none", "none") if rows else ("unknown", "unknown")}
    one = {
        "grade": grade,
        "arch": arch,
        "cushioning": cushioning,
        "heel": heel,
        "toe": toe,
        "fastening": fastening,
        "insole": insole,
        "orthotic": orthotic,
        "category": listing.use_category,
        "brand": listing.brand,
        "gender": listing.gender,
        "price": band,
    }
    return Shoe(
        pk=listing.pk,
        values={
            **{key: frozenset({value or "unknown"}) for key, value in one.items()},
            "size": frozenset(size for size, _width in pairs),
            "width": frozenset(width for _size, width in pairs),
        },
        pairs=frozenset(pairs),
        terms=frozenset(find_terms(listing.title, listing.brand, listing.description)),
        heel=span,
        is_profiled=profile is not None,
        match=match,
        matches=matches,
        price=price,
        raw_price=(listing.currency, listing.price_minor),
        created=listing.created_at.timestamp(),
    )


def _options(text: str | None) -> Options | None:
    return Options(frozenset(text.split(","))) if text else None


def find(
    shoes: list[Shoe], criteria: SearchCriteria, *, conditions: Sequence[str] = ()
) -> list[int]:
    """Return the ids of all that the criteria find, in order."""
    met = [shoe for shoe in shoes if shoe.meets(criteria)]
    if not conditions:
        return [shoe.pk for shoe in sorted(met, key=_ORDERS[criteria.sort])]

    def worst(shoe: Shoe) -> tuple[object, ...]:
        ends = [shoe.matches.get(condition) for condition in conditions]
        if None in ends:
            return (True, 0, 0, shoe.pk)
        return (
            False,
            -min(end[0] for end in ends if end),
            -min(end[1] for end in ends if end),
            shoe.pk,
        )

    return [shoe.pk for shoe in sorted(met, key=worst)]


def counts(shoes: list[Shoe], criteria: SearchCriteria) -> dict[str, dict[str, int]]:
    """Return the counts of all values, each facet's own choice left out."""
    result = {}
    for facet in FACETS:
        counter: Counter[str] = Counter()
        for shoe in shoes:
            if shoe.meets(criteria, without=facet.key):
                counter.update(shoe.counted(criteria, facet.key))
        result[facet.key] = dict(counter)
    return result


def _price_key(shoe: Shoe, sign: int) -> tuple[object, ...]:
    currency, minor = shoe.raw_price
    is_unknown = minor is None or not currency
    return (is_unknown, currency, minor is None, sign * (minor or 0), shoe.pk)


_ORDERS = {
    Sort.MATCH: lambda shoe: (
        shoe.match is None,
        *(-end for end in shoe.match or (0, 0)),
        not shoe.is_profiled,
        shoe.pk,
    ),
    Sort.PRICE: lambda shoe: _price_key(shoe, 1),
    Sort.PRICE_DESC: lambda shoe: _price_key(shoe, -1),
    Sort.NEWEST: lambda shoe: (-shoe.created, -shoe.pk),
}


def find_beyond(
    shoes: list[Shoe], criteria: SearchCriteria, place: Shoe, *, is_before: bool, limit: int
) -> list[int]:
    """Return the ids next to where a shoe would stand, whether or not it is there."""
    order = _ORDERS[criteria.sort]
    met = sorted((shoe for shoe in shoes if shoe.meets(criteria)), key=order)
    if is_before:
        return [shoe.pk for shoe in met if order(shoe) < order(place)][-limit:]
    return [shoe.pk for shoe in met if order(shoe) > order(place)][:limit]


def count_ungraded(
    shoes: list[Shoe], criteria: SearchCriteria, *, conditions: Sequence[str]
) -> int:
    """Return how many have no grade for all the conditions together."""
    return sum(not _is_graded(shoe, conditions) for shoe in shoes if shoe.meets(criteria))


def _is_graded(shoe: Shoe, conditions: Sequence[str]) -> bool:
    if any(condition not in shoe.matches for condition in conditions):
        return False
    low, high, coverage = (
        min(shoe.matches[condition][place] for condition in conditions) for place in range(3)
    )
    guide = guide_in_force()
    letters = guide.grade(low), guide.grade(high)
    return verdict_of(*letters, high, coverage, guide) is not Verdict.NOT_ENOUGH
