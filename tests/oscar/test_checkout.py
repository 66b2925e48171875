"""Oscar's own checkout: an order becomes a purchase, the purchase a nudge, the nudge a mail."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.db import transaction
from django.test import Client
from django.utils import timezone
from oscar.apps.order.signals import order_placed

from shop_plugin.models import Contact, Listing, Nudge, Purchase
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.intake import pushing
from shop_plugin.services.intake.catalogue import sync_catalogue
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.pairs.purchases import sync_purchases
from shop_plugin.services.shop.modes import set_mode
from tests.faults.smtp_sink import Sink, running_sink
from tests.oscar.shop import User, check_out, child_of, make_order

pytestmark = pytest.mark.django_db(transaction=True)

GUEST = "robin@example.org"


@pytest.fixture
def mailbox(settings: LazySettings) -> Iterator[Sink]:
    """Every mail that a real mail server took."""
    with running_sink() as (sink, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield sink


@pytest.fixture
def shop(boot: Any, country: Any) -> Any:
    """The shop with its shoe known to footback."""
    now = timezone.now()
    sync_catalogue(now=now)
    annotate_stale(now=now)
    assess_stale(now=now)
    return boot


def due(purchase: Purchase, now: datetime) -> datetime:
    """Return the noon of the day on which the first note about a pair is due."""
    start = datetime.combine(purchase.wear_start_on, now.timetz())
    return start + timedelta(days=-(-purchase.life_mid_days * 80 // 100))


def test_an_order_of_a_guest_ends_as_a_mail_when_the_pair_is_worn(
    shop: Any, mailbox: Sink, client: Client, now: datetime
) -> None:
    set_mode(mode="live", now=now)
    with time_machine.travel(now, tick=False):
        order = check_out(client, child_of(shop, "38"), email=GUEST)
    mailbox.recipients.clear()  # oscar's own confirmation of the order

    pair = Purchase.objects.get()
    assert (pair.source, pair.order_id, pair.size) == ("oscar", order.number, "38")
    assert pair.listing == Listing.objects.get(external_id=str(shop.pk))
    assert pair.contact.email == GUEST
    assert pair.contact.first_name == "Robin"

    first_due = due(pair, now)
    run_tick(now=first_due - timedelta(days=3))
    assert mailbox.recipients == []
    for day in range(3):
        run_tick(now=first_due + timedelta(days=day))
    assert mailbox.recipients == [GUEST]
    assert Nudge.objects.filter(purchase=pair, state="sent").count() == 1


def test_a_cancelled_order_takes_its_nudge_along(
    shop: Any, mailbox: Sink, client: Client, admin_client: Client, now: datetime
) -> None:
    set_mode(mode="live", now=now)
    with time_machine.travel(now, tick=False):
        order = check_out(client, child_of(shop, "38"), email=GUEST)
    mailbox.recipients.clear()
    pair = Purchase.objects.get()
    plan_nudges(now=due(pair, now))
    assert Nudge.objects.get(purchase=pair).state == Nudge.State.QUEUED

    answer = admin_client.post(
        f"/dashboard/orders/{order.number}/",
        {"order_action": "change_order_status", "new_status": "Cancelled"},
    )
    assert answer.status_code == 302
    assert Purchase.objects.get().status == Purchase.Status.CANCELLED
    for day in range(3):
        run_tick(now=due(pair, now) + timedelta(days=day))
    assert mailbox.recipients == []
    assert not Nudge.objects.filter(state="sent").exists()


def test_a_customer_who_is_logged_in_is_known_by_the_account(shop: Any, client: Client) -> None:
    user = User.objects.create_user("kim", "kim@example.org", "secret", first_name="Kim")
    client.force_login(user)
    check_out(client, child_of(shop, "37"), quantity=2)
    pair = Purchase.objects.get()
    assert (pair.contact.external_id, pair.contact.email) == (str(user.pk), "kim@example.org")
    assert (pair.contact.first_name, pair.contact.country, pair.quantity) == ("Kim", "DE", 2)


def test_the_language_of_the_checkout_becomes_that_of_the_mails(shop: Any) -> None:
    client = Client(headers={"Accept-Language": "de"})
    check_out(client, child_of(shop, "38"), email=GUEST)
    assert Contact.objects.get().language == "de"
    sync_purchases(now=timezone.now())
    assert Contact.objects.get().language == "de"  # oscar itself does not know it


def test_a_sale_is_in_the_stock_at_once(shop: Any, client: Client) -> None:
    check_out(client, child_of(shop, "38"), email=GUEST)
    sizes = Listing.objects.get().sizes.values_list("label", "stock")
    assert dict(sizes) == {"37": 3, "38": 0, "39": 0}


@pytest.mark.parametrize("broken", ["record_purchases", "load_purchase_source", "import_listings"])
def test_a_broken_footback_breaks_no_checkout_and_the_next_sync_catches_up(
    shop: Any,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    broken: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the tables are being rebuilt")

    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(pushing, broken, fail)
        order = check_out(client, child_of(shop, "38"), email=GUEST)
    assert "the next sync reads it" in caplog.text
    assert GUEST not in caplog.text
    sync_purchases(now=timezone.now())
    assert Purchase.objects.get().order_id == order.number


def test_an_order_that_is_rolled_back_leaves_no_purchase(shop: Any) -> None:
    with transaction.atomic():
        order = make_order(child_of(shop, "38"), guest_email=GUEST)
        order_placed.send(sender=None, order=order, user=None)
        transaction.set_rollback(True)
    assert not Purchase.objects.exists()


def test_an_order_of_a_script_is_recorded_when_it_is_committed(shop: Any) -> None:
    with transaction.atomic():
        order = make_order(child_of(shop, "38"), guest_email=GUEST)
        order_placed.send(sender=None, order=order, user=None)
        assert not Purchase.objects.exists()
    assert Purchase.objects.get().order_id == order.number


def test_a_source_that_is_not_to_be_pushed_waits_for_the_sync(
    shop: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.oscar.footback import Purchases

    monkeypatch.setattr(Purchases, "is_pushed", False)
    check_out(client, child_of(shop, "38"), email=GUEST)
    assert not Purchase.objects.exists()
    sync_purchases(now=timezone.now())
    assert Purchase.objects.count() == 1
