"""What the learn pages may say: every sentence with its basis, and no claim."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.learning import (
    Basis,
    Exercise,
    Group,
    RedFlags,
    Section,
    Statement,
    Topic,
    advice,
    find_faults,
    guided,
    load_citations,
    plain,
    studied,
)

GUIDE = load_guide()
CITATIONS = {"own_2020": "Own et al., a trial, 2020."}
GOOD = Topic(
    slug="some-feet",
    title="Some feet",
    summary="About them.",
    sections=(
        Section(
            "What is known",
            (
                plain("A foot has toes."),
                advice("Try shoes on in the evening.", "own_2020"),
                studied("Some felt better.", "own_2020", feet="some"),
                guided("Fit comes first.", "G5"),
            ),
        ),
    ),
    conditions=("bunions",),
    red_flags=(RedFlags.FOOT,),
)


def faults(*topics: Topic) -> tuple[str, ...]:
    return find_faults([Group("All", topics)], guide=GUIDE, citations=CITATIONS)


def saying(statement: Statement) -> Topic:
    return replace(GOOD, sections=(*GOOD.sections, Section("More", (statement,))))


def test_it_finds_nothing_wrong_with_a_sound_page():
    assert faults(GOOD) == ()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (studied("Bare.", feet="some"), "a source is missing"),
        (studied("Bare.", "own_2020"), "a label is missing"),
        (studied("Bare.", "own_2020", feet="sure"), "no such label"),
        (studied("Bare.", "nobody_1900", feet="some"), "no such source"),
        (guided("Bare.", "G9"), "no guideline 'G9'"),
        (Statement("B.", Basis.STUDIED, feet="good", guideline="G5"), "the guide says the labels"),
        (Statement("Bare.", Basis.OPINION, feet="good"), "only what was studied"),
        (Statement("Bare.", Basis.PLAIN, sources=("own_2020",)), "needs a source"),
        (plain("This shoe cures feet."), "it makes a claim: 'cures'"),
    ],
)
def test_it_finds_a_statement_without_its_basis(statement: Statement, fault: str):
    found = faults(saying(statement))

    assert len(found) == 1
    assert fault in found[0]


def test_it_lets_say_that_nobody_has_looked():
    assert faults(saying(studied("No trial is known.", feet="none"))) == ()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"slug": "Some Feet"}, "a slug is made of"),
        ({"conditions": ("gout",)}, "no condition 'gout'"),
        ({"red_flags": ()}, "when to see a professional"),
        ({"guideline": "G9"}, "no guideline 'G9'"),
        ({"related": ("some-feet",)}, "no other page 'some-feet'"),
        ({"related": ("elsewhere",)}, "no other page 'elsewhere'"),
        ({"summary": "It relieves pain."}, "it makes a claim: 'relieves'"),
        ({"exercises": (Exercise("a", "A", ("Heal it.",), "Daily"),)}, "it makes a claim: 'Heal'"),
    ],
)
def test_it_finds_what_is_wrong_with_a_page(change: dict[str, object], fault: str):
    found = faults(replace(GOOD, **change))

    assert len(found) == 1
    assert fault in found[0]


def test_it_finds_two_pages_of_one_name():
    assert faults(GOOD, GOOD) == ("two pages are called 'some-feet'",)


def test_it_finds_an_empty_section():
    assert faults(replace(GOOD, sections=(*GOOD.sections, Section("Nothing", ())))) == (
        "some-feet: a section says nothing",
    )


def test_it_finds_sources_that_are_listed_twice_or_cited_nowhere():
    twice = {**CITATIONS, "nice_ng59": "The guide has it.", "idle_1999": "Nobody cites it."}

    found = find_faults([Group("All", (GOOD,))], guide=GUIDE, citations=twice)

    assert "source 'nice_ng59' stands in the guide already" in found
    assert "source 'idle_1999' is cited nowhere" in found


def test_it_says_where_each_of_its_own_sources_stands():
    assert all(text.endswith(".") for text in load_citations().values())
    assert not load_citations().keys() & GUIDE.citations.keys()
