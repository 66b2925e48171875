"""Heights, drop, stack, shaft and weight: figures with a unit, and nothing without one."""

from __future__ import annotations

import re

from shop_plugin.domain.attributes import ATTRIBUTES, Span
from shop_plugin.domain.extraction.binding import (
    Binding,
    bind,
    find_figures,
    keep_near_figures,
    speaks_of_stack,
    stands_for_place,
)
from shop_plugin.domain.extraction.claims import Finding
from shop_plugin.domain.extraction.phrases import MeasureHit
from shop_plugin.domain.extraction.scope import Scope, Stance
from shop_plugin.domain.extraction.texts import PlainText
from shop_plugin.domain.extraction.vocabulary import Vocabulary
from shop_plugin.domain.measures import Quantity, read_length

HEEL = "heel_height_mm"
FOREFOOT = "forefoot_height_mm"
STACK = "stack_heel_mm"
DROP = "drop_mm"

CONFLICT_CONFIDENCE = 500
FORM_DEFAULT_CONFIDENCE = 400
FAR_CONFIDENCE = 600
VARIES_PENALTY = 100
# Without a heel beside it, a taller "platform" in a title is the heel's figure misplaced.
_PLATFORM_ALONE_UM = 65_000
_WORDS_IN_TITLE = 5
_WORDS_IN_DESCRIPTION = 3
_FAR_WORDS = 3
# No shoe is lighter: "1.250 g" has a point where others write nothing or a comma.
_LIGHTEST_MG = 20_000
# A listing measures a dozen things; bounds the work on texts made to be slow.
_ENOUGH = 100

_NEXT_WORD = re.compile(r"[\s-]{0,2}([^\W\d_]+)")
_UNIT_IN_LABEL = re.compile(
    r"(?::?\s?\(|\s?,?\s?(?:in|en)\s|\s)(?:(?:in|en) )?"
    r"(?P<unit>inch(?:es)?|in|cm|mm|centimet(?:er|re)s|millimet(?:er|re)s)\)?\s?[:=-]?\s?(?P<number>\d{1,3}(?:[.,]\d{1,2})?)"
    r"(?![\d.,/]?\d)(?!\s?(?:\"|in\b|inch|cm|mm|'))"
)


def read_lengths(
    hits: list[MeasureHit],
    *,
    text: PlainText,
    field: str,
    is_boot: bool,
    scope: Scope,
    vocabulary: Vocabulary,
) -> list[Finding]:
    """Return the lengths and weights stated of this shoe.

    A figure without a unit is unknown. Two units that disagree give both
    values under a rule id that ends in "conflict". Values outside the
    attribute's limits are refused. Only the first hundred words that measure
    are looked at.
    """
    hits = keep_near_figures(hits, text=text)
    hits = [hit for hit in hits if not _is_heel_part(hit, text, vocabulary)][:_ENOUGH]
    if not hits:
        return []
    figures = find_figures(hits, text=text)
    allowed = _WORDS_IN_TITLE if field == "title" else _WORDS_IN_DESCRIPTION
    bindings = bind(hits, figures, text=text, vocabulary=vocabulary, words_allowed=allowed)
    findings: list[Finding] = []
    for binding in _nearest_heels(bindings):
        findings.extend(_read_binding(binding, text, field, is_boot, scope, vocabulary))
    bound = {binding.hit.start for binding in bindings}
    findings.extend(_read_units_in_labels(hits, bound, text, scope))
    if not findings:
        return []
    findings = _drop_lone_platforms(findings, field)
    if any(finding.attribute == HEEL for finding in findings) and vocabulary.grammar.varies.search(
        text.lowered
    ):
        findings = [
            finding._replace(confidence=finding.confidence - VARIES_PENALTY)
            if finding.attribute == HEEL
            else finding
            for finding in findings
        ]
    return [*findings, *_derive_drop(findings, vocabulary.language)]


def _is_heel_part(hit: MeasureHit, text: PlainText, vocabulary: Vocabulary) -> bool:
    """Tell whether "heel" names a part ("heel tab") instead of a height.

    "4 in ankle strap heel" is no width of a strap either.
    """
    if not hit.measure.attribute:
        ahead = vocabulary.grammar.part_ahead
        return ahead.search(text.lowered, max(0, hit.start - 10), hit.start) is not None
    if hit.measure.id != f"{vocabulary.language}.heel_height.figure":
        return False
    following = _NEXT_WORD.match(text.lowered, hit.end)
    return following is not None and following[1] in vocabulary.heel_parts


def _nearest_heels(bindings: list[Binding]) -> list[Binding]:
    """Return the bindings without heels further from their figure than another is.

    In "6 in heel 1 3/4 in open toe heel boot" the second figure is not the heel's.
    """
    heels = [each for each in bindings if each.hit.measure.attribute == HEEL]
    if len(heels) < 2:
        return bindings
    nearest = min(each.words_apart for each in heels)
    return [
        each
        for each in bindings
        if each.hit.measure.attribute != HEEL
        or each.hit.measure.binds == "label"
        or each.words_apart == nearest
    ]


