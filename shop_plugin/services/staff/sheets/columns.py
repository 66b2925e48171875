"""The columns of a sheet of facts: named in words, and found again in any language."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from shop_plugin.domain.attributes import ATTRIBUTES, AttributeKind, Value, value_to_plain
from shop_plugin.domain.json_text import dump_json
from shop_plugin.domain.sheets import Cell, OddCell, OutgoingColumn, SheetUnusable
from shop_plugin.services.staff.sheets.cells import offered_answers, removal_word, spoken_languages
from shop_plugin.services.words.attributes import attribute_label

_SPACES = re.compile(r"\s+")
_VERSION_START = "v1"
_WIDE, _NARROW = 30, 16


class Context(StrEnum):
    """Columns that are read and never written; the first two say which listing a row is about."""

    SOURCE = "source"
    ID = "id"
    TITLE = "title"
    BRAND = "brand"
    ADDRESS = "address"
    MATCH = "match"
    KNOWN = "known"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class SheetColumns:
    """Where the columns of a table stand, counted from 0; ``labels`` are as the table has them.

    ``unknown`` names the columns that nothing is read from.
    """

    context: Mapping[Context, int]
    facts: Mapping[str, int]
    labels: tuple[str, ...]
    unknown: tuple[str, ...]


def context_label(column: Context) -> str:
    """Return the name of a column of context in the language in force."""
    return {
        Context.SOURCE: pgettext("column of a spreadsheet", "Source"),
        Context.ID: pgettext("column of a spreadsheet", "Id in the shop"),
        Context.TITLE: pgettext("column of a spreadsheet", "Title"),
        Context.BRAND: pgettext("column of a spreadsheet", "Brand"),
        Context.ADDRESS: pgettext("column of a spreadsheet", "Page"),
        Context.MATCH: pgettext("column of a spreadsheet", "Guide match"),
        Context.KNOWN: pgettext("column of a spreadsheet", "Known from other sources"),
        Context.VERSION: pgettext("column of a spreadsheet", "Version (leave as it is)"),
    }[column]


def outgoing_columns() -> tuple[OutgoingColumn, ...]:
    """Return the columns to write, in the language in force: context, facts, version."""
    wide = (Context.TITLE, Context.KNOWN)
    return (
        *(
            OutgoingColumn(context_label(item), width=_WIDE if item in wide else _NARROW)
            for item in Context
            if item is not Context.VERSION
        ),
        *(
            OutgoingColumn(
                attribute_label(key),
                is_open=True,
                choices=() if definition.is_span else offered_answers(key),
                hint=hint_of(key),
            )
            for key, definition in ATTRIBUTES.items()
        ),
        OutgoingColumn(context_label(Context.VERSION), width=_NARROW),
    )


def hint_of(attribute: str) -> str:
    """Return what may stand in a cell of an attribute, in the language in force."""
    definition = ATTRIBUTES[attribute]
    limits = {
        "low": definition.minimum // 1000,
        "high": definition.maximum // 1000,
        "unit": definition.unit,
    }
    if definition.kind is AttributeKind.LENGTH:
        return (
            _("With its unit: 2 3/4 in, 7 cm or 70 mm. From %(low)d to %(high)d %(unit)s.") % limits
        )
    if definition.kind is AttributeKind.WEIGHT:
        return (
            _("With its unit: 300 g, 0.3 kg or 10.5 oz. From %(low)d to %(high)d %(unit)s.")
            % limits
        )
    if definition.kind is AttributeKind.OFFER:
        return _("One or several of the list, with commas between them.")
    if definition.kind is AttributeKind.FLAG:
        return _("One of the list.")
    return _("One of the list. Where several are possible, all of them with “or” between.")


def legend_lines() -> tuple[tuple[str, ...], ...]:
    """Return what to know before filling a sheet in, one line each, in the language in force."""
    return (
        (_("Fill in the white columns; the grey ones tell which shoe it is."),),
        (_("An empty cell changes nothing."),),
        (_("To take a value back, write: %(word)s") % {"word": removal_word()},),
        (_("A number needs its unit. What is not understood is refused, never guessed."),),
        (_("Rows may be sorted, moved or deleted as a whole."),),
    )


# --- found again -------------------------------------------------------------------------------


def find_columns(header: Sequence[Cell]) -> SheetColumns:
    """Return where the columns of a table stand, by its first line.

    :raises SheetUnusable: without a column for the id, or without any fact, or where
        two columns are the same.
    """
    labels = tuple(cell.shown if isinstance(cell, OddCell) else cell.strip() for cell in header)
    names = _names()
    context: dict[Context, int] = {}
    facts: dict[str, int] = {}
    unknown = []
    for place, label in enumerate(labels):
        meant = names.get(_plain(label))
        if meant is None:
            if label:
                unknown.append(label)
            continue
        found: dict[str, int] = context if isinstance(meant, Context) else facts  # type: ignore[assignment]
        if meant in found:
            raise SheetUnusable("column_twice", line=1, column=label[:60])
        found[meant] = place
    if Context.ID not in context:
        raise SheetUnusable("no_id_column", line=1, found=_shown(labels))
    if not facts:
        raise SheetUnusable("no_fact_column", line=1, found=_shown(labels))
    return SheetColumns(context, facts, labels, tuple(unknown))


def _shown(labels: Iterable[str]) -> str:
    return ", ".join(label[:30] for label in labels if label)[:200]


@cache
def _names() -> Mapping[str, Context | str]:
    """Return what each heading means, over all languages, and the plain keys."""
    names: dict[str, Context | str] = {}
    for item in Context:
        names[_plain(item.value)] = item
    names["external id"] = Context.ID
    for key in ATTRIBUTES:
        names[_plain(key)] = key
    for language in spoken_languages():
        with override(language):
            for item in Context:
                names.setdefault(_plain(context_label(item)), item)
            for key in ATTRIBUTES:
                names.setdefault(_plain(attribute_label(key)), key)
    return names


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text.replace("_", " ")).strip().casefold()


# --- the version of a row ----------------------------------------------------------------------


def write_version(said: Mapping[str, Value]) -> str:
    """Return what tells later which staff values of a listing changed since this was written."""
    marks = (f"{key}={_mark(said[key])}" for key in ATTRIBUTES if key in said)
    return ";".join((_VERSION_START, *marks))


def read_version(text: str) -> Mapping[str, str] | None:
    """Return the marks of a version, or ``None`` for what is no version of ours."""
    start, *marks = text.strip().split(";")
    pairs = [mark.partition("=") for mark in marks]
    if start != _VERSION_START or any(key not in ATTRIBUTES for key, _sign, _mark in pairs):
        return None
    return {key: mark for key, _sign, mark in pairs}


def is_same_version(marks: Mapping[str, str], attribute: str, value: Value | None) -> bool:
    """Tell whether staff say of an attribute what they said when the marks were written."""
    return marks.get(attribute, "") == ("" if value is None else _mark(value))


def _mark(value: Value) -> str:
    text = dump_json(value_to_plain(value))
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
