"""The learn pages as they are shown: texts in the reader's language, labels in words, sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from shop_plugin.domain.guide import Guide
from shop_plugin.domain.learning import (
    Basis,
    Exercise,
    RedFlags,
    Section,
    Statement,
    Topic,
    load_citations,
)
from shop_plugin.services.learning.guide_numbers import (
    Formula,
    Limit,
    ProfileNumbers,
    Scale,
    describe_formula,
    describe_guideline,
    describe_profile,
)
from shop_plugin.services.learning.texts import GROUPS, SOURCE_KINDS
from shop_plugin.services.shop.guides import guide_in_force
from shop_plugin.services.words.attributes import Text
from shop_plugin.services.words.guide import (
    BACK_RED_FLAGS,
    FOOT_RED_FLAGS,
    condition_text,
    evidence_word,
    guideline_texts,
)

FORMULA_SLUG = "how-the-match-is-made"
MEASURE_SLUG = "measure-your-feet"

_TOPICS: Mapping[str, Topic] = {topic.slug: topic for group in GROUPS for topic in group.topics}

# One letter per kind of basis; with its shape and its word, none is told by colour alone.
_LETTERS: Mapping[str, Text] = {
    "good": pgettext_lazy("evidence letter", "G"),
    "some": pgettext_lazy("evidence letter", "S"),
    "weak": pgettext_lazy("evidence letter", "W"),
    "mixed": pgettext_lazy("evidence letter", "M"),
    "mixed_to_against": pgettext_lazy("evidence letter", "M"),
    "against": pgettext_lazy("evidence letter", "X"),
    "none": pgettext_lazy("evidence letter", "N"),
    "opinion": pgettext_lazy("evidence letter", "R"),
    "plain": pgettext_lazy("evidence letter", "i"),
}
_AREAS: Mapping[str, Text] = {
    "feet": gettext_lazy("Feet"),
    "low_back": gettext_lazy("Low back"),
}
_MEANINGS: Mapping[str, Text] = {
    "good": gettext_lazy("Several good studies agree."),
    "some": gettext_lazy("Some good studies say so, for some people."),
    "weak": gettext_lazy("Few, small or indirect studies. It may turn out otherwise."),
    "mixed": gettext_lazy("Studies contradict each other."),
    "mixed_to_against": gettext_lazy("Studies differ, and most do not bear it out."),
    "against": gettext_lazy("Good studies or a guideline speak against it."),
    "none": gettext_lazy("Nobody has looked at it directly, as far as we know."),
    "opinion": gettext_lazy("Advice that many give. Nobody has tested it well."),
    "plain": gettext_lazy("A description. It claims no effect."),
}
_RED_FLAGS = {RedFlags.FOOT: FOOT_RED_FLAGS, RedFlags.BACK: BACK_RED_FLAGS}


class TopicNotFound(LookupError):
    """There is no learn page of that name."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A label of evidence as it is shown: ``key`` chooses the shape; ``area`` may be empty."""

    key: str
    letter: str
    word: str
    area: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A source: what kind it is, in plain words, and where it stands."""

    kind: str
    where: str


@dataclass(frozen=True, slots=True)
class Said:
    """A statement with its marks and its sources."""

    text: str
    marks: tuple[Mark, ...]
    sources: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class SaidSection:
    """A titled group of statements."""

    title: str
    statements: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class TopicLink:
    """The way to another learn page."""

    slug: str
    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class TopicGroup:
    """A group of pages on the overview."""

    title: str
    topics: tuple[TopicLink, ...]


@dataclass(frozen=True, slots=True)
class TopicPage:
    """One learn page.

    ``profile`` is there for a condition that is scored, ``scales`` and
    ``limits`` for a guideline, ``formula`` for the page that explains it.
    ``shelf_query`` is the query string of a list of shoes: facets only.
    """

    slug: str
    title: str
    summary: str
    sections: tuple[SaidSection, ...]
    guideline: str
    look_for: str
    be_wary_of: str
    profile: ProfileNumbers | None
    scales: tuple[Scale, ...]
    limits: tuple[Limit, ...]
    formula: Formula | None
    exercises: tuple[Exercise, ...]
    shelf_text: str
    shelf_query: str
    red_flags: tuple[str, ...]
    related: tuple[TopicLink, ...]

    @property
    def is_about_measuring(self) -> bool:
        """Tell whether the page leads to the fit page."""
        return self.slug == MEASURE_SLUG


def list_topics() -> tuple[TopicGroup, ...]:
    """Return every learn page, in the order of the overview."""
    return tuple(
        TopicGroup(str(group.title), tuple(_link(topic) for topic in group.topics))
        for group in GROUPS
    )


def list_marks() -> tuple[Mark, ...]:
    """Return every label with its meaning, to explain them."""
    return tuple(_mark(key) for key in _LETTERS)


def get_topic_page(slug: str, *, unit: str = "in") -> TopicPage:
    """Return a learn page, lengths of its tables in ``unit`` ("in", "cm" or "mm").

    :raises TopicNotFound: when there is no page of that name.
    """
    topic = _TOPICS.get(slug)
    if topic is None:
        raise TopicNotFound(slug)
    guide = guide_in_force()
    condition = topic.conditions[0] if topic.conditions else ""
    words = condition_text(condition) if condition else None
    scales, limits = (
        describe_guideline(topic.guideline, unit=unit, guide=guide) if topic.guideline else ((), ())
    )
    statements = {text.id: text.statement for text in guideline_texts(guide)}
    return TopicPage(
        slug=topic.slug,
        title=str(topic.title),
        summary=str(topic.summary),
        sections=tuple(_section(section, guide) for section in topic.sections),
        guideline=statements.get(topic.guideline, ""),
        look_for=words.look_for if words else "",
        be_wary_of=words.be_wary_of if words else "",
        profile=describe_profile(condition, guide=guide) if condition in guide.profiles else None,
        scales=scales,
        limits=limits,
        formula=describe_formula(unit=unit, guide=guide) if slug == FORMULA_SLUG else None,
        exercises=topic.exercises,
        shelf_text=str(topic.shelf.text) if topic.shelf else "",
        shelf_query=urlencode(topic.shelf.query) if topic.shelf else "",
        red_flags=tuple(str(_RED_FLAGS[flags]) for flags in topic.red_flags),
        related=tuple(_link(_TOPICS[other]) for other in topic.related),
    )


def _link(topic: Topic) -> TopicLink:
    return TopicLink(topic.slug, str(topic.title), str(topic.summary))


def _section(section: Section, guide: Guide) -> SaidSection:
    return SaidSection(
        str(section.title), tuple(_said(statement, guide) for statement in section.statements)
    )


def _said(statement: Statement, guide: Guide) -> Said:
    feet, low_back, sources = statement.feet, statement.low_back, statement.sources
    if statement.guideline:
        guideline = guide.guidelines[statement.guideline]
        feet, low_back, sources = guideline.feet, guideline.low_back, guideline.citations
    if statement.basis is Basis.STUDIED:
        marks = [
            _mark(label, area) for area, label in (("feet", feet), ("low_back", low_back)) if label
        ]
    else:
        marks = [_mark(statement.basis.value)]
    where = {**load_citations(), **guide.citations}
    return Said(
        str(statement.text),
        tuple(marks),
        tuple(Cited(str(SOURCE_KINDS[source]), where[source]) for source in sources),
    )


def _mark(key: str, area: str = "") -> Mark:
    words = {"opinion": _("Rule of thumb"), "plain": _("How things are")}
    return Mark(
        key=key,
        letter=str(_LETTERS[key]),
        word=words[key] if key in words else evidence_word(key),
        area=str(_AREAS[area]) if area else "",
        meaning=str(_MEANINGS[key]),
    )
