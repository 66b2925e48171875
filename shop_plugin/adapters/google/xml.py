"""Google Merchant, as XML: RSS 2.0 or Atom with the fields of Google's namespace.

Items of one ``item_group_id`` become one listing with its sizes. Facts go
back as a supplemental feed. How to: docs/how-to/exchange-google-merchant-feeds.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from shop_plugin.adapters.google.elements import read_items
from shop_plugin.adapters.google.facts import CANNOT, write_rss
from shop_plugin.adapters.google.feed import ProductFeed
from shop_plugin.adapters.google.groups import read_shoes
from shop_plugin.domain.capabilities import AdapterCard, Capability
from shop_plugin.domain.host_changes import ListedFacts
from shop_plugin.domain.records import ListingRecord, ReadRow

CARD = AdapterCard(
    name="google-xml",
    title="Google Merchant (XML)",
    can={
        Capability.LISTINGS_FROM_FILES: "A product feed in RSS 2.0 or Atom; items of one group "
        "are the sizes of one listing.",
        Capability.FACTS_TO_FILES: "A supplemental feed in RSS 2.0: id and product_detail.",
    },
    cannot=CANNOT,
)
# What the import sets where nobody names one: the document's own word counts then.
_USUAL = "utf-8"


class GoogleXml(ProductFeed):
    """A product feed of Google Merchant Center as XML. The place of a row is its item's number."""

    encoding: str = _USUAL

    def read_listings(
        self, path: Path, *, source: str, skip_lines: int = 0
    ) -> Iterator[ReadRow[ListingRecord]]:
        """Yield a row per shoe, at the number of its last item.

        :raises UnusableSource: for a file that is no XML or holds no item.
        """
        encoding = "" if self.encoding.lower() == _USUAL else self.encoding
        return read_shoes(read_items(path, encoding=encoding), source=source, skip=skip_lines)


class GoogleSupplementalXml:
    """A supplemental feed in RSS 2.0: an item per size with what is known of the shoe."""

    suffix = "xml"

    def write(self, rows: Iterable[ListedFacts]) -> Iterator[bytes]:
        """Yield the document with an item per size of which something can be said."""
        return write_rss(rows)
