"""Which figure belongs to which word: "platform 1.5 in, heel 4 in".

Within one clause a figure goes to the nearest word that measures. A label
("heel height") wants its figure behind it, a bare word ("heel") on either
side; a word and a figure are used once.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from operator import attrgetter
from typing import NamedTuple

from shop_plugin.domain.extraction.phrases import MeasureHit
from shop_plugin.domain.extraction.texts import PlainText
from shop_plugin.domain.extraction.vocabulary import Vocabulary
from shop_plugin.domain.extraction.vocabulary.grammar import Grammar
from shop_plugin.domain.measures import Quantity, find_quantities

# A measure this unsure is a hint: any other word in reach has the better claim to a figure.
HINT_CONFIDENCE = 500
_REACH = 72
_FARTHEST_LEFT = 48
_FARTHEST_RIGHT = 64
_TOKEN = re.compile(r"[^\W\d_]+(?:'[a-z]+)?|\d|[^\s\w]")
_OPENERS = frozenset(":=-~(")
# "6 inch slip-on mule heel": this "on" joins nothing.
_STYLES_ON = frozenset({"slip", "pull"})
# What is cut short with a full stop, before a figure.
_SHORTENED = frozenset({"approx", "ca", "max", "env", "aprox", "máx"})
_UNIT_BEFORE = re.compile(r"[\d¼½¾][ -]?in\s\Z")
_FIGURE = re.compile(r"[0-9¼½¾⅓⅔⅛⅜⅝⅞]+")
_INCH = re.compile(r"inch")
_OWN_FIGURE = re.compile(r"\s?[:=-]?\s?\Z")


class Binding(NamedTuple):
    """A figure and the word it belongs to. ``words_apart`` counts what stands between."""

    hit: MeasureHit
    quantity: Quantity
    words_apart: int


class _Pair(NamedTuple):
    cost: int
    order: int
    is_right: bool
    hit_index: int
    quantity: Quantity


def keep_near_figures(hits: list[MeasureHit], *, text: PlainText) -> list[MeasureHit]:
    """Return the words that measure with a figure in reach; the others measure nothing."""
    if not hits:
        return []
    offsets = [match.start() for match in _FIGURE.finditer(text.lowered)]
    if "inch" in text.lowered:
        # "Two-inch" is a figure too.
        offsets += [match.start() for match in _INCH.finditer(text.lowered)]
        offsets.sort()
    if not offsets:
        return []
    offsets.append(len(text.lowered) + _REACH + 1)
    return [
        hit for hit in hits if offsets[bisect_left(offsets, hit.start - _REACH)] < hit.end + _REACH
    ]


def find_figures(hits: list[MeasureHit], *, text: PlainText) -> list[Quantity]:
    """Return the quantities near the words that measure, in order; linear in the text."""
    cased = text.cased
    length = len(cased)
    windows: list[list[int]] = []
    for hit in hits:
        low, high = max(0, hit.start - _REACH), min(length, hit.end + _REACH)
        if windows and low <= windows[-1][1]:
            windows[-1][1] = high
        else:
            windows.append([low, high])
    # At the edge of a window a number may have been cut in two.
    return [
        quantity
        for low, high in windows
        for quantity in find_quantities(cased, low, high)
        if quantity.end < high or high == length
    ]


_by_cost = attrgetter("cost", "order", "is_right")


def bind(
    hits: list[MeasureHit],
    quantities: list[Quantity],
    *,
    text: PlainText,
    vocabulary: Vocabulary,
    words_allowed: int,
) -> list[Binding]:
    """Return each figure with its word, nearest first served, in the order of the text."""
    starts = [hit.start for hit in hits]
    grammar = vocabulary.grammar
    pairs: list[_Pair] = []
    for order, quantity in enumerate(quantities):
        middle = bisect_left(starts, quantity.start)
        has_left = False
        for index in (middle - 1, middle - 2):
            if index >= 0 and quantity.start - hits[index].end <= _FARTHEST_LEFT:
                cost = _cost_left(hits[index], quantity, text, vocabulary)
                if cost is not None:
                    has_left = has_left or cost == 0
                    pairs.append(_Pair(cost, order, False, index, quantity))
        following = quantities[order + 1].start if order + 1 < len(quantities) else None
        for index in (middle, middle + 1):
            if index < len(hits) and hits[index].start - quantity.end <= _FARTHEST_RIGHT:
                cost = _cost_right(hits[index], quantity, text, grammar, words_allowed)
                if cost is not None:
                    owns = has_left and _owns_next(hits[index], following, text)
                    pairs.append(_Pair(cost + owns, order, True, index, quantity))
    pairs.sort(key=_by_cost)
    return _serve(pairs, hits)


def _serve(pairs: list[_Pair], hits: list[MeasureHit]) -> list[Binding]:
    used_hits: set[int] = set()
    used_figures: set[int] = set()
    bindings: list[Binding] = []
    for pair in pairs:
        if pair.hit_index in used_hits or pair.order in used_figures:
            continue
        used_hits.add(pair.hit_index)
        used_figures.add(pair.order)
        hit = hits[pair.hit_index]
        bindings.append(Binding(hit, pair.quantity, pair.cost))
    bindings.sort(key=lambda binding: binding.quantity.start)
    return bindings


def speaks_of_stack(hit: MeasureHit, text: PlainText, grammar: Grammar) -> bool:
    """Tell whether the words around a "heel" measure its sole, as runners do."""
    low, high = text.sentence(hit.start)
    near = text.lowered[max(low, hit.start - 120) : min(high, hit.end + 60)]
    if not any(sign in near for sign in grammar.stack_signs):
        return False
    return grammar.stack.search(near) is not None


def stands_for_place(hit: MeasureHit, text: PlainText, grammar: Grammar) -> bool:
    """Tell whether "heel" is the place on the foot or shoe: "5 mm of foam in the heel"."""
    place = grammar.place.search(text.lowered, max(0, hit.start - 16), hit.start)
    # In "1.5 in heel 4 in" the word before is a unit.
    return (
        place is not None
        and _UNIT_BEFORE.search(text.lowered[max(0, hit.start - 12) : hit.start]) is None
    )


def _handicap(hit: MeasureHit) -> int:
    """Return how much further off a word counts that hardly measures ("pump")."""
    return 3 * (hit.measure.confidence == HINT_CONFIDENCE and hit.measure.binds == "either")


def _suits(hit: MeasureHit, quantity: Quantity) -> bool:
    attribute = hit.measure.attribute
    return not attribute or (attribute == "weight_g") != quantity.is_length


def _cost_left(
    hit: MeasureHit, quantity: Quantity, text: PlainText, vocabulary: Vocabulary
) -> int | None:
    """Return how far a figure stands behind a word, or ``None`` where it cannot belong to it."""
    gap = quantity.start - hit.end
    if gap < 0 or hit.measure.binds == "before" or not _suits(hit, quantity):
        return None
    sample = vocabulary.grammar.sample_size.match(text.lowered, hit.end, quantity.start)
    tokens = _TOKEN.findall(text.lowered, sample.end() if sample else hit.end, quantity.start)
    filler, weightless = vocabulary.filler, vocabulary.grammar.weightless
    words = 0
    for position, word in enumerate(tokens):
        if word in weightless:
            continue
        if word in filler:
            words += 1
        elif _is_harmless(tokens, position):
            continue
        elif word not in _OPENERS:
            return None
    return words + _handicap(hit) if words <= 7 else None


def _is_harmless(tokens: list[str], position: int) -> bool:
    """Tell whether a full stop ends "approx." or a bracket closes what was opened."""
    sign = tokens[position]
    if sign == ".":
        return position > 0 and tokens[position - 1] in _SHORTENED
    return sign == ")" and "(" in tokens[:position]


def _cost_right(
    hit: MeasureHit, quantity: Quantity, text: PlainText, grammar: Grammar, words_allowed: int
) -> int | None:
    """Return how far a figure stands before a word, or ``None`` where it cannot belong to it."""
    gap = hit.start - quantity.end
    if gap < 0 or not _suits(hit, quantity):
        return None
    tokens = _TOKEN.findall(text.lowered[quantity.end : hit.start])
    if hit.measure.binds == "label":
        return 2 if not tokens else None
    if tokens and (tokens[0] in grammar.places or tokens[0] == ")"):
        tokens = [word for word in tokens if word not in grammar.places and word != ")"]
    if text.sentence(quantity.start) != text.sentence(hit.start):
        return None
    colon = text.lowered[hit.end : hit.end + 2].strip()[:1] in (":", "=")
    words = 0
    for position, word in enumerate(tokens):
        if word == "-" or word == '"':
            continue
        if word == "on" and not _STYLES_ON.isdisjoint(tokens[max(0, position - 2) : position]):
            continue
        if word in grammar.never_back or not word[0].isalpha():
            return None
        words += 1
    if words > words_allowed:
        return None
    return words + 2 * colon + _handicap(hit)


def _owns_next(hit: MeasureHit, following: int | None, text: PlainText) -> bool:
    if following is None or following < hit.end or following - hit.end > 4:
        return False
    return _OWN_FIGURE.match(text.lowered, hit.end, following) is not None
