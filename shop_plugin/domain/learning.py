"""What the learn pages say, and what each sentence rests on.

A page is made of statements. None stands without its basis: studies (named,
with a label for feet and for the low back), advice that many give and nobody
has tested, or a plain description. The sentences themselves belong to
``services/learn_texts``; here is their shape, and what would be wrong with
them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from shop_plugin.domain.guide import EVIDENCE_LABELS, Guide
from shop_plugin.domain.wording import find_banned_claims

#: Anything whose ``str()`` is the sentence in the reader's language.
Text = object

LEARN_DATA = files("shop_plugin.domain") / "learn_data"
_SLUG = re.compile(r"[a-z]+(?:-[a-z]+)*")


class LearnError(ValueError):
    """A file of sources that cannot be used."""


class Basis(StrEnum):
    """What a statement rests on."""

    STUDIED = "studied"
    OPINION = "opinion"  # advice or a rule of thumb; may name who gives it
    PLAIN = "plain"  # how things are: a description, no claim of an effect


class RedFlags(StrEnum):
    """Which list of signs that belong to a professional a page ends with."""

    FOOT = "foot"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence or two, with their basis.

    ``feet`` and ``low_back`` are labels of :data:`guide.EVIDENCE_LABELS`, each
    empty where the statement does not concern it. With ``guideline`` labels
    and sources are those of the guide and are not repeated here.
    """

    text: Text
    basis: Basis
    feet: str = ""
    low_back: str = ""
    sources: tuple[str, ...] = ()
    guideline: str = ""


def plain(text: Text) -> Statement:
    """Return a description of how things are."""
    return Statement(text, Basis.PLAIN)


def advice(text: Text, *sources: str) -> Statement:
    """Return a rule of thumb, with those who give it."""
    return Statement(text, Basis.OPINION, sources=sources)


def studied(text: Text, *sources: str, feet: str = "", low_back: str = "") -> Statement:
    """Return what studies found, with a label of evidence for feet, low back or both."""
    return Statement(text, Basis.STUDIED, feet=feet, low_back=low_back, sources=sources)


def guided(text: Text, guideline: str) -> Statement:
    """Return what is known of one of the guide's guidelines; the guide has labels and sources."""
    return Statement(text, Basis.STUDIED, guideline=guideline)


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of statements."""

    title: Text
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise: ``key`` names its drawing, ``steps`` say what to do, in order."""

    key: str
    title: Text
    steps: tuple[Text, ...]
    how_often: Text


@dataclass(frozen=True, slots=True)
class Shelf:
    """A list of shoes worth a look: what the link says, and the facets it chooses.

    Facets only: no condition of a person ever stands in an address.
    """

    text: Text
    query: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """One learn page.

    ``conditions`` are those of the guide that the page speaks of, the one whose
    numbers are shown first; ``guideline`` is the one it explains.
    """

    slug: str
    title: Text
    summary: Text
    sections: tuple[Section, ...] = ()
    conditions: tuple[str, ...] = ()
    guideline: str = ""
    exercises: tuple[Exercise, ...] = ()
    shelf: Shelf | None = None
    red_flags: tuple[RedFlags, ...] = ()
    related: tuple[str, ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Return every statement of the page, in order."""
        return tuple(statement for section in self.sections for statement in section.statements)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of pages on the overview."""

    title: Text
    topics: tuple[Topic, ...]


@cache
def load_citations() -> Mapping[str, str]:
    """Return where the learn pages' own sources were published, by id.

    Sources that the guide cites too stand in the guide only.

    :raises LearnError: when the file is not made of texts.
    """
    path = LEARN_DATA / "sources.toml"
    citations = tomllib.loads(path.read_text(encoding="utf-8")).get("citations", {})
    if not all(isinstance(text, str) and text for text in citations.values()):
        raise LearnError(f"{path}: [citations] must map ids to texts")
    return MappingProxyType(dict(citations))


def find_faults(
    groups: Iterable[Group], *, guide: Guide, citations: Mapping[str, str]
) -> tuple[str, ...]:
    """Return what is wrong with the pages, one sentence each; empty when nothing is.

    ``citations`` are the pages' own; those of the guide count as well.
    """
    groups = tuple(groups)
    topics = [topic for group in groups for topic in group.topics]
    known = {*citations, *guide.citations}
    faults = [
        f"source {key!r} stands in the guide already" for key in citations.keys() & guide.citations
    ]
    slugs = [topic.slug for topic in topics]
    faults += [
        f"two pages are called {slug!r}" for slug in sorted(set(slugs)) if slugs.count(slug) > 1
    ]
    used: set[str] = set()
    for topic in topics:
        faults += [f"{topic.slug}: {fault}" for fault in _topic_faults(topic, guide, set(slugs))]
        for statement in topic.statements:
            used.update(statement.sources)
            faults += [
                f"{topic.slug}: {fault}: {str(statement.text)[:60]!r}"
                for fault in _statement_faults(statement, guide, known)
            ]
    faults += [f"source {key!r} is cited nowhere" for key in sorted(citations.keys() - used)]
    return tuple(faults)


def _topic_faults(topic: Topic, guide: Guide, slugs: set[str]) -> Iterator[str]:
    if not _SLUG.fullmatch(topic.slug):
        yield "a slug is made of small letters and hyphens"
    for condition in topic.conditions:
        if condition not in (*guide.conditions, *guide.refer_conditions):
            yield f"the guide knows no condition {condition!r}"
    if topic.conditions and not topic.red_flags:
        yield "a page that names a condition ends with when to see a professional"
    if topic.guideline and topic.guideline not in guide.guidelines:
        yield f"the guide knows no guideline {topic.guideline!r}"
    for slug in topic.related:
        if slug not in slugs or slug == topic.slug:
            yield f"there is no other page {slug!r}"
    if any(not section.statements for section in topic.sections):
        yield "a section says nothing"
    for text in _texts(topic):
        for found in find_banned_claims(str(text)):
            yield f"it makes a claim: {found.text!r}"


def _statement_faults(statement: Statement, guide: Guide, known: set[str]) -> Iterator[str]:
    labels = [label for label in (statement.feet, statement.low_back) if label]
    if statement.guideline and statement.guideline not in guide.guidelines:
        yield f"the guide knows no guideline {statement.guideline!r}"
    if statement.guideline and (labels or statement.sources):
        yield "the guide says the labels and sources of its guidelines"
    if any(label not in EVIDENCE_LABELS for label in labels):
        yield f"no such label: {labels}"
    if any(source not in known for source in statement.sources):
        yield f"no such source: {sorted(set(statement.sources) - known)}"
    if statement.basis is not Basis.STUDIED and (labels or statement.guideline):
        yield "only what was studied has a label of evidence"
    if statement.basis is Basis.PLAIN and statement.sources:
        yield "a description that needs a source is no mere description"
    if statement.basis is Basis.STUDIED and not statement.guideline:
        if not labels:
            yield "a label is missing"
        if not statement.sources and set(labels) != {"none"}:
            yield "a source is missing"


def _texts(topic: Topic) -> Iterator[Text]:
    yield from (topic.title, topic.summary)
    for section in topic.sections:
        yield section.title
        yield from (statement.text for statement in section.statements)
    for exercise in topic.exercises:
        yield from (exercise.title, *exercise.steps, exercise.how_often)
    if topic.shelf:
        yield topic.shelf.text
