"""From a listing's words to readings, each with the words it stands on.

Nothing is guessed: what the text does not say is not returned. Pure, without
Django, deterministic, and linear in the length of the text.
"""

from __future__ import annotations

from shop_plugin.domain.attributes import SourceKind
from shop_plugin.domain.extraction.claims import Finding, read_claims
from shop_plugin.domain.extraction.footwear import is_footwear
from shop_plugin.domain.extraction.languages import choose_languages
from shop_plugin.domain.extraction.lengths import read_lengths
from shop_plugin.domain.extraction.model_names import read_model_heights
from shop_plugin.domain.extraction.phrases import find_phrases, sort_hits
from shop_plugin.domain.extraction.scope import Scope
from shop_plugin.domain.extraction.settling import settle
from shop_plugin.domain.extraction.sizing import read_sizing
from shop_plugin.domain.extraction.texts import PlainText, make_plain
from shop_plugin.domain.extraction.vocabulary import (
    Vocabulary,
    load_vocabulary,
    vocabularies_version,
)
from shop_plugin.domain.records import Reading

__all__ = ["EXTRACTOR_VERSION", "extract"]

_CODE_VERSION = 3
# A figure that was read for one of these is not read again for a heel's name.
_HEIGHTS = ("_height_mm", "drop_mm", "stack_heel_mm", "hidden_lift_mm")
# Changes with the code and with every word of a vocabulary, so that stale readings show.
EXTRACTOR_VERSION = f"{_CODE_VERSION}.{vocabularies_version()}"


def extract(*, title: str, description: str, language: str = "") -> tuple[Reading, ...]:
    """Return what a listing's title and description state of the shoe.

    Every reading quotes its field: ``text[start:end] == quote``, and names the
    rule of the vocabulary that read it. Readings below a confidence of 600 are
    suggestions for a person. Text in a language without a vocabulary, and
    listings that are recognisably no footwear, yield nothing. Without a
    language, each field is read in the one its own words are in.
    """
    plain_title, plain_description = make_plain(title), make_plain(description)
    chosen = choose_languages(plain_title.lowered, plain_description.lowered, tag=language)
    if chosen is None:
        return ()
    title_vocabulary, description_vocabulary = map(load_vocabulary, chosen)
    wearer_texts = plain_title.lowered, plain_description.lowered
    is_boot = any(word in plain_title.lowered for word in title_vocabulary.grammar.boots)
    readings: list[tuple[Reading, bool]] = []
    for field, text, vocabulary in (
        ("title", plain_title, title_vocabulary),
        ("description", plain_description, description_vocabulary),
    ):
        for finding in _read(field, text, vocabulary, is_boot, wearer_texts):
            readings.append((_as_reading(finding, field, text), finding.is_part))
    if not readings or not is_footwear(
        plain_title.lowered,
        plain_description.lowered,
        title_vocabulary=title_vocabulary,
        description_vocabulary=description_vocabulary,
    ):
        return ()
    return settle(readings)


def _read(
    field: str,
    text: PlainText,
    vocabulary: Vocabulary,
    is_boot: bool,
    wearer_texts: tuple[str, str],
) -> list[Finding]:
    if not text.lowered:
        return []
    findings: list[Finding] = []
    found = find_phrases(text, vocabulary=vocabulary)
    if found:
        scope = Scope(text, vocabulary.grammar)
        rules, measures = sort_hits(found, field=field, vocabulary=vocabulary)
        findings += read_claims(rules, text=text, scope=scope)
        if measures:
            findings += read_lengths(
                measures,
                text=text,
                field=field,
                is_boot=is_boot,
                scope=scope,
                vocabulary=vocabulary,
            )
    named = read_model_heights(text, vocabulary=vocabulary)
    if named and not any(finding.attribute.endswith(_HEIGHTS) for finding in findings):
        findings += named
    findings += read_sizing(text, wearer_texts=(text.lowered, *wearer_texts), vocabulary=vocabulary)
    return findings


def _as_reading(finding: Finding, field: str, text: PlainText) -> Reading:
    quote, start, end = text.quote(finding.start, finding.end)
    return Reading(
        attribute=finding.attribute,
        value=finding.value,
        source_kind=SourceKind.TEXT,
        rule=finding.rule,
        confidence=finding.confidence,
        quote=quote,
        field=field,
        start=start,
        end=end,
        original=finding.original or quote,
    )
