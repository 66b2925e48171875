"""A shop at Shopify, from its export to a mail: over the web address it pushes to, in any order."""

from __future__ import annotations

import itertools
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from shop_plugin.adapters.shopify import (
    ShopifyCsv,
    ShopifyMetafieldsJson,
    ShopifyShop,
    ShopifyWebhooks,
)
from shop_plugin.models import Contact, HostEvent, Listing, Nudge, NudgeControl, Purchase
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.evidence.listed_facts import ListedFactsReader
from shop_plugin.services.intake.files import FileKind, import_file
from shop_plugin.services.intake.host_events import work_on_host_events
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.people.consent import find_suppression, subscribe_contact
from shop_plugin.services.shop.modes import set_mode
from tests.exporters.own_shop import OwnProduct, own_products
from tests.exporters.shopify import (
    handle_of,
    number_of,
    order_payload,
    product_payload,
    refund_payload,
    signed,
    write_listings,
)
from tests.shop_settings import SHOP

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "shpss_a-secret-of-the-tests-long-enough"
ADDRESS = "ada@customers.example"
SUBSCRIBED = {
    "id": 9001,
    "email": ADDRESS,
    "first_name": "Ada",
    "email_marketing_consent": {"state": "subscribed", "opt_in_level": "single_opt_in"},
}
_numbers = itertools.count(1)


class Products(ShopifyCsv):
    """The file of the shop, with what only its merchant knows."""

    shop = ShopifyShop(currency="EUR", url="https://north.example")


class Webhooks(ShopifyWebhooks):
    """Its webhooks, of that shop alone."""

    shop = Products.shop
    shop_domain = "north.myshopify.com"


@pytest.fixture(autouse=True)
def _shop(settings: Any, mailbox: Any, now: datetime) -> None:
    reader = {"reader": f"{__name__}.Webhooks", "secrets": [SECRET]}
    settings.FOOTBACK = {**SHOP, "NUDGE_MODE": "live", "WEBHOOKS": {"north": reader}}
    set_mode(mode="live", now=now)
    NudgeControl.objects.update(live_since=now - timedelta(days=400))


def push(topic: str, payload: dict[str, Any], *, now: datetime, delivery_id: str = "") -> int:
    """Let Shopify push, over the address of the plugin; return the status of the answer."""
    body = json.dumps(payload).encode()
    delivery_id = delivery_id or f"delivery-{next(_numbers)}"
    headers = signed(body, topic, secret=SECRET, at=now, delivery_id=delivery_id)
    with time_machine.travel(now, tick=False):
        answer = Client(enforce_csrf_checks=True).post(
            "/f/hooks/north/", body, content_type="application/json", headers=headers
        )
    return answer.status_code


def carry_out(now: datetime) -> None:
    work_on_host_events(now=now)
    annotate_stale(now=now)
    assess_stale(now=now)


@pytest.fixture
def shoe() -> OwnProduct:
    return next(item for item in own_products() if "Running" in item.category)


def order(shoe: OwnProduct, now: datetime, **changes: Any) -> dict[str, Any]:
    told = {"customer": SUBSCRIBED, "processed_at": now.isoformat(), **changes}
    return order_payload(shoe, updated_at=now.isoformat(), **told)


