"""A small catalogue, read and assessed by the services themselves."""

from __future__ import annotations

from datetime import datetime

import pytest

from shop_plugin.models import Listing
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from tests.factories import ListingFactory, SizeFactory


@pytest.fixture
def catalogue(db: None, now: datetime) -> dict[str, Listing]:
    """Five shoes that differ in what is known of them."""
    shoes = {
        "walker": ListingFactory(
            external_id="walker",
            title="Corrin walking shoe",
            brand="Corrin",
            description=(
                "High arch support and a removable insole. Plush cushioning. Heel height 1 in, "
                "forefoot height 16 mm. Round toe. Lace-up. Available in regular and wide."
            ),
            use_category="walking",
            price_minor=12_900,
            url="https://shop.example/corrin",
        ),
        "pump": ListingFactory(
            external_id="pump",
            title="Vessel pump",
            brand="Astrid & Vale",
            description='A pointed toe on a 3 1/2" stiletto heel. No arch support.',
            use_category="heel",
            price_minor=15_900,
        ),
        "mystery": ListingFactory(
            external_id="mystery",
            title="Plain sneaker",
            brand="Corrin",
            use_category="casual_sneaker",
            price_minor=None,
        ),
        "child": ListingFactory(
            external_id="child",
            title="Conker first walker",
            brand="Nimble",
            use_category="kids",
            age_group="kids",
            description="Hook and loop fastening.",
        ),
        "gone": ListingFactory(
            external_id="gone", title="Old flat", use_category="flat", is_withdrawn=True
        ),
    }
    SizeFactory(listing=shoes["walker"], label="38", stock=2)
    SizeFactory(listing=shoes["walker"], label="39", stock=0)
    annotate_stale(now=now)
    assess_stale(now=now)
    return shoes
