"""A catalogue from a CSV file, validated, read and scored: footback beside django-import-export.

    python -m bench.importing [--sizes 2000 100000] [--peer-rows 1000]

The file is made up (:mod:`bench.spine_rows`). django-import-export reads the
same rows in the same process and database, a sample of them, in three ways:

- *the same work*: its resource as the documentation shows it, with footback's
  own validation before each row and footback's own extraction and scoring
  after each row, which is where its hooks are;
- *rows only*: the same without extraction and scoring;
- *rows only, tuned*: in bulk, without diffs, as its page on speed advises.

Answers are checked: both ways must store the same listings with the same
matches; a difference stops the run with status 1. Goal P10 is about the same
work; the other two are printed so that nobody has to ask. The last line is
one JSON object.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import tempfile
from importlib.metadata import version
from typing import Any

import django

from bench.children import run_child

RATIO_GOAL = 10
PEERS = ("same work", "rows only", "rows only, tuned")


def main() -> None:
    """Run every size, print the table, end with the line for machines."""
    parser = argparse.ArgumentParser(description="import beside django-import-export")
    parser.add_argument("--sizes", nargs="+", type=int, default=[2_000, 100_000])
    parser.add_argument("--peer-rows", type=int, default=1_000)
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child is not None:
        _measure_here(options.child, options.peer_rows)
        return
    results = [_measure_apart(size, options.peer_rows) for size in sorted(options.sizes)]
    for result in results:
        _print_table(result)
    print(json.dumps(_summary(results[-1])))


def _measure_here(size: int, peer_rows: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "footback_shop.settings")
    django.setup()
    # Models can be imported only now.
    measure = importlib.import_module("bench.importing_measure").measure
    print(json.dumps(measure(size, peer_rows)))


def _measure_apart(size: int, peer_rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3", **os.environ}
        arguments = ["--child", str(size), "--peer-rows", str(peer_rows)]
        found: dict[str, Any] = run_child("bench.importing", arguments, environment)
    return found


def _print_table(result: dict[str, Any]) -> None:
    ours = result["footback"]
    print(f"{result['size']:,} listings from CSV on {result['database']}, rows a second:")
    print(f"  {'footback, everything':38}{ours:10,.0f}")
    for name in PEERS:
        rate = result["peer"][name]
        print(f"  {'django-import-export, ' + name:38}{rate:10,.0f}{ours / rate:8.1f} times")
    print(
        f"  {result['compared']:,} listings compared, all equal; "
        f"the peer did {result['peer_rows']:,} rows"
    )


def _summary(result: dict[str, Any]) -> dict[str, Any]:
    ratio = result["footback"] / result["peer"]["same work"]
    return {
        "bench": "import",
        "versions": {
            "python": platform.python_version(),
            "django": django.get_version(),
            "django-import-export": version("django-import-export"),
            "database": result["database"],
        },
        "size": result["size"],
        "rows_per_second": {
            "footback": round(result["footback"]),
            **{name: round(rate) for name, rate in result["peer"].items()},
        },
        "goals": {
            "P10": {"value": round(ratio, 1), "goal": RATIO_GOAL, "met": ratio >= RATIO_GOAL}
        },
    }


if __name__ == "__main__":
    main()
