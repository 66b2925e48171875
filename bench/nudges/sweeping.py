"""T32: a sweep over very many pairs of which some are due, in a process of its own.

    python -m bench.nudges.sweeping PORT SPOOL DUE

Prints as its last line: the seconds of the sweep and of the same one again,
the 99th of a hundred claims in milliseconds, and the most memory the process
ever held. Nothing is kept in it from filling the database.
What needs Django's models is imported where it is used, after the set-up.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import datetime
from pathlib import Path

import django

CLAIMS = 500


def main() -> None:
    """Sweep, sweep again, claim; print what it took."""
    port, spool, due = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    django.setup()
    from bench.nudges.rows import use_shop  # noqa: PLC0415
    from shop_plugin.services.shop.clock import read_database_clock  # noqa: PLC0415

    use_shop(port, spool)
    now = read_database_clock()
    first, again = (_sweep(now, expected) for expected in (due, 0))
    found = {
        "due": due,
        "sweep_s": first,
        "repeat_s": again,
        "claim_p99_ms": _time_claims(now),
        "rss_mb": _most_memory() / 2**20,
    }
    sys.stdout.write(json.dumps({key: round(value, 3) for key, value in found.items()}) + "\n")


def _sweep(now: datetime, expected: int) -> float:
    from shop_plugin.services.nudges.planning import plan_nudges  # noqa: PLC0415

    begun = time.perf_counter()
    result = plan_nudges(now=now)
    seconds = time.perf_counter() - begun
    if (result.due, result.messages) != (expected, expected):
        raise SystemExit(f"{expected} pairs were due; the sweep says {result}")
    return seconds


def _time_claims(now: datetime) -> float:
    """Claim in a worker's batches until all is claimed, 500 times at most; return the 99th."""
    from shop_plugin.conf import get_settings  # noqa: PLC0415
    from shop_plugin.services.nudges.delivery import claim_messages  # noqa: PLC0415

    batch, seconds = get_settings().CLAIM_BATCH, []
    for _ in range(CLAIMS):
        begun = time.perf_counter()
        claims = claim_messages(limit=batch, now=now)
        seconds.append(time.perf_counter() - begun)
        if not claims:
            break
    return sorted(seconds)[len(seconds) * 99 // 100] * 1000


def _most_memory() -> float:
    """Return the most bytes that this program held; the system's own count begins before it."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux, where the other figure is that of the parent, if it was larger
        text = status.read_text()
        return float(text.partition("VmHWM:")[2].split(maxsplit=1)[0]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


if __name__ == "__main__":
    main()
