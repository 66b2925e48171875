"""Run every system under the same faults and print what became of its mails.

    python -m bench.faults [--mails 5000] [--kills 100] [--only footback] [--seed 1]
    python -m bench.faults --long [--into results.json]

Each run gets a mail server that misbehaves (:mod:`bench.faults.sink`), an
empty database, and workers of which one is killed with SIGKILL at random
moments. ``--long`` is a hundred thousand mails and a thousand kills for
footback, in pieces of five thousand mails; ``--into`` keeps each finished piece
in a file, and a second call with the same file goes on after the last of them.
The peers get a fifth of the mails and kills, and their own way of running; the
harness is the same. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.faults.databases import own_database
from bench.faults.run import Run
from footback_shop.broker import BrokerUnavailable, open_broker
from tests.machine import find_postgres, find_redis

KEY_HEADER = "X-Idempotency-Key"
COUNTED = ("extra_copies", "silently_lost", "uncertain", "uncertain_after_reconciliation")
PEER_SHARE = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """One run to make. ``system`` names a module of this package, ``name`` the row it counts in."""

    name: str
    system: str
    database: str
    title: str
    has_broker: bool = False
    key_header: str = ""
    workers: int = 2


PLANS = (
    Plan("footback", "footback", "sqlite", "footback, SQLite, no Celery"),
    Plan("footback", "footback", "postgresql", "footback, PostgreSQL, Celery on Redis", True),
    Plan(
        "footback with keys",
        "footback",
        "sqlite",
        "footback, a server that knows repeats",
        key_header=KEY_HEADER,
    ),
    Plan("django-post_office", "post_office", "postgresql", "django-post_office, PostgreSQL"),
    Plan("naive", "naive", "postgresql", "a Celery task a mail, PostgreSQL and Redis", True),
)


def main() -> int:
    """Make the runs; return 1 where footback sent a copy, lost a mail or left one unresolved."""
    parser = argparse.ArgumentParser(prog="make faults")
    parser.add_argument("--mails", type=int, default=5_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--long", action="store_true", help="100,000 mails, 1,000 kills")
    parser.add_argument("--pieces", type=int, default=1, help="runs that each makes a part of it")
    parser.add_argument("--into", type=Path, help="a file that keeps what is finished")
    parser.add_argument("--only", help="the name of a system, such as footback")
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.long:
        options.mails, options.kills, options.pieces = 100_000, 1_000, 20
    kept = Kept(options.into)
    rows: dict[str, dict[str, Any]] = {}
    skipped = []
    for plan in _chosen(options):
        is_peer = not plan.name.startswith("footback")
        share = PEER_SHARE if is_peer else 1
        try:
            found = _make_in_pieces(plan, options, share, kept)
        except (RuntimeError, BrokerUnavailable) as reason:
            skipped.append(f"{plan.title}: {reason}")
            continue
        _print(plan, found)
        _add(rows.setdefault(plan.name, {}), found)
    for line in skipped:
        print(f"Not run: {line}")
    print(json.dumps({**rows, "seed": options.seed, "versions": _versions(), "skipped": skipped}))
    ours = [row for name, row in rows.items() if name.startswith("footback")]
    wrong = ("extra_copies", "silently_lost", "uncertain_after_reconciliation")
    return int(any(row[key] for row in ours for key in wrong) or not rows)


class Kept:
    """What is finished, in a file that survives a run that was stopped; or nowhere."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        is_begun = path is not None and path.exists()
        self._pieces: dict[str, Any] = json.loads(path.read_text()) if path and is_begun else {}

    def get(self, key: str) -> dict[str, Any] | None:
        """Return what a piece came to, if it was finished before."""
        return self._pieces.get(key)

    def put(self, key: str, found: dict[str, Any]) -> None:
        """Keep what a piece came to."""
        self._pieces[key] = {**found, "versions": _versions()}
        if self._path is not None:
            lines = (
                f" {json.dumps(name)}: {json.dumps(piece, sort_keys=True)}"
                for name, piece in sorted(self._pieces.items())
            )
            self._path.with_suffix(".new").write_text("{\n" + ",\n".join(lines) + "\n}\n")
            self._path.with_suffix(".new").replace(self._path)


