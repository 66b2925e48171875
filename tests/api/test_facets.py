"""It counts every value of every facet, and a click gives what the count said."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from shop_plugin.services.search.facets import FACETS
from tests.api.conftest import Catalogue

Get = Callable[..., dict[str, object]]


def test_shows_every_facet_in_the_order_of_the_one_list(catalogue: Catalogue, get: Get) -> None:
    shown = get("facets/")
    assert [facet["key"] for facet in shown["facets"]] == [facet.key for facet in FACETS]
    assert shown["total"] == 4


def test_gives_on_a_click_what_the_count_said(catalogue: Catalogue, get: Get) -> None:
    clicks = 0
    for facet in get("facets/")["facets"]:
        for value in facet["values"]:
            query = urlencode({facet["key"]: value["value"]})
            assert get(f"listings/?{query}")["total"] == value["count"], query
            clicks += value["count"] > 0
    assert clicks >= len(FACETS)


def test_counts_what_nobody_states_as_a_value(catalogue: Catalogue, get: Get) -> None:
    by_key = {facet["key"]: facet for facet in get("facets/")["facets"]}
    unknown = {
        key: [value["count"] for value in facet["values"] if value["is_unknown"]]
        for key, facet in by_key.items()
    }
    assert unknown["arch"] == [3]
    assert unknown["size"] == [3]
    assert unknown["brand"] == [1]
    assert unknown["price"] == [1]


def test_leaves_a_facets_own_choice_out_of_its_counts(catalogue: Catalogue, get: Get) -> None:
    shown = get("facets/?brand=Orla")
    assert shown["total"] == 1
    brands = next(facet for facet in shown["facets"] if facet["key"] == "brand")
    assert {value["value"]: value["count"] for value in brands["values"]} == {
        "Marlow": 2,
        "Orla": 1,
        "unknown": 1,
    }
    assert [value["value"] for value in brands["values"] if value["is_chosen"]] == ["Orla"]


def test_names_heel_bands_in_the_asked_unit(catalogue: Catalogue, get: Get) -> None:
    def labels(unit: str) -> list[str]:
        facets = get(f"facets/?unit={unit}")["facets"]
        heel = next(facet for facet in facets if facet["key"] == "heel")
        return [value["label"] for value in heel["values"]][:4]

    assert labels("in") == ["Up to 1 in", "1 in to 2 in", "2 in to 3 in", "Over 3 in"]
    assert labels("cm") == ["Up to 2.5 cm", "2.5 cm to 5.1 cm", "5.1 cm to 7.6 cm", "Over 7.6 cm"]


def test_takes_no_order_and_no_page(db: None, get: Get) -> None:
    problem = get("facets/?page=2&sort=newest", status=400)
    assert {item["parameter"] for item in problem["errors"]} == {"page", "sort"}
