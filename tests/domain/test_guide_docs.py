"""The pages that explain the numbers say the numbers that are used."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.guide import FACTORS, load_guide
from shop_plugin.domain.lifespan import load_life_model

ROOT = Path(__file__).parent.parent.parent
SCORING = (ROOT / "docs" / "explanation" / "scoring.md").read_text(encoding="utf-8")
LIFESPAN = (ROOT / "docs" / "explanation" / "lifespan.md").read_text(encoding="utf-8")
EXAMPLES = ROOT / "tests" / "golden" / "guide_worked_examples.csv"

FACTORS_SHOWN = ("A", "S", "C", "H", "T", "W", "K", "R", "O", "U")

#: Rows of the page that stand for several categories, or for one under another name.
CATEGORY_NAMES = {
    "work, standing": ["work_standing"],
    "safety boot, hiking, boot": ["safety_boot", "hiking", "boot"],
    "running, trail": ["running", "trail"],
    "walking, training": ["walking", "training"],
    "casual sneaker": ["casual_sneaker"],
    "dress leather": ["dress_leather"],
    "flip-flop": ["flip_flop"],
    "children": [],
}


def table_after(text: str, heading: str) -> list[list[str]]:
    """Return the rows of the first table after a text, cells stripped."""
    lines = text[text.index(heading) :].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_it_prints_the_weights_that_are_used():
    guide = load_guide()
    printed = {
        name: {factor: int(cell) for factor, cell in zip(FACTORS_SHOWN, cells, strict=True) if cell}
        for name, *cells in table_after(SCORING, "Weights per thousand:")
    }

    assert printed == {name: dict(profile.weights) for name, profile in guide.profiles.items()}


def test_it_prints_the_worked_examples_that_are_tested():
    with EXAMPLES.open(encoding="utf-8", newline="") as file:
        tested = [
            [
                row["archetype"],
                *(row[factor] for factor in ("A", "S", "C", "T", "W", "K", "O", "R", "U")),
                f"{row['heel_mm']}/{row['platform_mm']}",
                row["general"],
                *(row[name] for name in list(row)[14:]),
            ]
            for row in csv.DictReader(file)
        ]

    assert len(tested) == 12
    assert table_after(SCORING, "## Twelve worked examples") == tested


def test_it_prints_the_evidence_labels_that_are_used():
    words = {"none": "none direct", "mixed_to_against": "mixed to against"}
    printed = [row[1:3] for row in table_after(SCORING, "## What the guidelines rest on")]

    assert printed == [
        [words.get(label, label) for label in (guideline.feet, guideline.low_back)]
        for guideline in load_guide().guidelines.values()
    ]


@pytest.mark.parametrize("row", table_after(LIFESPAN, "## The estimate"), ids=lambda row: row[0])
def test_it_prints_the_capacities_that_are_used(row):
    name, unit, *capacity, _ = row
    model = load_life_model()

    for category in CATEGORY_NAMES.get(name, [name]):
        life = model.categories[category]
        assert life.unit == unit
        assert [int(cell.replace(",", "")) for cell in capacity] == list(life.capacity)


def test_it_prints_every_category():
    printed = {
        category
        for name, *_ in table_after(LIFESPAN, "## The estimate")
        for category in CATEGORY_NAMES.get(name, [name])
    }

    assert printed == {item.value for item in UseCategory} - {"kids"}


def test_it_explains_every_factor():
    explained = SCORING[SCORING.index("## From facts to subscores") :]

    assert set(FACTORS_SHOWN) == set(FACTORS)
    for factor in FACTORS:
        assert f"{factor} " in explained
