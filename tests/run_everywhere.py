"""``make test``: the whole suite, on everything this machine has.

First on SQLite with the embedded Valkey, in a browser where there is one;
then, where a server is there, all that touches a database again on PostgreSQL
with a real Redis; then the shop that is django-oscar, whose settings differ.
What could not be covered is said at the end, with the reason. Tests run on as
many cores as there are, four at most. Arguments are handed to pytest; with
any, only the first run is made, on one core.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.machine import (
    OUR_TEST_DATABASES,
    drop_leftover_databases,
    find_chromium,
    find_postgres,
    find_redis,
    redis_version,
)

PROJECT_DIR = Path(__file__).resolve().parents[1]
# No database there: once is enough.
ON_SERVERS = "not browser and (redis or not own_database)"
WITHOUT_DATABASE = ("tests/domain", "tests/architecture")
# Each worker has its databases, its broker and its browser; more than four want much memory.
MOST_WORKERS = 4


@dataclass
class Outcome:
    """What one run of pytest came to. ``skipped`` counts tests by the reason given."""

    name: str
    status: int
    passed: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


def main(arguments: list[str]) -> int:
    """Run, tell what was covered and what was not, and return the exit status."""
    spread = [] if arguments else ["-n", str(count_workers()), "--dist", "loadscope"]
    outcomes = [run("SQLite and the embedded Valkey", {}, [*spread, *arguments])]
    missing: list[str] = []
    if not arguments:
        missing += _run_on_servers(outcomes, spread)
        missing += _run_in_oscar(outcomes)
        browser = find_chromium()
        if browser.reason:
            missing.append(f"pages in a browser: {browser.reason}")
    _tell(outcomes, missing)
    return max(abs(outcome.status) for outcome in outcomes)


def run(name: str, environ: dict[str, str], arguments: list[str]) -> Outcome:
    """Run pytest once in an environment and return what it came to."""
    print(f"\n===== {name} =====", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        inherited = {
            key: value
            for key, value in os.environ.items()
            if key not in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "FOOTBACK_VAR_DIR")
        }
        command = [sys.executable, "-m", "pytest", f"--junit-xml={report}", *arguments]
        status = subprocess.run(
            command, cwd=PROJECT_DIR, env={**inherited, **environ}, check=False
        ).returncode
        outcome = Outcome(name, status)
        if report.exists():
            _read(report, outcome)
    return outcome


def count_workers() -> int:
    """Return how many processes the tests are spread over."""
    return min(os.cpu_count() or 1, MOST_WORKERS)


def _run_on_servers(outcomes: list[Outcome], spread: list[str]) -> list[str]:
    postgres, server = find_postgres(), find_redis()
    if postgres.reason:
        return [f"the database tests on PostgreSQL: {postgres.reason}"]
    for name in drop_leftover_databases(postgres.value):
        print(f"Dropped {name}, left by a run that was killed.")
    environ = {
        "DATABASE_URL": postgres.value,
        "FOOTBACK_TEST_DB": f"{OUR_TEST_DATABASES}{os.getpid()}",
    }
    name = "PostgreSQL"
    missing = []
    if server.value:
        environ["REDIS_URL"] = server.value
        name += f" and Redis {redis_version(server.value)}"
    else:
        missing.append(f"the broker tests on a Redis server: {server.reason}")
    ignored = [f"--ignore={folder}" for folder in WITHOUT_DATABASE]
    outcomes.append(run(name, environ, [*spread, "-m", ON_SERVERS, *ignored]))
    return missing


def _run_in_oscar(outcomes: list[Outcome]) -> list[str]:
    try:
        release = version("django-oscar")
    except PackageNotFoundError:
        return ["the shop that is django-oscar: it is not installed (extra footback[oscar])"]
    # Oscar's deprecations are not ours to mend.
    arguments = ["--ds=tests.oscar.settings", "--disable-warnings", "tests/oscar"]
    outcomes.append(run(f"django-oscar {release}", {}, arguments))
    return []


def _read(report: Path, outcome: Outcome) -> None:
    for case in ElementTree.parse(report).iter("testcase"):
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            outcome.failed += 1
        elif skipped is not None:
            outcome.skipped[skipped.get("message", "no reason given")] += 1
        else:
            outcome.passed += 1


def _tell(outcomes: list[Outcome], missing: list[str]) -> None:
    print("\n===== What this run covered =====")
    for outcome in outcomes:
        print(f"{outcome.name}: {outcome.passed} passed, {outcome.failed} failed")
        if outcome.status not in (0, 1):
            print(f"  pytest itself ended with status {outcome.status}")
    gaps = [*missing]
    for outcome in outcomes:
        gaps += [
            f"{number} tests on {outcome.name}: {reason}"
            for reason, number in sorted(outcome.skipped.items())
        ]
    print("Not covered by this run:" if gaps else "Nothing was left out.")
    for gap in gaps:
        print(f"  - {gap}")
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed for outcome in outcomes)
    print(f"\n{passed} passed, {failed} failed")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
