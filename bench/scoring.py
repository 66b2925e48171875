"""Scoring a million listings for every profile, beside the plain loop; and writing it back.

    python -m bench.scoring [--listings 1000000] [--classes 20000]

The plain loop runs the formula once per listing and profile; it does a sample,
for the whole would take an hour. Ours runs it once per distinct set of facts
and looks the rest up, as ``footback_assess`` does. Both must give the same
numbers. Writing back is measured beside ``bulk_update``, in a database of its
own: a temporary SQLite, or the empty one that ``DATABASE_URL`` names.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from typing import Any

import django

from shop_plugin.domain.attributes import AgeGroup, FootwearAttributes, Options, Span, UseCategory
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.scoring import assess, assess_all

GOAL_SCORING = 100
GOALS_WRITING = {"postgresql": 40, "sqlite": 100}
SAMPLE = 2_000


def make_classes(count: int, *, seed: int = 5) -> list[FootwearAttributes]:
    """Return distinct sets of facts, as varied as a catalogue's."""
    chance = random.Random(seed)
    found: dict[str, FootwearAttributes] = {}
    while len(found) < count:
        heel = chance.randrange(0, 120_000, 500)
        facts = FootwearAttributes(
            use_category=chance.choice(list(UseCategory)[:-2]),
            age_group=AgeGroup.ADULT,
            heel_height_mm=chance.choice((None, Span.exactly(heel))),
            forefoot_height_mm=chance.choice(
                (None, Span.exactly(chance.randrange(0, 40_000, 500)))
            ),
            arch_support=_levels(chance),
            cushioning=_levels(chance),
            toe_shape=chance.choice(
                (None, Options.of(chance.choice(("pointed", "round", "open"))))
            ),
            fastening=chance.choice((None, Options.of(chance.choice(("lace_up", "slip_on"))))),
            confidence={"arch_support": chance.choice((600, 700, 1000))},
        )
        found.setdefault(facts.fingerprint(), facts)
    return list(found.values())


def _levels(chance: random.Random) -> Options | None:
    return chance.choice((None, Options.of("0"), Options.of("1", "2"), Options.of("2", "3")))


def measure_scoring(listings: int, classes: list[FootwearAttributes]) -> dict[str, Any]:
    """Return both rates in listings and profiles a second, after comparing the numbers."""
    guide, chance = load_guide(), random.Random(11)
    places = [chance.randrange(len(classes)) for _ in range(listings)]
    # So that neither side pays for what is built once per process.
    assess_all(classes[0], guide=guide)

    begun = time.process_time()
    matches = [
        tuple((item.low, item.high) for item in assess_all(facts, guide=guide).values())
        for facts in classes
    ]
    ours = [matches[place] for place in places]
    our_seconds = time.process_time() - begun

    sample = places[:SAMPLE]
    begun = time.process_time()
    plain = [
        tuple(
            (found.low, found.high)
            for condition in guide.conditions
            if (found := assess(classes[place], guide=guide, condition=condition))
        )
        for place in sample
    ]
    plain_seconds = (time.process_time() - begun) * listings / len(sample)
    return {
        "ours": listings * len(guide.conditions) / our_seconds,
        "plain": listings * len(guide.conditions) / plain_seconds,
        "ratio": plain_seconds / our_seconds,
        "equal": plain == ours[: len(sample)],
        "profiles": len(guide.conditions),
    }


