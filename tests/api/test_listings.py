"""It lists what the criteria find, and refuses what it does not understand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from tests.api.conftest import API, Catalogue
from tests.factories import FIXED_NOW, ListingFactory, SizeFactory

Get = Callable[..., dict[str, object]]


def test_lists_the_best_match_first_and_never_the_withdrawn(catalogue: Catalogue, get: Get) -> None:
    page = get("listings/")
    ids = [item["id"] for item in page["results"]]
    assert ids[0] == catalogue.walker.pk
    assert set(ids) == {
        item.pk for item in (catalogue.walker, catalogue.pump, catalogue.silent, catalogue.kids)
    }
    assert page["total"] == 4
    scored = [item["match"]["low"] for item in page["results"] if item["match"]["low"] is not None]
    assert scored == sorted(scored, reverse=True)


def test_gives_the_match_in_whole_numbers_with_its_formula(catalogue: Catalogue, get: Get) -> None:
    card = get("listings/?q=fenwalker")["results"][0]
    assert card["id"] == catalogue.walker.pk
    match = card["match"]
    assert isinstance(match["low"], int)
    assert 0 <= match["low"] <= match["high"] <= 10_000
    assert match["formula_version"] == "fb-1.0"
    assert len(card["reasons"]) == 2
    assert all(reason["code"] and reason["sentence"] for reason in card["reasons"])


def test_says_what_nobody_states_and_which_sizes_are_in_stock(
    catalogue: Catalogue, get: Get
) -> None:
    by_id = {card["id"]: card for card in get("listings/")["results"]}
    assert by_id[catalogue.walker.pk]["sizes_in_stock"] == ["EU 38"]
    assert "Arch support" in by_id[catalogue.silent.pk]["unknown"]
    assert "Arch support" not in by_id[catalogue.walker.pk]["unknown"]
    assert by_id[catalogue.silent.pk]["price"] is None
    assert by_id[catalogue.walker.pk]["price"]["minor"] == 8900


def test_gives_no_address_that_could_run_a_script(catalogue: Catalogue, get: Get) -> None:
    by_id = {card["id"]: card for card in get("listings/")["results"]}
    assert by_id[catalogue.pump.pk]["url"] == ""
    assert by_id[catalogue.walker.pk]["url"] == "https://shop.example/fenwalker"


def test_never_scores_a_childs_shoe(catalogue: Catalogue, get: Get) -> None:
    page = get("listings/?grade=not_scored")
    assert [card["id"] for card in page["results"]] == [catalogue.kids.pk]
    assert page["results"][0]["match"]["low"] is None


def test_leads_from_page_to_page_by_links(catalogue: Catalogue, client: Client) -> None:
    path, seen = f"{API}listings/?per_page=1&unit=cm&sort=newest", []
    while path:
        page = client.get(path).json()
        seen += [card["id"] for card in page["results"]]
        assert path == f"{API}listings/?per_page=1&unit=cm&sort=newest" or page["previous"]
        path = page["next"]
    assert len(seen) == len(set(seen)) == 4


def test_gives_an_empty_page_past_the_end(catalogue: Catalogue, get: Get) -> None:
    page = get("listings/?page=900")
    assert (page["results"], page["is_past_end"], page["next"]) == ([], True, None)
    assert page["total"] == 4


def test_shows_lengths_in_the_asked_unit(catalogue: Catalogue, get: Get) -> None:
    in_cm = get("listings/?brand=Orla&unit=cm")["results"][0]
    assert any("8.9 cm" in reason["sentence"] for reason in in_cm["reasons"])


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("colour=red", "colour", "unknown_parameter"),
        ("grade=Z", "grade", "unknown_value"),
        ("grade=", "grade", "unknown_value"),
        ("heel=3", "heel", "unknown_value"),
        ("price=EUR", "price", "unknown_value"),
        ("size=38", "size", "unknown_value"),
        ("page=0", "page", "unknown_value"),
        ("page=-1", "page", "unknown_value"),
        ("page=99999999999999999999", "page", "unknown_value"),
        ("page=1&page=2", "page", "given_twice"),
        ("per_page=201", "per_page", "unknown_value"),
        ("sort=random", "sort", "unknown_value"),
        ("unit=ft", "unit", "unknown_value"),
        ("cursor=", "cursor", "cursor_unusable"),
        ("cursor=nonsense", "cursor", "cursor_unusable"),
        ("cursor=" + "x" * 5000, "cursor", "cursor_unusable"),
        ("cursor=a&cursor=b", "cursor", "given_twice"),
        ("cursor=a&page=1", "page", "unknown_value"),
        ("q=a+b+c+d+e+f+g+h+i", "q", "too_many"),
        ("brand=" + "&brand=".join(f"b{n}" for n in range(41)), "brand", "too_many"),
        ("condition=bunions", "condition", "condition_not_accepted"),
    ],
)
def test_refuses_what_means_nothing_and_says_where(
    db: None, get: Get, query: str, parameter: str, code: str
) -> None:
    problem = get(f"listings/?{query}", status=400)
    assert problem["status"] == 400
    assert [(item["parameter"], item["code"]) for item in problem["errors"]] == [(parameter, code)]
    assert problem["errors"][0]["detail"]


@pytest.mark.parametrize("path", ["listings/", "facets/", "listings/1/"])
def test_never_repeats_what_was_sent(db: None, client: Client, path: str) -> None:
    response = client.get(f"{API}{path}?condition=plantar-fasciitis-canary&x=plantar-canary")
    assert response.status_code == 400
    assert b"canary" not in response.content


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("facets/", "GET, HEAD"), ("listings/1/", "GET, HEAD"), ("listings/", "GET, HEAD, POST")],
)
def test_is_closed_to_every_other_method(db: None, client: Client, path: str, allowed: str) -> None:
    for method in {"post", "put", "patch", "delete", "options", "trace"} - {
        item.lower() for item in allowed.split(", ")
    }:
        response = getattr(client, method)(API + path)
        assert response.status_code == 405, method
        assert response["Allow"] == allowed
        assert response["Content-Type"] == "application/problem+json"


def test_sets_no_cookie_and_needs_none(catalogue: Catalogue, client: Client) -> None:
    response = client.get(f"{API}listings/")
    assert not response.cookies
    assert "Cookie" not in response["Vary"]


def test_asks_the_database_as_often_for_fifty_listings_as_for_two(
    db: None, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for size in (2, 50):
        listings = ListingFactory.create_batch(
            size, description="Arch support, cushioned, laces, heel height 30 mm."
        )
        ids = [item.pk for item in listings]
        for listing in listings:
            SizeFactory(listing=listing)
        annotate_listings(listing_ids=ids, now=FIXED_NOW)
        assess_listings(listing_ids=ids, now=FIXED_NOW)
        with django_assert_num_queries(9):
            assert len(client.get(f"{API}listings/?per_page=50").json()["results"]) >= size
