"""make bench-nudges sends each mail once in every way, and ends with a line for machines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.own_database]

SMALL = ("--purchases", "300", "--mails", "30", "--kills", "4", "--databases", "sqlite")


def test_runs_with_fewer_mails_than_kinds_of_shoes() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.nudges", *SMALL],
        cwd=Path(__file__).parents[2],
        env={**environment, "DJANGO_SETTINGS_MODULE": "footback_shop.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["bench"], found["size"], found["mails"]) == ("nudges", 300, 30)
    assert found["goals"]["P8_twice_sqlite"]["value"] == 0
    assert found["goals"]["P9_django_sqlite"]["goal"] == 2.5
    assert found["due"] == {"sqlite": 15}
    assert found["goals"]["T32_sweep_s_sqlite"]["value"] > 0
    assert found["goals"]["T33_drain_sqlite"]["value"] > 0
