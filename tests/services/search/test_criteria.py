"""It reads any query string, keeps what means something, and writes it one way only."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from shop_plugin.services.search.criteria import (
    MAX_PAGE_SIZE,
    MAX_WORDS,
    RANGE_PARAMETERS,
    Ignored,
    SearchCriteria,
    Sort,
)
from shop_plugin.services.search.facets import FACETS, MAX_VALUES_PER_FACET, Facet, PriceRange

NAMES = [facet.key for facet in FACETS] + [
    *RANGE_PARAMETERS,
    "q",
    "sort",
    "page",
    "per_page",
    "x",
    "condition",
]
VALUES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "A",
            "3",
            "unknown",
            "none",
            "eu:38",
            ":8",
            "EUR-0-50",
            "EUR-9-",
            "match",
            "2in",
            "5,5 cm",
            "1-2 in",
            "EUR",
        ]
    ),
    st.integers(-2, 10**30).map(str),
)


def read(query: str) -> SearchCriteria:
    return SearchCriteria.from_query(QueryDict(query))


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=60))
def test_never_fails_and_gives_back_what_it_wrote(pairs: list[tuple[str, str]]) -> None:
    query = QueryDict(mutable=True)
    for name, value in pairs:
        query.appendlist(name, value)
    criteria = SearchCriteria.from_query(query)
    again = read(criteria.to_query())
    assert again == criteria
    assert again.ignored == ()
    assert again.to_query() == criteria.to_query()
    assert all(values for values in criteria.chosen.values())


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_survives_any_bytes(raw: bytes) -> None:
    criteria = SearchCriteria.from_query(QueryDict(raw))
    assert read(criteria.to_query()) == criteria


def test_writes_the_same_for_the_same_whatever_the_order() -> None:
    first = read("size=eu:39&size=eu:38&grade=B&grade=A&grade=B&page=1&sort=match")
    second = read("grade=A&grade=B&size=eu:38&size=eu:39")
    assert first.to_query() == second.to_query() == "grade=A&grade=B&size=eu%3A38&size=eu%3A39"
    assert first == second
    assert hash(first) == hash(second)


@pytest.mark.parametrize(
    ("query", "ignored"),
    [
        ("x=1", Ignored("x", "1", "unknown_parameter")),
        ("grade=F", Ignored("grade", "F", "unknown_value")),
        ("price=50", Ignored("price", "50", "unknown_value")),
        ("price=eur-0-50", Ignored("price", "eur-0-50", "unknown_value")),
        ("price=EUR-00-50", Ignored("price", "EUR-00-50", "unknown_value")),
        ("size=38", Ignored("size", "38", "unknown_value")),
        ("brand=%00", Ignored("brand", "\x00", "unknown_value")),
        ("heel_max=high", Ignored("heel_max", "high", "unknown_value")),
        ("heel_min=1-2+in", Ignored("heel_min", "1-2 in", "unknown_value")),
        ("price_min=-1", Ignored("price_min", "-1", "unknown_value")),
        ("price_currency=euro", Ignored("price_currency", "euro", "unknown_value")),
        ("page=two", Ignored("page", "two", "unknown_value")),
        ("page=%C2%B2", Ignored("page", "²", "unknown_value")),
        (f"per_page={MAX_PAGE_SIZE + 1}", Ignored("per_page", "201", "unknown_value")),
        ("sort=best", Ignored("sort", "best", "unknown_value")),
    ],
)
def test_leaves_out_what_means_nothing_and_says_so(query: str, ignored: Ignored) -> None:
    criteria = read(query)
    assert criteria == SearchCriteria()
    assert criteria.ignored == (ignored,)


def test_takes_an_empty_choice_of_a_form_for_none() -> None:
    assert read("grade=&q=&sort=&page=") == SearchCriteria()
    assert read("grade=&q=&sort=&page=").ignored == ()


def test_is_bounded() -> None:
    many = "&".join(f"brand=b{number:03}" for number in range(MAX_VALUES_PER_FACET + 5))
    assert len(read(many).chosen["brand"]) == MAX_VALUES_PER_FACET
    assert {item.code for item in read(many).ignored} == {"too_many"}
    assert len(read("q=" + "+".join(f"w{number}" for number in range(30))).words) == MAX_WORDS
    assert len(read("&".join(f"a{number}=1" for number in range(500))).ignored) == 20
    assert sum(map(len, read("q=" + "x" * 5000).words)) == 200


def test_parts_words_at_any_space_or_control_character() -> None:
    assert read("q=%C2%A0soft%00heel%E2%80%83soft%0A").words == ("soft", "heel")


def test_adds_and_takes_off_values_and_returns_to_the_first_page() -> None:
    criteria = read("grade=B&page=3&sort=newest&per_page=48")
    more = criteria.with_value("grade", "A").with_value("heel", "up_to_1in")
    assert more.to_query() == "grade=A&grade=B&heel=up_to_1in&sort=newest&per_page=48"
    assert more.without_value("grade", "B").to_query().startswith("grade=A&heel")
    assert more.without_facet("grade").to_query() == "heel=up_to_1in&sort=newest&per_page=48"
    assert more.without_filters().to_query() == "sort=newest&per_page=48"
    assert criteria.sorted_by(Sort.MATCH).to_query() == "grade=B&per_page=48"
    assert criteria.on_page(2).to_query().endswith("page=2")
    assert criteria.chosen == {"grade": ("B",)}


def test_takes_no_condition_of_a_person() -> None:
    criteria = read("condition=bunions&profile=flat_feet")
    assert criteria == SearchCriteria()
    assert criteria.to_query() == ""


@pytest.mark.parametrize("facet", FACETS, ids=lambda facet: facet.key)
def test_has_a_value_for_what_nobody_states_in_every_facet(facet: Facet) -> None:
    # A shoe of which no kind is known is of another kind.
    assert facet.accepts("other" if facet.key == "category" else "unknown")


@settings(deadline=None)
@given(st.from_regex(r"[A-Z]{3}-(0|[1-9][0-9]{0,5})-([1-9][0-9]{0,5})?", fullmatch=True))
def test_reads_a_price_range_back_as_it_was_written(value: str) -> None:
    assert str(PriceRange.find(value)) == value


@pytest.mark.parametrize(
    ("query", "unit", "canonical"),
    [
        ("heel_max=2in", "mm", "heel_max=50.8mm"),
        ("heel_max=2", "in", "heel_max=50.8mm"),
        ("heel_max=5,1", "cm", "heel_max=51mm"),
        ("heel_min=2+1/4+in", "cm", "heel_min=57.15mm"),
        ("heel_min=25", "mm", "heel_min=25mm"),
        ("heel_max=999in", "mm", "heel_max=999.999mm"),
        ("price_max=49,9&price_min=010", "mm", "price_max=49.9"),
        ("price_currency=EUR&price_max=50", "mm", "price_max=50&price_currency=EUR"),
        ("price_currency=EUR", "mm", ""),
    ],
)
def test_writes_a_typed_range_in_one_way_only(query: str, unit: str, canonical: str) -> None:
    criteria = SearchCriteria.from_query(QueryDict(query), unit=unit)
    assert criteria.to_query() == canonical
    assert read(canonical) == criteria


def test_takes_a_typed_range_off_again() -> None:
    criteria = read("heel_max=40mm&price_min=5&page=2")
    assert criteria.is_filtered
    assert criteria.without_heel().to_query() == "price_min=5"
    assert criteria.without_amount().to_query() == "heel_max=40mm"
    assert not criteria.without_filters().is_filtered
