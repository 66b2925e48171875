"""The drawing of how worn a pair may be, and a change in words: the tags ..."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.services.pairs.pair_changes import Answer, Wish
from shop_plugin.services.pairs.wardrobe import WearGauge
from shop_plugin.services.wear.bar import wear_bar
from shop_plugin.templatetags.footback_pairs import footback_wear_gauge, footback_wish

START = date(2026, 1, 1)


def gauge(days: int, low: int, high: int) -> WearGauge:
    today = START + timedelta(days=days)
    pieces = wear_bar(START, START + timedelta(days=low), START + timedelta(days=high), today)
    worn = sum(piece.percent for piece in pieces if piece.is_worn)
    return WearGauge(pieces, worn, "in words", START, None)


@given(st.integers(0, 3000), st.integers(1, 900), st.integers(0, 2000))
def test_fill_the_bar_and_never_leave_it(days, low, more):
    drawn = footback_wear_gauge(gauge(days, low, low + more))
    parts = drawn["parts"]
    assert sum(part.width for part in parts) == drawn["width"] == 300
    assert [part.x for part in parts] == [
        sum(p.width for p in parts[:n]) for n in range(len(parts))
    ]
    for part in parts:
        for x, y in re.findall(r"[ML](-?\d+) (-?\d+)", part.hatch):
            assert part.x <= int(x) <= part.x + part.width
            assert 0 <= int(y) <= drawn["height"]


def test_hatch_where_such_pairs_come_to_their_end_and_nowhere_else():
    parts = footback_wear_gauge(gauge(50, 100, 200))["parts"]
    assert [(part.style, bool(part.hatch)) for part in parts] == [
        ("worn", False),
        ("ahead", False),
        ("ahead-range", True),
    ]


def test_say_the_same_in_words():
    page = Template("{% load footback_pairs %}{% footback_wear_gauge gauge %}").render(
        Context({"gauge": gauge(50, 100, 200)})
    )
    assert 'role="img" aria-label="in words"' in page
    assert "style=" not in page


def test_draw_nothing_for_a_pair_without_a_range():
    assert (
        Template("{% load footback_pairs %}{% footback_wear_gauge none %}")
        .render(Context({"none": None}))
        .strip()
        == ""
    )


@pytest.mark.parametrize("answer", list(Answer))
def test_have_words_for_every_answer(answer):
    assert footback_wish(Wish(answer, 3 if answer is Answer.DAYS else None))


def test_have_no_words_for_nothing():
    assert footback_wish(None) == ""
