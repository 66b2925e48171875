"""Requests a second through the whole stack: gunicorn with two workers, as the demo serves.

    python -m bench.api [--size 100000] [--seconds 6]

A catalogue is made up (:mod:`bench.spine_rows`), brought in, read and assessed
in a scratch SQLite database, or in the empty one that ``DATABASE_URL`` names.
Then every kind of request is sent over kept connections, beside a Django view
that answers a constant behind the same middleware: only the ratio to that one
can be compared between machines. Each is asked for some seconds before it is
measured, so pages and words are those of a process that runs for a while; whole
answers are kept only in the last two lines. Every answer's status is checked; a wrong one
ends the run with status 1. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

WORKERS, THREADS, CONNECTIONS = 2, 4, 8
SETTINGS = "bench.api_settings"
API = "/api/footback/v1/"
# Twenty queries as shoppers ask them, none to four filters; each finds something.
QUERIES = (
    "",
    "grade=C&grade=D",
    "heel=up_to_1in",
    "arch=2",
    "brand=Marlow",
    "category=walking",
    "gender=women&heel=up_to_1in",
    "grade=E&brand=Ostrava",
    "cushioning=1",
    "q=walker",
    "sort=price",
    "sort=newest&gender=men",
    "sort=-price&category=boot",
    "arch=2&arch=unclear&toe=round",
    "category=casual_sneaker&brand=Marlow&toe=round",
    "heel=over_3in",
    "grade=D&grade=E&gender=women&heel=1_to_2in",
    "price=EUR-60-80",
    "size=%3A38&brand=Lindqvist",
    "q=runner&brand=Kestrel+Row",
)
GOALS = {
    "facets_per_second": 300,
    "details_per_second": 60,
    "not_modified_to_constant": 0.5,
    "detail_p95_ms": 60,
}


@dataclass(frozen=True)
class Target:
    """One kind of request: its paths, the ETag to each where one is sent, the status expected."""

    name: str
    requests: Sequence[tuple[str, str]]
    status: int = 200


def main() -> None:
    """Fill, serve, measure, print."""
    parser = argparse.ArgumentParser(description="requests a second, through gunicorn")
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--fill", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fill:
        _fill(options.size)
        return
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "FOOTBACK_VAR_DIR": folder,
            **os.environ,
            "DJANGO_SETTINGS_MODULE": SETTINGS,
        }
        fill = [sys.executable, "-m", "bench.api", "--fill", "--size", str(options.size)]
        done = subprocess.run(fill, env=environ, stdout=subprocess.PIPE, text=True, check=True)
        database = json.loads(done.stdout.splitlines()[-1])
        log = Path(folder) / "gunicorn.log"
        results: dict[str, Any] = {}
        with _serve({**environ, "FOOTBACK_BENCH_KEEPS_NOTHING": "1"}, log) as port:
            for target in _fresh_targets(port):
                results[target.name] = _measure(port, target, options.seconds)
        with _serve(environ, log) as port:
            for target in _kept_targets(port):
                results[target.name] = _measure(port, target, options.seconds)
    _print_table(results, options.size, database["name"])
    summary = _summary(results, options.size, database["name"])
    _print_goals(summary)
    print(json.dumps(summary))


def _fill(size: int) -> None:
    django.setup()
    # Models can be imported only now.
    print(json.dumps({"name": importlib.import_module("bench.api_catalogue").fill(size)}))


@contextmanager
def _serve(environ: dict[str, str], log: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "footback_shop.wsgi", "--bind"]
    command += [f"127.0.0.1:{port}", "--workers", str(WORKERS), "--threads", str(THREADS)]
    with log.open("w") as out:
        server = subprocess.Popen([*command, "--no-control-socket"], env=environ, stderr=out)
        try:
            _wait(port, server)
            yield port
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=20)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    for _try in range(150):
        if server.poll() is not None:
            raise SystemExit("gunicorn ended by itself")
        try:
            _fetch(port, "/constant/")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("gunicorn does not answer")


def _fresh_targets(port: int) -> list[Target]:
    """Return what is looked up and worded anew each time, the anchor first."""
    lists, facets, details, following = _paths(port)
    for path in lists:
        if not json.loads(_fetch(port, path)[1])["total"]:
            raise SystemExit(f"{path} finds nothing, which would measure nothing")
    return [
        Target("constant view", [("/constant/", "")]),
        Target("browse page", [(f"/shoes/?{query}", "") for query in QUERIES]),
        Target("listings", [(path, "") for path in lists]),
        Target("next page", [(following, "")]),
        Target("facets", [(path, "") for path in facets]),
        Target("one listing", [(path, "") for path in details]),
    ]


def _kept_targets(port: int) -> list[Target]:
    """Return the same while the catalogue stands still: kept by the process, or by the client."""
    lists, facets, details, _following = _paths(port)
    every = (*lists, *facets, *details[:24])
    return [
        Target("answers kept", [(path, "") for path in every]),
        Target("not modified", [(path, _fetch(port, path)[0]) for path in every], status=304),
    ]


def _paths(port: int) -> tuple[list[str], list[str], list[str], str]:
    first = json.loads(_fetch(port, f"{API}listings/")[1])
    lists = [f"{API}listings/?{query}" for query in QUERIES]
    facets = [f"{API}facets/?{query}" for query in QUERIES if "sort=" not in query]
    shown = [
        item["id"]
        for page in range(1, 6)
        for item in json.loads(
            _fetch(port, f"{API}listings/?sort=newest&per_page=200&page={page}")[1]
        )["results"]
    ]
    details = [f"{API}listings/{key}/" for key in shown]
    return lists, facets, details, first["next"]


def _fetch(port: int, path: str) -> tuple[str, bytes]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=120) as answer:
        return answer.headers.get("ETag", ""), answer.read()


def _measure(port: int, target: Target, seconds: float) -> dict[str, Any]:
    load = [sys.executable, "-m", "bench.api_load", str(port), json.dumps(target.requests)]
    for length in (min(seconds / 3, 2), seconds):  # the first to warm up
        command = [*load, "--seconds", str(length), "--connections", str(CONNECTIONS)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    if set(found["statuses"]) != {str(target.status)}:
        raise SystemExit(f"{target.name}: answered {found['statuses']}, not {target.status}")
    return found


def _print_table(results: dict[str, Any], size: int, database: str) -> None:
    print(
        f"{size:,} listings on {database}; gunicorn with {WORKERS} workers, {CONNECTIONS} "
        "connections, the load from the same machine"
    )
    print(f"  {'':14}{'requests/s':>12}{'p50 ms':>9}{'p95 ms':>9}{'of constant':>13}")
    anchor = results["constant view"]["per_second"]
    for name, found in results.items():
        print(
            f"  {name:14}{found['per_second']:12,.0f}{found['p50_ms']:9.1f}"
            f"{found['p95_ms']:9.1f}{found['per_second'] / anchor:13.2f}"
        )


def _print_goals(summary: dict[str, Any]) -> None:
    print("goals")
    for name, found in summary["goals"].items():
        state = "met" if found["met"] else "MISSED"
        bound = "at most" if name == "detail_p95_ms" else "at least"
        print(f"  {name:26}{found['value']:>10,.4g}  {bound} {found['goal']:g}: {state}")


def _summary(results: dict[str, Any], size: int, database: str) -> dict[str, Any]:
    anchor = results["constant view"]["per_second"]
    unmodified = results["not modified"]["per_second"] / anchor
    detail = results["one listing"]["p95_ms"]
    return {
        "bench": "api",
        "versions": {
            "python": platform.python_version(),
            "django": django.get_version(),
            "database": database,
        },
        "size": size,
        "goals": {
            "facets_per_second": _at_least(results["facets"]["per_second"], "facets_per_second"),
            "details_per_second": _at_least(
                results["one listing"]["per_second"], "details_per_second"
            ),
            "not_modified_to_constant": _at_least(unmodified, "not_modified_to_constant"),
            "detail_p95_ms": {
                "value": round(detail, 1),
                "goal": GOALS["detail_p95_ms"],
                "met": detail <= GOALS["detail_p95_ms"],
            },
        },
        "requests_per_second": {
            name: round(found["per_second"]) for name, found in results.items()
        },
    }


def _at_least(value: float, name: str) -> dict[str, Any]:
    return {"value": round(value, 2), "goal": GOALS[name], "met": value >= GOALS[name]}


if __name__ == "__main__":
    main()
