"""The badge on a host's own product page: helpful where it can be, silent where it cannot."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.template import Context, Template
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries

from shop_plugin.models import Listing
from tests.factories import ListingFactory, ProfileFactory

EMPTY_URLS = "tests.storefront.no_urls"


def badge(source: str, product_id: object) -> str:
    template = Template("{% load footback %}{% footback_badge source product_id %}")
    return template.render(Context({"source": source, "product_id": product_id})).strip()


def test_shows_letter_bar_words_and_the_way_to_the_reasons(
    catalogue: dict[str, Listing],
) -> None:
    shown = badge("test", "pump")
    assert "Guide match" in shown
    assert "fb-letter-" in shown
    assert 'role="img" aria-label="Guide match' in shown
    assert f'href="/shoes/{catalogue["pump"].pk}/"' in shown


@pytest.mark.parametrize("product_id", ["nothing", "", 17, None])
def test_shows_nothing_for_a_product_it_does_not_know(
    catalogue: dict[str, Listing], product_id: object
) -> None:
    assert badge("test", product_id) == ""


def test_shows_nothing_for_what_is_not_sold_any_more(catalogue: dict[str, Listing]) -> None:
    assert badge("test", "gone") == ""


def test_shows_nothing_before_the_first_assessment(db: None) -> None:
    ListingFactory(external_id="new")
    assert badge("test", "new") == ""


def test_gives_a_childs_shoe_words_instead_of_a_score(catalogue: dict[str, Listing]) -> None:
    shown = badge("test", "child")
    assert "Children’s shoes are not scored" in shown
    assert "fb-bar" not in shown


def test_draws_a_product_without_a_photograph(catalogue: dict[str, Listing]) -> None:
    template = Template("{% load footback %}{% footback_drawing source product_id %}")
    known = template.render(Context({"source": "test", "product_id": "pump"}))
    assert "fb-shoe-heel" in known
    unknown = template.render(Context({"source": "test", "product_id": "nothing"}))
    assert "fb-shoe-sole fb-open" in unknown, "all that is not known is dashed"


def test_costs_a_host_page_no_more_than_three_queries(
    catalogue: dict[str, Listing], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(3):
        assert badge("test", "walker")


def test_draws_a_product_in_the_colour_it_states_with_one_query(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    listing = ListingFactory(external_id="navy", title="Boot", raw_attributes={"Farbe": "Marine"})
    ProfileFactory(listing=listing)
    template = Template("{% load footback %}{% footback_drawing 'test' 'navy' %}")
    with django_assert_num_queries(1):
        assert "fb-tint-navy" in template.render(Context())


@override_settings(ROOT_URLCONF=EMPTY_URLS)
def test_works_without_the_pages_being_mounted(catalogue: dict[str, Listing]) -> None:
    shown = badge("test", "walker")
    assert "Guide match" in shown
    assert "<a " not in shown


def test_a_hosts_price_reads_as_on_the_pages_of_footback():
    template = Template("{% load footback %}{{ amount|footback_price:currency }}")

    assert template.render(Context({"amount": Decimal("120.90"), "currency": "EUR"})) == "€120.90"
    assert template.render(Context({"amount": Decimal("8900"), "currency": "JPY"})) == "¥8,900"
