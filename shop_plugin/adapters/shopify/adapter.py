"""Shopify: what is exchanged with a shop there.

Products come in as the CSV of Shopify's admin and, like orders, refunds and
the privacy topics, by webhook; facts go back as metafields. How to set it up:
docs/how-to/put-it-behind-shopify.md. The parts stand beside this file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

from shop_plugin.adapters.base import UnusableSource
from shop_plugin.adapters.files import TextFile
from shop_plugin.adapters.shopify.metafields import write_calls, write_table
from shop_plugin.adapters.shopify.shop import ShopifyShop
from shop_plugin.adapters.shopify.table import read_products
from shop_plugin.adapters.shopify.topics import read_topic
from shop_plugin.adapters.signed_bodies import (
    check_signature,
    find_header,
    read_moment,
    require_header,
)
from shop_plugin.domain.capabilities import AdapterCard, Capability
from shop_plugin.domain.host_changes import Delivery, HostChange, ListedFacts, RefusedDelivery
from shop_plugin.domain.records import ListingRecord, PurchaseRecord, ReadRow

CARD = AdapterCard(
    name="shopify",
    title="Shopify",
    can={
        Capability.LISTINGS_FROM_FILES: (
            "The product CSV of the admin, both generations of its header, with variants, images "
            "and metafields."
        ),
        Capability.LISTINGS_BY_WEBHOOK: "Products created, updated and deleted.",
        Capability.PURCHASES_BY_WEBHOOK: (
            "Orders created, paid, updated, fulfilled and cancelled, with who asked for mails."
        ),
        Capability.RETURNS_BY_WEBHOOK: "Refunds, by themselves and inside every order.",
        Capability.ERASURE_BY_WEBHOOK: (
            "The privacy topics: customers/redact, customers/data_request and shop/redact."
        ),
        Capability.FACTS_TO_FILES: (
            "Metafields of the namespace footback: a CSV to import, and the JSON of metafieldsSet."
        ),
    },
    cannot={
        Capability.LISTINGS_FROM_MODELS: (
            "Shopify is no Django project; take its CSV or its webhooks."
        ),
        Capability.PURCHASES_FROM_MODELS: "Shopify is no Django project; take its webhooks.",
        Capability.PURCHASES_FROM_FILES: (
            "Its order export names no product, only the words of a line; take webhooks, and past "
            "orders as JSON Lines."
        ),
    },
)

# A delivery that failed comes again with the time of the first try. Shopify tries for 4 hours (48
# until September 2024); a host that was down for a night must lose neither an order nor, above
# all, a request to erase. The time is not signed, so a narrower window would keep nobody out.
OLDEST = timedelta(hours=48)
# Clocks differ.
NEWEST = timedelta(minutes=5)
_SHOP_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,99}\.myshopify\.com")
_TOPIC = re.compile(r"[a-z_]{1,60}/[a-z_]{1,60}")


class ShopifyCsv(TextFile):
    """The product export of Shopify's admin.

    What Shopify leaves unsaid is said by a class of one's own with another ``shop``.
    """

    shop: ClassVar[ShopifyShop] = ShopifyShop()

    def read_listings(
        self, path: Path, *, source: str, skip_lines: int = 0
    ) -> Iterator[ReadRow[ListingRecord]]:
        """Yield a row per product, at the line of its last row.

        :raises UnusableSource: for a table without handle and title, and for
            one in which the rows of very many products lie far apart.
        """
        return read_products(self, path, source=source, skip_lines=skip_lines, shop=self.shop)

    def read_purchases(
        self, path: Path, *, source: str, skip_lines: int = 0
    ) -> Iterator[ReadRow[PurchaseRecord]]:
        """Refuse the file: Shopify's order export does not say which product was bought.

        :raises UnusableSource: always, with what to do instead.
        """
        raise UnusableSource(
            "Shopify's order export names no product, only the words of a line. Take orders by "
            "webhook, and past ones as JSON Lines (docs/how-to/put-it-behind-shopify.md)"
        )


class ShopifyWebhooks:
    """What a shop at Shopify pushes.

    What Shopify leaves unsaid is said by a class of one's own with another
    ``shop``. ``shop_domain`` ("north.myshopify.com") lets in one shop alone;
    the secret of an app signs for every shop that installed it.
    """

    shop: ClassVar[ShopifyShop] = ShopifyShop()
    shop_domain: ClassVar[str] = ""

    def verify(
        self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> Delivery:
        """Return what was delivered if one of the secrets signed exactly these bytes.

        :raises RefusedDelivery: otherwise.
        """
        signature = find_header(headers, "X-Shopify-Hmac-Sha256")
        check_signature(signature=signature, body=body, secrets=secrets)
        topic = require_header(headers, "X-Shopify-Topic").lower()
        delivery_id = require_header(headers, "X-Shopify-Webhook-Id")
        domain = require_header(headers, "X-Shopify-Shop-Domain").lower()
        if not _TOPIC.fullmatch(topic):
            raise RefusedDelivery("incomplete", "the topic is none of Shopify's")
        if not _SHOP_DOMAIN.fullmatch(domain) or self.shop_domain not in ("", domain):
            raise RefusedDelivery("incomplete", "the delivery speaks of another shop")
        sent_at = read_moment(require_header(headers, "X-Shopify-Triggered-At"))
        if sent_at is None:
            raise RefusedDelivery("incomplete", "X-Shopify-Triggered-At is no time")
        if not -NEWEST <= now - sent_at <= OLDEST:
            raise RefusedDelivery("stale", f"was sent at {sent_at:%Y-%m-%dT%H:%M:%SZ}")
        return Delivery(delivery_id, topic, sent_at)

    def read(self, *, delivery: Delivery, body: bytes, source: str) -> HostChange:
        """Return what it says; a topic of no interest is an empty change.

        :raises RefusedDelivery: ``"unreadable"``, for a body that is not what its topic promises.
        """
        return read_topic(delivery=delivery, body=body, source=source, shop=self.shop)


class ShopifyMetafieldsCsv:
    """Facts as the CSV that Shopify's own import takes, by handle."""

    suffix = "csv"

    def write(self, rows: Iterable[ListedFacts]) -> Iterator[bytes]:
        """Yield the file in pieces, a row per listing of which anything is known."""
        return write_table(rows)


class ShopifyMetafieldsJson:
    """Facts as the variables of ``metafieldsSet``: a call per line, by product number."""

    suffix = "jsonl"

    def write(self, rows: Iterable[ListedFacts]) -> Iterator[bytes]:
        """Yield a line for at most 25 metafields."""
        return write_calls(rows)
