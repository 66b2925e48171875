from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.management import get_commands

REFERENCE = Path(settings.BASE_DIR) / "docs" / "reference" / "commands.md"


def test_it_names_every_command_of_the_plugin_and_no_other() -> None:
    own = {name for name, app in get_commands().items() if app == "shop_plugin"}
    rows = [line for line in REFERENCE.read_text().splitlines() if line.startswith("| `footback")]
    assert {line.removeprefix("| `").split("`")[0].split()[0] for line in rows} == own
    assert own
