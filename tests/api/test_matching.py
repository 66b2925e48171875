"""It orders shoes for one reader's feet, and nothing of that stays anywhere."""

from __future__ import annotations

import io
import logging
import sqlite3

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop_plugin.api import matching
from shop_plugin.domain.guide import load_guide
from tests.api.conftest import Catalogue

CANARY = "plantar-canary-7f3a"


def match(send, **body: object):
    return send("POST", "match/", body)


def test_orders_by_the_lowest_match_and_says_what_decides(send, catalogue: Catalogue) -> None:
    answer = match(send, conditions=["bunions", "plantar_fasciitis"], limit=10)
    assert answer.status_code == 200, answer.content
    page = answer.json()
    lows = [row["joint"]["low"] for row in page["results"] if row["joint"]["low"] is not None]
    assert lows == sorted(lows, reverse=True)
    first = page["results"][0]
    assert [item["condition"] for item in first["by_condition"]] == page["conditions"]
    assert first["joint"]["low"] == min(item["match"]["low"] for item in first["by_condition"])
    limiting = [item["condition"] for item in first["by_condition"] if item["is_limiting"]]
    assert limiting == [first["limited_by"]]
    assert first["reasons"]
    assert all(reason["sentence"] for reason in first["reasons"])
    assert page["disclaimer"]
    assert len(page["advice"]) == 2


def test_takes_no_condition_for_the_general_guide(send, catalogue: Catalogue) -> None:
    page = match(send).json()
    assert page["conditions"] == ["general"]
    assert page["total"] == 4


def test_narrows_by_the_filters_of_the_list_and_by_size(send, catalogue: Catalogue) -> None:
    page = match(send, criteria={"brand": ["Marlow"], "q": "fenwalker"}, size="eu:38").json()
    assert [row["listing"]["id"] for row in page["results"]] == [catalogue.walker.pk]
    none = match(send, criteria={"brand": ["Orla"]}, size="eu:38").json()
    assert none["results"] == []
    assert {item["key"] for item in none["relaxations"]} == {"brand", "size"}


def test_matches_nothing_where_a_professional_should_choose(send, catalogue: Catalogue) -> None:
    for conditions in (["diabetes_or_numb_feet"], ["bunions", "diabetes_or_numb_feet"]):
        page = match(send, conditions=conditions).json()
        assert (page["is_matched"], page["results"], page["total"]) == (False, [], 0)
        assert "professional" in page["note"]
        flags = {item["condition"]: item["red_flags"] for item in page["advice"]}
        assert "podiatrist" in flags["diabetes_or_numb_feet"]


def test_never_scores_a_childs_shoe(send, catalogue: Catalogue) -> None:
    page = match(send, conditions=["bunions"], criteria={"category": ["kids"]}).json()
    (row,) = page["results"]
    assert row["joint"]["low"] is None


def test_tells_a_foots_size_in_every_system(send, catalogue: Catalogue) -> None:
    page = match(send, foot={"length_mm": 245, "width_mm": 95}, limit=1).json()
    sizes = {item["system"]: item["size"] for item in page["foot_sizes"]["sizes"]}
    assert {"eu", "uk", "us_women"} <= set(sizes)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"conditions": ["gout"]}, "/conditions/0"),
        ({"conditions": "bunions"}, "/conditions"),
        ({"criteria": {"heel": ["3"]}}, "/criteria/heel"),
        ({"criteria": {"heel": "up_to_1in"}}, "/criteria/heel"),
        ({"criteria": {"sort": ["price"]}}, "/criteria/sort"),
        ({"limit": 0}, "/limit"),
        ({"limit": "5"}, "/limit"),
        ({"limit": True}, "/limit"),
        ({"unit": "ft"}, "/unit"),
        ({"size": "38"}, "/size"),
        ({"name": "Robin"}, "/name"),
        ({"foot": {"length_mm": 3}}, "/foot/length_mm"),
        ({"foot": {"length_mm": 200, "width_mm": 149}, "x": 1}, "/x"),
    ],
)
def test_points_to_what_it_cannot_use_and_never_repeats_it(send, db, body, pointer) -> None:
    answer = match(send, **body)
    assert answer.status_code == 400
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}
    assert b"gout" not in answer.content
    assert b"Robin" not in answer.content