def measure_writing(rows: int) -> dict[str, Any]:
    """Return how many profiles a second get their match written back, ours and ``bulk_update``."""
    models = importlib.import_module("shop_plugin.models")
    writing = importlib.import_module("shop_plugin.services.bulk.rows")
    commands = importlib.import_module("django.core.management")
    database = importlib.import_module("django.db")
    timezone = importlib.import_module("django.utils.timezone")
    commands.call_command("migrate", verbosity=0)
    if models.Listing.objects.exists():
        raise SystemExit("the database named by DATABASE_URL is not empty; name an empty one")
    now = timezone.now()
    models.Listing.objects.bulk_create(
        [
            models.Listing(
                source="bench",
                external_id=str(number),
                title="x",
                content_hash="",
                created_at=now,
                updated_at=now,
            )
            for number in range(rows)
        ],
        batch_size=1000,
    )
    keys = list(models.Listing.objects.order_by("pk").values_list("pk", flat=True))
    models.FootwearProfile.objects.bulk_create(
        [
            models.FootwearProfile(listing_id=key, attribute_hash="", resolved_at=now)
            for key in keys
        ],
        batch_size=1000,
    )
    columns = ("match_low", "match_high", "coverage", "verdict", "grade_low", "grade_high")
    try:
        begun = time.perf_counter()
        with database.transaction.atomic():
            for start in range(0, rows, 1000):
                writing.update_rows(
                    models.FootwearProfile,
                    "listing_id",
                    columns,
                    [
                        (key, 5000, 6000, 700, "grade", "C", "C")
                        for key in keys[start : start + 1000]
                    ],
                )
        ours = rows / (time.perf_counter() - begun)
        sample = list(models.FootwearProfile.objects.order_by("pk")[: min(rows, SAMPLE)])
        for item in sample:
            item.match_low, item.match_high, item.coverage = 5001, 6001, 701
            item.verdict, item.grade_low, item.grade_high = "range", "C", "C"
        begun = time.perf_counter()
        with database.transaction.atomic():
            models.FootwearProfile.objects.bulk_update(sample, columns, batch_size=1000)
        theirs = len(sample) / (time.perf_counter() - begun)
    finally:
        models.FootwearProfile.objects.all()._raw_delete("default")
        models.Listing.objects.filter(source="bench")._raw_delete("default")
    return {"vendor": database.connection.vendor, "ours": ours, "bulk_update": theirs}


def main() -> int:
    parser = argparse.ArgumentParser(description="the rate of scoring beside the plain loop")
    parser.add_argument("--listings", type=int, default=1_000_000)
    parser.add_argument("--classes", type=int, default=20_000)
    parser.add_argument("--rows", type=int, default=20_000, help="profiles to write back")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "footback_shop.settings")
        django.setup()
        print(json.dumps(measure_writing(options.rows)))
        return 0
    found = measure_scoring(options.listings, make_classes(min(options.classes, options.listings)))
    print(
        f"{options.listings:,} listings, {options.classes:,} sets of facts, "
        f"{found['profiles']} profiles; matches a second:"
    )
    print(f"  the formula per listing and profile {found['plain']:14,.0f}")
    print(
        f"  once per set of facts, then a look  {found['ours']:14,.0f}   "
        f"{found['ratio']:.0f} times, equal: {found['equal']}"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3", **os.environ}
        command = [sys.executable, "-m", "bench.scoring", "--child", "--rows", str(options.rows)]
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
    written = json.loads(done.stdout.splitlines()[-1])
    ratio = written["ours"] / written["bulk_update"]
    goal = GOALS_WRITING[written["vendor"]]
    print(
        f"writing back on {written['vendor']}, rows a second: bulk_update "
        f"{written['bulk_update']:,.0f}, ours {written['ours']:,.0f}   {ratio:.0f} times"
    )
    goals = {
        "P6": {
            "value": round(found["ratio"], 1),
            "goal": GOAL_SCORING,
            "met": found["equal"] and found["ratio"] >= GOAL_SCORING,
        },
        "P6_equal": {"value": found["equal"], "goal": True, "met": found["equal"]},
        "P6_writing": {"value": round(ratio, 1), "goal": goal, "met": ratio >= goal},
    }
    versions = {"python": platform.python_version(), "django": django.get_version()}
    print(
        json.dumps(
            {"bench": "scoring", "versions": versions, "size": options.listings, "goals": goals}
        )
    )
    return 0 if found["equal"] else 1


if __name__ == "__main__":
    sys.exit(main())
