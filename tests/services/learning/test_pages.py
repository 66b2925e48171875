"""The learn pages: complete, true to the guide, and with facets behind their links only."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.learning import Basis, find_faults, load_citations
from shop_plugin.services.learning.pages import (
    FORMULA_SLUG,
    TopicNotFound,
    get_topic_page,
    list_marks,
    list_topics,
)
from shop_plugin.services.learning.texts import GROUPS, SOURCE_KINDS
from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.words.guide import guideline_texts

TOPICS = [topic for group in GROUPS for topic in group.topics]
SLUGS = [topic.slug for topic in TOPICS]
GUIDE = load_guide()


def test_it_says_nothing_without_its_basis_and_claims_nothing():
    assert find_faults(GROUPS, guide=GUIDE, citations=load_citations()) == ()


def test_it_has_a_page_for_every_condition_and_guideline():
    conditions = {condition for topic in TOPICS for condition in topic.conditions}
    guidelines = {topic.guideline for topic in TOPICS if topic.guideline}

    assert conditions == {*GUIDE.conditions, *GUIDE.refer_conditions} - {"general"}
    assert guidelines == GUIDE.guidelines.keys() - {"PROFILE"}


def test_it_has_words_for_the_kind_of_every_source():
    assert SOURCE_KINDS.keys() == {*GUIDE.citations, *load_citations()}


@pytest.mark.parametrize("slug", SLUGS)
def test_it_marks_every_sentence_and_names_what_was_studied(slug: str):
    topic = next(topic for topic in TOPICS if topic.slug == slug)
    said = [item for section in get_topic_page(slug).sections for item in section.statements]

    assert len(said) == len(topic.statements) > 0
    for shown, statement in zip(said, topic.statements, strict=True):
        assert shown.marks
        assert all(mark.letter and mark.word and mark.meaning for mark in shown.marks)
        if statement.basis is Basis.STUDIED and {mark.key for mark in shown.marks} != {"none"}:
            assert shown.sources
            assert all(mark.area for mark in shown.marks)


def test_it_takes_the_labels_of_a_guideline_from_the_guide():
    page = get_topic_page("fit")
    first = page.sections[0].statements[0]

    assert [(mark.area, mark.key) for mark in first.marks] == [
        ("Feet", GUIDE.guidelines["G5"].feet),
        ("Low back", GUIDE.guidelines["G5"].low_back),
    ]
    assert [source.where for source in first.sources] == [
        GUIDE.citations[key] for key in GUIDE.guidelines["G5"].citations
    ]
    assert page.guideline == next(t.statement for t in guideline_texts() if t.id == "G5")


@pytest.mark.parametrize("slug", SLUGS)
def test_it_links_to_shoes_by_facets_that_exist_and_by_no_condition(slug: str):
    page = get_topic_page(slug)
    criteria = SearchCriteria.from_query(QueryDict(page.shelf_query))

    assert bool(page.shelf_query) == bool(page.shelf_text)
    assert criteria.ignored == ()
    for condition in (*GUIDE.conditions, *GUIDE.refer_conditions):
        assert condition not in page.shelf_query
    if page.shelf_query:
        assert criteria.is_filtered


def test_it_shows_the_weights_and_limits_of_a_condition():
    profile = get_topic_page("bunions").profile

    assert profile is not None
    points = {weight.factor: weight.points for weight in profile.weights}
    assert points == {
        factor: f"{weight / 10:g}" for factor, weight in GUIDE.profiles["bunions"].weights
    }
    assert profile.weights[0].share == 100, "the longest bar comes first"
    assert [limit.text for limit in profile.limits] == [
        f"at most {cap.limit // 100} of 100" for cap in GUIDE.profiles["bunions"].caps
    ]


@pytest.mark.parametrize("slug", ["diabetes-or-numb-feet", "children"])
def test_it_gives_no_match_where_a_professional_or_a_measure_is_asked(slug: str):
    page = get_topic_page(slug)

    assert page.profile is None
    assert page.shelf_query == ""
    assert page.look_for == ""
    assert page.red_flags


def test_it_ends_every_page_of_a_condition_with_when_to_see_a_professional():
    for topic in TOPICS:
        if topic.conditions:
            assert get_topic_page(topic.slug).red_flags, topic.slug


def test_it_shows_the_whole_formula_on_its_page_only():
    for slug in SLUGS:
        assert (get_topic_page(slug).formula is not None) == (slug == FORMULA_SLUG)


def test_it_lists_every_page_once():
    listed = [topic.slug for group in list_topics() for topic in group.topics]

    assert listed == SLUGS
    assert len(listed) == len(set(listed))


def test_it_explains_every_mark():
    marks = list_marks()

    assert len({mark.word for mark in marks}) == len(marks)
    shown = {
        mark.key
        for slug in SLUGS
        for section in get_topic_page(slug).sections
        for said in section.statements
        for mark in said.marks
    }
    assert shown <= {mark.key for mark in marks}


def test_it_knows_no_other_page():
    with pytest.raises(TopicNotFound):
        get_topic_page("gout")
