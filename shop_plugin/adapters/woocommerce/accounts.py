"""WooCommerce, deleted accounts: whoever owned one is forgotten here as well.

It stands at an address of its own, with a secret of its own. Such a webhook
says a number and nothing else, and its topic is not signed: what was signed
for a product must never become the end of a customer.
"""

from __future__ import annotations

from shop_plugin.adapters.woocommerce.adapter import WooCommerceWebhooks
from shop_plugin.adapters.woocommerce.topics import read_erasure
from shop_plugin.domain.capabilities import AdapterCard, Capability
from shop_plugin.domain.host_changes import Delivery, HostChange

_ELSEWHERE = "Only deleted accounts are told here; the adapter woocommerce reads all else."
CARD = AdapterCard(
    name="woocommerce_accounts",
    title="WooCommerce, deleted accounts",
    can={Capability.ERASURE_BY_WEBHOOK: "Customers whose account was deleted."},
    cannot={
        capability: _ELSEWHERE
        for capability in Capability
        if capability is not Capability.ERASURE_BY_WEBHOOK
    },
)


class WooCommerceAccounts(WooCommerceWebhooks):
    """Accounts that a shop on WooCommerce deleted."""

    def read(self, *, delivery: Delivery, body: bytes, source: str) -> HostChange:
        """Return whose account was deleted; every other topic is an empty change.

        :raises RefusedDelivery: ``"unreadable"``, for a body that is not what its topic promises.
        """
        return read_erasure(delivery=delivery, body=body)
