"""make bench-import compares what both ways stored, and ends with a line for machines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.own_database]


def test_finds_the_same_listings_and_matches_on_both_ways() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.importing", "--sizes", "60", "--peer-rows", "20"],
        cwd=Path(__file__).parents[2],
        env={**environment, "DJANGO_SETTINGS_MODULE": "footback_shop.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "20 listings compared, all equal" in done.stdout
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["bench"], found["size"]) == ("import", 60)
    assert found["goals"]["P10"]["goal"] == 10
