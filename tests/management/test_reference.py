"""The commands and what the documentation says of them: names and options, both ways."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

ROOT = Path(settings.BASE_DIR)
REFERENCE = ROOT / "docs" / "reference" / "commands.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
OWN = sorted(name for name, app in get_commands().items() if app == "shop_plugin")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
CALL = re.compile(r"\b(footback_[a-z_]+)\b([^`\n|&;]*)")
CODE = re.compile(r"`[^`\n]+`|^```.*?^```$", re.MULTILINE | re.DOTALL)


def flags_of(parser: ArgumentParser) -> set[str]:
    """Return the long options of a parser and of the parsers of its subcommands."""
    flags: set[str] = set()
    for action in parser._actions:
        flags.update(flag for flag in action.option_strings if flag.startswith("--"))
        if isinstance(action.choices, dict):
            for inner in action.choices.values():
                flags |= flags_of(inner)
    return flags


@cache
def options_of(name: str) -> frozenset[str]:
    command = load_command_class("shop_plugin", name)
    return frozenset(flags_of(command.create_parser("manage.py", name)))


def every_command_has() -> frozenset[str]:
    return frozenset(flags_of(BaseCommand().create_parser("manage.py", "any")))


def sections() -> dict[str, str]:
    """Return the text about each command: its row of the table and its sections."""
    text = REFERENCE.read_text(encoding="utf-8")
    told = dict.fromkeys(OWN, "")
    for line in re.findall(r"^\| `(footback_\w+)[^\n]*$", text, re.MULTILINE):
        told[line] += next(row for row in text.splitlines() if row.startswith(f"| `{line}"))
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, _end, body = part.partition("\n")
        for name in re.findall(r"footback_\w+", heading):
            told[name] += body
    return told


def test_it_names_every_command_of_the_plugin_and_no_other() -> None:
    rows = [line for line in REFERENCE.read_text().splitlines() if line.startswith("| `footback")]
    assert {line.removeprefix("| `").split("`")[0].split()[0] for line in rows} == set(OWN)
    assert OWN


@pytest.mark.parametrize("name", OWN)
def test_it_names_every_option_of_a_command(name: str) -> None:
    missing = options_of(name) - every_command_has() - set(OPTION.findall(sections()[name]))
    assert missing == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_it_calls_no_command_and_no_option_that_does_not_exist(path: Path) -> None:
    wrong = []
    for code in CODE.findall(path.read_text(encoding="utf-8")):
        for name, rest in CALL.findall(code.replace("\\\n", " ")):
            if name not in OWN:
                continue
            unknown = set(OPTION.findall(rest)) - options_of(name)
            wrong += [f"{name} {option}" for option in sorted(unknown)]
    assert wrong == []
