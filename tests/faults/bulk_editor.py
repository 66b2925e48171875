"""Workers on bulk edits that die. Run as a program: ``python -m tests.faults.bulk_editor COMMAND``.

``prepare`` fills an empty database with listings and a confirmed edit, ``work``
works through it, dying by SIGKILL at a chosen point of the second chunk or not
at all, ``check`` prints what stands in the tables as one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
from collections.abc import Callable
from typing import Any

import django
from django.conf import settings

CHUNK = 20
# Function of the chunk before which the worker dies, in the order they are called.
POINTS = ("_write", "resolve_listings", "assess_listings", "_write_outcomes", "_write_audit")
BEFORE_COMMIT = "before_commit"
AFTER_COMMIT = "after_commit"


def prepare(count: int) -> None:
    from django.core.management import call_command

    from shop_plugin.domain.attributes import Options
    from shop_plugin.services.evidence.annotation import annotate_stale
    from shop_plugin.services.evidence.assessment import assess_stale
    from shop_plugin.services.shop.clock import read_database_clock
    from shop_plugin.services.staff.bulk_edits.asking import ask_for_edit, confirm_edit
    from shop_plugin.services.staff.bulk_edits.operations import AttributeEdit, Operation
    from tests.factories import ListingFactory

    call_command("migrate", verbosity=0)
    now = read_database_clock()
    made = [ListingFactory(description="With arch support.") for _ in range(count)]
    annotate_stale(now=now)
    assess_stale(now=now)
    edit = AttributeEdit("arch_support", Operation.REPLACE, Options.of("3"), "3")
    edit_id = ask_for_edit(
        listing_ids=[listing.pk for listing in made],
        edits=[edit],
        author=None,
        now=now,
        reason="killed",
    )
    confirm_edit(edit_id=edit_id, author=None, now=now)


def work(point: str) -> None:
    from shop_plugin.services.shop.clock import read_database_clock
    from shop_plugin.services.staff.bulk_edits import chunks, working

    calls = 0

    def die_at_the_second(call: Callable[..., Any], *, after: bool = False) -> Callable[..., Any]:
        def dying(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if after:
                call(*args, **kwargs)
            if calls == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return None if after else call(*args, **kwargs)

        return dying

    if point in POINTS:
        setattr(chunks, point, die_at_the_second(getattr(chunks, point)))
    elif point == BEFORE_COMMIT:
        working.carry_out = die_at_the_second(working.carry_out, after=True)
    elif point == AFTER_COMMIT:
        working.do_next_step = die_at_the_second(working.do_next_step)
    print("working", flush=True)  # noqa: T201
    working.work_on_bulk_edits(now=read_database_clock(), budget_seconds=600)


def check() -> None:
    from shop_plugin.models import (
        AuditEntry,
        BulkEdit,
        BulkEditOutcome,
        FootwearProfile,
        Observation,
    )

    edit = BulkEdit.objects.get()
    staff = Observation.objects.filter(source_kind="staff")
    found = {
        "state": edit.state,
        "cursor": edit.cursor,
        "counts": edit.counts["listings"],
        "staff_values": staff.count(),
        "listings_with_one": staff.filter(state="accepted").values("listing").distinct().count(),
        "outcomes": BulkEditOutcome.objects.count(),
        "entries": AuditEntry.objects.filter(action="bulk_tag").count(),
        "profiles": FootwearProfile.objects.filter(arch_support="3").count(),
    }
    print(json.dumps(found))  # noqa: T201


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=("prepare", "work", "check"))
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--point", default="")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "footback_shop.settings")
    django.setup()
    settings.FOOTBACK = {**settings.FOOTBACK, "CHUNK_SIZE": CHUNK}
    if given.command == "prepare":
        prepare(given.count)
    elif given.command == "work":
        work(given.point)
    else:
        check()


if __name__ == "__main__":
    main()
