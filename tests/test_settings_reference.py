"""The settings page: it names every key with the default that is in force."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path

from shop_plugin.conf import FootbackSettings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "settings.md"
ROW = re.compile(r"^\| `([A-Z_]+)` \| `([^`]+)` \| (.+) \|$", re.MULTILINE)


def documented():
    return {key: (default, meaning) for key, default, meaning in ROW.findall(PAGE.read_text())}


def test_names_every_key_and_no_other():
    assert set(documented()) == {item.name for item in fields(FootbackSettings)}


def test_states_the_default_in_force():
    in_force = FootbackSettings()
    stated = {key: ast.literal_eval(default) for key, (default, _) in documented().items()}
    assert stated == {key: getattr(in_force, key) for key in stated}
