"""What each adapter says that it can do, and the table that repeats it for readers."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from django.conf import settings

from shop_plugin.domain.capabilities import Capability
from tests.adapters.adapter_cards import adapter_modules, cards

REFERENCE = Path(settings.BASE_DIR) / "docs" / "reference" / "adapters.csv"
COLUMNS = ("adapter", "capability", "can", "words")


def write_table() -> str:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    for card in sorted(cards().values(), key=lambda card: card.name):
        for capability in Capability:
            can = capability in card.can
            words = card.can[capability] if can else card.cannot[capability]
            writer.writerow((card.name, capability.value, "yes" if can else "no", words))
    return table.getvalue()


def test_it_prints_in_the_reference_what_the_cards_say() -> None:
    """Run with UPDATE_GOLDEN=1 to write the table anew."""
    table = write_table()
    if os.environ.get("UPDATE_GOLDEN"):
        REFERENCE.write_text(table, encoding="utf-8")
    assert table == REFERENCE.read_text(encoding="utf-8"), "see the docstring of this test"


def test_it_finds_a_card_in_every_module_with_a_class_that_fits_a_seam() -> None:
    found = [module.__name__ for module in adapter_modules()]
    assert {"shop_plugin.adapters.orm", "shop_plugin.adapters.jsonl"} <= set(found)
    assert [module.__name__ for module in adapter_modules() if not hasattr(module, "CARD")] == []


def test_it_gives_each_adapter_a_name_of_its_own_and_sentences_as_words() -> None:
    found = list(cards().values())
    assert len({card.name for card in found}) == len(found)
    unfinished = [
        f"{card.name}: {words}"
        for card in found
        for words in (*card.can.values(), *card.cannot.values())
        if not words.endswith(".") or not words[0].isupper()
    ]
    assert unfinished == []
