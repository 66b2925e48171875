"""Products that staff save in oscar's dashboard, and what becomes of their listings at once."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from shop_plugin.adapters.oscar import OscarCatalogue
from shop_plugin.models import Listing
from shop_plugin.services.intake.catalogue import sync_catalogue
from shop_plugin.services.intake.pushing import take_pushed
from tests.oscar.shop import Product, Shelves, child_of

pytestmark = pytest.mark.django_db(transaction=True)


class FormReader(HTMLParser):
    """Collects what a browser would post of a page if nothing were changed."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._select = self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = found.get("name") or ""
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in found:
            self._add(self._select, found.get("value"))
        elif tag == "textarea":
            self._text = name
            self._add(name, "")
        elif tag == "input" and found.get("type") not in ("file", "submit", "button", "image"):
            is_box = found.get("type") in ("checkbox", "radio")
            if not is_box or "checked" in found:
                self._add(name, found.get("value") or ("on" if is_box else ""))

    def handle_data(self, data: str) -> None:
        if self._text:
            self.values[self._text][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = ""

    def _add(self, name: str, value: str | None) -> None:
        if name:
            self.values.setdefault(name, []).append(value or "")


def form_of(client: Client, address: str) -> dict[str, Any]:
    """Return what a page of the dashboard would post if nothing were changed."""
    reader = FormReader()
    reader.feed(client.get(address).content.decode())
    return dict(reader.values)


@pytest.fixture
def listing(boot: Any) -> Listing:
    sync_catalogue(now=timezone.now())
    return Listing.objects.get()


@pytest.mark.parametrize("is_atomic", [True, False])
def test_it_takes_an_attribute_from_the_dashboard_at_once(
    boot: Any,
    listing: Listing,
    admin_client: Client,
    monkeypatch: pytest.MonkeyPatch,
    is_atomic: bool,
) -> None:
    # Oscar saves attributes after the product's own signal: without a transaction it is too early.
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", is_atomic)
    address = f"/dashboard/catalogue/products/{boot.pk}/"
    values = form_of(admin_client, address)
    answer = admin_client.post(
        address, {**values, "title": "Marlow Walker II", "attr_heel_height_mm": "40"}
    )
    assert answer.status_code == 302, answer.context["form"].errors
    listing.refresh_from_db()
    assert listing.title == "Marlow Walker II"
    assert listing.raw_attributes["Heel height"] == "40 mm"


def test_it_takes_the_stock_of_a_child_from_the_dashboard_at_once(
    boot: Any, listing: Listing, admin_client: Client
) -> None:
    child = child_of(boot, "39")
    address = f"/dashboard/catalogue/products/{child.pk}/"
    values = form_of(admin_client, address) | {"stockrecords-0-num_in_stock": "6"}
    assert admin_client.post(address, values).status_code == 302
    assert listing.sizes.get(label="39").stock == 6


def test_it_withdraws_what_staff_hide_or_delete_and_takes_back_what_they_show(
    boot: Any, listing: Listing, admin_client: Client
) -> None:
    address = f"/dashboard/catalogue/products/{boot.pk}/"
    values = form_of(admin_client, address)
    hidden = {name: value for name, value in values.items() if name != "is_public"}
    for posted, is_withdrawn in ((hidden, True), (values, False)):
        assert admin_client.post(address, posted).status_code == 302
        listing.refresh_from_db()
        assert listing.is_withdrawn is is_withdrawn
    assert admin_client.post(f"{address}delete/").status_code == 302
    assert not Product.objects.exists()
    listing.refresh_from_db()
    assert listing.is_withdrawn is True


def test_it_leaves_what_scripts_save_to_the_sync(boot: Any, listing: Listing) -> None:
    boot.title = "Marlow Walker III"
    boot.save()
    listing.refresh_from_db()
    assert listing.title == "Marlow Walker"
    sync_catalogue(now=timezone.now())
    listing.refresh_from_db()
    assert listing.title == "Marlow Walker III"


def test_it_reads_a_product_again_by_the_key_of_any_row_that_is_its_own(
    shelves: Shelves, boot: Any, listing: Listing
) -> None:
    source = OscarCatalogue()
    child = child_of(boot, "38")
    rows = [boot, child, child.stockrecords.get(), boot.attribute_values.first()]
    Product.objects.filter(pk=boot.pk).update(title="Marlow Walker IV")
    for row in rows:
        pushed = source.find_pushed(row)
        assert pushed is not None
        assert [
            record.title for _key, read in source.iter_pushed([pushed]) if (record := read.record)
        ] == ["Marlow Walker IV"]
    assert source.find_pushed(shelves.partner) is None
    result = take_pushed(listings=[source.find_pushed(row) for row in rows], now=timezone.now())
    assert (result.listings, result.withdrawn) == (1, 0)
    assert Listing.objects.get().title == "Marlow Walker IV"
