"""The vocabulary: phrases, what they mean and the id of each rule, read from a data file."""

from __future__ import annotations

import hashlib
import itertools
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ahocorasick_rs import AhoCorasick

from shop_plugin.domain.attributes import ATTRIBUTES, MICROMETRES_PER_MM, Options, Span, Value
from shop_plugin.domain.extraction.vocabulary.beside import (
    Near,
    Surroundings,
    VocabularyError,
    read_near,
    read_surroundings,
)
from shop_plugin.domain.extraction.vocabulary.grammar import Grammar, read_grammar
from shop_plugin.domain.extraction.vocabulary.spelling import spellings

LANGUAGES = ("en", "de", "fr", "es")
_FOLDER = Path(__file__).parent
_LOOKS_AROUND = frozenset(
    {"unless_before", "unless_after", "unless_subject", "requires_after", "labelled", "variant"}
)
_ALTERNATIVES = re.compile(r"\{([^{}]*)\}|<([a-z_]+)>|(_)")


@dataclass(frozen=True, slots=True)
class Variant:
    """What the same phrase means beside certain words ("maximum" cushioning)."""

    id: str
    near: Near
    value: Value
    confidence: int
    is_part: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A claim: its phrases and what each way of saying it means.

    ``negated`` and ``diluted`` are the values of "no ..." and "minimal ...";
    ``None`` there: nothing is read; the same
    holds for ``labelled``. ``is_part`` marks what is said of the
    insole alone. ``labelled`` reads a value behind a colon. A rule that
    ``looks_around`` depends on the words beside its phrase.
    """

    id: str
    attribute: str
    phrases: tuple[str, ...]
    value: Value
    confidence: int
    negated: Value | None
    diluted: Value | None
    is_part: bool
    is_feature: bool
    ignores_denial: bool
    field: str
    unless: Near
    requires: Near | None
    variants: tuple[Variant, ...]
    labelled: Mapping[str, Value | None]
    looks_around: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """A word that a length or weight belongs to. An empty ``attribute`` swallows the figure."""

    id: str
    attribute: str
    phrases: tuple[str, ...]
    binds: str
    confidence: int
    field: str


@dataclass(frozen=True, slots=True)
class Entry:
    """All that one phrase may mean."""

    phrase: str
    rules: tuple[Rule, ...]
    measures: tuple[Measure, ...]
    is_blocked: bool


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """One language's vocabulary, ready to be matched.

    A word for footwear may have one of the ``endings``, and where it
    ``ends_compounds`` other words glued in front ("Damensandalen").
    """

    language: str
    rules: tuple[Rule, ...]
    measures: tuple[Measure, ...]
    rule_ids: frozenset[str]
    entries: tuple[Entry, ...]
    automaton: AhoCorasick
    grammar: Grammar
    heel_parts: frozenset[str]
    filler: frozenset[str]
    footwear: tuple[str, ...]
    endings: tuple[str, ...]
    ends_compounds: bool
    footwear_parts: tuple[str, ...]
    other_compounds: tuple[str, ...]
    other_goods: tuple[str, ...]
    model_names: tuple[str, ...]
    model_words: tuple[str, ...]
    heeled_words: tuple[str, ...]


def expand(phrase: str, words: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield every spelling of a phrase.

    ``{a|b}`` stands for either, ``<name>`` for any word of a list, ``_`` for a
    space, a hyphen or nothing at all.
    """
    for text in _spell_out(phrase, words):
        yield re.sub(r" {2,}", " ", text).strip()


def _spell_out(phrase: str, words: Mapping[str, Sequence[str]]) -> Iterator[str]:
    choices: list[Sequence[str]] = []
    position = 0
    for match in _ALTERNATIVES.finditer(phrase):
        choices.append((phrase[position : match.start()],))
        position = match.end()
        if match[3]:
            choices.append((" ", "-", ""))
        else:
            options = words[match[2]] if match[2] else match[1].split("|")
            choices.append([part for option in options for part in _spell_out(option, {})])
    choices.append((phrase[position:],))
    yield from ("".join(parts) for parts in itertools.product(*choices))


def _value(data: Mapping[str, Any], attribute: str, answers: Sequence[str] | None) -> Value:
    if "millimetres" in data:
        return Span.exactly(int(data["millimetres"]) * MICROMETRES_PER_MM)
    options = ATTRIBUTES[attribute].options
    if not answers or not set(answers) <= set(options):
        raise VocabularyError(f"rule {data['id']!r}: {answers!r} are not answers of {attribute}")
    return Options(frozenset(answers))


def _optional_value(data: Mapping[str, Any], key: str) -> Value | None:
    answers = data.get(key)
    return _value({"id": data["id"]}, data["attribute"], answers) if answers else None


def _spell(
    phrases: Sequence[str], words: Mapping[str, Sequence[str]], language: str
) -> tuple[str, ...]:
    """Return every spelling of some phrases, each once."""
    return tuple(
        dict.fromkeys(
            form
            for phrase in phrases
            for text in expand(phrase, words)
            for form in spellings(text, language)
        )
    )


