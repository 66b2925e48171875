"""What a host puts on its own pages: many products at once, and never a broken page."""

from __future__ import annotations

import json
import re

import pytest
from django.template import Context, Template
from django.test import Client, override_settings
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from shop_plugin.models import FootwearProfile, Listing
from tests.factories import ListingFactory, SizeFactory

NO_URLS = "tests.storefront.no_urls"
LOAD = "{% load footback footback_host %}"


def render(source: str, **context: object) -> str:
    return Template(LOAD + source).render(Context(context)).strip()


def read_jsonld(html: str) -> dict:
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    return json.loads(text)


def test_shows_a_whole_list_of_products_in_four_queries(
    catalogue: dict[str, Listing], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page = (
        '{% footback_load "test" products "external_id" as shoes %}{% for product in products %}'
        '{% footback_badge "test" product.external_id shoes %}'
        '{% footback_drawing "test" product.external_id shoes %}'
        '{% footback_reasons "test" product.external_id shoes=shoes %}'
        '{% footback_jsonld "test" product.external_id shoes=shoes %}{% endfor %}'
    )
    with django_assert_num_queries(4):
        shown = render(page, products=[*catalogue.values()])
    assert shown.count("fb-badge-head") == 4, "the withdrawn one has no badge"
    assert shown.count('<svg class="fb-shoe ') == 5
    assert shown.count("application/ld+json") == 4


@pytest.mark.parametrize(
    ("tag", "queries"), [("facts", 8), ("reasons", 4), ("jsonld", 4), ("alternatives", 10)]
)
def test_costs_a_product_page_no_more_queries_than_the_reference_says(
    catalogue: dict[str, Listing],
    django_assert_max_num_queries: DjangoAssertNumQueries,
    tag: str,
    queries: int,
) -> None:
    with django_assert_max_num_queries(queries):
        render(f'{{% footback_{tag} "test" "walker" %}}')


def test_says_the_same_loaded_alone_or_with_others(catalogue: dict[str, Listing]) -> None:
    for tag in ("badge", "drawing", "reasons", "jsonld"):
        alone = render(f'{{% footback_{tag} "test" "walker" %}}')
        loaded = render(
            '{% footback_load "test" ids as shoes %}'
            f'{{% footback_{tag} "test" "walker" shoes=shoes %}}',
            ids=["pump", "walker"],
        )
        assert alone == loaded
        assert alone


@pytest.mark.parametrize("product_id", ["nothing", "", 17, None, "gone"])
def test_shows_nothing_for_what_it_does_not_know(
    catalogue: dict[str, Listing], product_id: object
) -> None:
    for tag in ("facts", "reasons", "alternatives", "jsonld"):
        assert render(f'{{% footback_{tag} "test" id %}}', id=product_id) == ""
    assert render('{% footback_load "test" id as shoes %}{{ shoes }}', id=product_id) == "{}"


def test_lists_known_facts_with_their_source_and_words(catalogue: dict[str, Listing]) -> None:
    shown = render('{% footback_facts "test" "walker" unit="mm" %}')
    assert "25 mm" in shown
    assert "read from the text" in shown
    assert "<mark>" in shown
    assert "not stated" not in shown


def test_gives_reasons_with_their_evidence(catalogue: dict[str, Listing]) -> None:
    shown = render('{% footback_reasons "test" "pump" limit=2 %}')
    assert shown.count("<li>") == 2
    assert "above the guide&#x27;s 2 in" in shown
    assert "Evidence: feet some, low back weak" in shown
    assert f'href="{reverse("footback:listing", args=[catalogue["pump"].pk])}"' in shown


@override_settings(ROOT_URLCONF=NO_URLS)
def test_works_without_the_pages_being_mounted(catalogue: dict[str, Listing]) -> None:
    shown = render('{% footback_reasons "test" "pump" %}{% footback_alternatives "test" "pump" %}')
    assert "above the guide" in shown
    assert "<a " not in shown


def test_leads_to_the_hosts_own_pages_of_better_shoes(catalogue: dict[str, Listing]) -> None:
    pump = catalogue["pump"]
    other = ListingFactory(
        title="Lower pump", use_category="heel", price_minor=15_000, url="https://shop.example/low"
    )
    profile = FootwearProfile.objects.get(pk=pump.pk)
    profile.listing = other
    profile.pk = other.pk
    profile.match_low += 1_000
    profile.save(force_insert=True)
    SizeFactory(listing=other, label="39")
    shown = render('{% footback_alternatives "test" "pump" heading="Perhaps" %}')
    assert '<a href="https://shop.example/low">Lower pump</a>' in shown
    assert "<h2>Perhaps</h2>" in shown
    assert render('{% footback_alternatives "test" "pump" size="eu:38" heading="Perhaps" %}') == ""


def test_tells_machines_what_is_known_and_no_match(catalogue: dict[str, Listing]) -> None:
    shown = render('{% footback_jsonld "test" "walker" url="https://shop.example/w/" %}')
    said = read_jsonld(shown)
    assert said["@id"] == "https://shop.example/w/#product"
    assert said["hasMeasurement"]["value"] == 25.4
    assert not re.search("rating|review|match", shown, re.IGNORECASE)


def test_lets_no_text_of_a_product_end_the_data_block(db: None) -> None:
    title = '</script><script>alert("1")</script><!-- & \u2028\u2029 "quoted" <b>'
    ListingFactory(external_id="evil", title=title, brand="</SCRIPT >")
    shown = render('{% footback_jsonld "test" "evil" %}')
    assert read_jsonld(shown)["name"] == title, "nothing is lost either"
    assert shown.count("<") == 2, "only those of its own element"
    assert "&" not in shown
    assert "\u2028" not in shown


def test_stands_on_the_product_page_of_the_demo_shop(client: Client, db: None) -> None:
    from footback_shop.store.models import Product

    product = Product.objects.create(
        sku="FL-1", slug="walker", name="</script> walker", brand="Corrin", price=90
    )
    ListingFactory(source="store", external_id="FL-1", title=product.name)
    html = client.get(product.get_absolute_url()).content.decode()
    assert read_jsonld(html)["@id"] == "http://testserver/product/walker/#product"
