"""Staff values as they stand in a cell: written exactly, read in any language footback speaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from shop_plugin.domain.attributes import (
    ATTRIBUTES,
    LEVELS,
    AttributeKind,
    Options,
    Span,
    Value,
)
from shop_plugin.services.shop.languages import ENGLISH, is_spoken
from shop_plugin.services.staff.values import MAX_TEXT, ValueRefused, read_value
from shop_plugin.services.words.attributes import join_words, option_label

_MOST_ANSWERS = 1_000  # characters; all answers of one attribute together take less
# Between answers, beside the words for "or" and "and" of each language.
_MARKS = (",", ";", "/", "|")
_SPACES = re.compile(r"\s+")
_TRUTHS = {"true": "yes", "false": "no"}  # what a spreadsheet makes of a ticked cell


@cache
def spoken_languages() -> tuple[str, ...]:
    """Return the languages whose words are understood: English, and those the host offers."""
    offered = [code for code, _name in settings.LANGUAGES if is_spoken(code)]
    return tuple(dict.fromkeys((ENGLISH, *offered)))


def removal_word() -> str:
    """Return what takes a staff value back, in the language in force."""
    return pgettext("in a cell of a spreadsheet: take the value back", "remove")


def read_cell(*, attribute: str, text: str) -> Value | None:
    """Return the value that a cell states, or ``None`` where it takes the staff value back.

    Answers are understood by their names in every language that is spoken
    here, whatever the language in force, and by their codes ("2", "lace_up").

    :raises KeyError: for a key that is no attribute.
    :raises ValueRefused: when the text is not understood; it says what would be.
    """
    definition = ATTRIBUTES[attribute]
    plain = _plain(text)
    if plain in _removal_words():
        return None
    most = MAX_TEXT if definition.is_span else _MOST_ANSWERS
    if len(text) > most:
        raise ValueRefused(
            _("This is longer than %(count)d characters, so it is no value.") % {"count": most}
        )
    if definition.is_span:
        return read_value(attribute=attribute, text=text)
    if definition.kind is AttributeKind.FLAG:
        plain = _TRUTHS.get(plain, plain)
    answers = _read_phrases(attribute, plain)
    if answers is None:
        raise ValueRefused(
            _("“%(text)s” is not one of the answers: %(answers)s.")
            % {"text": text.strip(), "answers": "; ".join(offered_answers(attribute))}
        )
    return Options(answers)


def write_cell(*, attribute: str, value: Value, original: str = "") -> str:
    """Return a value as a cell states it; :func:`read_cell` gives the very value back.

    ``original`` is how somebody wrote it, and is kept where it says the same.
    """
    if isinstance(value, Options):
        return _write_answers(attribute, value)
    if original:
        try:
            if read_value(attribute=attribute, text=original) == value:
                return original
        except ValueRefused:
            pass
    return _write_span(value, ATTRIBUTES[attribute].unit)


def offered_answers(attribute: str) -> tuple[str, ...]:
    """Return the answers of an attribute as a list offers them, in the language in force."""
    definition = ATTRIBUTES[attribute]
    words = [option_label(attribute, option) for option in definition.options]
    if definition.kind is AttributeKind.LEVEL:
        words.append(_("Some, not known how much"))
    return tuple(words)


# --- lengths and weights -----------------------------------------------------------------------


def _write_span(span: Span, unit: str) -> str:
    low, high = _write_thousandths(span.low, unit), _write_thousandths(span.high, unit)
    return low if low == high else f"{low} to {high}"


def _write_thousandths(number: int, unit: str) -> str:
    sign, size = ("-", -number) if number < 0 else ("", number)
    whole, rest = divmod(size, 1000)
    digits = f"{rest:03d}".rstrip("0")
    if unit == "g" and len(digits) == 3 and whole:
        digits += "0"  # "1.234 g" may be more than a kilogram somewhere, "1.2340 g" may not
    point = "." if digits else ""
    return f"{sign}{whole}{point}{digits} {unit}"


# --- answers -----------------------------------------------------------------------------------


def _write_answers(attribute: str, value: Options) -> str:
    definition = ATTRIBUTES[attribute]
    if definition.kind is AttributeKind.LEVEL and value.members == set(LEVELS[1:]):
        return _("Some, not known how much")
    words = [option_label(attribute, key) for key in definition.options if key in value.members]
    return join_words(words, is_choice=definition.kind is not AttributeKind.OFFER)


def _read_phrases(attribute: str, plain: str) -> frozenset[str] | None:
    """Return the answers that a text names, parted in whichever way every part is known."""
    phrases = _phrases(attribute)
    separator = _separators()
    # An answer may hold a comma or an "or" itself, so each place where the text may end is tried.
    known: dict[int, frozenset[str]] = {0: frozenset()}
    ends = [(match.start(), match.end()) for match in separator.finditer(plain)]
    stops = [*ends, (len(plain), len(plain))]
    for stop, after in stops:
        for begin, before in list(known.items()):
            if begin <= stop and (found := phrases.get(plain[begin:stop].strip())):
                known.setdefault(after, before | found)
    return known.get(len(plain)) or None


@cache
def _phrases(attribute: str) -> Mapping[str, frozenset[str]]:
    """Return what each phrase says, over all languages; one that says two things is left out."""
    said: dict[str, set[frozenset[str]]] = {}
    definition = ATTRIBUTES[attribute]

    def note(phrase: str, answers: Iterable[str]) -> None:
        said.setdefault(_plain(phrase), set()).add(frozenset(answers))

    for option in definition.options:
        note(option, (option,))
    for language in spoken_languages():
        with override(language):
            for option in definition.options:
                note(option_label(attribute, option), (option,))
            if definition.kind is AttributeKind.LEVEL:
                note(_("Some, not known how much"), LEVELS[1:])
                for place, level in enumerate(LEVELS[:-1]):
                    word = option_label(attribute, level)
                    note(_("{level} or more").format(level=word), LEVELS[place:])
    return MappingProxyType(
        {phrase: next(iter(answers)) for phrase, answers in said.items() if len(answers) == 1}
    )


@cache
def _separators() -> re.Pattern[str]:
    words = set()
    for language in spoken_languages():
        with override(language):
            for pattern in (_("{head} or {last}"), _("{head} and {last}")):
                words.add(_plain(pattern.format(head="", last="")))
    spelled = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if word)
    marks = "".join(re.escape(mark) for mark in _MARKS)
    return re.compile(rf"\s*[{marks}]\s*|\s+(?:{spelled})\s+")


@cache
def _removal_words() -> frozenset[str]:
    words = set()
    for language in spoken_languages():
        with override(language):
            words.add(_plain(removal_word()))
    return frozenset(words)


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text).strip().casefold()
