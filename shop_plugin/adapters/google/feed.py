"""What the table and the XML have in common: they hold products, and no orders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from shop_plugin.domain.ports import UnusableSource
from shop_plugin.domain.records import PurchaseRecord, ReadRow


class ProductFeed:
    """A product feed of Google Merchant Center, in whichever form."""

    def read_purchases(
        self, path: Path, *, source: str, skip_lines: int = 0
    ) -> Iterator[ReadRow[PurchaseRecord]]:
        """Refuse: a product feed holds no orders.

        :raises UnusableSource: always.
        """
        raise UnusableSource(
            f"{path}: a Google feed holds products only; import orders as CSV or JSON Lines"
        )
