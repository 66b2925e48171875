"""Workers on webhooks that die: ``python -m tests.faults.webhook_worker COMMAND``.

``prepare`` fills an empty database with webhooks that wait, ``work`` carries
them out, dying by SIGKILL at a chosen point of the second one or not at all,
``check`` prints what stands in the tables as one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django
from django.conf import settings

# Function of the work before which the worker dies, in the order they are called.
POINTS = ("load_webhook_reader", "apply_change", "_finish")
AFTER_COMMIT = "after_commit"
LINES = 4  # of one order each


def prepare(count: int) -> None:
    from django.core.management import call_command

    from shop_plugin.services.shop.clock import read_database_clock
    from tests.hosts import push

    call_command("migrate", verbosity=0)
    now = read_database_clock()
    for number in range(count):
        push("listing.changed", {"id": f"M-{number}", "title": f"Marlow {number}"}, now=now)
        push(
            "purchase.changed",
            [
                {
                    "id": f"L-{number}-{line}",
                    "order_id": f"O-{number}",
                    "listing_id": f"M-{number}",
                    "ordered_on": "2026-01-01",
                    "customer_id": f"C-{number % 3}",  # whose pairs two workers want at once
                    "quantity": 2,
                }
                for line in range(LINES)
            ],
            now=now,
        )
        push(
            "purchase.returned",
            {"id": f"R-{number}", "purchase_id": f"L-{number}-0", "quantity": 1},
            now=now,
        )


def work(point: str, hours: int) -> None:
    from shop_plugin.services.intake import host_events
    from shop_plugin.services.shop.clock import read_database_clock

    calls = 0

    def die_at_the_second(call: Callable[..., Any], *, after: bool = False) -> Callable[..., Any]:
        def dying(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            result = call(*args, **kwargs) if after else None
            if calls == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return result if after else call(*args, **kwargs)

        return dying

    if point in POINTS:
        setattr(host_events, point, die_at_the_second(getattr(host_events, point)))
    elif point == AFTER_COMMIT:
        host_events._apply = die_at_the_second(host_events._apply, after=True)
    print("working", flush=True)  # noqa: T201
    now = read_database_clock() + timedelta(hours=hours)
    host_events.work_on_host_events(now=now, budget_seconds=600)


def check() -> None:
    from django.db.models import Sum

    from shop_plugin.models import Contact, HostEvent, Listing, Purchase, ReturnedPairs

    pairs = Purchase.objects.all()
    found = {
        "states": sorted(set(HostEvent.objects.values_list("state", flat=True))),
        "bodies": HostEvent.objects.filter(body__isnull=False).count(),
        "listings": Listing.objects.count(),
        "matched": Listing.objects.filter(profile__match_low__isnull=False).count(),
        "pairs": pairs.count(),
        "with_shoe": pairs.filter(listing__isnull=False).count(),
        "people": Contact.objects.count(),
        "acts": ReturnedPairs.objects.filter(is_counted=True).count(),
        "returned": pairs.aggregate(total=Sum("quantity_returned"))["total"],
    }
    print(json.dumps(found))  # noqa: T201


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=("prepare", "work", "check"))
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--point", default="")
    parser.add_argument("--hours", type=int, default=0)
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "footback_shop.settings")
    django.setup()
    from tests.hosts import WEBHOOKS

    settings.FOOTBACK = {**settings.FOOTBACK, "WEBHOOKS": WEBHOOKS}
    if given.command == "prepare":
        prepare(given.count)
    elif given.command == "work":
        work(given.point, given.hours)
    else:
        check()


if __name__ == "__main__":
    main()
