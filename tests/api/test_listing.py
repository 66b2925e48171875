"""It shows one listing with the words behind every fact and all its matches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from shop_plugin.domain.guide import load_guide
from shop_plugin.models import FitVote, Observation
from shop_plugin.services.evidence.annotation import resolve_listings
from tests.api.conftest import Catalogue

Get = Callable[..., dict[str, object]]


def test_quotes_the_words_behind_a_fact(catalogue: Catalogue, get: Get) -> None:
    listing = get(f"listings/{catalogue.walker.pk}/")
    heel = next(fact for fact in listing["facts"] if fact["key"] == "heel_height_mm")
    assert heel["span"] == {"low": 25_400, "high": 25_400}
    assert heel["unit"] == "mm"
    evidence = heel["evidence"][0]
    assert evidence["is_believed"] is True
    quoted = listing[evidence["field"]][evidence["start"] : evidence["end"]]
    assert quoted == evidence["quote"] != ""


def test_keeps_the_losing_source_readable(catalogue: Catalogue, get: Get, now: datetime) -> None:
    Observation.objects.create(
        listing=catalogue.walker,
        attribute="arch_support",
        options="1",
        source_kind="staff",
        rule="staff.tag",
        confidence=950,
        observed_at=now,
    )
    resolve_listings(listing_ids=[catalogue.walker.pk], now=now)
    arch = get(f"listings/{catalogue.walker.pk}/")["facts"][0]
    assert arch["key"] == "arch_support"
    assert arch["options"] == ["1"]
    standing = [(item["source_kind"], item["is_believed"]) for item in arch["evidence"]]
    assert standing == [("staff", True), ("text", False)]


@pytest.mark.parametrize("state", ["suggested", "rejected", "superseded"])
def test_shows_nobody_what_was_not_accepted(
    catalogue: Catalogue, get: Get, now: datetime, state: str
) -> None:
    Observation.objects.create(
        listing=catalogue.silent,
        attribute="arch_support",
        options="3",
        source_kind="text",
        rule="x",
        quote="plain",
        confidence=100,
        state=state,
        observed_at=now,
    )
    arch = get(f"listings/{catalogue.silent.pk}/")["facts"][0]
    assert (arch["is_known"], arch["evidence"]) == (False, [])


def test_gives_the_matches_of_all_conditions_so_that_none_need_be_named(
    catalogue: Catalogue, get: Get
) -> None:
    listing = get(f"listings/{catalogue.walker.pk}/")
    assert [match["condition"] for match in listing["matches"]] == list(load_guide().conditions)
    assert listing["match"] == listing["matches"][0]
    assert listing["disclaimer"]


def test_shows_points_that_add_up(catalogue: Catalogue, get: Get) -> None:
    match = get(f"listings/{catalogue.pump.pk}/")["match"]
    assert sum(item["points_low"] for item in match["contributions"]) == match["base_low"]
    assert sum(item["points_high"] for item in match["contributions"]) == match["base_high"]
    assert match["high"] < match["base_high"]
    assert "CAP_HEEL" in {cap["code"] for cap in match["caps"]}
    over = next(item for item in match["reasons"] if item["code"] == "HEEL_OVER_2IN")
    assert over["params"]["low"] == 88_900
    assert over["evidence"]


def test_keeps_the_page_of_a_withdrawn_listing(catalogue: Catalogue, get: Get) -> None:
    assert get(f"listings/{catalogue.withdrawn.pk}/")["is_withdrawn"] is True


@pytest.mark.parametrize("listing_id", ["0", "987654321", "9" * 18, "9" * 40, "abc", "1.5", "-1"])
def test_says_so_where_no_listing_is(db: None, get: Get, listing_id: str) -> None:
    problem = get(f"listings/{listing_id}/", status=404)
    assert problem["status"] == 404
    assert problem["detail"]


def test_refuses_a_condition_in_the_address(catalogue: Catalogue, get: Get) -> None:
    problem = get(f"listings/{catalogue.walker.pk}/?condition=bunions", status=400)
    assert problem["errors"][0]["code"] == "condition_not_accepted"


def test_tells_what_buyers_said_of_the_sizes(catalogue: Catalogue, get: Get, now: datetime) -> None:
    FitVote.objects.create(
        listing=catalogue.walker, kind="votes", small=7, neither=20, large=1, updated_at=now
    )
    FitVote.objects.create(
        listing=catalogue.walker, kind="returns", small=3, neither=5, large=1, updated_at=now
    )
    buyers = get(f"listings/{catalogue.walker.pk}/")["buyers"]
    assert buyers["code"] == "true"
    assert buyers["votes"] == {"small": 7, "true": 20, "large": 1}
    assert buyers["share"] == {"part": 20, "number": 28, "low": 529, "high": 848}
    assert buyers["return_reasons"] == {"too_small": 3, "too_big": 1, "other": 5}
    assert buyers["texts"][-1] == "Of 9 returns, 3 said too small and 1 too big."


def test_leaves_the_word_of_buyers_empty_where_nobody_spoke(catalogue: Catalogue, get: Get) -> None:
    assert get(f"listings/{catalogue.walker.pk}/")["buyers"] == {
        "code": "",
        "texts": [],
        "votes": None,
        "share": None,
        "return_reasons": None,
        "arch_votes": None,
        "width_votes": None,
    }
