"""Search by brute force, in plain Python: the law that every index is held to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from shop_plugin.domain.attributes import Options, Span
from shop_plugin.domain.bands import grade_band, heel_band, level_band, price_range
from shop_plugin.domain.money import minor_digits
from shop_plugin.models import Listing
from shop_plugin.services.criteria import SearchCriteria, Sort
from shop_plugin.services.facets import FACETS, PriceRange


@dataclass(frozen=True)
class Shoe:
    """A listing as the law sees it: its values per facet, and what orders and words need."""

    pk: int
    values: dict[str, frozenset[str]]
    text: tuple[str, str]
    is_profiled: bool
    match: tuple[int, int] | None
    price: tuple[str, int] | None
    raw_price: tuple[str, int | None]
    created: float

    def meets(self, criteria: SearchCriteria, *, without: str = "") -> bool:
        texts = [text.casefold() for text in self.text]
        if not all(any(word.casefold() in text for text in texts) for word in criteria.words):
            return False
        return all(
            key == without or any(self.has(key, value) for value in wanted)
            for key, wanted in criteria.chosen.items()
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


def read_shoes() -> list[Shoe]:
    """Return every listing that is not withdrawn, read row by row."""
    return [
        _shoe(listing) for listing in Listing.objects.order_by("pk") if not listing.is_withdrawn
    ]


def _shoe(listing: Listing) -> Shoe:
    profile = getattr(listing, "profile", None)
    heel = arch = cushioning = grade = None
    match = None
    if profile is not None:
        if profile.heel_height_high_um is not None:
            heel = heel_band(Span(profile.heel_height_low_um, profile.heel_height_high_um))
        arch, cushioning = (
            level_band(Options(frozenset(text.split(","))) if text else None)
            for text in (profile.arch_support, profile.cushioning)
        )
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
    sizes = {f"{row.system}:{row.label}" for row in rows if row.stock > 0}
    one = {
        "grade": grade,
        "arch": arch,
        "cushioning": cushioning,
        "heel": heel,
        "category": listing.use_category,
        "brand": listing.brand,
        "gender": listing.gender,
        "price": band,
    }
    return Shoe(
        pk=listing.pk,
        values={
            **{key: frozenset({value or "unknown"}) for key, value in one.items()},
            "size": frozenset(sizes or {"none" if rows else "unknown"}),
        },
        text=(listing.title, listing.brand),
        is_profiled=profile is not None,
        match=match,
        price=price,
        raw_price=(listing.currency, listing.price_minor),
        created=listing.created_at.timestamp(),
    )


def find(shoes: list[Shoe], criteria: SearchCriteria) -> list[int]:
    """Return the ids of all that the criteria find, in order."""
    return [shoe.pk for shoe in sorted(_met(shoes, criteria), key=_ORDERS[criteria.sort])]


def counts(shoes: list[Shoe], criteria: SearchCriteria) -> dict[str, dict[str, int]]:
    """Return the counts of all values, each facet's own choice left out."""
    result = {}
    for facet in FACETS:
        counter: Counter[str] = Counter()
        for shoe in shoes:
            if shoe.meets(criteria, without=facet.key):
                others = set(criteria.chosen.get(facet.key, ())) - shoe.values[facet.key]
                counter.update(shoe.values[facet.key])
                counter.update(value for value in others if shoe.has(facet.key, value))
        result[facet.key] = dict(counter)
    return result


def _met(shoes: list[Shoe], criteria: SearchCriteria) -> list[Shoe]:
    return [shoe for shoe in shoes if shoe.meets(criteria)]


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
