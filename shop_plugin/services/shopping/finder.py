"""Find my shoe: answers in, an ordered list with reasons out, and nothing kept in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from shop_plugin.conf import get_settings
from shop_plugin.domain.attributes import MICROMETRES_PER_INCH
from shop_plugin.domain.bands import UNCLEAR
from shop_plugin.domain.money import minor_digits
from shop_plugin.services.search.facets import FACETS_BY_KEY, UNKNOWN, PriceRange
from shop_plugin.services.shopping.facet_groups import value_label
from shop_plugin.services.shopping.finder_answers import FinderAnswers
from shop_plugin.services.shopping.matching import MAX_MATCHES, Match, MatchPage, match_shoes
from shop_plugin.services.shopping.results import SearchCriteria, count_listings
from shop_plugin.services.words.attributes import Text, category_label, join_words
from shop_plugin.services.words.explaining import (
    BACK_RED_FLAGS,
    FOOT_RED_FLAGS,
    condition_label,
    condition_text,
    guideline_texts,
)
from shop_plugin.services.words.guide import ConditionText
from shop_plugin.services.words.lengths import write_length
from shop_plugin.services.words.occasions import OCCASIONS
from shop_plugin.services.words.prices import format_price

WEARER_LABELS: Mapping[str, Text] = {
    "women": gettext_lazy("Women"),
    "men": gettext_lazy("Men"),
    "anyone": gettext_lazy("Anyone"),
    "child": gettext_lazy("A child"),
}
WIDTH_LABELS: Mapping[str, Text] = {
    "narrow": pgettext_lazy("width", "Narrow"),
    "regular": pgettext_lazy("width", "Regular"),
    "wide": pgettext_lazy("width", "Wide"),
    "extra_wide": pgettext_lazy("width", "Extra wide"),
}
# Under which facet an answer counts, where it has another name.
_FACET_OF: Mapping[str, str] = {"wearer": "gender"}
# Which of the guide's lines say how little is known, by condition.
_EVIDENCE_SHOWN: Mapping[str, tuple[str, ...]] = {"low_back_pain": ("G1", "PROFILE")}


@dataclass(frozen=True, slots=True)
class Told:
    """One answer as a chip: ``name`` and ``value`` take it off again."""

    name: str
    value: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Relaxed:
    """One limit to drop where no shoe meets all of them, and how many shoes that gives."""

    name: str
    text: str
    total: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One shoe of the list. ``width_text`` says whether it comes in the wanted width."""

    match: Match
    width_text: str


@dataclass(frozen=True, slots=True)
class FinderPage:
    """The answer to the questionnaire.

    ``is_for_child`` and ``refer_to_professional`` (the label of the condition)
    mean that nothing is matched and other words stand there. ``without_grade``
    of the ``total`` shoes are too little known for a grade. ``left_out``
    counts shoes whose heel nobody states, where a heel limit left them out.
    ``meanings`` say which kinds of shoe an occasion means.
    """

    answers: FinderAnswers
    is_for_child: bool
    refer_to_professional: str
    total: int
    without_grade: int
    suggestions: tuple[Suggestion, ...]
    told: tuple[Told, ...]
    meanings: tuple[str, ...]
    left_out: int
    relaxed: tuple[Relaxed, ...]
    advice: tuple[ConditionText, ...]
    evidence: tuple[str, ...]
    red_flags: tuple[str, ...]
    page: int
    page_count: int
    first_place: int


_NO_MATCHES = MatchPage((), "", 0, 0, (), (), limit=1, offset=0)


