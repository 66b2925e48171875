"""Catalogues, questions and the check that every search index is held to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.http import QueryDict
from hypothesis import strategies as st

from shop_plugin.domain.terms import write_terms
from shop_plugin.models import Assessment, FootwearProfile, Listing, ListingSize, ListingTerms
from shop_plugin.services.search.criteria import SearchCriteria, Sort
from shop_plugin.services.search.facets import FACETS
from shop_plugin.services.search.index import SearchIndex
from shop_plugin.services.search.places import Place
from shop_plugin.services.search.sql import find_keys
from tests.factories import FIXED_NOW, ListingFactory, ProfileFactory, SizeFactory
from tests.services.search import model as search_model

CATEGORIES = ["running", "heel", "flat", "kids"]
GENDERS = ["women", "men", "unisex", "unknown"]
BRANDS = ["", "unknown", "Marlow", "Öland", "100%_real"]
LEVELS = [None, "0", "1", "3", "0,1", "1,2,3", "0,1,2,3"]
HEELS = [None, (0, 0), (25_400, 25_400), (50_800, 69_850), (51_300, 51_300), (0, 90_000)]
PRICES = [(None, "EUR"), (4999, "EUR"), (5000, "EUR"), (5000, ""), (8000, "JPY"), (8000, "USD")]
MATCHES = [
    (None, None, "", ""),
    (None, None, "not_scored_child", ""),
    (8600, 9100, "grade", "A"),
    (5600, 9100, "range", "C"),
    (5600, 8000, "range", "C"),
    (500, 4310, "d_or_lower", "E"),
    (1000, 9000, "not_enough", "E"),
]
SIZES = [("eu", "38"), ("eu", "38.5"), ("us", "8"), ("", "8")]
WIDTHS = ["", "wide", "D", "2e"]

shoes = st.fixed_dictionaries(
    {
        "title": st.sampled_from(
            ["Walker 50% off", "Wälker", "Heel_3", "Slip-on runner", "2 walk"]
        ),
        "description": st.sampled_from(["", "Women's lace-ups. Soft", "Straße und Wälder"]),
        "brand": st.sampled_from(BRANDS),
        "use_category": st.sampled_from(CATEGORIES),
        "gender": st.sampled_from(GENDERS),
        "price": st.sampled_from(PRICES),
        "is_withdrawn": st.sampled_from([False, False, False, True]),
        "age": st.integers(0, 2),
        "profile": st.none()
        | st.fixed_dictionaries(
            {
                "arch": st.sampled_from(LEVELS),
                "cushioning": st.sampled_from(LEVELS),
                "heel": st.sampled_from(HEELS),
                "match": st.sampled_from(MATCHES),
                "facts": st.sampled_from(["", *"abcd"]),
                "toe": st.sampled_from([None, "round", "almond,round"]),
                "fastening": st.sampled_from(
                    [None, "lace_up", "lace_up,zip", "pump,zip", "backless"]
                ),
                "insole": st.sampled_from([None, True, False]),
                "orthotic": st.sampled_from([None, True, False]),
            }
        ),
        "sizes": st.dictionaries(
            st.tuples(st.sampled_from(SIZES), st.sampled_from(WIDTHS)),
            st.integers(0, 1),
            max_size=4,
        ),
    }
)
VALUES = {
    "grade": ["A", "C", "E", "not_enough", "not_scored", "unknown"],
    "arch": ["0", "1", "3", "unclear", "unknown"],
    "cushioning": ["0", "1", "3", "unclear", "unknown"],
    "heel": ["up_to_1in", "1_to_2in", "2_to_3in", "over_3in", "unclear", "unknown"],
    "category": [*CATEGORIES, "boot"],
    "brand": [*filter(None, BRANDS), "Nobody"],
    "gender": GENDERS,
    "price": ["EUR-40-50", "EUR-50-60", "EUR-0-1000", "JPY-8000-", "USD-80-100", "unknown"],
    "size": ["eu:38", "eu:38.5", "us:8", ":8", "uk:8", "none", "unknown"],
    "width": ["regular", "wide", "extra_wide", "none", "unknown"],
    "toe": ["round", "almond", "unclear", "unknown"],
    "fastening": ["secure", "slip_on", "open_back", "unclear", "unknown"],
    "insole": ["yes", "no", "unknown"],
    "orthotic": ["yes", "no", "unknown"],
}
assert set(VALUES) == {facet.key for facet in FACETS}
choices = st.fixed_dictionaries(
    {},
    optional={
        key: st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)
        for key, values in VALUES.items()
    }
    | {
        "heel_max": st.sampled_from(["0mm", "50.8mm", "2in"]).map(lambda end: [end]),
        "heel_min": st.sampled_from(["1in", "60"]).map(lambda end: [end]),
        "price_min": st.sampled_from(["49.99", "50", "8000"]).map(lambda end: [end]),
        "price_max": st.sampled_from(["49.995", "50", "80"]).map(lambda end: [end]),
        "price_currency": st.sampled_from(["EUR", "JPY"]).map(lambda code: [code]),
    },
)
words = st.sampled_from(
    [
        "",
        "",
        "",
        "walk",
        "WÄLK",
        "50%",
        "heel_3",
        "_",
        "2",
        "öland ru",
        "slip-on",
        "slipon",
        "strass",
    ]
)
changes = st.lists(st.tuples(st.integers(0, 9), shoes), max_size=3)

TEXT_COLUMNS = ("title", "description", "brand", "use_category", "gender", "is_withdrawn")
# Sets of facts and what two conditions make of them, each low, high and coverage: "b" has no
# match for bunions, "c" is low whatever else may be stated, and "d" says too little for bunions.
FACTS = {
    "a": {"flat_feet": (9000, 9500, 900), "bunions": (3000, 9000, 600)},
    "b": {"flat_feet": (5000, 6000, 700), "bunions": None},
    "c": {"flat_feet": (1000, 2000, 100), "bunions": (3000, 9000, 900)},
    "d": {"flat_feet": (5000, 8000, 800), "bunions": (3000, 9000, 100)},
}
CONDITIONS = [(), ("flat_feet",), ("bunions", "flat_feet")]


def save(shoe: dict[str, object], listing: Listing | None = None) -> Listing:
    """Write a drawn shoe as rows, over those of a listing where one is given."""
    price_minor, currency = shoe["price"]
    columns = {
        **{key: shoe[key] for key in TEXT_COLUMNS},
        "price_minor": price_minor,
        "currency": currency,
        "created_at": FIXED_NOW - timedelta(days=shoe["age"]),
    }
    if listing is None:
        listing = ListingFactory(**columns)
    else:
        Listing.objects.filter(pk=listing.pk).update(**columns)
        FootwearProfile.objects.filter(listing=listing).delete()
        ListingSize.objects.filter(listing=listing).delete()
        texts = (shoe["title"], shoe["brand"], shoe["description"])
        ListingTerms.objects.filter(listing=listing).update(terms=write_terms(*texts))
    if shoe["profile"]:
        low, high = shoe["profile"]["heel"] or (None, None)
        match_low, match_high, verdict, grade_low = shoe["profile"]["match"]
        ProfileFactory(
            listing=listing,
            arch_support=shoe["profile"]["arch"],
            cushioning=shoe["profile"]["cushioning"],
            heel_height_low_um=low,
            heel_height_high_um=high,
            match_low=match_low,
            match_high=match_high,
            verdict=verdict,
            grade_low=grade_low,
            toe_shape=shoe["profile"]["toe"],
            fastening=shoe["profile"]["fastening"],
            removable_insole=shoe["profile"]["insole"],
            orthotic_friendly=shoe["profile"]["orthotic"],
            assessed_hash=shoe["profile"]["facts"],
            formula_version="fb-1.0",
        )
    for ((system, label), width), stock in shoe["sizes"].items():
        SizeFactory(listing=listing, system=system, label=label, width=width, stock=stock)
    return listing


def criteria_of(chosen: dict[str, list[str]], text: str, sort: Sort) -> SearchCriteria:
    query = QueryDict(mutable=True)
    for key, values in chosen.items():
        query.setlist(key, values)
    query["q"] = text
    query["sort"] = sort.value
    criteria = SearchCriteria.from_query(query)
    assert not criteria.ignored
    return criteria


def assess_facts() -> None:
    """Write down what the conditions make of every set of facts."""
    for key, matches in FACTS.items():
        for condition, ends in matches.items():
            low, high, coverage = ends or (None, None, 0)
            Assessment.objects.get_or_create(
                attribute_hash=key,
                condition=condition,
                formula_version="fb-1.0",
                defaults={
                    "low": low,
                    "high": high,
                    "coverage": coverage,
                    "detail": {},
                    "computed_at": FIXED_NOW,
                },
            )


def hold_to_law(
    index: SearchIndex, criteria: SearchCriteria, conditions: tuple[str, ...] = ()
) -> None:
    """Hold one search to brute force: pages, total, counts, personal order, what lies beyond."""
    law = search_model.read_shoes()
    expected = search_model.find(law, criteria)
    found = index.find(criteria, page_size=3)
    assert found.total == len(expected) == index.count(criteria)
    pages = range(1, len(expected) // 3 + 3)
    ids = [
        id_ for page in pages for id_ in index.find(criteria.on_page(page), page_size=3).listing_ids
    ]
    assert ids == expected
    assert list(index.find_stretch(criteria, limit=3, offset=1)) == expected[1:4]
    shown = {
        key: {value: number for value, number in counts.items() if number}
        for key, counts in found.counts.items()
    }
    assert shown == search_model.counts(law, criteria)
    personal = search_model.find(law, criteria, conditions=conditions)
    for offset in range(0, len(personal) + 2, 2):
        stretch = index.find_ids(criteria, conditions=conditions, limit=2, offset=offset)
        assert stretch.total == len(personal)
        assert list(stretch.listing_ids) == personal[offset : offset + 2]
    if conditions:
        ungraded = index.count_ungraded(criteria, conditions=conditions)
        assert ungraded == search_model.count_ungraded(law, criteria, conditions=conditions)
    for shoe in law[:3]:
        (key,) = find_keys(criteria.sort, [shoe.pk]).values()
        for pk in (shoe.pk, 0, 10**9):  # as if others had stood there, and gone
            for is_before in (False, True):
                place = Place(pk, key, offset=0, is_before=is_before)
                beyond = index.find_beyond(criteria, place=place, limit=2)
                moved = replace(shoe, pk=pk)
                assert list(beyond) == search_model.find_beyond(
                    law, criteria, moved, is_before=is_before, limit=2
                )
