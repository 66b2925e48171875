"""The catalogue of the pipeline benchmark: made up, and the same every time."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_KINDS = (
    ("Women > Pumps", "Pump"),
    ("Women > Flats", "Ballerina"),
    ("Women > Boots > Ankle boots", "Ankle Boot"),
    ("Men > Shoes > Derbys", "Derby"),
    ("Men > Running shoes", "Runner"),
    ("Women > Walking shoes", "Walker"),
    ("Sneakers", "Sneaker"),
    ("Sandals", "Sandal"),
    ("Slippers", "Slipper"),
    ("Kids > Shoes > Sneakers", "Kids' Sneaker"),
)
_BRANDS = ("Marlow", "Tern & Fell", "Ostrava", "Kestrel Row", "Lindqvist", "Hallow Green")
_CLAIMS = (
    "Built-in arch support.",
    "A contoured footbed.",
    "Cushioned insole.",
    "Memory foam insole.",
    "EVA midsole.",
    "Removable insole.",
    "Heel height: 2 in.",
    "Heel measures approximately 3.25 inches.",
    "Heel: 35 mm.",
    "8 mm heel-to-toe drop.",
    "Round toe.",
    "Pointed toe.",
    "No arch support.",
)
_PROSE = (
    "A quiet shape that goes with everything you already own.",
    "The upper is full-grain leather that darkens a little with the years.",
    "Stitched by hand in a small workshop near the coast.",
    "We like it with wool socks in winter and none at all in June.",
    "The lining is undyed, and the sole can be replaced by any cobbler.",
    "Comes in a plain box with a spare pair of laces and a note on care.",
    "Runs true to size; if you are between two, take the larger one.",
    "The colour is dyed in the yarn, so it does not rub off on light trousers.",
)
_FIELDS = (
    ("Closure", ("Lace-Up", "Slip On", "Zip", "Buckle")),
    ("Toe Style", ("Round Toe", "Pointed Toe", "Almond")),
    ("Heel Height", ("1 inch", "2 inch", "0 inch", "High Heel", "3,5 cm", "45")),
    ("Width", ("Medium", "Wide", "Lace-Up")),
)


def make_rows(count: int) -> Iterator[dict[str, Any]]:
    """Yield listings as untidy as a feed's: 60 words, up to two claims and two fields each."""
    chance = random.Random(20260616)
    for number in range(count):
        category, noun = chance.choice(_KINDS)
        brand = chance.choice(_BRANDS)
        sentences = [*chance.sample(_PROSE, 4), *chance.sample(_CLAIMS, chance.randrange(3))]
        chance.shuffle(sentences)
        chosen = chance.sample(_FIELDS, chance.randrange(3))
        fields = {name: chance.choice(words) for name, words in chosen}
        yield {
            "id": f"S-{number}",
            "title": f"{brand} {noun} {number % 997}",
            "brand": brand,
            "category": category,
            "price": chance.randrange(2500, 25_000) / 100,
            "description": " ".join(sentences),
            "availability": "in stock",
            "sizes": [{"label": str(size), "stock": size % 4} for size in range(37, 40)],
            "raw_attributes": {"currency": "EUR", "Colour": "black", **fields},
        }


def write_file(path: Path, count: int) -> None:
    """Write the made-up catalogue as JSON Lines."""
    with path.open("w", encoding="utf-8") as file:
        for row in make_rows(count):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
