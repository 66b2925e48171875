"""Judge the extractor by hand-labelled listings: precision, recall and F1, every miss named.

    python -m bench.evaluate [FOLDER ...]

Without a folder, the one beside the checkout is used where there is one:
labelled listings are real ones and no part of this project. A folder holds
``handlabelled.jsonl`` (labels for arch support, cushioning, heel height, width
and insole) and, if there, ``labelled_stated.jsonl`` (heel
heights stated in prose). Only readings sure enough to go live count as
claims; the threshold is the default of the setting AUTO_ACCEPT_CONFIDENCE.
A label "implied" is neither right nor wrong: such a listing counts for nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shop_plugin.domain.attributes import MICROMETRES_PER_INCH, Options, Span
from shop_plugin.domain.extraction import EXTRACTOR_VERSION, extract
from shop_plugin.domain.records import Reading

GOES_LIVE = 600
FILES = ("handlabelled.jsonl", "labelled_stated.jsonl")
HEEL_TOLERANCE_UM = 300
BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[2] / "shared" / "data"
NEITHER = object()


@dataclass
class Tally:
    """How often one attribute was read rightly, wrongly or not at all."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


Readings = list[Reading]


def read_claim(readings: Readings) -> object:
    """Return whether some of the feature is claimed, never how much."""
    return (
        any(isinstance(each.value, Options) and each.value.members != {"0"} for each in readings)
        or None
    )


def read_heel(readings: Readings) -> object:
    return next((each.value for each in readings if isinstance(each.value, Span)), None)


def read_option(readings: Readings) -> object:
    return next(
        (min(each.value.members) for each in readings if isinstance(each.value, Options)), None
    )


def expect_claim(label: Any) -> object:
    return {"stated": True, "implied": NEITHER}.get(label)


def expect_heel(label: Any) -> object:
    return None if label is None else Span.exactly(round(label * MICROMETRES_PER_INCH))


def expect_width(label: Any) -> object:
    return label if label in ("narrow", "regular", "wide", "extra_wide") else None


def expect_removable(label: Any) -> object:
    return "yes" if label == "removable" else None


# attribute, its label's name, what the label means, what the readings say
JUDGED: tuple[tuple[str, str, Callable[[Any], object], Callable[[Readings], object]], ...] = (
    ("arch_support", "arch_support", expect_claim, read_claim),
    ("cushioning", "cushioning", expect_claim, read_claim),
    ("heel_height_mm", "heel_height_in", expect_heel, read_heel),
    ("width_options", "width", expect_width, read_option),
    ("removable_insole", "insole", expect_removable, read_option),
)


def is_same(expected: object, found: object) -> bool:
    if isinstance(expected, Span) and isinstance(found, Span):
        return abs(expected.low - found.low) <= HEEL_TOLERANCE_UM and (
            abs(expected.high - found.high) <= HEEL_TOLERANCE_UM
        )
    return expected == found


def judge(row: dict[str, Any], tallies: dict[str, Tally]) -> None:
    """Add what the extractor makes of one labelled listing to the tallies."""
    readings = extract(title=row.get("title") or "", description=row.get("description") or "")
    for attribute, label, expect, read in JUDGED:
        if label not in row["labels"]:
            continue
        expected = expect(row["labels"][label])
        if expected is NEITHER:
            continue
        sure = [
            each
            for each in readings
            if each.attribute == attribute and each.confidence >= GOES_LIVE
        ]
        tally = tallies.setdefault(attribute, Tally())
        found = read(sure)
        name = f"{row.get('id', '?')} {str(row.get('title', ''))[:60]!r}"
        if found is not None and is_same(expected, found):
            tally.right += 1
            continue
        if found is not None:
            tally.wrong += 1
            quote = "; ".join(each.quote for each in sure)
            tally.notes.append(f"wrong   {name}: read {spell(found)} from {quote!r}")
        if expected is not None:
            tally.missed += 1
            tally.notes.append(f"missed  {name}: labelled {spell(expected)}")


def spell(value: object) -> str:
    if isinstance(value, Span):
        return f"{value.low / 1000:g} mm"
    return "stated" if value is True else str(value)


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def evaluate(folder: Path) -> bool:
    """Print the figures of one folder; return whether it held anything to judge by."""
    if not folder.is_dir():
        print(f"{folder}: no such folder. Name one that holds {' or '.join(FILES)}.")
        return False
    paths = [folder / name for name in FILES if (folder / name).is_file()]
    if not paths:
        print(f"{folder}: neither {' nor '.join(FILES)} is in this folder.")
        return False
    for path in paths:
        tallies: dict[str, Tally] = {}
        rows = 0
        for row in read_rows(path):
            judge(row, tallies)
            rows += 1
        print(f"\n{path}: {rows} listings")
        print(f"  {'attribute':<18}{'precision':>10}{'recall':>8}{'F1':>7}{'right':>7}")
        for attribute, tally in tallies.items():
            print(
                f"  {attribute:<18}{tally.precision:>10.3f}{tally.recall:>8.3f}"
                f"{tally.f1:>7.3f}{tally.right:>7}"
            )
        for tally in tallies.values():
            for note in tally.notes:
                print(f"    {note}")
    return True


def main(arguments: list[str]) -> int:
    print(f"extractor {EXTRACTOR_VERSION}")
    folders = [Path(each) for each in arguments] or [BESIDE_THE_CHECKOUT]
    done = [evaluate(folder) for folder in folders]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
