"""Which language a listing is read in: the one it names, else the one its words are in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ahocorasick_rs import AhoCorasick

from shop_plugin.domain.extraction.vocabulary import LANGUAGES, read_file
from shop_plugin.domain.extraction.vocabulary.spelling import spellings

DEFAULT = "en"
# A text is taken for another language's on this much evidence, and on more than for any other.
_ENOUGH = 2
_STOP_WORD, _OWN_WORD = 1, 2
# A text shows its language early.
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class _Signs:
    automaton: AhoCorasick
    languages: tuple[str, ...]
    weights: tuple[int, ...]


def choose_languages(title: str, description: str, *, tag: str) -> tuple[str, str] | None:
    """Return the languages to read a title and a description in, both in lower case.

    A ``tag`` ("de", "fr-CA", "es_MX") decides for both; ``None`` where it names
    a language without a vocabulary. Without one each text is judged by its
    own words. A text that shows nothing goes with the other one, and where
    neither shows anything both count as English.
    """
    if tag:
        code = tag.replace("_", "-").partition("-")[0].strip().lower()
        return (code, code) if code in LANGUAGES else None
    of_title, of_description = _find_foreign(title), _find_foreign(description)
    if of_title == of_description:
        chosen = of_title or DEFAULT
        return chosen, chosen
    return (
        of_title or _follow(title, of_description),
        of_description or _follow(description, of_title),
    )


def _follow(text: str, other: str) -> str:
    return DEFAULT if _weigh(text, _signs((DEFAULT,))).get(DEFAULT) else other


def _find_foreign(text: str) -> str:
    """Return the language other than English that a text is in; empty where none is evident."""
    found = _weigh(text, _signs(tuple(each for each in LANGUAGES if each != DEFAULT)))
    if not found:
        return ""
    best = max(found, key=found.__getitem__)
    most = found.pop(best)
    if most < _ENOUGH or most in found.values():
        return ""
    return best if most > _weigh(text, _signs((DEFAULT,))).get(DEFAULT, 0) else ""


@cache
def _signs(languages: tuple[str, ...]) -> _Signs:
    """Return the words by which languages are known, each with what it weighs."""
    signs: list[tuple[str, str, int]] = []
    for language in languages:
        lists = read_file(language)["spoken"]
        for word in lists["stop_words"]:
            # With its spaces: a short word stands in many others.
            signs += [(f" {form} ", language, _STOP_WORD) for form in spellings(word, language)]
        for word in lists["own_words"]:
            signs += [(form, language, _OWN_WORD) for form in spellings(word, language)]
    return _Signs(
        AhoCorasick([sign for sign, _, _ in signs], store_patterns=False),
        tuple(language for _, language, _ in signs),
        tuple(weight for _, _, weight in signs),
    )


def _weigh(text: str, signs: _Signs) -> dict[str, int]:
    """Return how much each language's words in a text weigh; each word counts once."""
    text = f" {text[:_LONGEST]} "
    seen: set[int] = set()
    weights: dict[str, int] = {}
    for index, start, end in signs.automaton.find_matches_as_indexes(text, overlapping=True):
        if index in seen:
            continue
        weight = signs.weights[index]
        if weight == _OWN_WORD and (text[start - 1].isalnum() or text[end].isalnum()):
            continue
        seen.add(index)
        language = signs.languages[index]
        weights[language] = weights.get(language, 0) + weight
    return weights
