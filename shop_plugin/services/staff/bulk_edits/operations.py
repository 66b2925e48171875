"""The five things a bulk edit may do to an attribute, and how they are written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shop_plugin.domain.attributes import ATTRIBUTES, Value, value_from_plain, value_to_plain

MOST_ORIGINAL = 200  # characters of a value as it was written


class Operation(StrEnum):
    """What becomes of one attribute of every listing of a bulk edit."""

    NO_CHANGE = "no_change"
    # The staff value becomes this one, whatever stood there.
    REPLACE = "replace"
    # Staff say this where nothing at all is believed; a value that is known stays.
    ADD_WHERE_UNKNOWN = "add_where_unknown"
    # Staff say nothing any more; the other sources speak again.
    REMOVE_STAFF_VALUE = "remove_staff_value"
    # The staff value goes, and what feeds and texts say is rejected: the attribute is unknown,
    # but for what is true of the category by definition.
    CLEAR_ALL_SOURCES = "clear_all_sources"

    @property
    def needs_value(self) -> bool:
        """Tell whether the operation writes a value."""
        return self in (Operation.REPLACE, Operation.ADD_WHERE_UNKNOWN)


@dataclass(frozen=True, slots=True)
class AttributeEdit:
    """One operation on one attribute. ``original`` is the value as somebody wrote it.

    :raises KeyError: for a key that is no attribute.
    :raises ValueError: for an operation without the value it needs, or with one it does not.
    """

    attribute: str
    operation: Operation
    value: Value | None = None
    original: str = ""

    def __post_init__(self) -> None:
        if self.attribute not in ATTRIBUTES:
            raise KeyError(self.attribute)
        if (self.value is not None) != self.operation.needs_value:
            raise ValueError(f"{self.operation} of {self.attribute} with the value {self.value}")


def write_edits(edits: Iterable[AttributeEdit]) -> dict[str, list[Any]]:
    """Return edits as a plain structure, those that change nothing left out.

    :raises ValueError: for two edits of one attribute.
    """
    plain: dict[str, list[Any]] = {}
    for edit in edits:
        if edit.attribute in plain:
            raise ValueError(f"two operations on {edit.attribute}")
        if edit.operation is not Operation.NO_CHANGE:
            value = None if edit.value is None else value_to_plain(edit.value)
            plain[edit.attribute] = [edit.operation.value, value, edit.original[:MOST_ORIGINAL]]
    return plain


def read_edits(plain: Mapping[str, list[Any]]) -> tuple[AttributeEdit, ...]:
    """Return the edits that :func:`write_edits` wrote down."""
    return tuple(
        AttributeEdit(
            attribute,
            Operation(operation),
            None if value is None else value_from_plain(value),
            original,
        )
        for attribute, (operation, value, original) in plain.items()
    )
