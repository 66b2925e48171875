"""Very many pairs that are due, and one process that plans and sends: ``python -m ...due_rows``.

``add N`` writes them; ``work N`` sweeps them all, hands over ``N`` mails of what
waits then, and prints what this process took at most (MB, Linux).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.faults.deliverer import configure


def add(count: int) -> None:
    """Add so many people with one pair each that is due today, and open the shop."""
    from bench.nudges.rows import add_pairs_of_today, add_shoes
    from tests.faults.deliverer import prepare

    prepare(1)
    add_pairs_of_today(count - 1, add_shoes()[0])


def work(count: int) -> dict[str, object]:
    """Sweep everything, then hand over until ``count`` mails have left; return what came of it."""
    from django.conf import settings

    from shop_plugin.models import Message
    from shop_plugin.services.nudges.delivery import deliver_messages
    from shop_plugin.services.nudges.planning import plan_nudges
    from shop_plugin.services.shop.clock import read_database_clock

    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    settings.FOOTBACK = {
        **settings.FOOTBACK,
        "RAMP_START_PER_DAY": count,
        "MAX_MAILS_PER_DAY": count,
        "SEND_FROM_HOUR": 0,
        "SEND_UNTIL_HOUR": 24,
    }
    plan_nudges(now=read_database_clock())
    deliver_messages(now=read_database_clock(), budget_seconds=86_400)
    messages = Message.objects
    return {
        "messages": messages.count(),
        "sent": messages.filter(state="sent").count(),
        "peak_mb": peak_mb(),
    }


def peak_mb() -> float:
    """Return the most memory this program held (without that of the one it was forked from)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM in /proc/self/status")


if __name__ == "__main__":
    configure(port=1)
    given, number = sys.argv[1], int(sys.argv[2])
    if given == "add":
        add(number)
    else:
        sys.stdout.write(json.dumps(work(number)) + "\n")
