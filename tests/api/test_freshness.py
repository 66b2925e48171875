"""It knows from the state number alone that nothing changed, and misses no change."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from shop_plugin.domain.attributes import Options
from shop_plugin.models import Listing
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.staff.review import tag_listing
from tests.api.conftest import API, Catalogue

PATHS = ["listings/", "listings/?q=fenwalker&sort=price", "facets/", "listings/{pk}/"]


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest, catalogue: Catalogue) -> str:
    return API + request.param.format(pk=catalogue.walker.pk)


def ask(client: Client, path: str, tag: str, **headers: str):
    return client.get(path, headers={"If-None-Match": tag, **headers})


def test_says_not_modified_without_looking_at_a_row(
    client: Client, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = client.get(path)
    assert first["Cache-Control"] == "public, no-cache"
    assert first["Vary"] == "Accept-Language"
    with django_assert_num_queries(1) as asked:
        again = ask(client, path, first["ETag"])
    assert "footback_listing" not in asked.captured_queries[0]["sql"]
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["Cache-Control"] == first["Cache-Control"]
    assert again["Vary"] == first["Vary"]


def test_misses_no_change_of_a_fact(client: Client, path: str, catalogue, now: datetime) -> None:
    tag = client.get(path)["ETag"]
    tag_listing(
        listing_id=catalogue.walker.pk,
        attribute="arch_support",
        value=Options.of("1"),
        original="1",
        author=None,
        now=now,
    )
    assert ask(client, path, tag).status_code == 200


def test_misses_no_change_of_what_lost(client: Client, catalogue, now: datetime) -> None:
    path = f"{API}listings/{catalogue.walker.pk}/"
    walker = catalogue.walker
    tag_listing(
        listing_id=walker.pk,
        attribute="arch_support",
        value=Options.of("3"),
        original="3",
        author=None,
        now=now,
    )
    first = client.get(path)
    Listing.objects.filter(pk=walker.pk).update(
        description=walker.description.replace("Excellent arch", "Good arch")
    )
    annotate_listings(listing_ids=[walker.pk], now=now)
    changed = ask(client, path, first["ETag"])
    assert changed.status_code == 200
    assert "Good arch" in changed.content.decode()


@pytest.mark.parametrize("tag", ["{tag}", "W/{strong}", "{strong}", '"other", {tag}, W/"x"'])
def test_compares_tags_weakly_and_in_lists(client: Client, path: str, tag: str) -> None:
    found = client.get(path)["ETag"]
    sent = tag.format(tag=found, strong=found.removeprefix("W/"))
    assert ask(client, path, sent).status_code == 304


@pytest.mark.parametrize("tag", ["*", "", '"x"', "nonsense", '"'])
def test_sends_the_answer_for_any_other_tag(client: Client, path: str, tag: str) -> None:
    assert ask(client, path, tag).status_code == 200


def test_gives_every_query_unit_and_language_a_tag_of_its_own(
    client: Client, catalogue: Catalogue, settings
) -> None:
    settings.LANGUAGES = [("en", "English"), ("en-gb", "British English")]
    paths = [
        "listings/",
        "listings/?unit=cm",
        "listings/?per_page=2",
        "listings/?page=2",
        "facets/",
    ]
    answers = [client.get(API + path) for path in paths]
    answers.append(client.get(f"{API}listings/", headers={"Accept-Language": "en-GB"}))
    assert len({answer["ETag"] for answer in answers}) == len(answers)
    assert answers[-1]["Content-Language"] == "en-gb"


def test_gives_the_same_query_the_same_tag_however_it_is_written(
    client: Client, catalogue: Catalogue
) -> None:
    first = client.get(f"{API}listings/?grade=A&grade=B&sort=match&page=1")
    second = client.get(f"{API}listings/?grade=B&grade=A&grade=B")
    assert first["ETag"] == second["ETag"]


def test_lets_nobody_keep_an_error(client: Client, db: None) -> None:
    for path in ("listings/?x=1", "listings/0/", "nowhere/"):
        answer = client.get(API + path)
        assert answer["Cache-Control"] == "no-store"
        assert "ETag" not in answer


def test_answers_in_the_language_of_the_header_and_of_nothing_else(
    client: Client, catalogue: Catalogue, settings
) -> None:
    settings.LANGUAGES = [("en", "English"), ("en-gb", "British English")]
    client.cookies["django_language"] = "en-gb"
    answer = client.get(f"{API}listings/", headers={"Accept-Language": "xx, fr;q=0.5, en;q=0.1"})
    assert answer["Content-Language"] == "en"


def test_tells_by_its_tag_too_that_the_document_is_the_same(client: Client, db: None) -> None:
    first = client.get(f"{API}schema/")
    assert ask(client, f"{API}schema/", first["ETag"]).status_code == 304
