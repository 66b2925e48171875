"""Faceted search beside its peers, in one run, every answer held to brute force.

    python -m bench.search [--sizes 100000 1000000] [--peers tantivy lucene sqlite postgresql floor]

One question is: total, the best 24, and all counts of nine facets, each
facet's own choice left out; twenty questions with no to five filters. The
catalogue is made up (:mod:`bench.search_data`). footback's index counts five
more facets, all the same. Goals are ratios within one run, for machines
differ. Django's ORM is asked on SQLite and, where ``BENCH_POSTGRES`` or the usual
places name a server, on PostgreSQL. Lucene is asked where a JDK and Debian's
jars are (:mod:`bench.search_lucene`). A wrong answer stops the run with
status 1. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

import django

from bench.children import run_child

SMALL, LARGE = 100_000, 1_000_000
PEERS = ("tantivy", "lucene", "sqlite", "postgresql", "floor")
# key -> (what, goal, whether more is better); P1 to P3 and P5 at the largest size.
GOALS: dict[str, tuple[str, float, bool]] = {
    "P1_p50_tantivy": ("times faster than tantivy-py, p50", 12, True),
    "P1_p95_tantivy": ("times faster than tantivy-py, p95", 12, True),
    "P1_p50_lucene": ("times faster than Lucene, p50", 30, True),
    "P1_p95_lucene": ("times faster than Lucene, p95", 15, True),
    "P2_p50_orm": ("times faster than the ORM on PostgreSQL, p50", 300, True),
    "P2_p95_orm": ("times faster than the ORM on PostgreSQL, p95", 500, True),
    "P2_p50_orm_small": ("the same at 100,000, p50", 250, True),
    "P2_p95_orm_small": ("the same at 100,000, p95", 400, True),
    "P3_floor": ("times the AND + popcount floor in C, p50", 2, False),
    "P3_wrong": ("wrong answers", 0, False),
    "P4_page_ms": ("ms, p95 of a whole page over HTTP, one client", 20, False),
    "P4_facets_orm": ("times the ORM endpoint's requests a second, at 100,000", 100, True),
    "P5_apply_us": ("µs to apply one changed product", 100, False),
    "P5_load": ("of a rebuild's time to load a snapshot", 1 / 50, False),
}


def main() -> None:
    """Run every size, print the table, end with the line for machines."""
    parser = argparse.ArgumentParser(description="faceted search beside its peers")
    parser.add_argument("--sizes", nargs="+", type=int, default=[SMALL, LARGE])
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS, help="ask these only")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child is not None:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "footback_shop.settings")
        django.setup()
        # Models can be imported only now.
        measure = importlib.import_module("bench.search_measure").measure
        print(json.dumps(measure(options.child, options.peers)))
        return
    results = [_measure_apart(size, options.peers) for size in sorted(options.sizes)]
    for result in results:
        _print_size(result)
    summary = _summary(results)
    _print_goals(summary)
    print(json.dumps(summary))
    sys.exit(1 if any(result["wrong"] for result in results) else 0)


def _measure_apart(size: int, peers: Sequence[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"}
        arguments = ["--child", str(size), "--peers", *peers]
        found: dict[str, Any] = run_child("bench.search", arguments, environment)
    return found


def _print_size(result: dict[str, Any]) -> None:
    title = f"{result['size']:,} listings, ms a question:"
    print(f"{title:46}{'p50':>12}{'p95':>10}  times footback, after updates")
    ours = _ours(result)
    for name, times in result["times"].items():
        ratios = f"{times['p50'] / ours['p50']:10.1f}{times['p95'] / ours['p95']:10.1f}"
        print(f"  {name:44}{times['p50']:12.3f}{times['p95']:10.3f}{ratios}")
    for name, reason in result["skipped"].items():
        print(f"  {name}: skipped, {reason}")
    print(
        f"  wrong answers {result['wrong']} of {result['asked']}, "
        f"{result['bytes_per_listing']:.0f} bytes a listing in a snapshot, "
        f"{result['memory_per_listing']:.0f} in memory"
    )
    print(
        f"  apply {result['apply_us']:.1f} µs a product, snapshot {result['load_s']:.3f} s against "
        f"rebuild {result['rebuild_s']:.2f} s ({result['rebuild']})"
    )
    print(
        f"  words {result['words_ms']:.3f} ms, personal order {result['personal_ms']:.3f} ms, "
        f"page over HTTP p95 {result['page_ms']:.1f} ms, {result['page_first_ms']:.1f} where no "
        f"card was drawn before ({result['page']}), of which index and 24 "
        f"rows {result['search_ms']:.1f}"
    )
    print(f"  facets endpoint {result['facets_rps']:,.0f} requests a second without a cache\n")


def _summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    largest = results[-1]
    small = next((item for item in results if item["size"] == SMALL), None)
    values: dict[str, float | None] = {
        **_ratios(largest, "tantivy-py", "P1_{}_tantivy"),
        **_ratios(largest, "Lucene", "P1_{}_lucene"),
        **_ratios(largest, "Django ORM, postgresql", "P2_{}_orm"),
        "P3_wrong": sum(item["wrong"] for item in results),
        "P4_page_ms": largest["page_ms"],
        "P5_apply_us": largest["apply_us"],
        "P5_load": largest["load_s"] / largest["rebuild_s"],
    }
    if floor := largest["times"].get("floor in C"):
        values["P3_floor"] = _ours(largest)["p50"] / floor["p50"]
    if small:
        values |= _ratios(small, "Django ORM, postgresql", "P2_{}_orm_small")
        if small.get("orm_rps"):
            values["P4_facets_orm"] = small["facets_rps"] / small["orm_rps"]
    goals = {}
    for key, (_what, goal, is_more_better) in GOALS.items():
        value = values.get(key)
        met = None if value is None else (value >= goal if is_more_better else value <= goal)
        goals[key] = {"value": None if value is None else round(value, 4), "goal": goal, "met": met}
    return {
        "bench": "search",
        "versions": _versions(),
        "size": largest["size"],
        "cpus": os.cpu_count(),
        "goals": goals,
        "sizes": results,
    }


def _ours(result: dict[str, Any]) -> dict[str, float]:
    found: dict[str, float] = result["times"]["footback, after 1,000 updates"]
    return found


def _ratios(result: dict[str, Any], peer: str, name: str) -> dict[str, float | None]:
    times = result["times"].get(peer)
    return {
        name.format(which): times[which] / _ours(result)[which] if times else None
        for which in ("p50", "p95")
    }


def _print_goals(summary: dict[str, Any]) -> None:
    print("goals")
    for key, found in summary["goals"].items():
        what, goal, is_more_better = GOALS[key]
        state = {True: "met", False: "MISSED", None: "not measured"}[found["met"]]
        value = "-" if found["value"] is None else f"{found['value']:,.4g}"
        bound = "at least" if is_more_better else "at most"
        print(f"  {key:18}{value:>10}  {bound} {goal:g}: {state}; {what}")


def _versions() -> dict[str, str]:
    names = ("numpy", "pyroaring", "tantivy", "psycopg")
    modules = {name: importlib.import_module(name) for name in names}
    found = {name: str(getattr(module, "__version__", "")) for name, module in modules.items()}
    java = shutil.which("java")
    return {
        "python": platform.python_version(),
        "django": django.get_version(),
        **found,
        "java": java or "none",
    }


if __name__ == "__main__":
    main()
