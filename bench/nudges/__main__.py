"""The mailer beside its anchors, in one run, on SQLite and PostgreSQL.

    python -m bench.nudges [--purchases 1000000] [--mails 5000] [--due 50000]
                           [--databases sqlite postgresql]

P8: with very many pairs of which none is due, how long a sweep takes; claims a
second in batches beside one by one; four claimers, also under SIGKILL. P9:
mails a second to a server on this machine, beside Django's cached templates,
django-post_office and the naive way. T33: the same with all gates and commits
by two processes. T32: a sweep of which ``--due`` pairs are due, one in twenty
and 50,000 at most unless said otherwise. Every mail is read back at the server:
each once, and the same in every way. A wrong answer stops the run with status
1. The last line is one JSON object. ``--purchases 10000000`` is the large
form, ``--purchases 300 --mails 30`` one to see that it runs.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

from bench.children import run_child
from bench.faults.databases import own_database

# The link to a pair's page is signed with the second it was written in.
_SIGNED = re.compile(r"/f/a/[^/]+/")
DATABASES = ("sqlite", "postgresql")
MOST_DUE = 50_000
_SWEPT = ("sweep_s", "repeat_s", "claim_p99_ms", "rss_mb")
# key -> (what, goal, whether more is better)
GOALS: dict[str, tuple[str, float, bool]] = {
    "P8_empty_sweep_ms": ("ms for a sweep that finds nothing due", 1.0, False),
    "P8_claims": ("times as many claims a second as one by one", 10, True),
    "P8_twice": ("mails claimed twice by four claimers, killed or not", 0, False),
    "P9_django": ("times the mails a second of Django's cached templates", 2.5, True),
    "P9_post_office": ("times the mails a second of django-post_office", 3, True),
    "T32_sweep_s": ("seconds for a sweep that finds what is due", 5, False),
    "T32_repeat_s": ("seconds for the same sweep again", 1, False),
    "T32_claim_p99_ms": ("ms for the slowest of a hundred claims", 50, False),
    "T32_rss_mb": ("MB held at most by the process that swept", 250, False),
    "T33_drain": ("mails a second by two processes, with all that makes them safe", 150, True),
}


def main() -> None:
    """Run each database in a process of its own, print the table, end with the machine's line."""
    parser = argparse.ArgumentParser(description="the mailer beside its anchors")
    parser.add_argument("--purchases", type=int, default=1_000_000)
    parser.add_argument("--mails", type=int, default=5_000)
    parser.add_argument("--due", type=int)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        _measure_here(options, *options.child)
        return
    results = {}
    for vendor in options.databases:
        try:
            results[vendor] = _measure_apart(vendor, sys.argv[1:])
        except RuntimeError as reason:
            print(f"{vendor} is left out: {reason}")
    if not results:
        raise SystemExit("no database to measure on")
    for vendor, result in results.items():
        _print_table(vendor, result)
    print(json.dumps(_summary(options, results)))


def _measure_apart(vendor: str, arguments: Sequence[str]) -> dict[str, Any]:
    with (
        tempfile.TemporaryDirectory() as name,
        own_database(vendor, Path(name)) as url,
        _peer_database(vendor, Path(name)) as peer,
    ):
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "footback_shop.settings",
        }
        own = [*arguments, "--child", name, peer]
        found: dict[str, Any] = run_child("bench.nudges", own, environment)
    return found


@contextmanager
def _peer_database(vendor: str, folder: Path) -> Iterator[str]:
    """Yield a second database of the same kind, for django-post_office."""
    own = folder / "peer"
    own.mkdir()
    with own_database(vendor, own, name="footback_peer") as url:
        yield url