def test_a_pair_ordered_there_ends_as_one_mail(
    shoe: OwnProduct, mailbox: Any, now: datetime, tmp_path: Path
) -> None:
    path = tmp_path / "products_export.csv"
    path.write_bytes(b"".join(write_listings([shoe])))
    done = import_file(
        path=path, file_format=Products(), kind=FileKind.LISTINGS, source="north", now=now
    )
    assert done.result.created == 1
    changed = {"updated_at": now.isoformat(), "title": f"{shoe.name} (new sole)"}
    assert push("products/update", product_payload(shoe, **changed), now=now) == 202
    assert push("orders/create", order(shoe, now), now=now, delivery_id="once") == 202
    assert push("orders/create", order(shoe, now), now=now, delivery_id="once") == 200
    carry_out(now)

    listing = Listing.objects.get()
    assert (listing.external_id, listing.alias) == (handle_of(shoe), str(number_of(shoe)))
    assert listing.title == f"{shoe.name} (new sole)"
    pair = Purchase.objects.get()
    assert pair.listing == listing

    due = now + timedelta(days=-(-pair.life_mid_days * 80 // 100))
    run_tick(now=now + timedelta(minutes=1))
    assert mailbox.recipients == []
    for day in range(30):
        run_tick(now=due + timedelta(days=day))
    assert mailbox.recipients == [ADDRESS]
    assert Nudge.objects.filter(state="sent").count() == 1


def test_what_comes_in_the_wrong_order_ends_as_if_it_had_come_in_the_right_one(
    shoe: OwnProduct, now: datetime
) -> None:
    line = {"id": 50010}
    sent_off = {"created_at": (now + timedelta(days=2)).isoformat(), "line_items": [line]}
    later = now + timedelta(days=3)
    told = [
        ("refunds/create", refund_payload([(61, 50010, 1)])),
        ("orders/fulfilled", {**order(shoe, later), "fulfillments": [sent_off]}),
        ("orders/create", order(shoe, now)),
        ("products/update", product_payload(shoe, updated_at=later.isoformat())),
        ("products/create", product_payload(shoe, updated_at=now.isoformat(), title="Old name")),
    ]
    for number, (topic, payload) in enumerate(told):
        at = later + timedelta(minutes=number)
        assert push(topic, payload, now=at) == 202
        carry_out(at)
    assert Listing.objects.get().title == shoe.name
    pair = Purchase.objects.get()
    assert pair.listing == Listing.objects.get()
    assert pair.fulfilled_at == now + timedelta(days=2)
    assert (pair.quantity_returned, pair.status) == (1, "returned")


def test_an_order_finds_its_shoe_once_the_number_of_the_product_is_known(
    shoe: OwnProduct, now: datetime, tmp_path: Path
) -> None:
    path = tmp_path / "products_export.csv"
    path.write_bytes(b"".join(write_listings([shoe])))
    import_file(path=path, file_format=Products(), kind=FileKind.LISTINGS, source="north", now=now)
    push("orders/create", order(shoe, now), now=now)
    carry_out(now)
    assert Purchase.objects.get().listing is None
    later = now + timedelta(days=1)
    push("products/update", product_payload(shoe, updated_at=later.isoformat()), now=later)
    carry_out(later)
    assert Purchase.objects.get().listing == Listing.objects.get()


def test_who_ended_their_subscription_there_is_not_written_to(
    shoe: OwnProduct, mailbox: Any, now: datetime
) -> None:
    push("products/update", product_payload(shoe, updated_at=now.isoformat()), now=now)
    push("orders/create", order(shoe, now), now=now)
    carry_out(now)
    pair = Purchase.objects.get()
    consent = {"state": "unsubscribed", "consent_updated_at": now.isoformat()}
    told = {"customer_id": 9001, "email_address": ADDRESS, "email_marketing_consent": consent}
    push("customers_email_marketing_consent/update", told, now=now + timedelta(days=1))
    carry_out(now + timedelta(days=1))
    for day in range(30):
        run_tick(now=now + timedelta(days=-(-pair.life_mid_days * 80 // 100) + day))
    assert mailbox.recipients == []


def test_who_asked_for_reminders_here_since_then_is_not_stopped_by_an_old_no_there(
    shoe: OwnProduct, now: datetime
) -> None:
    said_no = {"state": "unsubscribed", "consent_updated_at": now.isoformat()}
    refusing = {**SUBSCRIBED, "email_marketing_consent": said_no}
    push("orders/create", order(shoe, now, customer=refusing), now=now)
    carry_out(now)
    person = Contact.objects.get()
    assert find_suppression(person.email_hash, now=now) is not None
    later = now + timedelta(days=3)
    assert subscribe_contact(contact_id=person.pk, source="page", wording="w-1", now=later)

    again = order(shoe, later, customer=refusing)
    push("orders/updated", again, now=later + timedelta(days=1))
    carry_out(later + timedelta(days=1))
    assert find_suppression(person.email_hash, now=later) is None
    anew = {**said_no, "consent_updated_at": (later + timedelta(days=2)).isoformat()}
    told = order(
        shoe, later + timedelta(days=2), customer={**refusing, "email_marketing_consent": anew}
    )
    push("orders/updated", told, now=later + timedelta(days=2))
    carry_out(later + timedelta(days=2))
    assert find_suppression(person.email_hash, now=later + timedelta(days=2)) is not None


def test_a_shirt_beside_the_shoes_is_no_pair(shoe: OwnProduct, now: datetime) -> None:
    told = order(shoe, now)
    shirt = {**told["line_items"][0], "id": 7, "product_id": 8, "title": "Logo T-Shirt"}
    push("orders/create", {**told, "line_items": [*told["line_items"], shirt]}, now=now)
    carry_out(now)
    assert list(Purchase.objects.values_list("external_id", flat=True)) == ["50010"]


@pytest.mark.proof("S12")
def test_a_request_to_erase_is_carried_out_and_an_unsigned_one_is_not(
    shoe: OwnProduct, now: datetime
) -> None:
    push("orders/create", order(shoe, now), now=now)
    carry_out(now)
    about = {"shop_id": 1, "shop_domain": "north.myshopify.com"}
    redact = {**about, "customer": {"id": 9001, "email": ADDRESS}, "orders_to_redact": [5001]}
    body = json.dumps(redact).encode()
    forged = signed(body, "customers/redact", secret="not-the-secret", at=now)
    with time_machine.travel(now, tick=False):
        answer = Client().post(
            "/f/hooks/north/", body, content_type="application/json", headers=forged
        )
    assert answer.status_code == 401
    carry_out(now)
    assert Contact.objects.get().email == ADDRESS

    assert push("customers/redact", redact, now=now) == 202
    carry_out(now)
    assert None not in Contact.objects.values_list("erased_at", flat=True)
    assert ADDRESS not in str(list(Contact.objects.values()))
    assert set(HostEvent.objects.values_list("body", flat=True)) == {None}


def test_its_facts_go_back_under_the_number_that_shopify_knows(
    shoe: OwnProduct, now: datetime
) -> None:
    push("products/update", product_payload(shoe, updated_at=now.isoformat()), now=now)
    carry_out(now)
    lines = b"".join(ShopifyMetafieldsJson().write(ListedFactsReader(source="north")))
    fields = [item for line in lines.splitlines() for item in json.loads(line)["metafields"]]
    assert fields
    assert {item["ownerId"] for item in fields} == {f"gid://shopify/Product/{number_of(shoe)}"}
