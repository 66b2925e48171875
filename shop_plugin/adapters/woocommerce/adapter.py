"""WooCommerce: what is exchanged with a shop there.

Products come in as the CSV of WooCommerce's own export and, like orders, by
webhook; facts go back as a file that its own importer takes. How to set it
up: docs/how-to/put-it-behind-woocommerce.md. The parts stand beside this
file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import ClassVar

from shop_plugin.adapters.base import UnusableSource
from shop_plugin.adapters.files import TextFile
from shop_plugin.adapters.signed_bodies import check_signature, find_header, require_header
from shop_plugin.adapters.woocommerce.facts import write_table
from shop_plugin.adapters.woocommerce.shop import WooCommerceShop
from shop_plugin.adapters.woocommerce.table import read_products
from shop_plugin.adapters.woocommerce.topics import read_topic
from shop_plugin.domain.capabilities import AdapterCard, Capability
from shop_plugin.domain.host_changes import Delivery, HostChange, ListedFacts, RefusedDelivery
from shop_plugin.domain.records import ListingRecord, PurchaseRecord, ReadRow

CARD = AdapterCard(
    name="woocommerce",
    title="WooCommerce",
    can={
        Capability.LISTINGS_FROM_FILES: (
            "The product CSV of WooCommerce's own export, with variations, attributes and the "
            "shop's own fields; headers in English, German, French or Spanish."
        ),
        Capability.LISTINGS_BY_WEBHOOK: (
            "Products created, updated, restored and deleted; the stock of each size only where "
            "the shop adds it."
        ),
        Capability.PURCHASES_BY_WEBHOOK: "Orders created, updated and restored.",
        Capability.RETURNS_BY_WEBHOOK: (
            "A refunded or cancelled order as a whole; a refund of single pairs where its amount "
            "tells which, or exactly where the shop adds the pairs."
        ),
        Capability.FACTS_TO_FILES: (
            "An update file for WooCommerce's own importer, with fields of the shop's own."
        ),
    },
    cannot={
        Capability.LISTINGS_FROM_MODELS: (
            "WooCommerce is no Django project; take its CSV or its webhooks."
        ),
        Capability.PURCHASES_FROM_MODELS: "WooCommerce is no Django project; take its webhooks.",
        Capability.PURCHASES_FROM_FILES: (
            "WooCommerce itself exports no order lines; take webhooks, and past orders as JSON "
            "Lines."
        ),
        Capability.ERASURE_BY_WEBHOOK: (
            "Accounts that the shop deletes are told at an address of their own, to the adapter "
            "woocommerce_accounts."
        ),
    },
)

#: What WooCommerce sends when a webhook is saved: no signature and no other header of its own.
_GREETING = re.compile(rb"webhook_id=(\d{1,20})")
_TOPIC = re.compile(r"[a-z_]{1,40}\.[a-z0-9_]{1,50}")
_DIGITS_OF_DIGEST = 32
_LONGEST_ID = 100


class WooCommerceCsv(TextFile):
    """The product export of WooCommerce's admin.

    What WooCommerce leaves unsaid is said by a class of one's own with
    another ``shop``.
    """

    shop: ClassVar[WooCommerceShop] = WooCommerceShop()

    def read_listings(
        self, path: Path, *, source: str, skip_lines: int = 0
    ) -> Iterator[ReadRow[ListingRecord]]:
        """Yield a row per product, at its own line; its variations may stand anywhere.

        :raises UnusableSource: for a table without the columns ID, Type and Name.
        """
        return read_products(
            self,
            path,
            source=source,
            skip_lines=skip_lines,
            shop=self.shop,
            today=self.today(),
        )

    def today(self) -> date:
        """Return the day for which sale prices are read."""
        return datetime.now(UTC).date()

    def read_purchases(
        self, path: Path, *, source: str, skip_lines: int = 0
    ) -> Iterator[ReadRow[PurchaseRecord]]:
        """Refuse the file: WooCommerce has no export of orders.

        :raises UnusableSource: always, with what to do instead.
        """
        raise UnusableSource(
            f"{path}: WooCommerce itself exports no orders. Take them by webhook, and past ones "
            "as JSON Lines (docs/how-to/put-it-behind-woocommerce.md)"
        )


class WooCommerceWebhooks:
    """What a shop on WooCommerce pushes about products and orders.

    What WooCommerce leaves unsaid is said by a class of one's own with
    another ``shop``.
    """

    shop: ClassVar[WooCommerceShop] = WooCommerceShop()

    def verify(
        self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> Delivery:
        """Return what was delivered if one of the secrets signed exactly these bytes.

        No header tells when it was sent, and WooCommerce gives two deliveries
        of one webhook in one second the same id. So the id is its own with a
        digest of the body behind it, and what keeps a repeated body from doing
        harm is the time of change inside it.

        :raises RefusedDelivery: otherwise.
        """
        signature = find_header(headers, "X-WC-Webhook-Signature")
        greeting = _GREETING.fullmatch(body)
        if greeting and not signature:
            return Delivery(f"ping-{greeting[1].decode()}", "ping", is_greeting=True)
        check_signature(signature=signature, body=body, secrets=secrets)
        topic = require_header(headers, "X-WC-Webhook-Topic").lower()
        delivery_id = require_header(headers, "X-WC-Webhook-Delivery-ID")[:_LONGEST_ID]
        if not _TOPIC.fullmatch(topic):
            raise RefusedDelivery("incomplete", "the topic is none of WooCommerce's")
        digest = hashlib.sha256(body).hexdigest()[:_DIGITS_OF_DIGEST]
        return Delivery(f"{delivery_id}-{digest}", topic)

    def read(self, *, delivery: Delivery, body: bytes, source: str) -> HostChange:
        """Return what it says; a topic of no interest is an empty change.

        :raises RefusedDelivery: ``"unreadable"``, for a body that is not what its topic promises.
        """
        return read_topic(delivery=delivery, body=body, source=source, shop=self.shop)


class WooCommerceMetaCsv:
    """Facts as a CSV that WooCommerce's own importer takes to update products, by number."""

    suffix = "csv"

    def write(self, rows: Iterable[ListedFacts]) -> Iterator[bytes]:
        """Yield the file in pieces, a row per listing of which anything is known."""
        return write_table(rows)