def _read_binding(
    binding: Binding,
    text: PlainText,
    field: str,
    is_boot: bool,
    scope: Scope,
    vocabulary: Vocabulary,
) -> list[Finding]:
    grammar, language = vocabulary.grammar, vocabulary.language
    measure, quantity = binding.hit.measure, binding.quantity
    attribute = measure.attribute
    if not attribute:
        return []
    start = min(binding.hit.start, quantity.start)
    end = max(binding.hit.end, quantity.end)
    if scope.judge(start, end)[0] in (Stance.OUTSIDE, Stance.DENIED):
        return []
    if attribute == HEEL:
        if measure.binds == "either" and speaks_of_stack(binding.hit, text, grammar):
            attribute = STACK
        elif stands_for_place(binding.hit, text, grammar):
            return []
    if quantity.pair is not None:
        return _read_pair(attribute, quantity, start, end, measure.id, measure.confidence)
    ahead = text.lowered[max(0, quantity.start - 16) : quantity.start]
    if grammar.above.search(ahead):
        return []
    rule, confidence, span = measure.id, measure.confidence, quantity.span
    if span.high < 0 and attribute != DROP:
        # Only a drop can be negative; anywhere else the sign is a dash ("Heel height -5 cm").
        span = Span(-span.high, -span.low)
    if attribute == "weight_g" and grammar.per_pair.match(text.lowered, quantity.end):
        rule, span = f"{language}.weight.pair", Span(span.low // 2, span.high // 2)
    if attribute == "weight_g" and span.high < _LIGHTEST_MG:
        return []
    if attribute == HEEL:
        below = grammar.below.search(ahead)
        if below is not None:
            start = min(start, quantity.start - len(ahead) + below.start())
            rule, span = f"{language}.heel_height.below", Span(0, span.high)
        elif span.high == 0 and is_boot:
            rule, confidence = f"{language}.heel_height.form_default", FORM_DEFAULT_CONFIDENCE
        elif field == "title" and binding.words_apart >= _FAR_WORDS and measure.binds == "either":
            rule, confidence = f"{language}.heel_height.far", min(confidence, FAR_CONFIDENCE)
    original = text.quote(quantity.start, quantity.end)[0]
    if quantity.other is not None:
        rule = (
            f"{language}.heel_height.conflict"
            if attribute == HEEL
            else f"{language}.length.conflict"
        )
        spans = (span, quantity.other)
        return [
            Finding(attribute, each, rule, CONFLICT_CONFIDENCE, start, end, original=original)
            for each in spans
            if _is_sane(attribute, each)
        ]
    if not _is_sane(attribute, span):
        return []
    return [Finding(attribute, span, rule, confidence, start, end, original=original)]


def _read_pair(
    attribute: str, quantity: Quantity, start: int, end: int, rule: str, confidence: int
) -> list[Finding]:
    """Read "stack 38/30 mm": under the heel first, under the ball second."""
    if attribute != STACK or quantity.pair is None or quantity.pair[0] < quantity.pair[1]:
        return []
    heel, forefoot = (Span.exactly(value) for value in quantity.pair)
    if not (_is_sane(STACK, heel) and _is_sane(FOREFOOT, forefoot)):
        return []
    return [
        Finding(STACK, heel, rule, confidence, start, end),
        Finding(FOREFOOT, forefoot, rule, confidence, start, end),
    ]


def _read_units_in_labels(
    hits: list[MeasureHit], bound: set[int], text: PlainText, scope: Scope
) -> list[Finding]:
    """Read "Heel height (cm): 7", where the unit stands in the label."""
    findings: list[Finding] = []
    for hit in hits:
        attribute = hit.measure.attribute
        if hit.start in bound or not attribute or attribute == "weight_g":
            continue
        match = _UNIT_IN_LABEL.match(text.lowered, hit.end)
        if match is None or hit.measure.binds == "before":
            continue
        unit = {"i": "in", "c": "cm", "m": "mm"}[match["unit"][0]]
        span = read_length(match["number"], default_unit=unit)
        if span is None or not _is_sane(attribute, span):
            continue
        if scope.judge(hit.start, match.end())[0] is not Stance.SAID:
            continue
        findings.append(
            Finding(
                attribute,
                span,
                hit.measure.id,
                hit.measure.confidence,
                hit.start,
                match.end(),
                original=text.quote(match.start("number"), match.end("number"))[0],
            )
        )
    return findings


def _is_sane(attribute: str, span: Span) -> bool:
    limits = ATTRIBUTES[attribute]
    return limits.minimum <= span.low and span.high <= limits.maximum


def _drop_lone_platforms(findings: list[Finding], field: str) -> list[Finding]:
    if field != "title" or any(finding.attribute == HEEL for finding in findings):
        return findings
    return [
        finding
        for finding in findings
        if finding.attribute != FOREFOOT
        or not isinstance(finding.value, Span)
        or finding.value.high <= _PLATFORM_ALONE_UM
    ]


def _derive_drop(findings: list[Finding], language: str) -> list[Finding]:
    """Return the drop where heel and forefoot stack stand side by side and no drop is stated."""
    if any(finding.attribute == DROP for finding in findings):
        return []
    heel = next((found for found in findings if found.attribute == STACK), None)
    forefoot = next((found for found in findings if found.attribute == FOREFOOT), None)
    if heel is None or forefoot is None:
        return []
    start, end = min(heel.start, forefoot.start), max(heel.end, forefoot.end)
    if end - start > 100 or not isinstance(heel.value, Span):
        return []
    if not isinstance(forefoot.value, Span):
        return []
    low = heel.value.low - forefoot.value.high
    span = Span(low, max(low, heel.value.high - forefoot.value.low))
    if not _is_sane(DROP, span):
        return []
    return [Finding(DROP, span, f"{language}.drop.derived", 700, start, end)]
