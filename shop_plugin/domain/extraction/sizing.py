"""Widths and size systems as they stand in names: "7.5 B(M) US", "2E", "EU 38"."""

from __future__ import annotations

import re

from shop_plugin.domain.attributes import Gender, Options
from shop_plugin.domain.extraction.claims import Finding
from shop_plugin.domain.extraction.texts import PlainText
from shop_plugin.domain.sizes import is_plausible_size, read_size_system, read_width

WIDTH_CONFIDENCE = 700
SYSTEM_CONFIDENCE = 700
# Longer texts speak of sizes in tables and advice; those are not read.
_LONGEST = 240

_WOMEN = re.compile(r"(?<![a-z])(?:wom[ae]n'?s?|ladies'?|lady'?s?|female)(?![a-z])")
_MEN = re.compile(r"(?<![a-z])(?:m[ae]n'?s?|gents?'?|gentlem[ae]n'?s?|male)(?![a-z])")
_LETTERS = r"4A|3A|2A|A{1,4}|B|C|D|[23456]E|E{1,4}|XXW|XW|WW|W|N|M"
_WIDTH = re.compile(
    rf"(?<![\w.,/-])(?P<size>\d{{1,2}}(?:\.5)?)\s?\(?(?P<sized>{_LETTERS}|(?i:x-?wide|wide"
    r"|medium|narrow))\)?(?=\s?\((?:[MWN]|[A-Z]{1,2})\)|[\s,;)]|\Z)(?!\s?(?:cm|mm|in)\b)"
    r"|(?<![\w-])(?P<alone>[2346]E|EE{1,3})(?![\w-])"
    rf"|(?<![\w-])(?P<before>{_LETTERS})[ -](?i:width|fitting)\b"
    rf"|\b(?i:width)\s?[:=]?\s(?P<after>{_LETTERS})(?![\w-])"
)
_SYSTEM = re.compile(
    r"(?<![A-Za-z])(?P<name>EUR|EU|UK|USA|US)[\s:]{0,2}(?i:size)?[\s:=]{0,2}(?P<size>\d{1,2}(?:[.,]\d)?)"
    r"(?![\d/]|\s?(?:cm|mm|inch|\"))"
    r"|(?<![\w.])(?P<size2>\d{1,2}(?:\.\d)?)\s?(?:[A-Z0-9]{1,3}\s?)?(?:\([A-Z]{1,2}\)\s?)?"
    r"(?P<name2>EUR|EU|UK|US)(?![A-Za-z])"
    r"|(?<![\w.])(?P<mondo>[123]\d[05])\s?mm(?![A-Za-z])"
)
_SIZE_TALK = re.compile(r"\b(?:sizes?|mondo(?:point)?|foot length|eu|uk|us|eur)\b|=")


def read_wearer(*texts: str) -> Gender:
    """Return whose shoe it is, from the first of the lowered texts that says so."""
    for text in texts:
        women, men = _WOMEN.search(text), _MEN.search(text)
        if women and men:
            return Gender.UNISEX
        if women or men:
            return Gender.WOMEN if women else Gender.MEN
    return Gender.UNKNOWN


def read_sizing(text: PlainText, *, gender: Gender) -> list[Finding]:
    """Return the width offered and the size systems used; only short texts are read."""
    if len(text.cased) > _LONGEST:
        return []
    return [*_read_widths(text, gender), *_read_systems(text)]


def _read_widths(text: PlainText, gender: Gender) -> list[Finding]:
    findings: list[Finding] = []
    for match in _WIDTH.finditer(text.cased):
        code = match["sized"] or match["alone"] or match["before"] or match["after"]
        if match["sized"] and not 1 <= float(match["size"]) <= 20:
            continue
        width = read_width(code, gender=gender)
        confidence = WIDTH_CONFIDENCE
        if width is None and "E" in code.upper() and len(code) > 1:
            # Wide for anybody, perhaps more; who wears it is not said.
            width, confidence = "wide", 500
        if width is not None:
            value = Options.of(width)
            findings.append(
                Finding(
                    "width_options",
                    value,
                    "en.width.code",
                    confidence,
                    match.start(),
                    match.end(),
                    original=code,
                )
            )
    return findings


def _read_systems(text: PlainText) -> list[Finding]:
    findings: list[Finding] = []
    for match in _SYSTEM.finditer(text.cased):
        if match["mondo"]:
            system, size = "mondopoint", float(match["mondo"])
            alone = text.cased.strip() == match[0]
            if not alone and _SIZE_TALK.search(text.lowered) is None:
                continue
        else:
            system = read_size_system(match["name"] or match["name2"]) or ""
            size = float((match["size"] or match["size2"]).replace(",", "."))
        if is_plausible_size(system, size):
            findings.append(
                Finding(
                    "size_system",
                    Options.of(system),
                    "en.size_system.figure",
                    SYSTEM_CONFIDENCE,
                    match.start(),
                    match.end(),
                    original=match[0],
                )
            )
    return findings