def _make_in_pieces(
    plan: Plan, options: argparse.Namespace, share: int, kept: Kept
) -> dict[str, Any]:
    """Make the pieces of a run that are not finished yet; return the sums of all."""
    sums: dict[str, Any] = {}
    states: Counter[str] = Counter()
    seconds = 0.0
    for piece in range(options.pieces):
        mails, kills = (
            max(1, whole // share // options.pieces) for whole in (options.mails, options.kills)
        )
        seed = options.seed + piece
        key = f"{plan.title}: {mails} mails, {kills} kills, seed {seed}"
        found = kept.get(key)
        if found is None:
            found = _make(plan, mails, kills, seed)
            kept.put(key, found)
            if options.pieces > 1:
                print(f"{key}: {found['states']}", flush=True)
        _add(sums, found)
        states.update(found["states"])
        seconds += found["mails"] / max(found["mails_per_second"], 1)
    return {**sums, "states": dict(states), "mails_per_second": round(sums["mails"] / seconds)}


def _chosen(options: argparse.Namespace) -> list[Plan]:
    plans = [plan for plan in PLANS if options.only in (None, plan.name)]
    if not plans:
        names = ", ".join(dict.fromkeys(plan.name for plan in PLANS))
        raise SystemExit(f"No system is named {options.only!r}; there are: {names}")
    return [plan for plan in plans if options.database in (None, plan.database)]


def _make(plan: Plan, mails: int, kills: int, seed: int) -> dict[str, Any]:
    if plan.database == "postgresql" and (reason := find_postgres().reason):
        raise RuntimeError(reason)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port, pid = stack.enter_context(_sink(folder, seed, plan.key_header))
        run = Run(
            mails=mails,
            kills=kills,
            workers=plan.workers,
            seed=seed,
            database_url=stack.enter_context(own_database(plan.database, folder)),
            redis_url=_open_redis(stack, folder) if plan.has_broker else "",
            sink_port=port,
            sink_pid=pid,
            key_header=plan.key_header,
            folder=folder,
        )
        environment = {**os.environ, "FOOTBACK_VAR_DIR": str(folder)}
        environment.pop("REDIS_URL", None)
        said = folder / "stderr.txt"
        with said.open("w") as file:
            done = subprocess.run(
                [sys.executable, "-m", f"bench.faults.{plan.system}", run.as_text()],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                check=False,
            )
        if done.returncode:
            sys.stderr.write(said.read_text(errors="replace")[-4000:])
            raise SystemExit(f"{plan.title}: the run itself failed, status {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {"mails": mails, **found}


@contextmanager
def _sink(folder: Path, seed: int, key_header: str) -> Iterator[tuple[int, int]]:
    ready, log = folder / "port", folder / "mail.log"
    command = [sys.executable, "-m", "bench.faults.sink", "--log", str(log), "--ready", str(ready)]
    with subprocess.Popen([*command, "--seed", str(seed), "--key-header", key_header]) as process:
        try:
            while not ready.exists():
                if process.poll() is not None:
                    raise SystemExit("the mail server did not start")
                time.sleep(0.02)
            yield int(ready.read_text()), process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def _open_redis(stack: ExitStack, folder: Path) -> str:
    """Return a Redis of the machine, or one started for the run alone."""
    return find_redis().value or stack.enter_context(open_broker(var_dir=folder, environ={})).url


def _add(row: dict[str, Any], found: dict[str, Any]) -> None:
    for key in (*COUNTED, "mails", "kills"):
        row[key] = row.get(key, 0) + found[key]


def _print(plan: Plan, found: dict[str, Any]) -> None:
    print(f"{plan.title}: {found['mails']:,} mails, {found['kills']} kills")
    for key in COUNTED:
        print(f"  {key.replace('_', ' '):32}{found[key]:>8,}")
    print(f"  {'mails a second, kills included':32}{found['mails_per_second']:>8,}")
    print(f"  at the end: {found['states']}", flush=True)


def _versions() -> dict[str, str]:
    packages = ("django", "celery", "kombu", "redis", "django-post-office", "aiosmtpd")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}


if __name__ == "__main__":
    sys.exit(main())
