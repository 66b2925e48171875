"""What shoppers and staff see on oscar's own pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shop_plugin.models import FootwearProfile, Listing
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.intake.catalogue import sync_catalogue
from tests.oscar.shop import Product, Shelves, User, child_of, make_parent

pytestmark = pytest.mark.django_db
HERE = Path(__file__).resolve().parent
HOW_TO = HERE.parents[1] / "docs" / "how-to" / "put-it-into-django-oscar.md"


def take_in() -> None:
    """Do what the main job does with the catalogue."""
    now = timezone.now()
    sync_catalogue(now=now, full=True)
    annotate_stale(now=now)
    assess_stale(now=now)


def titles_in(page: str) -> list[str]:
    return re.findall(r'<a href="[^"]+" title="([^"]+)"', page)


@pytest.fixture
def range_of_shoes(shelves: Shelves) -> list[Any]:
    """Two low boots and a high one, all known to footback, and a clog that is not."""
    made = [
        make_parent(shelves, "Low Boot", heel_height_mm=20.0),
        make_parent(shelves, "Lower Boot", heel_height_mm=15.0),
        make_parent(shelves, "High Boot", heel_height_mm=95.0),
    ]
    take_in()
    clog = Product.objects.create(title="New Clog", product_class=shelves.shoes)
    return [*made, clog]


@pytest.mark.parametrize("size", ["", "38"])
def test_the_product_page_shows_badge_and_facts_of_a_parent_and_of_its_child(
    boot: Any, client: Client, size: str
) -> None:
    take_in()
    product = child_of(boot, size) if size else boot
    page = client.get(product.get_absolute_url()).content.decode()
    assert "Guide match" in page
    assert "Removable insole" in page
    assert f"/footwear/shoes/{Listing.objects.get().pk}/" in page
    assert "footback/footback.css" in page


def test_the_product_page_is_as_before_for_what_footback_does_not_know(
    shelves: Shelves, client: Client
) -> None:
    clog = Product.objects.create(title="New Clog", product_class=shelves.shoes)
    page = client.get(clog.get_absolute_url()).content.decode()
    assert "New Clog" in page
    assert "Guide match" not in page


def test_the_catalogue_shows_all_products_and_offers_the_facets(
    range_of_shoes: list[Any], client: Client
) -> None:
    page = client.get("/catalogue/").content.decode()
    assert titles_in(page) == ["New Clog", "High Boot", "Lower Boot", "Low Boot"]
    assert "Refine by" in page
    assert re.search(r'href="/catalogue/\?heel=over_3in">[^<]+</a>\s+\(1\)', page)


def test_a_click_on_a_facet_narrows_the_catalogue_to_as_many_as_it_said(
    range_of_shoes: list[Any], client: Client
) -> None:
    page = client.get("/catalogue/?heel=up_to_1in").content.decode()
    assert sorted(titles_in(page)) == ["Low Boot", "Lower Boot"]
    assert "<strong>2</strong> results" in page
    assert 'value="/catalogue/"' in page  # the same click again takes it off


def test_facets_narrow_together_and_nothing_is_found_openly(
    range_of_shoes: list[Any], client: Client
) -> None:
    page = client.get("/catalogue/?heel=over_3in&size=eu:38").content.decode()
    assert titles_in(page) == ["High Boot"]
    page = client.get("/catalogue/?heel=over_3in&size=eu:39").content.decode()  # sold out
    assert titles_in(page) == []
    assert "No products found." in page


def test_the_catalogue_goes_page_by_page_in_one_order(
    range_of_shoes: list[Any], client: Client, settings: Any
) -> None:
    settings.OSCAR_PRODUCTS_PER_PAGE = 1
    first = client.get("/catalogue/?heel=up_to_1in").content.decode()
    second = client.get("/catalogue/?heel=up_to_1in&page=2").content.decode()
    assert "of 2" in first
    assert sorted(titles_in(first) + titles_in(second)) == ["Low Boot", "Lower Boot"]
    past_end = client.get("/catalogue/?heel=up_to_1in&page=3", follow=True)
    assert past_end.redirect_chain == [("/catalogue/?heel=up_to_1in", 302)]
    assert "That page does not exist." in past_end.content.decode()


def test_a_product_that_is_gone_since_the_sync_leaves_no_hole_to_fall_into(
    range_of_shoes: list[Any], client: Client
) -> None:
    Product.objects.filter(title="Low Boot").delete()
    page = client.get("/catalogue/?heel=up_to_1in").content.decode()
    assert titles_in(page) == ["Lower Boot"]


def test_the_catalogue_asks_no_question_per_product_of_footback(
    shelves: Shelves, range_of_shoes: list[Any], client: Client
) -> None:
    def ours() -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get("/catalogue/?heel=up_to_1in")
        return sum('"footback_' in query["sql"] for query in caught.captured_queries)

    before = ours()
    for number in range(5):
        make_parent(shelves, f"Flat Boot {number}", heel_height_mm=10.0)
    take_in()
    assert ours() == before
    assert FootwearProfile.objects.count() == 9


@pytest.fixture
def member(db: None) -> Any:
    """A member of staff who may do nothing yet."""
    return User.objects.create_user("staff", "staff@example.org", "secret", is_staff=True)


def test_the_dashboard_leads_to_the_pages_for_staff(admin_client: Client) -> None:
    page = admin_client.get("/dashboard/").content.decode()
    assert "Footwear guide" in page
    for address in ("listing", "nudge", "nudgecontrol"):
        assert f'href="/admin/footback/{address}/"' in page


def test_the_dashboard_shows_each_page_to_those_who_may_open_it(
    member: Any, client: Client
) -> None:
    client.force_login(member)
    assert "Footwear guide" not in client.get("/dashboard/").content.decode()
    member.user_permissions.add(Permission.objects.get(codename="view_listing"))
    page = client.get("/dashboard/").content.decode()
    assert 'href="/admin/footback/listing/"' in page
    assert 'href="/admin/footback/nudge/"' not in page
    assert client.get("/admin/footback/listing/").status_code == 200


def test_the_dashboard_lives_without_djangos_admin(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ROOT_URLCONF = "tests.oscar.urls_without_admin"
    page = admin_client.get("/dashboard/").content.decode()
    assert "Footwear guide" not in page


@pytest.mark.parametrize(
    "file", ["templates/oscar/catalogue/detail.html", "footback.py", "urls.py", "settings.py"]
)
def test_the_how_to_says_what_this_shop_does(file: str) -> None:
    blocks = re.findall(r"```(?:html|python)\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.S)
    ours = (HERE / file).read_text(encoding="utf-8")
    code = {
        line.split("  #")[0].strip()
        for block in blocks
        for line in block.splitlines()
        if line.strip() and not line.startswith("#")
    }
    told = {line.split("  #")[0].strip() for line in ours.splitlines()}
    shared = {
        "footback.py": {"class Purchases(OscarPurchases):", "optout_offered = Always(True)"},
        "settings.py": {
            '"CATALOGUE_SOURCE": "shop_plugin.adapters.oscar.OscarCatalogue",',
            "OSCAR_DASHBOARD_NAVIGATION = [*OSCAR_DASHBOARD_NAVIGATION, dashboard_entry()]",
        },
        "urls.py": {
            'path("catalogue/", GuidedCatalogueView.as_view()),',
            'path("footwear/", include("shop_plugin.urls")),',
            'path("", include(apps.get_app_config("oscar").urls[0])),',
        },
    }
    if file.endswith(".html"):
        assert ours in blocks
    else:
        assert shared[file] <= code & told