def _read_rule(
    data: Mapping[str, Any], words: Mapping[str, Sequence[str]], around: Surroundings
) -> Rule:
    attribute = data["attribute"]
    requires_words = data.get("requires_words", 3)
    requires = read_near(data, "requires_", requires_words, around)
    return Rule(
        id=data["id"],
        attribute=attribute,
        phrases=_spell(data["phrases"], words, around.language),
        value=_value(data, attribute, data.get("answers")),
        confidence=data["confidence"],
        negated=_optional_value(data, "negated"),
        diluted=_optional_value(data, "diluted"),
        is_part=data.get("part", False),
        is_feature=data.get("feature", False),
        ignores_denial=data.get("ignore_denial", False),
        field=data.get("field", ""),
        unless=read_near(data, "unless_", 3, around),
        requires=requires if requires.before or requires.after else None,
        variants=tuple(
            Variant(
                id=variant["id"],
                near=read_near(variant, "", around.reach, around),
                value=_value(variant, attribute, variant["answers"]),
                confidence=variant.get("confidence", data["confidence"]),
                is_part=variant.get("part", False),
            )
            for variant in data.get("variant", ())
        ),
        labelled={
            form: _value({"id": data["id"]}, attribute, answers) if answers else None
            for word, answers in data.get("labelled", {}).items()
            for form in spellings(word, around.language)
        },
        looks_around=not _LOOKS_AROUND.isdisjoint(data),
    )


def _read_measure(
    data: Mapping[str, Any], words: Mapping[str, Sequence[str]], language: str
) -> Measure:
    if data["attribute"] and not ATTRIBUTES[data["attribute"]].is_span:
        raise VocabularyError(f"measure {data['id']!r}: {data['attribute']} is no length or weight")
    return Measure(
        id=data["id"],
        attribute=data["attribute"],
        phrases=_spell(data["phrases"], words, language),
        binds=data["binds"],
        confidence=data["confidence"],
        field=data.get("field", ""),
    )


def _collect_entries(
    rules: Sequence[Rule], measures: Sequence[Measure], blocked: Sequence[str]
) -> tuple[Entry, ...]:
    by_phrase: dict[str, tuple[list[Rule], list[Measure]]] = defaultdict(lambda: ([], []))
    for rule in rules:
        for phrase in rule.phrases:
            by_phrase[phrase][0].append(rule)
    for measure in measures:
        for phrase in measure.phrases:
            by_phrase[phrase][1].append(measure)
    for phrase in blocked:
        by_phrase[phrase]
    stopped = frozenset(blocked)
    return tuple(
        Entry(phrase, tuple(found[0]), tuple(found[1]), phrase in stopped)
        for phrase, found in by_phrase.items()
    )


def _collect_ids(data: Mapping[str, Any]) -> frozenset[str]:
    ids = [rule["id"] for rule in data["rule"]]
    ids += [variant["id"] for rule in data["rule"] for variant in rule.get("variant", ())]
    ids += [measure["id"] for measure in data["measure"]]
    ids += [derived["id"] for derived in data["derived"]]
    twice = {rule_id for rule_id in ids if ids.count(rule_id) > 1}
    if twice:
        raise VocabularyError(f"these rule ids occur twice: {', '.join(sorted(twice))}")
    return frozenset(ids)


@cache
def read_file(language: str) -> Mapping[str, Any]:
    """Return a vocabulary file as it stands; read once per process.

    :raises KeyError: for a language without a vocabulary.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def vocabularies_version() -> str:
    """Return a short text that changes with every word of any vocabulary."""
    digest = hashlib.blake2b(digest_size=8)
    for language in LANGUAGES:
        digest.update((_FOLDER / f"{language}.toml").read_bytes())
    return digest.hexdigest()


@cache
def load_vocabulary(language: str = "en") -> Vocabulary:
    """Return a language's vocabulary, checked and ready; read once per process.

    :raises VocabularyError: when the file contradicts itself.
    :raises KeyError: for a language without a vocabulary.
    """
    data = read_file(language)
    words = {name: body.split("|") for name, body in data["words"].items()}
    around = read_surroundings(data["beside"], language=language)
    rules = tuple(_read_rule(rule, words, around) for rule in data["rule"])
    measures = tuple(_read_measure(measure, words, language) for measure in data["measure"])
    entries = _collect_entries(rules, measures, _spell(data["blocked"]["phrases"], words, language))

    def spelled(table: str, name: str) -> tuple[str, ...]:
        return tuple(form for word in data[table][name] for form in spellings(word, language))

    return Vocabulary(
        language=language,
        rules=rules,
        measures=measures,
        rule_ids=_collect_ids(data),
        entries=entries,
        automaton=AhoCorasick([entry.phrase for entry in entries], store_patterns=False),
        grammar=read_grammar(data["grammar"], language=language),
        heel_parts=frozenset(spelled("parts", "heel")),
        filler=frozenset(spelled("parts", "filler")),
        footwear=spelled("footwear", "words"),
        endings=tuple(data["footwear"]["endings"]),
        ends_compounds=data["footwear"]["ends_compounds"],
        footwear_parts=spelled("footwear", "parts"),
        other_compounds=spelled("footwear", "compounds"),
        other_goods=spelled("footwear", "other"),
        model_names=spelled("models", "names"),
        model_words=spelled("models", "words"),
        heeled_words=spelled("models", "heeled"),
    )
