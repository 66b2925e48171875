"""Read listing texts from standard input and write what they state to standard output."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any, Protocol

from django.core.management.base import BaseCommand

from shop_plugin.domain.attributes import ATTRIBUTES, Options, Span
from shop_plugin.domain.extraction import extract
from shop_plugin.domain.records import Reading

THOUSAND = 1000
EXIT_SOME_REFUSED = 3


class Output(Protocol):
    """Where lines are written to; a line feed is added where it is missing."""

    def write(self, msg: str) -> Any:
        """Write one line."""
        ...

    def flush(self) -> None:
        """Hand over what was written."""
        ...


class LineError(ValueError):
    """Raised for a line of input that cannot be read; its text says what to do."""


class Command(BaseCommand):
    """Filter JSON lines: one listing in, one line of observations out. Touches no database."""

    help = (
        "Reads JSON lines from standard input, each an object with id, title, description and,"
        " if known, language. Writes one JSON line for each: its id and the observations found,"
        " each with its quote. No database is touched. Exits with 3 when a line was refused."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False
    stealth_options = ("stdin",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add nothing: the filter has no options."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Read standard input to its end; refuse bad lines one by one and go on.

        :raises SystemExit: with status 3 when at least one line was refused.
        """
        source = options.get("stdin") or sys.stdin.buffer
        refused = write_observations(source, output=self.stdout, errors=self.stderr)
        if refused:
            self.stderr.write(f"{refused} line(s) refused; all others were read.")
            sys.exit(EXIT_SOME_REFUSED)


def write_observations(lines: Iterable[bytes], *, output: Output, errors: Output) -> int:
    """Write one line of observations per line read; return how many lines were refused.

    Every line is handed over before the next is read; empty lines are passed over.
    """
    refused = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            result = read_line(line)
        except LineError as error:
            refused += 1
            errors.write(f"line {number}: {error}")
            continue
        output.write(json.dumps(result))
        output.flush()
    return refused


def read_line(line: bytes) -> dict[str, Any]:
    """Return the id of a listing with its observations.

    :raises LineError: when the line is no JSON object or a text is no text.
    """
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LineError(f"this is not JSON: {error}") from error
    if not isinstance(row, dict):
        raise LineError('a listing is an object such as {"id": "1", "title": "...", ...}')
    texts = {name: _text(row, name) for name in ("title", "description", "language")}
    readings = extract(**texts)
    return {"id": row.get("id"), "observations": [as_observation(each) for each in readings]}


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise LineError(f'"{name}" must be a text, not {json.dumps(value)[:60]}')
    return value


def as_observation(reading: Reading) -> dict[str, Any]:
    """Return a reading as plain data: lengths in mm, weights in g, levels as whole numbers."""
    attribute = ATTRIBUTES[reading.attribute]
    observation: dict[str, Any] = {"attribute": reading.attribute}
    if isinstance(reading.value, Span):
        observation["low"] = _plain_number(reading.value.low)
        observation["high"] = _plain_number(reading.value.high)
    elif isinstance(reading.value, Options):
        members = [option for option in attribute.options if option in reading.value.members]
        is_level = all(member.isdigit() for member in members)
        observation["levels"] = [int(member) for member in members] if is_level else members
    observation |= {
        "unit": attribute.unit,
        "quote": reading.quote,
        "field": reading.field,
        "start": reading.start,
        "end": reading.end,
        "confidence": round(reading.confidence / THOUSAND, 3),
        "rule": reading.rule,
    }
    return observation


def _plain_number(thousandths: int) -> int | float:
    whole, rest = divmod(thousandths, THOUSAND)
    return thousandths / THOUSAND if rest else whole
