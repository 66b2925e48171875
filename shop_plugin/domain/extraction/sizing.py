"""Widths and size systems as they stand in names: "7.5 B(M) US", "2E", "EU 38"."""

from __future__ import annotations

import re

from shop_plugin.domain.attributes import Gender, Options
from shop_plugin.domain.extraction.claims import Finding
from shop_plugin.domain.extraction.texts import PlainText
from shop_plugin.domain.extraction.vocabulary import Vocabulary
from shop_plugin.domain.extraction.vocabulary.grammar import Grammar
from shop_plugin.domain.sizes import is_plausible_size, read_size_system, read_width

WIDTH_CONFIDENCE = 700
SYSTEM_CONFIDENCE = 700
UNSURE_CONFIDENCE = 500
# Longer texts speak of sizes in tables and advice; those are not read.
_LONGEST = 240

_MAY_SPEAK_OF_SIZE = re.compile(r"\d|EE|[Ww]idth|[Ff]itting")
_LETTERS = r"4A|3A|2A|A{1,4}|B|C|D|[23456]E|E{1,4}|XXW|XW|WW|W|N|M"
_SIZED = re.compile(
    rf"(?P<size>\d{{1,2}}(?:\.5)?)\s?"
    rf"\(?(?P<code>{_LETTERS}|(?i:x-?wide|wide|medium|narrow))"
    r"\)?(?=\s?\((?:[MWN]|[A-Z]{1,2})\)|[\s,;)]|\Z)(?!\s?(?:cm|mm|in)\b)"
)
_ALONE = re.compile(r"(?P<code>[2346]E|EE{1,2})(?![\w-])")
_NAMED = re.compile(
    rf"(?<![\w-])(?P<before>{_LETTERS})[ -](?i:width|fitting)\b"
    rf"|\b(?i:width)\s?[:=]?\s(?P<after>{_LETTERS})(?![\w-])"
)
_SYSTEM_FIRST = re.compile(
    r"(?P<name>EUR|EU|UK|USA|US)[\s:]{0,2}(?i:size)?[\s:=]{0,2}"
    r"(?P<size>\d{1,2}(?:[.,]\d)?)(?![\d/]|\s?(?:cm|mm|inch|\"))"
)
_SYSTEM_LAST = re.compile(
    r"(?P<size>\d{1,2}(?:\.\d)?)\s?(?:[A-Z0-9]{1,3}\s?)?"
    r"(?:\([A-Z]{1,2}\)\s?)?(?P<name>EUR|EU|UK|US)(?![A-Za-z])"
)
_MONDOPOINT = re.compile(r"(?P<size>[123]\d[05])\s?mm(?![A-Za-z])")
_SIZE_TALK = re.compile(r"\b(?:sizes?|mondo(?:point)?|foot length|eu|uk|us|eur)\b|=")


def read_wearer(*texts: str, grammar: Grammar) -> Gender:
    """Return whose shoe it is, from the first of the lowered texts that says so."""
    for text in texts:
        women, men = grammar.women.search(text), grammar.men.search(text)
        if women and men:
            return Gender.UNISEX
        if women or men:
            return Gender.WOMEN if women else Gender.MEN
    return Gender.UNKNOWN


def read_sizing(
    text: PlainText, *, wearer_texts: tuple[str, ...], vocabulary: Vocabulary
) -> list[Finding]:
    """Return the width offered and the size systems used; only short texts are read.

    ``wearer_texts`` are the lowered texts that may say whose shoe it is, the
    nearest first.
    """
    if len(text.cased) > _LONGEST or not _MAY_SPEAK_OF_SIZE.search(text.cased):
        return []
    return [
        *_read_widths(text, wearer_texts, vocabulary),
        *_read_systems(text, vocabulary.language),
    ]


def _find_alone(pattern: re.Pattern[str], text: str, forbidden: str) -> list[re.Match[str]]:
    """Return the matches with none of the forbidden signs and no letter or digit before them."""
    return [
        match
        for match in pattern.finditer(text)
        if not match.start()
        or not (text[match.start() - 1].isalnum() or text[match.start() - 1] in forbidden)
    ]


def _find_codes(text: PlainText) -> list[tuple[str, re.Match[str]]]:
    found: list[tuple[str, re.Match[str]]] = []
    for match in _find_alone(_SIZED, text.cased, ".,/-"):
        if 1 <= float(match["size"]) <= 20:
            found.append((match["code"], match))
    if "E" in text.cased:
        found += [(match["code"], match) for match in _find_alone(_ALONE, text.cased, "-")]
    if "width" in text.lowered or "fitting" in text.lowered:
        found += [
            (match["before"] or match["after"], match) for match in _NAMED.finditer(text.cased)
        ]
    return found


def _read_widths(
    text: PlainText, wearer_texts: tuple[str, ...], vocabulary: Vocabulary
) -> list[Finding]:
    codes = _find_codes(text)
    if not codes:
        return []
    gender = read_wearer(*wearer_texts, grammar=vocabulary.grammar)
    findings: list[Finding] = []
    for code, match in codes:
        width, confidence = read_width(code, gender=gender), WIDTH_CONFIDENCE
        if width is None and "E" in code.upper() and len(code) > 1:
            # Wide for anybody, perhaps more; who wears it is not said.
            width, confidence = "wide", UNSURE_CONFIDENCE
        if width is not None:
            findings.append(
                Finding(
                    "width_options",
                    Options.of(width),
                    f"{vocabulary.language}.width.code",
                    confidence,
                    match.start(),
                    match.end(),
                    original=code,
                )
            )
    return findings


def _read_systems(text: PlainText, language: str) -> list[Finding]:
    found: list[tuple[str, re.Match[str]]] = []
    cased = text.cased
    if "US" in cased or "EU" in cased or "UK" in cased:
        for pattern in (_SYSTEM_FIRST, _SYSTEM_LAST):
            for match in _find_alone(pattern, cased, "."):
                found.append((read_size_system(match["name"]) or "", match))
    if "mm" in cased:
        for match in _find_alone(_MONDOPOINT, cased, "."):
            if cased.strip() == match[0] or _SIZE_TALK.search(text.lowered):
                found.append(("mondopoint", match))
    return [
        Finding(
            "size_system",
            Options.of(system),
            f"{language}.size_system.figure",
            SYSTEM_CONFIDENCE,
            match.start(),
            match.end(),
            original=match[0],
        )
        for system, match in found
        if is_plausible_size(system, float(match["size"].replace(",", ".")))
    ]
