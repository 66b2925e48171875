"""It turns answers into a list with reasons, and says what it left out and why."""

from __future__ import annotations

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.fitting import Feet, Foot
from shop_plugin.models import Listing
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.shopping.finder import FinderPage, find_shoes
from shop_plugin.services.shopping.finder_answers import FinderAnswers, known_needs
from shop_plugin.services.shopping.finder_questions import build_questions
from shop_plugin.services.shopping.results import SearchCriteria, search
from shop_plugin.services.words.occasions import OCCASIONS
from tests.factories import FIXED_NOW, ListingFactory, SizeFactory

GOOD = "High arch support. Plush cushioning. Heel height 1 in. Round toe. Lace-up."

_TEXTS = st.text(max_size=12) | st.sampled_from(
    [*known_needs(), *OCCASIONS, "heel", "2", "wide", "roomy"]
)
_NAMES = [
    "needs",
    "occasions",
    "without",
    "wearer",
    "heel",
    "unstated",
    "toe",
    "size",
    "width",
    "price",
    "page",
]
_FORMS = st.dictionaries(st.sampled_from(_NAMES), st.lists(_TEXTS, max_size=4))


def form_of(values: dict[str, list[str]]) -> QueryDict:
    form = QueryDict(mutable=True)
    for name, items in values.items():
        form.setlist(name, items)
    return form


def answers_of(answers: FinderAnswers) -> QueryDict:
    form = QueryDict(mutable=True)
    for name, value in answers.iter_pairs():
        form.appendlist(name, value)
    return form


@given(_FORMS)
def test_reads_any_form_and_gives_the_same_answers_again(values: dict[str, list[str]]) -> None:
    answers = FinderAnswers.from_form(form_of(values))
    again = FinderAnswers.from_form(answers_of(answers))
    assert list(again.iter_pairs()) == list(answers.iter_pairs())
    assert again.criteria() == answers.criteria()


@given(_FORMS)
def test_never_makes_a_criterion_of_a_need(values: dict[str, list[str]]) -> None:
    query = FinderAnswers.from_form(form_of(values)).criteria().to_query()
    assert not [need for need in known_needs() if need in query]


@given(_FORMS)
def test_has_an_answer_less_for_each_that_is_taken_off(values: dict[str, list[str]]) -> None:
    answers = FinderAnswers.from_form(form_of(values))
    for name, value in answers.iter_pairs():
        left = list(answers.without_value(name, value).iter_pairs())
        assert len(left) < len(list(answers.iter_pairs()))


def test_leads_every_occasion_to_kinds_of_shoe_for_adults() -> None:
    kinds = {kind for occasion in OCCASIONS.values() for kind in occasion.categories}
    assert kinds == set(UseCategory) - {UseCategory.KIDS, UseCategory.OTHER, UseCategory.BAREFOOT}


@pytest.fixture
def shoes(db: None) -> list[Listing]:
    """Five women's walkers, one of them without a heel stated, and a man's."""
    made = [
        ListingFactory(description=GOOD, gender="women", price_minor=5_000 + 2_500 * number)
        for number in range(4)
    ]
    made.append(ListingFactory(description="High arch support.", gender="women"))
    made.append(ListingFactory(description=GOOD, gender="men"))
    for shoe in made[:3]:
        SizeFactory(listing=shoe, label="39")
    annotate_stale(now=FIXED_NOW)
    assess_stale(now=FIXED_NOW)
    return made


def find(**answers: object) -> FinderPage:
    return find_shoes(FinderAnswers(**answers))  # type: ignore[arg-type]


def test_counts_what_a_heel_limit_left_out(shoes: list[Listing]) -> None:
    page = find(needs=("bunions",), wearer="women", heel="2")
    assert (page.total, page.left_out) == (4, 1)
    page = find(needs=("bunions",), wearer="women", heel="2", unstated="heel")
    assert (page.total, page.left_out) == (5, 0)
    assert find(wearer="women").left_out == 0


def test_leaves_out_only_toes_that_are_pointed_for_sure(shoes: list[Listing]) -> None:
    pointed = ListingFactory(description=GOOD.replace("Round", "Pointed"), gender="women")
    annotate_stale(now=FIXED_NOW)
    assess_stale(now=FIXED_NOW)
    assert find(wearer="women").total == 6
    page = find(wearer="women", toe="roomy")
    shown = {item.match.card.listing_id for item in page.suggestions}
    assert page.total == 5, "one of them states no toe"
    assert pointed.pk not in shown


def test_names_a_limit_to_drop_as_its_chip_does(shoes: list[Listing]) -> None:
    page = find(wearer="men", size="eu:39")
    assert [(item.name, item.text, item.total) for item in page.relaxed] == [
        ("gender", "For: Men", 3),
        ("size", "Size: EU 39", 1),
    ]


def test_counts_apart_what_has_no_grade(shoes: list[Listing]) -> None:
    page = find(wearer="women")
    assert (page.total, page.without_grade) == (5, 1)


def test_turns_pages_by_place(shoes: list[Listing]) -> None:
    with override_settings(FOOTBACK={"PAGE_SIZE": 4}):
        page = find(page=2)
    assert (page.page_count, page.first_place, len(page.suggestions)) == (2, 5, 2)


def test_asks_nothing_of_the_database_for_a_child(shoes: list[Listing]) -> None:
    with CaptureQueriesContext(connection) as queries:
        page = find(wearer="child", needs=("flat_feet",))
    assert len(queries) == 0
    assert (page.is_for_child, page.total, page.suggestions) == (True, 0, ())


def test_offers_the_sizes_and_prices_of_the_catalogue(shoes: list[Listing]) -> None:
    questions = build_questions(FinderAnswers(size="eu:39"), feet=Feet(Foot(246_000)))
    (group,) = questions.sizes
    assert [(item.label, item.is_chosen) for item in group.choices] == [("EU 39", True)]
    assert questions.size_hint == "EU 39"
    for item in questions.prices:
        found = search(SearchCriteria.from_query(QueryDict(f"price={item.value}"))).total
        assert 0 < found < len(shoes), f"{item.label} limits something and leaves something"


def test_asks_the_same_whatever_was_answered(shoes: list[Listing]) -> None:
    asked = []
    for answers in (FinderAnswers(), FinderAnswers(needs=("neuroma",), heel="1", size="eu:39")):
        with CaptureQueriesContext(connection) as queries:
            build_questions(answers)
        asked.append([query["sql"] for query in queries.captured_queries])
    assert asked[0] == asked[1]
