"""A shoe goes from the shop's shelf into the filter, and staff correct what is said of it."""

from __future__ import annotations

import pytest

from shop_plugin.domain.attributes import Options
from shop_plugin.models import Listing
from shop_plugin.services.staff.review import tag_listing
from tests.journeys.conftest import take_in_catalogue

pytestmark = pytest.mark.usefixtures("shop")
LISTINGS = "/api/footback/v1/listings/"


def titles(client, query: str) -> list[str]:
    answer = client.get(LISTINGS + query)
    assert answer.status_code == 200, answer.content
    return [item["title"] for item in answer.json()["results"]]


def facet_counts(client, facet: str, query: str = "") -> dict[str, int]:
    answer = client.get("/api/footback/v1/facets/" + query).json()
    chosen = next(item for item in answer["facets"] if item["key"] == facet)
    return {choice["value"]: choice["count"] for choice in chosen["values"]}


def test_a_shoe_on_the_shelf_can_be_found_by_what_its_text_says(client, now):
    take_in_catalogue(now)

    assert titles(client, "") == ["Marlow Walker", "Odette Pump"]
    assert titles(client, "?heel=over_3in") == ["Odette Pump"]
    assert facet_counts(client, "heel")["over_3in"] == 1


def test_the_page_quotes_the_words_a_fact_was_read_from(client, now):
    take_in_catalogue(now)
    listing = Listing.objects.get(title="Odette Pump")

    page = client.get(f"/shoes/{listing.pk}/").content.decode()

    assert "4 inch heel" in page
    assert "No arch support" in page


def test_what_staff_set_is_in_the_filter_on_the_next_page_view(client, now, django_user_model):
    take_in_catalogue(now)
    listing = Listing.objects.get(title="Odette Pump")
    before = facet_counts(client, "arch")
    staff = django_user_model.objects.create_user("tagger", is_staff=True)

    tag_listing(
        listing_id=listing.pk,
        attribute="arch_support",
        value=Options.of("3"),
        original="high",
        author=staff,
        now=now,
    )

    after = facet_counts(client, "arch")
    assert (before["0"], after["0"]) == (1, 0)
    assert titles(client, "?arch=3") == ["Odette Pump"]
    page = client.get(f"/shoes/{listing.pk}/").content.decode()
    assert "shop staff" in page
    assert "No arch support" in page, "the losing source stays readable"


def test_the_shops_own_page_carries_the_badge(client, now):
    take_in_catalogue(now)
    listing = Listing.objects.get(title="Marlow Walker")

    page = client.get("/product/marlow-walker/").content.decode()

    assert f"/shoes/{listing.pk}/" in page
    assert "Guide match" in page
