"""Ids are asked for by source, in the order in which they came."""

from __future__ import annotations

from shop_plugin.services.bulk.keys import ids_by_source


def test_it_keeps_the_order_of_sources_and_of_their_ids() -> None:
    keys = [("web", "2"), ("feed", "1"), ("web", "1"), ("web", "2")]
    assert list(ids_by_source(keys).items()) == [("web", ["2", "1", "2"]), ("feed", ["1"])]


def test_it_makes_nothing_of_nothing() -> None:
    assert ids_by_source(iter(())) == {}
