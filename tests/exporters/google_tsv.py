"""Google's feed as a table: tabs, a header, details in one cell parted by commas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from tests.exporters.google_items import NOT_CARRIED, as_carried, items_of
from tests.exporters.own_shop import OwnProduct

__all__ = ["NOT_CARRIED", "as_carried", "write_listings"]


def write_listings(products: Iterable[OwnProduct]) -> Iterator[bytes]:
    """Yield a header and a line per size of a shoe."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter="\t", lineterminator="\n")
    for number, (fields, details) in enumerate(items_of(products)):
        if number == 0:
            writer.writerow([*fields, "product_detail"])
        cell = ",".join(":".join(map(_escape, detail)) for detail in details)
        writer.writerow([*fields.values(), cell])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")
