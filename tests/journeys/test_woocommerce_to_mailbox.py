"""A shop on WooCommerce, from its export to a mail: over the web address it pushes to."""

from __future__ import annotations

import csv
import io
import itertools
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from shop_plugin.adapters.woocommerce import WooCommerceCsv, WooCommerceShop, WooCommerceWebhooks
from shop_plugin.models import Contact, HostEvent, Listing, Nudge, NudgeControl, Purchase
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.intake.files import FileKind, import_file
from shop_plugin.services.intake.host_events import work_on_host_events
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.shop.modes import set_mode
from tests.adapters.woocommerce.payloads import dump, line, order, product, sign
from tests.exporters.own_shop import OwnProduct, own_products
from tests.exporters.woocommerce import write_listings
from tests.shop_settings import SHOP

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "a secret of the tests, long enough for anybody"
ACCOUNTS_SECRET = "another secret of the tests, as long as the first"
ADDRESS = "ada@customers.example"
_numbers = itertools.count(1)


class Products(WooCommerceCsv):
    """The file of the shop, with what only its merchant knows."""

    shop = WooCommerceShop(currency="EUR", consent_meta="_newsletter")


class Webhooks(WooCommerceWebhooks):
    """Its webhooks."""

    shop = Products.shop


@pytest.fixture(autouse=True)
def _shop(settings: Any, mailbox: Any, now: datetime) -> None:
    accounts = "shop_plugin.adapters.woocommerce.WooCommerceAccounts"
    settings.FOOTBACK = {
        **SHOP,
        "NUDGE_MODE": "live",
        "FILE_FORMATS": {"woocommerce": f"{__name__}.Products"},
        "WEBHOOKS": {
            "marlow": {"reader": f"{__name__}.Webhooks", "secrets": [SECRET]},
            "accounts": {"reader": accounts, "secrets": [ACCOUNTS_SECRET], "source": "marlow"},
        },
    }
    set_mode(mode="live", now=now)
    NudgeControl.objects.update(live_since=now - timedelta(days=400))


def post(name: str, body: bytes, headers: Any, now: datetime) -> int:
    with time_machine.travel(now, tick=False):
        answer = Client(enforce_csrf_checks=True).post(
            f"/f/hooks/{name}/", body, content_type="application/json", headers=headers
        )
    return answer.status_code


def push(topic: str, values: Any, *, now: datetime, name: str = "marlow") -> int:
    """Let WooCommerce push, over the address of the plugin; return the status of the answer."""
    body = dump(values)
    secret = ACCOUNTS_SECRET if name == "accounts" else SECRET
    return post(name, body, sign(topic, body, secret, now, f"delivery-{next(_numbers)}"), now)


def carry_out(now: datetime) -> None:
    work_on_host_events(now=now)
    annotate_stale(now=now)
    assess_stale(now=now)


@pytest.fixture
def shoe() -> OwnProduct:
    return next(item for item in own_products() if "Running" in item.category)


def bring_in(shoe: OwnProduct, folder: Path, now: datetime) -> None:
    path = folder / "wc-product-export.csv"
    path.write_bytes(b"".join(write_listings([shoe])))
    done = import_file(
        path=path, file_format=Products(), kind=FileKind.LISTINGS, source="marlow", now=now
    )
    assert (done.result.created, done.result.refused) == (1, 0)


def bought(shoe: OwnProduct, now: datetime, **changed: Any) -> dict[str, Any]:
    values = order(
        date_created_gmt=f"{now:%Y-%m-%dT%H:%M:%S}",
        date_paid_gmt=f"{now:%Y-%m-%dT%H:%M:%S}",
        date_modified_gmt=f"{now:%Y-%m-%dT%H:%M:%S}",
        line_items=[line(product_id=shoe.number)],
        meta_data=[{"key": "_newsletter", "value": "yes"}],
    )
    values["billing"] = {**values["billing"], "email": ADDRESS}
    return {**values, **changed}