def find_shoes(answers: FinderAnswers, *, unit: str = "in") -> FinderPage:
    """Return the list for these answers, best match first, with what else has to be said.

    Lengths in texts are in ``unit`` ("in", "cm" or "mm"). Nothing is kept of
    the answers, and no query names what they say of the feet.
    """
    size = min(max(get_settings().PAGE_SIZE, 1), MAX_MATCHES)
    first = (answers.page - 1) * size
    found = _NO_MATCHES
    if not answers.is_for_child:
        found = match_shoes(
            conditions=answers.needs,
            criteria=answers.criteria(),
            limit=size,
            offset=first,
            unit=unit,
        )
    told = _told(answers, unit)
    refer = found.refer_to_professional
    return FinderPage(
        answers=answers,
        is_for_child=answers.is_for_child,
        refer_to_professional=condition_label(refer) if refer else "",
        total=found.total,
        without_grade=found.without_grade,
        suggestions=tuple(
            Suggestion(match, _width_text(match, answers.width)) for match in found.matches
        ),
        told=told,
        meanings=_meanings(answers),
        left_out=0 if refer or answers.is_for_child else _left_out(answers),
        relaxed=_relaxed(found, told),
        advice=tuple(condition_text(need) for need in answers.needs if need != refer),
        evidence=_evidence(answers.needs),
        red_flags=_red_flags(answers.needs),
        page=answers.page,
        page_count=-(-found.total // size),
        first_place=first + 1,
    )


def heel_limit_label(limit: str, *, unit: str) -> str:
    """Return a heel limit of whole inches for people: "Up to 2 in", "Up to 5.1 cm"."""
    length = write_length(int(limit) * MICROMETRES_PER_INCH, unit=unit)
    return _("Up to {length}").format(length=length)


def price_limit_label(value: str) -> str:
    """Return a price facet's value as a limit: "Up to €80"; "" for what is no range."""
    found = PriceRange.find(value)
    if found is None or found.high is None:
        return ""
    minor = found.high * 10 ** minor_digits(found.currency)
    return _("Up to {price}").format(price=format_price(minor, found.currency))


def _told(answers: FinderAnswers, unit: str) -> tuple[Told, ...]:
    """Return every answer as a chip, those about the feet first."""
    told = [Told("needs", need, "", capfirst(condition_label(need))) for need in answers.needs]
    if answers.wearer:
        told.append(Told("wearer", "", _("For"), str(WEARER_LABELS[answers.wearer])))
    kind = _("Kind of shoe")
    told += [Told("category", item, kind, category_label(item)) for item in answers.categories]
    if answers.heel:
        told.append(Told("heel", "", _("Heel"), heel_limit_label(answers.heel, unit=unit)))
    if answers.toe:
        told.append(Told("toe", "", _("Toe"), _("Not pointed")))
    if answers.size:
        shown = value_label(FACETS_BY_KEY["size"], answers.size, unit=unit)
        told.append(Told("size", "", _("Size"), shown))
    if answers.width:
        told.append(Told("width", "", _("Width"), str(WIDTH_LABELS[answers.width])))
    if answers.price:
        label = price_limit_label(answers.price) or value_label(
            FACETS_BY_KEY["price"], answers.price, unit=unit
        )
        told.append(Told("price", "", _("Price"), label))
    return tuple(told)


def _meanings(answers: FinderAnswers) -> tuple[str, ...]:
    """Return what each occasion was taken for: "“At home” means slippers."."""
    texts = []
    for key in answers.occasions:
        occasion = OCCASIONS[key]
        kinds = [category_label(kind) for kind in occasion.categories]
        texts.append(
            _("“{occasion}” was read as: {kinds}.").format(
                occasion=occasion.label, kinds=join_words(kinds, is_choice=False)
            )
        )
    return tuple(texts)


def _left_out(answers: FinderAnswers) -> int:
    """Return how many shoes a heel limit left out only because nobody states their heel."""
    criteria = answers.criteria()
    heels = criteria.chosen.get("heel", ())
    if not heels or UNKNOWN in heels:
        return 0
    return count_listings(_with_heels(criteria, (UNCLEAR, UNKNOWN)))


def _with_heels(criteria: SearchCriteria, values: tuple[str, ...]) -> SearchCriteria:
    criteria = criteria.without_facet("heel")
    for value in values:
        criteria = criteria.with_value("heel", value)
    return criteria


def _relaxed(found: MatchPage, told: tuple[Told, ...]) -> tuple[Relaxed, ...]:
    """Return the limits to drop, each in the words of its chip where one chip stands for it."""
    chips = {_FACET_OF.get(item.name, item.name): item for item in told if not item.value}
    return tuple(
        Relaxed(
            item.key,
            f"{chips[item.key].label}: {chips[item.key].text}"
            if item.key in chips
            else f"{item.label}: {item.value_label}",
            item.total,
        )
        for item in found.relaxations
    )


def _width_text(match: Match, width: str) -> str:
    if not width:
        return ""
    offered = match.card.attributes.width_options
    label = str(WIDTH_LABELS[width])
    if offered is None:
        return _("Widths are not stated")
    if width in offered.members:
        return _("Comes in your width: {width}").format(width=label)
    return _("Not stated in your width: {width}").format(width=label)


def _evidence(needs: tuple[str, ...]) -> tuple[str, ...]:
    """Return how little is known, where a condition is one that shoes are sold for all the same."""
    shown = {key for need in needs for key in _EVIDENCE_SHOWN.get(need, ())}
    return tuple(item.evidence_line for item in guideline_texts() if item.id in shown)


def _red_flags(needs: tuple[str, ...]) -> tuple[str, ...]:
    """Return when to see a professional, each text once; nothing where nothing hurts."""
    texts = {condition_text(need).red_flags for need in needs}
    return tuple(text for text in (str(BACK_RED_FLAGS), str(FOOT_RED_FLAGS)) if text in texts)