def test_refuses_a_foot_that_is_wider_than_long(send, db) -> None:
    answer = match(send, foot={"length_mm": 90, "width_mm": 96})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/foot/width_mm"


def test_is_kept_by_no_cache_and_carried_on_by_no_referrer(send, catalogue: Catalogue) -> None:
    for body in ({"conditions": ["bunions"]}, {"conditions": [CANARY]}):
        answer = match(send, **body)
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "ETag" not in answer
        assert not answer.cookies
    assert send("GET", "match/").status_code == 405
    assert send("POST", "match/?condition=bunions", {}).status_code == 400


def _dump() -> str:
    if connection.vendor == "sqlite":
        raw: sqlite3.Connection = connection.connection
        return "\n".join(raw.iterdump())
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        parts = []
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {connection.ops.quote_name(table)} t")
            parts += [row[0] for row in cursor.fetchall()]
        return "\n".join(parts)


@pytest.mark.proof("S18")
def test_leaves_no_trace(send, client, catalogue: Catalogue, caplog) -> None:
    """Made-up and real conditions are sent; no table, log, cache or session holds any."""
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    root = logging.getLogger()
    before = _dump()
    names = ["django", "django.request", "django.db.backends", "footback", "shop_plugin"]
    loggers = [root, *(logging.getLogger(name) for name in names)]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        logger.addHandler(handler)
    connection.force_debug_cursor = True
    try:
        with CaptureQueriesContext(connection) as queries:
            bodies = [
                {"conditions": ["plantar_fasciitis", "bunions"]},
                {"conditions": ["diabetes_or_numb_feet"]},
                {"conditions": [CANARY]},
                {CANARY: 1},
                {"criteria": {"q": "shoe"}, "conditions": ["flat_feet"], "unit": CANARY},
            ]
            for body in bodies:
                match(send, **body)
            client.generic("POST", "/api/footback/v1/match/", CANARY, content_type="text/plain")
            client.generic(
                "POST", "/api/footback/v1/match/", CANARY, content_type="application/json"
            )
        later = send("GET", "listings/")
    finally:
        connection.force_debug_cursor = False
        for logger in loggers:
            logger.removeHandler(handler)
            logger.setLevel(logging.WARNING if logger is root else logging.NOTSET)
    asked = "\n".join(query["sql"] for query in queries)
    traces = {
        "log": heard.getvalue() + caplog.text,
        "cache": str(getattr(caches["default"], "_cache", {})),
        "headers": str(dict(later.items())),
        "queries": asked,
    }
    words = [CANARY, "plantar_fasciitis", "bunions", "diabetes_or_numb_feet", "flat_feet"]
    # A statement asks for every condition of the guide, whoever asks: that list tells nothing.
    everything = "', '".join(load_guide().conditions)
    assert everything in traces["log"]
    for place, text in traces.items():
        for word in words:
            assert word not in text.replace(everything, ""), (place, word)
    assert _dump() == before
    assert not Session.objects.exists()


@pytest.mark.parametrize("debug", [True, False])
def test_says_of_a_fault_only_its_kind_and_place(
    send, client, db, monkeypatch, caplog, settings, debug
) -> None:
    settings.DEBUG = debug

    def broken(**_: object) -> None:
        raise KeyError(CANARY)

    monkeypatch.setattr(matching, "match_shoes", broken)
    with caplog.at_level(logging.DEBUG):
        answer = match(send, conditions=["bunions"])
    assert answer.status_code == 500
    assert answer["Cache-Control"] == "no-store"
    assert "KeyError in broken" in caplog.text
    assert CANARY not in caplog.text
    assert "bunions" not in caplog.text
    assert CANARY.encode() not in answer.content


def test_takes_every_condition_of_the_guide(send, catalogue: Catalogue) -> None:
    for condition in load_guide().conditions:
        assert match(send, conditions=[condition], limit=1).status_code == 200
