"""Import, annotate and assess a catalogue, beside the plain way, in one run.

    python -m bench.spine [--sizes 10000 100000]

The catalogue is made up (:mod:`bench.spine_rows`). Each size runs in a process
of its own, so that the peak of its memory is its own, on a temporary SQLite
or, where ``DATABASE_URL`` is set, in that database, which must be empty. The
plain way (one ORM ``save()`` per row, one ``re`` per phrase, one formula run
per listing and condition) does a sample of the same rows in the same process,
for it would take too long on the whole. Answers are checked; a wrong one stops
the run with status 1. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import tempfile
from typing import Any

import django

from bench.children import run_child

RATE_GOAL = 2_000  # listings a second through all three steps, at the largest size
RATIO_GOAL = 10  # against the plain way, all three steps
MEMORY_GOAL_MB = 300
GROWTH_GOAL_MB = 30  # more memory for the largest size than for the smallest

STEPS = ("import", "annotate", "assess", "together")


def main() -> None:
    """Run every size, print the table, end with the line for machines."""
    parser = argparse.ArgumentParser(description="rates of import, annotate and assess")
    parser.add_argument("--sizes", nargs="+", type=int, default=[10_000, 100_000])
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child is not None:
        _measure_here(options.child)
        return
    results = [_measure_apart(size) for size in sorted(options.sizes)]
    for result in results:
        _print_table(result)
    print(json.dumps(_summary(results)))


def _measure_here(size: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "footback_shop.settings")
    django.setup()
    # Models can be imported only now.
    print(json.dumps(importlib.import_module("bench.spine_measure").measure(size)))


def _measure_apart(size: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3", **os.environ}
        found: dict[str, Any] = run_child("bench.spine", ["--child", str(size)], environment)
    return found


def _print_table(result: dict[str, Any]) -> None:
    plain = result["plain"]
    print(f"{result['size']:,} listings on {result['database']}, rows a second:")
    print(f"  {'':10}{'footback':>12}{'plain way':>12}{'ratio':>8}")
    for step in STEPS:
        ratio = result[step] / plain[step]
        print(f"  {step:10}{result[step]:12,.0f}{plain[step]:12,.0f}{ratio:8.1f}")
    print(f"  the same file again, nothing to change: {result['again']:,.0f}")
    print(
        f"  {result['observations']:,} observations, {result['classes']:,} distinct sets of "
        f"facts, peak memory {result['peak_mb']:.0f} MB"
    )


def _summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    largest = results[-1]
    growth = largest["peak_mb"] - results[0]["peak_mb"]
    ratio = largest["together"] / largest["plain"]["together"]
    return {
        "bench": "spine",
        "versions": {
            "python": platform.python_version(),
            "django": django.get_version(),
            "database": largest["database"],
        },
        "size": largest["size"],
        "goals": {
            "rows_per_second": _at_least(largest["together"], RATE_GOAL),
            "ratio_to_plain": _at_least(ratio, RATIO_GOAL),
            "peak_mb": _at_most(max(item["peak_mb"] for item in results), MEMORY_GOAL_MB),
            "growth_mb": _at_most(growth, GROWTH_GOAL_MB),
        },
    }


def _at_least(value: float, goal: float) -> dict[str, Any]:
    return {"value": round(value, 1), "goal": goal, "met": value >= goal}


def _at_most(value: float, goal: float) -> dict[str, Any]:
    return {"value": round(value, 1), "goal": goal, "met": value <= goal}


if __name__ == "__main__":
    main()
