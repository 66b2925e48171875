"""The spellings of a word that mean the same: "Fußbett", "Fussbett", "tacón", "tacon"."""

from __future__ import annotations

import re
import unicodedata

# Typewriters and old keyboards write two letters for one.
_GERMAN = (str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"}), str.maketrans({"ß": "ss"}))
_GERMAN_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
# Accents are often left out, in capitals above all.
_LEAVE_ACCENTS_OUT = frozenset({"fr", "es"})
_LIGATURES = {"œ": "oe", "æ": "ae"}


def spellings(text: str, language: str) -> tuple[str, ...]:
    """Return a text in lower case with its other spellings, itself first."""
    if text.isascii():
        return (text,)
    forms = [text]
    if language == "de":
        umlauts, sharp_s = _GERMAN
        forms += [text.translate(umlauts), text.translate(sharp_s)]
        forms.append(forms[1].translate(sharp_s))
    elif language in _LEAVE_ACCENTS_OUT:
        forms.append("".join(letter if letter == "ñ" else _bare(letter) for letter in text))
        forms.append("".join(map(_bare, text)))
    return tuple(dict.fromkeys(forms))


def spell_pattern(pattern: str, language: str) -> str:
    """Return a fragment of a regular expression that matches every spelling.

    Letters with marks must not stand in a set of characters (``[...]``).
    """
    if pattern.isascii():
        return pattern
    return "".join(_any_letter(letter, language) for letter in pattern)


def _any_letter(letter: str, language: str) -> str:
    if letter.isascii():
        return letter
    if language == "de":
        other = _GERMAN_LETTERS.get(letter, "")
    else:
        other = _bare(letter) if language in _LEAVE_ACCENTS_OUT else ""
    return f"(?:{letter}|{re.escape(other)})" if other and other != letter else letter


def _bare(letter: str) -> str:
    return _LIGATURES.get(letter) or unicodedata.normalize("NFD", letter)[0]