def test_a_pair_ordered_there_ends_as_one_mail(
    shoe: OwnProduct, mailbox: Any, now: datetime, tmp_path: Path
) -> None:
    assert post("marlow", b"webhook_id=7", {}, now) == 200
    bring_in(shoe, tmp_path, now)
    sizes = list(Listing.objects.get().sizes.order_by("pk").values_list("label", "stock"))
    renamed = product(
        id=shoe.number,
        name="New sole",
        sku=shoe.sku,
        categories=[{"name": shoe.category}],
        date_modified_gmt=f"{now:%Y-%m-%dT%H:%M:%S}",
    )
    assert push("product.updated", renamed, now=now) == 202
    assert push("order.created", bought(shoe, now, status="pending", date_paid_gmt=None), now=now)
    carry_out(now)
    assert not Contact.objects.exists()
    later = now + timedelta(minutes=5)
    assert push("order.updated", bought(shoe, later), now=later) == 202
    carry_out(later)

    listing = Listing.objects.get()
    assert (listing.external_id, listing.alias) == (str(shoe.number), shoe.sku)
    assert listing.title == "New sole"
    assert list(listing.sizes.order_by("pk").values_list("label", "stock")) == sizes
    pair = Purchase.objects.get()
    assert (pair.listing, pair.quantity) == (listing, 2)

    due = now + timedelta(days=-(-pair.life_mid_days * 80 // 100))
    for day in range(30):
        run_tick(now=due + timedelta(days=day))
    assert mailbox.recipients == [ADDRESS]
    assert Nudge.objects.filter(state="sent").count() == 1


def test_two_products_changed_in_one_second_are_both_taken(now: datetime) -> None:
    for number in (311, 312):
        body = dump(product(id=number, sku=f"MW-{number}"))
        headers = sign("product.created", body, SECRET, now, "the-same-id")
        assert post("marlow", body, headers, now) == 202
        assert post("marlow", body, headers, now) == 200
    carry_out(now)
    assert sorted(Listing.objects.values_list("external_id", flat=True)) == ["311", "312"]


def test_a_refund_that_comes_before_its_order_ends_the_pair(
    shoe: OwnProduct, mailbox: Any, now: datetime, tmp_path: Path
) -> None:
    bring_in(shoe, tmp_path, now)
    later = now + timedelta(days=3)
    refunded = bought(
        shoe, later, status="completed", refunds=[{"id": 9, "reason": "", "total": "-120.00"}]
    )
    assert push("order.updated", refunded, now=later) == 202
    assert push("order.created", bought(shoe, now), now=later) == 202
    carry_out(later)
    pair = Purchase.objects.get()
    assert (pair.quantity_returned, pair.status) == (2, "returned")


@pytest.mark.proof("S12")
def test_an_old_order_that_somebody_sends_again_changes_nothing(
    shoe: OwnProduct, now: datetime
) -> None:
    body = dump(bought(shoe, now))
    headers = dict(sign("order.created", body, SECRET, now, "first"))
    assert post("marlow", body, headers, now) == 202
    cancelled = bought(shoe, now + timedelta(days=1), status="cancelled")
    assert push("order.updated", cancelled, now=now + timedelta(days=1)) == 202
    carry_out(now + timedelta(days=1))
    again = {**headers, "X-WC-Webhook-Delivery-ID": "made-up"}
    assert post("marlow", body, again, now + timedelta(days=2)) == 202
    carry_out(now + timedelta(days=2))
    assert Purchase.objects.get().status == "cancelled"


@pytest.mark.proof("S12")
def test_a_deletion_signed_for_a_product_ends_no_customer(shoe: OwnProduct, now: datetime) -> None:
    push("order.created", bought(shoe, now), now=now)
    carry_out(now)
    body = dump({"id": 5})
    stolen = sign("customer.deleted", body, SECRET, now, "stolen")
    assert post("accounts", body, stolen, now) == 401
    assert post("marlow", body, stolen, now) == 202
    carry_out(now)
    assert Contact.objects.get().email == ADDRESS

    assert push("customer.deleted", {"id": 5}, now=now, name="accounts") == 202
    carry_out(now)
    assert ADDRESS not in str(list(Contact.objects.values()))
    assert set(HostEvent.objects.values_list("body", flat=True)) == {None}


def test_its_facts_go_back_in_the_form_of_its_importer(
    shoe: OwnProduct, now: datetime, tmp_path: Path
) -> None:
    bring_in(shoe, tmp_path, now)
    carry_out(now)
    out = tmp_path / "facts.csv"
    call_command(
        "footback_export_feed", format="woocommerce", source="marlow", out=out, verbosity=0
    )
    (row,) = csv.DictReader(io.StringIO(out.read_text(encoding="utf-8")))
    assert row["ID"] == str(shoe.number)
    assert any(value for name, value in row.items() if name.startswith("Meta: footback_"))