def _measure_here(options: argparse.Namespace, folder_name: str, peer: str) -> None:
    django.setup()
    # Models can be imported only now.
    queue = importlib.import_module("bench.nudges.queue")
    rows = importlib.import_module("bench.nudges.rows")
    folder = Path(folder_name)
    with _sink(folder / "sink") as port:
        rows.set_up(port, str(folder / "spool"))
        shoes = rows.add_shoes()
        begun = time.monotonic()
        rows.add_pairs_of_later(options.purchases, shoes[0])
        filled = time.monotonic() - begun
        sweep = queue.time_empty_sweep()
        rows.add_due_people(options.mails, shoes)
        claims = queue.time_claims(options.mails)
        doubles = [
            queue.count_double_claims(options.mails, folder, kills=kills, seed=options.seed)
            for kills in (0, options.kills)
        ]
        checker = _Checker(folder / "sink", options.mails)
        rates = importlib.import_module("bench.nudges.mails").measure(options.mails, checker.check)
        rates["post_office"] = options.mails / (
            options.mails / rates.pop("written")
            + _ask_post_office(peer, port, checker.reference, options.mails)
        )
        checker.check("post_office")
        drained = importlib.import_module("bench.nudges.draining").drain(options.mails)
        checker.check("drain")
        due = max(min(options.purchases // 20, MOST_DUE) if options.due is None else options.due, 1)
        rows.add_pairs_of_today(due, shoes[0])
        told = [str(port), str(folder / "spool"), str(due)]
        swept = run_child("bench.nudges.sweeping", told, os.environ)
    result = {
        "purchases": options.purchases,
        "mails": options.mails,
        "filled_seconds": round(filled, 1),
        "sweep_ms": sweep,
        "claims": claims,
        "doubles": doubles,
        "rates": rates,
        "drained": drained,
        "swept": swept,
    }
    print(json.dumps(result))


def _ask_post_office(url: str, port: int, folder: Path, count: int) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "bench.nudges.post_office", url, str(port), str(folder), str(count)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.returncode)
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


class _Checker:
    """Reads what arrived after each way of sending: every mail once, and the same in all ways."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder, self._count = folder, count
        self._known: dict[str, Any] = {}

    @property
    def reference(self) -> Path:
        """Return the folder of the mails as the first way wrote them."""
        return self._folder / "reference"

    def check(self, name: str) -> None:
        """Compare what arrived since the last time, and begin anew.

        :raises SystemExit: for a mail that came twice, is missing, or says something else.
        """
        sink = importlib.import_module("bench.nudges.sink")
        time.sleep(0.2)  # until the server has written the last one
        arrived = list(sink.read_mails(self._folder))
        by_id = {mail.message_id: mail for mail in arrived}
        if len(by_id) != len(arrived):
            raise SystemExit(f"{name}: {len(arrived) - len(by_id)} mails arrived twice")
        if name not in ("warm", "naive") and len(by_id) != self._count:
            raise SystemExit(f"{name}: {len(by_id)} of {self._count} mails arrived")
        if name == "footback":
            self._known = by_id
            self.reference.mkdir()
            (self.reference / "mails").write_bytes((self._folder / "mails").read_bytes())
        elif name != "warm":
            for message_id, mail in by_id.items():
                _compare(name, self._known[message_id], mail)
        os.truncate(self._folder / "mails", 0)


def _compare(name: str, known: Any, mail: Any) -> None:
    html = importlib.import_module("bench.nudges.same_html")
    ours, other = (
        {field: _SIGNED.sub("/f/a/", said) for field, said in item._asdict().items()}
        for item in (known, mail)
    )
    ours["html"], other["html"] = html.read_html(ours["html"]), html.read_html(other["html"])
    different = [field for field, said in ours.items() if other[field] != said]
    if different:
        raise SystemExit(f"{name}: {mail.message_id} differs from footback's in {different}")


@contextmanager
def _sink(folder: Path) -> Iterator[int]:
    folder.mkdir()
    (folder / "mails").touch()
    process = subprocess.Popen([sys.executable, "-m", "bench.nudges.sink", "--folder", str(folder)])
    try:
        until = time.monotonic() + 30
        while not (folder / "port").exists():
            if time.monotonic() > until or process.poll() is not None:
                raise SystemExit("the mail server did not come up")
            time.sleep(0.02)
        yield int((folder / "port").read_text())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _print_table(vendor: str, result: dict[str, Any]) -> None:
    rates, claims = result["rates"], result["claims"]
    print(f"{vendor}, {result['purchases']:,} pairs, {result['mails']:,} mails:")
    print(f"  a sweep that finds nothing due     {result['sweep_ms']:10.2f} ms")
    print(f"  claims a second, one by one        {claims['one_by_one']:10,.0f}")
    print(f"  claims a second, in batches        {claims['batches']:10,.0f}")
    for double in result["doubles"]:
        print(
            f"  four claimers, {double['kills']:3} kills           "
            f"{double['twice']:10,} twice, {double['never']:,} never"
        )
    print("  mails a second:")
    for name, what in (
        ("footback", "footback, written and handed over"),
        ("django_cached", "Django's cached templates"),
        ("naive", "naive"),
        ("post_office", "Django's templates, django-post_office"),
        ("whole", "footback with gates, fence and commits"),
    ):
        print(f"    {what:40}{rates[name]:8,.0f}")
    drained, swept = result["drained"], result["swept"]
    print(f"    {'the same by two processes':40}{drained['rate']:8,.0f}")
    print(f"    their processor time for a mail     {drained['busy_ms']:12.2f} ms")
    print(f"  a sweep that finds {swept['due']:6,} pairs due  {swept['sweep_s']:11.2f} s")
    print(f"  the same sweep again               {swept['repeat_s']:10.3f} s")
    print(f"  the slowest of a hundred claims    {swept['claim_p99_ms']:10.1f} ms")
    print(f"  the most memory of that process    {swept['rss_mb']:10.0f} MB")


def _summary(options: argparse.Namespace, results: dict[str, Any]) -> dict[str, Any]:
    goals = {}
    for vendor, result in results.items():
        rates, claims = result["rates"], result["claims"]
        values = {
            "P8_empty_sweep_ms": result["sweep_ms"],
            "P8_claims": claims["batches"] / claims["one_by_one"],
            "P8_twice": sum(double["twice"] + double["never"] for double in result["doubles"]),
            "P9_django": rates["footback"] / rates["django_cached"],
            "P9_post_office": rates["footback"] / rates["post_office"],
            **{f"T32_{key}": result["swept"][key] for key in _SWEPT},
            "T33_drain": result["drained"]["rate"],
        }
        for key, value in values.items():
            what, goal, is_more = GOALS[key]
            goals[f"{key}_{vendor}"] = {
                "what": what,
                "value": round(value, 2),
                "goal": goal,
                "met": value >= goal if is_more else value <= goal,
            }
        goals[f"whole_to_post_office_{vendor}"] = {
            "what": "the same with gates, fence and two commits a mail; no goal",
            "value": round(rates["whole"] / rates["post_office"], 2),
            "goal": None,
            "met": None,
        }
    return {
        "bench": "nudges",
        "versions": {"python": platform.python_version(), "django": django.get_version()},
        "size": options.purchases,
        "mails": options.mails,
        "due": {vendor: result["swept"]["due"] for vendor, result in results.items()},
        "goals": goals,
    }


if __name__ == "__main__":
    main()
