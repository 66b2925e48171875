"""The demo shop over its real parts: its own tables, its adapter, a mail server on a socket."""

from __future__ import annotations

from datetime import datetime

import pytest

from footback_shop import settings as shop_settings
from footback_shop.store.models import Product, Variant
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.intake.catalogue import sync_catalogue
from shop_plugin.services.shop.modes import set_mode
from tests.faults.smtp_sink import running_sink
from tests.nudging import mail_settings


@pytest.fixture
def mailbox(settings):
    """Every mail that a real mail server took."""
    with running_sink() as (sink, port):
        mail_settings(settings, port=port)
        yield sink


@pytest.fixture
def shop(settings, transactional_db):
    """The plugin as the demo shop sets it up, with two shoes on the shelf."""
    settings.FOOTBACK = {**shop_settings.FOOTBACK, "SPOOL_DIR": ""}  # the test's own folder
    _shelve(
        sku="FL1",
        slug="marlow-walker",
        name="Marlow Walker",
        category="Women > Walking shoes",
        description=(
            "Cushioned sole with a removable insole. Built-in arch support. "
            "Heel height: 1 in, platform 16 mm. Round toe."
        ),
        specs={"Closure": "lace-up"},
    )
    _shelve(
        sku="FL2",
        slug="odette-pump",
        name="Odette Pump",
        category="Women > Pumps",
        description="Pointed toe. No arch support. 4 inch heel.",
        specs={},
    )


@pytest.fixture
def live_shop(shop, mailbox, now):
    """The same shop, whose mailer has been live for long."""
    set_mode(mode="live", now=now)
    return mailbox


def take_in_catalogue(now: datetime) -> None:
    """Do what the main job does with the shelf."""
    sync_catalogue(now=now)
    annotate_stale(now=now)
    assess_stale(now=now)


def _shelve(**fields: object) -> None:
    product = Product.objects.create(brand="Tolland Green", gender="women", price="89.50", **fields)
    for size in ("37", "38"):
        Variant.objects.create(product=product, sku=f"{product.sku}-{size}", size=size, stock=4)
