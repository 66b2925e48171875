"""The invented catalogue: always the same, rich, untidy, and nobody's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from fixtures.brands import BRANDS
from fixtures.dice import Dice
from fixtures.kinds import KINDS
from fixtures.writing import write_length
from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.categories import classify_category
from shop_plugin.domain.fit_votes import FitCounts, Runs, judge_votes
from tests.architecture.sources import PROJECT_DIR


def _rows(name: str) -> list[dict[str, Any]]:
    path = PROJECT_DIR / "fixtures" / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def catalogue() -> list[dict[str, Any]]:
    """The rows of the catalogue."""
    return _rows("catalogue.jsonl")


def test_it_is_what_the_generator_writes_whatever_the_hash_seed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fixtures.build", "--check"],
        cwd=PROJECT_DIR,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_holds_about_three_hundred_shoes_of_every_kind(
    catalogue: list[dict[str, Any]],
) -> None:
    assert 290 <= len(catalogue) <= 330
    assert set(KINDS) == {kind.value for kind in UseCategory}
    assert {row["brand"] for row in catalogue} == {brand.name for brand in BRANDS}


def test_it_is_told_apart_by_the_plugins_own_reading(catalogue: list[dict[str, Any]]) -> None:
    read = Counter(classify_category(row["category"], row["name"]) for row in catalogue)
    missing = {kind for kind in UseCategory if not read[kind]} - {UseCategory.KIDS}
    assert missing == set()


def test_it_says_no_two_things_in_the_same_words(catalogue: list[dict[str, Any]]) -> None:
    texts = [row["description"] for row in catalogue if row["description"]]
    assert len(set(texts)) == len(texts)
    names = Counter((row["brand"], row["name"].casefold()) for row in catalogue)
    assert names.most_common(1)[0][1] == 1


def test_it_speaks_four_languages_mostly_english(catalogue: list[dict[str, Any]]) -> None:
    languages = Counter(row["language"] for row in catalogue)
    assert languages.keys() == {"en", "de", "fr", "es"}
    assert 0.85 < languages["en"] / len(catalogue) < 0.95


def test_it_is_as_untidy_as_real_listings(catalogue: list[dict[str, Any]]) -> None:
    texts = [row["description"] for row in catalogue]
    sheets = [row["specs"] for row in catalogue]
    assert "" in texts
    assert any("\n" in row["name"] for row in catalogue)
    assert any("\ufffd" in text for text in texts)
    assert any(text[: len(text) // 2] * 2 == text for text in texts if text)
    assert any("<li>" in text for text in texts)
    assert any(sheet.get("Heel height") == "0 inch" for sheet in sheets)
    bare = [str(sheet.get("Heel height", "")) for sheet in sheets]
    assert any(value.replace(".", "").isdecimal() for value in bare)


def test_it_lets_buyers_speak_of_the_sizes_of_some_shoes(catalogue: list[dict[str, Any]]) -> None:
    votes = [FitCounts(*row["fit_votes"].values()) for row in catalogue if "fit_votes" in row]
    assert 50 <= len(votes) <= 70
    assert 15 <= sum("return_reasons" in row for row in catalogue) <= 35
    assert {judge_votes(counts) for counts in votes} == set(Runs)


def test_it_costs_what_shoes_cost(catalogue: list[dict[str, Any]]) -> None:
    prices = sorted(float(row["price"]) for row in catalogue)
    assert 8 < prices[0] < 30
    assert 60 < prices[len(prices) // 2] < 130
    assert 200 < prices[-1] < 400


def test_it_writes_to_addresses_that_belong_to_nobody() -> None:
    hosts = {row["email"].partition("@")[2] for row in _rows("shoppers.jsonl")}
    assert hosts == {"example.org", "example.net", "example.com"}
    assert len(_rows("shoppers.jsonl")) == 400


def test_it_orders_only_what_is_in_the_catalogue(catalogue: list[dict[str, Any]]) -> None:
    skus = {variant["sku"] for row in catalogue for variant in row["variants"]}
    people = {row["id"] for row in _rows("shoppers.jsonl")}
    orders = _rows("orders.jsonl")
    assert {line["sku"] for order in orders for line in order["lines"]} <= skus
    assert {order["shopper"] for order in orders} <= people
    assert max(order["days_ago"] for order in orders) > 1000
    assert len({order["number"] for order in orders}) == len(orders)


def test_it_tells_of_returns_gifts_and_repurchases() -> None:
    orders = _rows("orders.jsonl")
    assert any(order["is_gift"] for order in orders)
    assert any(order["cancelled_after"] for order in orders)
    assert any(line["returned"] for order in orders for line in order["lines"])
    assert Counter(order["shopper"] for order in orders).most_common(1)[0][1] > 3


@pytest.mark.parametrize(
    ("units", "texts"),
    [
        ("mm", {"70 mm", "70mm"}),
        ("cm", {"7 cm", "7cm"}),
        ("in_decimal", {"2.76 in", '2.76"', "2.76 inches"}),
        ("in", {'2 3/4"', "2 3/4 in", "2 3/4 inch", "2 3/4''", '2¾"', "2¾ in", "2¾ inch", "2¾''"}),
    ],
)
def test_it_writes_lengths_as_people_do(units: str, texts: set[str]) -> None:
    dice = Dice(1)
    assert {write_length(70, units=units, dice=dice) for _ in range(200)} == texts


def test_it_draws_every_card_of_a_deck_before_one_comes_back() -> None:
    dice = Dice(1)
    cards = tuple("abcdef")
    assert sorted(dice.draw("deck", cards) for _ in cards) == list(cards)
