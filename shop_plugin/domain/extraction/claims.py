"""Phrases that claim something: "arch support", "no cushioning", "maximum cushioning"."""

from __future__ import annotations

import re
from typing import NamedTuple

from shop_plugin.domain.attributes import Value
from shop_plugin.domain.extraction.phrases import RuleHit
from shop_plugin.domain.extraction.scope import Scope, Stance
from shop_plugin.domain.extraction.texts import PlainText
from shop_plugin.domain.extraction.vocabulary import Rule, Variant

_WINDOW = 56
# A text that says a thing so often has said it; bounds the work on texts made to be slow.
_ENOUGH = 40
_WORDS = re.compile(r"\w+")
_LABELLED = re.compile(r"\A\s?(?:level|rating|type)?\s?[:=]\s?([^\W\d_]+)(?![^\W\d_]|-)")


class Finding(NamedTuple):
    """A value with its place in the plain text, before it becomes a reading."""

    attribute: str
    value: Value
    rule: str
    confidence: int
    start: int
    end: int
    is_part: bool = False
    original: str = ""


def read_claims(hits: list[RuleHit], *, text: PlainText, scope: Scope) -> list[Finding]:
    """Return what the phrases found claim of this shoe. Denied claims give their denial."""
    findings: list[Finding] = []
    # A rule holds each of its values once, so that their identity will do.
    known: set[tuple[str, int]] = set()
    seen: dict[str, int] = {}
    for hit in hits:
        rule = hit.rule
        times = seen[rule.id] = seen.get(rule.id, 0) + 1
        if times > _ENOUGH:
            continue
        finding = _read_beside(hit, text, scope) if rule.looks_around else _read(hit, scope)
        if finding is not None and (finding.rule, id(finding.value)) not in known:
            known.add((finding.rule, id(finding.value)))
            findings.append(finding)
    return findings


def _read(hit: RuleHit, scope: Scope) -> Finding | None:
    """Return what a phrase claims that means the same wherever it stands."""
    rule, start, end = hit
    since, value = _judge(rule, start, end, scope)
    return None if value is None else _finding(rule, value, since, end)


def _read_beside(hit: RuleHit, text: PlainText, scope: Scope) -> Finding | None:
    """Return what a phrase claims whose meaning depends on the words beside it."""
    rule, start, end = hit
    low, high = text.sentence(start)
    before = text.lowered[max(low, start - _WINDOW) : start]
    after = text.lowered[end : max(end, min(high, end + _WINDOW))]
    words_before, words_after = _WORDS.findall(before), _WORDS.findall(after)
    quote_end = end
    if rule.requires is not None:
        needed = rule.requires.after.find(after, words_after) if rule.requires.after else None
        if needed is None:
            return None
        quote_end += needed.end()
    labelled = _LABELLED.match(after) if rule.labelled else None
    if labelled is not None and labelled[1] in rule.labelled:
        value = rule.labelled[labelled[1]]
        if value is None or scope.is_outside(start, is_feature=rule.is_feature):
            return None
        return _finding(rule, value, start, end + labelled.end())
    if rule.unless.stands_by(before, words_before, after, words_after):
        return None
    since, value = _judge(rule, start, end, scope)
    if value is None:
        return None
    if value is not rule.value:
        # What is denied or diluted is not also "maximum".
        return _finding(rule, value, since, quote_end)
    for variant in rule.variants:
        near = variant.near
        ahead = near.before.find(before, words_before) if near.before else None
        behind = near.after.find(after, words_after) if near.after else None
        if ahead is not None or behind is not None:
            since -= len(before) - ahead.start() if ahead else 0
            quote_end += behind.end() if behind else 0
            return _vary(rule, variant, since, quote_end)
    return _finding(rule, value, since, quote_end)


def _vary(rule: Rule, variant: Variant, start: int, end: int) -> Finding:
    return Finding(
        rule.attribute,
        variant.value,
        variant.id,
        variant.confidence,
        start,
        end,
        is_part=variant.is_part,
    )


def _judge(rule: Rule, start: int, end: int, scope: Scope) -> tuple[int, Value | None]:
    """Return where the claim begins ("no" arch support) and its value, ``None`` for no claim."""
    if rule.ignores_denial:
        return start, None if scope.is_outside(start, is_feature=rule.is_feature) else rule.value
    stance, since = scope.judge(start, end, is_feature=rule.is_feature)
    if stance is Stance.SAID:
        return since, rule.value
    if stance is Stance.DENIED:
        return since, rule.negated
    return since, rule.diluted if stance is Stance.DILUTED else None


def _finding(rule: Rule, value: Value, start: int, end: int) -> Finding:
    return Finding(rule.attribute, value, rule.id, rule.confidence, start, end, rule.is_part)
