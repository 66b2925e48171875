"""One finding of the doctor: what is so, how bad it is, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    NOTICE = "notice"  # worth knowing, or work for a person
    PROBLEM = "problem"  # something does not work, or is out of date


@dataclass(frozen=True, slots=True)
class Finding:
    """What is so. ``code`` is stable; ``numbers`` are for programs; ``remedy`` says what to do."""

    code: str
    level: Level
    text: str
    remedy: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)


def ok(code: str, text: str, **numbers: Any) -> Finding:
    """Return a finding that all is well."""
    return Finding(code, Level.OK, text, numbers=numbers)


def notice(code: str, text: str, remedy: str = "", **numbers: Any) -> Finding:
    """Return a finding that is worth knowing."""
    return Finding(code, Level.NOTICE, text, remedy, numbers)


def problem(code: str, text: str, remedy: str, **numbers: Any) -> Finding:
    """Return a finding that something is broken or out of date."""
    return Finding(code, Level.PROBLEM, text, remedy, numbers)


def count_of(number: int, one: str, many: str) -> str:
    """Return a number with its noun: "1 listing", "12,000 listings"."""
    return f"{number:,} {one if number == 1 else many}"
