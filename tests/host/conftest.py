"""A shop to test: the settings of the demo, and a product or two."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from footback_shop import settings as shop_settings
from footback_shop.store.models import Product, Variant


@pytest.fixture
def shop(settings: LazySettings) -> LazySettings:
    """The plugin as the demo shop sets it up."""
    settings.FOOTBACK = {**shop_settings.FOOTBACK, "SPOOL_DIR": ""}  # the test's own folder
    return settings


@pytest.fixture
def product(db: None) -> Product:
    """A product with two sizes, of which one is the last pair and one is gone."""
    made = Product.objects.create(
        sku="FL1",
        slug="marlow-walker",
        name="Marlow Walker",
        brand="Tolland Green",
        category="Women > Walking shoes",
        gender="women",
        description="Cushioned sole. Built-in arch support. Heel height: 1 in.",
        specs={"Closure": "lace-up"},
        price="89.50",
    )
    Variant.objects.create(product=made, sku="FL1-38", size="38", stock=1)
    Variant.objects.create(product=made, sku="FL1-39", size="39", stock=0)
    return made
