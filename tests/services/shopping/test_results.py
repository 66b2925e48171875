"""It gives a page of cards with every count, and says what to drop where nothing is found."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.http import QueryDict
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.models import FootwearProfile, Listing
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.search.facets import FACETS_BY_KEY, MAX_LISTED_VALUES
from shop_plugin.services.shopping.cards import safe_link
from shop_plugin.services.shopping.facet_groups import FacetGroup
from shop_plugin.services.shopping.results import SearchCriteria, SearchPage, search
from shop_plugin.services.words.attributes import category_label
from tests.factories import FIXED_NOW, ListingFactory, ProfileFactory, SizeFactory

pytestmark = pytest.mark.django_db


def ask(query: str = "", **options: object) -> SearchPage:
    return search(SearchCriteria.from_query(QueryDict(query)), **options)  # type: ignore[arg-type]


def group(page: SearchPage, key: str) -> FacetGroup:
    return next(item for item in page.facets if item.key == key)


def process(listings: Sequence[Listing]) -> None:
    ids = [item.pk for item in listings]
    annotate_listings(listing_ids=ids, now=FIXED_NOW)
    assess_listings(listing_ids=ids, now=FIXED_NOW)


def test_shows_on_the_card_the_match_that_filter_and_order_use() -> None:
    texts = [
        "Arch support, cushioned sole, laces, round toe, 1 inch heel.",
        "Pointed toe pump, 4 inch heel.",
        "Nice.",
    ]
    process([ListingFactory(description=text, use_category="other") for text in texts])
    page = ask()
    shown = [card.assessment for card in page.cards]
    assert all(shown)
    assert [item.low for item in shown if item] == sorted(
        (item.low for item in shown if item), reverse=True
    )
    stored = {item.pk: item for item in FootwearProfile.objects.all()}
    for card in page.cards:
        profile = stored[card.listing_id]
        assert card.assessment is not None
        assert (card.assessment.low, card.assessment.verdict) == (
            profile.match_low,
            profile.verdict,
        )
    grades = {value.value: value.count for value in group(page, "grade").values}
    assert sum(grades.values()) == 3


def test_keeps_showing_the_stored_match_until_the_next_assessment() -> None:
    listing = ListingFactory(description="Arch support and a cushioned sole, laces.")
    process([listing])
    before = ask().cards[0].assessment
    FootwearProfile.objects.update(attribute_hash="f" * 32)
    assert ask().cards[0].assessment == before


def test_shows_a_listing_that_was_never_read() -> None:
    ListingFactory(title="Unread", use_category="boot")
    card = ask().cards[0]
    assert (card.assessment, card.match_text, card.reasons) == (None, "", ())
    assert len(card.unknown) == 6
    assert card.category_label == "Boots"


def test_names_at_most_two_reasons_and_no_unknown_among_them() -> None:
    process([ListingFactory(description="Arch support, cushioned, laces, round toe, wide.")])
    card = ask().cards[0]
    assert len(card.reasons) == 2
    assert all(reason.tone != "unknown" for reason in card.reasons)


def test_sorts_sizes_as_people_do_and_names_each_once() -> None:
    listing = ListingFactory()
    for label, width in (("10", ""), ("8.5", ""), ("9", ""), ("9", "wide"), ("8", "")):
        SizeFactory(listing=listing, system="us", label=label, width=width)
    SizeFactory(listing=listing, system="us", label="7", stock=0)
    page = ask()
    assert page.cards[0].sizes == ("US 8", "US 8.5", "US 9", "US 10")
    assert [value.label for value in group(page, "size").values] == list(page.cards[0].sizes)
    assert [value.count for value in group(page, "size").values] == [1, 1, 1, 1]


def test_tells_which_one_filter_to_drop_and_what_that_gives_back() -> None:
    for brand in ("Marlow", "Marlow", "Orla"):
        ProfileFactory(listing=ListingFactory(brand=brand), arch_support="1,2")
    page = ask("brand=Marlow&arch=3&q=walker")
    assert page.total == 0
    assert [(item.key, item.total) for item in page.relaxations] == [("arch", 2)]
    for item in page.relaxations:
        assert ask(item.query).total == item.total
    assert page.relaxations[0].value_label == "High"


def test_offers_the_largest_gain_first_and_nothing_that_gives_nothing() -> None:
    ListingFactory(brand="Orla", use_category="boot")
    ListingFactory.create_batch(2, brand="Marlow", use_category="heel")
    page = ask("brand=Orla&category=heel&gender=women")
    assert [(item.key, item.total) for item in page.relaxations] == [("brand", 2), ("category", 1)]
    assert ask("brand=Orla").relaxations == ()


def test_says_so_past_the_end_without_losing_the_counts() -> None:
    ListingFactory.create_batch(3)
    page = ask("per_page=2&page=3")
    assert page.is_past_end
    assert (page.cards, page.total, page.page_count) == ((), 3, 2)
    assert page.has_previous
    assert not page.has_next
    assert sum(value.count for value in group(page, "brand").values) == 3
    assert page.relaxations == ()


@override_settings(FOOTBACK={"PAGE_SIZE": 2})
def test_takes_the_page_size_from_the_shop() -> None:
    ListingFactory.create_batch(3)
    assert (len(ask().cards), ask().page_count, len(ask("per_page=3").cards)) == (2, 2, 3)


def test_has_a_chip_for_every_choice_that_takes_it_off() -> None:
    page = ask("heel=1_to_2in&brand=Marlow&q=soft+red&price=EUR-50-60&size=none", unit="cm")
    assert [(chip.key, chip.value_label) for chip in page.chips] == [
        ("heel", "2.5 cm to 5.1 cm"),
        ("brand", "Marlow"),
        ("price", "€50 to €60"),
        ("size", "No size in stock"),
        ("q", "soft red"),
    ]
    for chip in page.chips:
        assert len(ask(chip.query_without).chips) == 4


def test_links_a_value_to_its_choice_and_back() -> None:
    ListingFactory(brand="A & B")
    value = group(ask(), "brand").values[0]
    assert ask(value.query).criteria.has("brand", "A & B")
    chosen = group(ask(value.query), "brand").values[0]
    assert chosen.is_chosen
    assert ask(chosen.query).criteria == SearchCriteria()


def test_lists_the_most_frequent_brands_and_always_the_chosen() -> None:
    for number in range(MAX_LISTED_VALUES + 3):
        ListingFactory(brand=f"Brand {number:03}")
    ListingFactory(brand="Brand 000")
    ListingFactory(brand="")
    shown = group(ask(), "brand")
    assert len(shown.values) == MAX_LISTED_VALUES + 1
    assert (shown.values[0].value, shown.values[0].count) == ("Brand 000", 2)
    assert (shown.values[-1].is_unknown, shown.values[-1].count) == (True, 1)
    assert shown.hidden == 3
    rare = f"Brand {MAX_LISTED_VALUES + 2:03}"
    with_rare = group(ask(f"brand={rare}"), "brand")
    assert [value.value for value in with_rare.values if value.is_chosen] == [rare]
    assert with_rare.hidden == 2


def test_offers_no_value_that_an_address_cannot_carry() -> None:
    ListingFactory(brand="Bad\x0bname")
    assert group(ask(), "brand").values == ()
    assert ask().total == 1


def test_keeps_currencies_apart() -> None:
    for minor, currency in ((8900, "EUR"), (8900, "USD"), (8900, "JPY"), (8900, "")):
        ListingFactory(price_minor=minor, currency=currency)
    labels = [(value.label, value.count) for value in group(ask(), "price").values]
    assert labels == [
        ("€80 to €100", 1),
        ("¥8,000 to ¥10,000", 1),
        ("$80 to $100", 1),
        ("Not stated", 1),
    ]
    assert [card.price.text for card in ask("sort=price").cards if card.price] == [
        "€89",
        "¥8,900",
        "$89",
        "89.00",
    ]


def test_finds_words_whatever_their_case_accents_and_hyphens() -> None:
    ListingFactory(title="Wälker 50% softer", description="A slip-on for every day.")
    ListingFactory(title="500 softer", brand="Crème")
    assert ask("q=50%25").total == 2
    assert ask("q=SOFTER").total == 2
    assert ask("q=soft+walk").total == 1
    assert ask("q=creme").total == 1
    assert [ask(f"q={word}").total for word in ("slip-on", "slipon", "slip+on", "slip")] == [1] * 4
    assert ask("q=lip").total == 0


def test_offers_ranges_in_the_readers_unit_and_names_them_in_chips() -> None:
    profile = ProfileFactory(heel_height_low_um=40_000, heel_height_high_um=50_800)
    ListingFactory(price_minor=5000, currency="USD")
    page = ask("heel_max=2in&price_max=89&price_currency=EUR", unit="cm")
    assert [card.listing_id for card in page.cards] == [profile.listing_id]
    assert [(chip.key, chip.value_label) for chip in page.chips] == [
        ("heel_range", "at most 5.1 cm"),
        ("price_range", "at most €89"),
    ]
    heel, price = page.ranges
    assert (heel.low, heel.high, heel.unit, heel.units) == ("", "5.08", "cm", ())
    assert (price.high, price.unit, price.units) == ("89", "EUR", ("EUR",))
    assert ask().ranges[1].units == ("EUR", "USD")
    assert ask("price_max=1").ranges[1].high == "1", "where it leaves no price to count"
    none = ask("heel_max=1in")
    assert [(item.key, item.total) for item in none.relaxations] == [("heel_range", 2)]


def test_asks_as_often_for_many_as_for_few(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for size in (1, 40):
        listings = ListingFactory.create_batch(size, description="Arch support and laces.")
        for listing in listings:
            SizeFactory(listing=listing)
        process(listings)
        with django_assert_num_queries(14):
            assert len(ask("per_page=48").cards) >= size


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://shop.example/p?a=1", True),
        ("http://shop.example/p", True),
        ("/products/1/", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("data:text/html,x", False),
        ("//other.example/x", False),
        ("/\\other.example", False),
        ("https:///x", False),
        ("http://[", False),
        ("relative/path", False),
        ("", False),
    ],
)
def test_links_only_where_a_link_is_safe(url: str, kept: bool) -> None:
    assert safe_link(url) == (url if kept else "")


def test_names_the_facet_of_kinds_as_every_other_place_does() -> None:
    labels = {value: str(label) for value, label in FACETS_BY_KEY["category"].values.items()}
    assert labels == {kind.value: category_label(kind) for kind in UseCategory}
