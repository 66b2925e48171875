"""Oscar's products as listings: parents, children, attributes, categories, prices and stock."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from oscar.core.loading import get_model

from shop_plugin.adapters.oscar import OscarCatalogue
from shop_plugin.domain.ports import CatalogueSource, UnusableSource
from shop_plugin.domain.records import ListingRecord
from shop_plugin.models import FootwearProfile
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.intake.catalogue import sync_catalogue
from tests.oscar.shop import (
    Category,
    Product,
    Shelves,
    add_categories,
    child_of,
    make_parent,
    stock,
)

pytestmark = pytest.mark.django_db


def read(**since: Any) -> list[ListingRecord]:
    rows = list(OscarCatalogue().iter_listings(**since))
    assert [row.problems for row in rows] == [()] * len(rows)
    return [row.record for row in rows if row.record is not None]


def make_single(shelves: Shelves, title: str = "Fell Clog", **attributes: Any) -> Any:
    clog = Product(title=title, product_class=shelves.shoes)
    for code, value in attributes.items():
        setattr(clog.attr, code, value)
    clog.save()
    return clog


def test_it_fits_the_seam() -> None:
    assert isinstance(OscarCatalogue(), CatalogueSource)


def test_it_makes_one_listing_of_a_parent_and_sizes_of_its_children(boot: Any) -> None:
    (shoe,) = read()
    assert (shoe.source, shoe.external_id, shoe.title) == ("oscar", str(boot.pk), "Marlow Walker")
    assert [(size.label, size.system, size.stock) for size in shoe.sizes] == [
        ("37", "eu", 3),
        ("38", "eu", 1),
        ("39", "eu", 0),
    ]
    assert shoe.availability == "in_stock"
    assert shoe.url == boot.get_absolute_url()
    assert shoe.category == "Women > Boots > Ankle boots"
    assert (shoe.brand, shoe.gender, shoe.language) == ("Tolland Green", "women", "en")


def test_it_asks_the_shops_own_strategy_for_the_price(boot: Any) -> None:
    child_of(boot, "38").stockrecords.update(price=Decimal("80.00"))
    child_of(boot, "39").stockrecords.update(price=Decimal("10.00"))  # not there to be bought
    (shoe,) = read()
    assert (shoe.price_minor, shoe.currency) == (9600, "EUR")  # 80 and 20 % tax


def test_it_keeps_allocated_pairs_out_of_the_stock(boot: Any) -> None:
    child_of(boot, "37").stockrecords.update(num_allocated=2)
    (shoe,) = read()
    assert [size.stock for size in shoe.sizes] == [1, 1, 0]


def test_it_hands_over_attributes_of_every_kind(shelves: Shelves) -> None:
    make_parent(
        shelves, vegan=True, colour="navy", launched=date(2026, 3, 1), care="<p>Wipe <b>dry</b></p>"
    )
    (shoe,) = read()
    assert shoe.raw_attributes == {
        "Brand": "Tolland Green",
        "Gender": "women",
        "Heel height": "25 mm",
        "Cushioning": "High",
        "Features": "Removable insole",
        "Vegan": True,
        "Colour": "navy",
        "Launched": "2026-03-01",
        "Care": "Wipe dry",
        "Product type": "Shoes",
    }


def test_it_does_not_believe_a_box_that_nobody_ticked(shelves: Shelves) -> None:
    class Believing(OscarCatalogue):
        believes_no = True

    make_single(shelves, vegan=False)
    (shoe,) = read()
    assert "Vegan" not in shoe.raw_attributes
    (row,) = Believing().iter_listings()
    assert row.record is not None
    assert row.record.raw_attributes["Vegan"] is False


def test_it_lists_what_differs_between_children_and_adds_up_their_stock(
    shelves: Shelves, boot: Any
) -> None:
    for child, colour in zip(boot.children.order_by("pk"), ("black", "black", "tan"), strict=True):
        child.attr.colour = colour
        child.save()
    twin = Product(structure="child", parent=boot)
    twin.attr.size_eu = shelves.sizes.options.get(option="37")
    twin.attr.heel_height_mm = 40.0
    twin.save()
    stock(shelves, twin, pairs=4)
    (shoe,) = read()
    assert [(size.label, size.stock) for size in shoe.sizes] == [("37", 7), ("38", 1), ("39", 0)]
    assert shoe.raw_attributes["Colour"] == ["black", "tan"]
    assert shoe.raw_attributes["Heel height"] == ["25 mm", "40 mm"]


def test_it_reads_a_standalone_product_without_sizes(shelves: Shelves) -> None:
    clog = make_single(shelves)
    stock(shelves, clog, pairs=5, price="49.00")
    (shoe,) = read()
    assert (shoe.external_id, shoe.sizes, shoe.availability) == (str(clog.pk), (), "in_stock")
    assert shoe.price_minor == 5880


def test_it_counts_one_pair_where_the_shop_counts_none(shelves: Shelves, boot: Any) -> None:
    shelves.shoes.track_stock = False
    shelves.shoes.save()
    child_of(boot, "39").stockrecords.update(num_in_stock=None)
    (shoe,) = read()
    assert [size.stock for size in shoe.sizes] == [3, 1, 1]


def test_it_leaves_out_what_no_shopper_can_find(shelves: Shelves, boot: Any) -> None:
    make_single(shelves, "Hidden Clog")
    Product.objects.filter(title="Hidden Clog").update(is_public=False)
    child_of(boot, "38").delete()
    boot.children.filter(attribute_values__value_option__option="39").update(is_public=False)
    (shoe,) = read()
    assert [size.label for size in shoe.sizes] == ["37"]


def test_it_names_no_category_that_is_not_public(shelves: Shelves, boot: Any) -> None:
    inner = add_categories("Returns to check", "Deep", "Deeper", "Deepest", is_public=False)
    Category.objects.get(name="Returns to check").set_ancestors_are_public()
    boot.categories.add(inner)
    (shoe,) = read()
    assert shoe.category == "Women > Boots > Ankle boots"
    assert "Returns to check" not in str(shoe.raw_attributes)


def test_it_hands_over_what_changed_itself_in_a_child_or_in_stock(shelves: Shelves) -> None:
    old = timezone.now() - timedelta(days=2)
    changed = [make_parent(shelves, f"Changed {number}") for number in range(3)]
    make_parent(shelves, "Unchanged")
    Product.objects.update(date_updated=old)
    for product in Product.objects.all():
        product.stockrecords.update(date_updated=old)
    since = timezone.now() - timedelta(hours=1)
    assert read(since=since) == []
    changed[0].save()
    child_of(changed[1], "38").save()
    child_of(changed[2], "37").stockrecords.get().save()
    assert [shoe.title for shoe in read(since=since)] == ["Changed 0", "Changed 1", "Changed 2"]


def test_it_knows_a_recalled_model_by_a_box_that_is_ticked(shelves: Shelves) -> None:
    shelves.shoes.attributes.create(code="recalled", name="Recalled", type="boolean")
    make_single(shelves, "Fell Clog", recalled=False)
    make_single(shelves, "Fell Boot", recalled=True)
    assert {shoe.title: shoe.is_recalled for shoe in read()} == {
        "Fell Clog": False,
        "Fell Boot": True,
    }


def test_it_counts_what_was_sold_and_looked_at_over_all_sizes(boot: Any) -> None:
    assert [(shoe.sales, shoe.views) for shoe in read()] == [(0, 0)]
    records = get_model("analytics", "ProductRecord").objects
    records.create(product=boot, num_views=40)
    records.create(product=child_of(boot, "37"), num_views=2, num_purchases=3)
    records.create(product=child_of(boot, "38"), num_purchases=4)
    assert [(shoe.sales, shoe.views) for shoe in read()] == [(7, 42)]


@override_settings(FOOTBACK={"CHUNK_SIZE": 5})
def test_it_asks_no_question_per_product(shelves: Shelves) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert read()
        return len(caught)

    make_parent(shelves, "One")
    alone = count()
    for number in range(4):
        make_parent(shelves, f"More {number}")
    assert count() == alone  # one batch of five, as many questions as a batch of one


def test_it_says_what_to_do_where_a_strategy_needs_a_request(
    boot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.oscar.partner.strategy import Taxed

    def by_user(self: Taxed, *_: Any) -> Any:
        return self.request.user

    monkeypatch.setattr(Taxed, "pricing_policy", by_user)
    with pytest.raises(UnusableSource, match=r"override find_offer\(\) of OscarCatalogue"):
        read()


def test_it_lets_a_shop_map_what_it_keeps_elsewhere(boot: Any) -> None:
    class Own(OscarCatalogue):
        size_codes = {"size_eu": "mondopoint"}

        def brand(self, product: Any) -> str:
            return f"House of {product.title}"

    (row,) = Own().iter_listings()
    assert row.record is not None
    assert row.record.brand == "House of Marlow Walker"
    assert {size.system for size in row.record.sizes} == {"mondopoint"}


def test_it_becomes_facts(boot: Any) -> None:
    now = timezone.now()
    assert sync_catalogue(now=now).created == 1
    annotate_stale(now=now)
    profile = FootwearProfile.objects.get(listing__external_id=str(boot.pk))
    assert profile.heel_height_low_um == profile.heel_height_high_um == 25_000
    assert profile.removable_insole is True
