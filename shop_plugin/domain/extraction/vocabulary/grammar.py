"""How a language denies, asks, compares, limits and changes the subject: patterns from its file.

A file lists fragments of regular expressions; what stands around them is the
same in every language, and stands here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shop_plugin.domain.extraction.cues import CueFinder, make_finder
from shop_plugin.domain.extraction.vocabulary.spelling import spell_pattern, spellings


@dataclass(frozen=True, slots=True, eq=False)
class Grammar:
    """The patterns of one language; ``cues`` finds where any of them may match.

    ``place``, ``stack`` and ``part_ahead`` look around a word that measures;
    ``below``, ``above`` and ``per_pair`` around a figure. ``never_back`` are the
    words across which no figure reaches a word behind it, ``places`` those it
    may ("4 in at the heel"), and ``weightless`` those that count for nothing in front
    of one ("tacón de 5 cm").
    """

    cues: CueFinder
    denial: re.Pattern[str]
    no_denial: re.Pattern[str]
    direct_denial: re.Pattern[str]
    prefixes: tuple[str, ...]
    diluted: re.Pattern[str]
    wished_for: re.Pattern[str]
    taken_back: re.Pattern[str]
    comparison: re.Pattern[str]
    outfit: re.Pattern[str]
    outfit_of_itself: re.Pattern[str]
    outfit_advice: re.Pattern[str]
    model: re.Pattern[str]
    review: re.Pattern[str]
    question: re.Pattern[str]
    section: re.Pattern[str]
    resume: re.Pattern[str]
    place: re.Pattern[str]
    stack: re.Pattern[str]
    stack_signs: tuple[str, ...]
    part_ahead: re.Pattern[str]
    sample_size: re.Pattern[str]
    below: re.Pattern[str]
    above: re.Pattern[str]
    varies: re.Pattern[str]
    per_pair: re.Pattern[str]
    women: re.Pattern[str]
    men: re.Pattern[str]
    never_back: frozenset[str]
    places: frozenset[str]
    weightless: frozenset[str]
    boots: tuple[str, ...]


def read_grammar(data: Mapping[str, Any], *, language: str) -> Grammar:
    """Return the grammar that a vocabulary file states.

    :raises KeyError: for a part that the file lacks.
    """

    def any_of(name: str) -> str:
        # Without a fragment nothing matches.
        fragments: Sequence[str] = data[name]
        return "|".join(spell_pattern(each, language) for each in fragments) or "(?!)"

    def words(name: str) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(form for each in data[name] for form in spellings(each, language))
        )

    def make(pattern: str) -> re.Pattern[str]:
        return re.compile(pattern)

    prefixes = words("prefixes")
    return Grammar(
        cues=make_finder(
            {
                kind: [form for sign in signs for form in spellings(sign, language)]
                for kind, signs in data["cues"].items()
            }
        ),
        denial=make(rf"(?<![\w-])(?:{any_of('denial')})(?=\s)"),
        no_denial=make(rf"(?<![\w-])(?:{any_of('no_denial')})"),
        direct_denial=make(rf"(?<!\w)(?:{'|'.join(prefixes)})-?\s?\Z"),
        prefixes=prefixes,
        diluted=make(rf"(?<![\w-])(?:{any_of('diluted')})(?:\s[\w-]+)?(?: d'|[\s-])\Z"),
        wished_for=make(rf"\b(?:{any_of('wished_for')})(?: (?:{any_of('wished_between')}))*\s\Z"),
        taken_back=make(
            rf"\W{{0,3}}(?:[\w'-]+\W{{1,3}}){{0,3}}?(?:{any_of('taken_back')})\b"
            rf"| (?:{any_of('taken_back_next')})"
        ),
        comparison=make(rf"\b(?:{any_of('comparison')})\b"),
        outfit=make(rf"\b(?:{any_of('outfit')})\s?(?:{any_of('outfit_links')})\b"),
        outfit_of_itself=make(any_of("outfit_of_itself")),
        outfit_advice=make(any_of("outfit_advice")),
        model=make(rf"\b(?:{any_of('model')})\b"),
        review=make(rf"(?:^|\s)(?:{any_of('first_person')})\b|\b(?:{any_of('review')})\b"),
        question=make(rf"\A\W*(?:q\s?[:.]\s*)?(?:{any_of('question')})\b"),
        section=make(
            rf"\s{{0,3}}(?:(?P<rest>{any_of('section_rest')})|(?P<part>{any_of('section_part')}))"
        ),
        resume=make(rf"\s{{0,3}}(?:{any_of('resume')})\b\s?(?=[:\n]|of\b)"),
        place=make(rf"\b(?:{any_of('place')})\s\Z"),
        stack=make(rf"\b(?:{any_of('stack')})\b"),
        stack_signs=words("stack_signs"),
        part_ahead=make(rf"(?:{any_of('part_ahead')})[ -]\Z"),
        sample_size=make(any_of("sample_size")),
        below=make(rf"\b(?:{any_of('below')})\s\Z"),
        above=make(rf"\b(?:{any_of('above')})\s\Z"),
        varies=make(any_of("varies")),
        per_pair=make(rf"\s?\(?\s?(?:{any_of('per_pair')})\b"),
        women=make(rf"(?<![a-z])(?:{any_of('women')})(?![a-z])"),
        men=make(rf"(?<![a-z])(?:{any_of('men')})(?![a-z])"),
        never_back=frozenset(words("never_back")),
        places=frozenset(words("places")),
        weightless=frozenset(words("weightless")),
        boots=words("boots"),
    )
