"""Another process holds the database: the import says so in one line, and nothing is lost."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT_DIR = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.own_database, pytest.mark.slow]


def manage(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT_DIR,
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def count_listings(database: Path) -> int:
    with sqlite3.connect(database) as connection:
        return connection.execute("SELECT count(*) FROM footback_listing").fetchone()[0]


def test_a_locked_database_stops_the_import_and_the_next_run_brings_all_rows(tmp_path):
    database, feed = tmp_path / "shop.sqlite3", tmp_path / "feed.jsonl"
    url = f"sqlite:///{database}?timeout=1"
    rows = [{"id": f"shoe-{number}", "title": f"Marlow Walker {number}"} for number in range(3)]
    feed.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert manage(url, "migrate", "--verbosity", "0").returncode == 0
    arguments = ("footback_import", str(feed), "--format", "jsonl", "--source", "test")

    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    refused = manage(url, *arguments)
    holder.execute("ROLLBACK")
    holder.close()

    assert refused.returncode == 1
    assert "The database is locked" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert count_listings(database) == 0

    again = manage(url, *arguments)

    assert again.returncode == 0, again.stderr
    assert count_listings(database) == 3
