"""Accounts that a shop deleted, told at an address of their own."""

from __future__ import annotations

import pytest

from shop_plugin.adapters.woocommerce.accounts import WooCommerceAccounts
from shop_plugin.domain.capabilities import Capability
from shop_plugin.domain.host_changes import Delivery, HostChange, PersonReference, RefusedDelivery
from tests.adapters.contract import Samples, WebhookSample
from tests.adapters.woocommerce.payloads import dump, order, sign

SAMPLES = Samples(
    webhooks=(
        WebhookSample(
            "customer.deleted", dump({"id": 5}), frozenset({Capability.ERASURE_BY_WEBHOOK})
        ),
    ),
    sign=sign,
)


def read(topic: str, values: object) -> HostChange:
    delivery = Delivery("id", topic)
    return WooCommerceAccounts().read(delivery=delivery, body=dump(values), source="shop")


def test_it_says_whose_account_was_deleted() -> None:
    assert read("customer.deleted", {"id": 5}).erase == (PersonReference(customer_id="5"),)


def test_it_reads_no_other_topic() -> None:
    assert read("product.deleted", {"id": 5}) == HostChange()
    assert read("order.updated", order()) == HostChange()


@pytest.mark.proof("S12")
@pytest.mark.parametrize("values", [{}, {"id": 0}, {"id": "x"}, {"id": 5, "email": "a@b.example"}])
def test_it_refuses_a_body_that_is_not_a_number_alone(values: object) -> None:
    with pytest.raises(RefusedDelivery) as refused:
        read("customer.deleted", values)
    assert refused.value.code == "unreadable"
