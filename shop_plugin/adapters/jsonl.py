"""JSON Lines: one object per line. Every line that cannot be used is yielded with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from shop_plugin.adapters.base import (
    UnusableSource,
    read_listing_row,
    read_purchase_row,
    refuse_row,
)
from shop_plugin.adapters.files import Line, TextFile
from shop_plugin.domain.capabilities import AdapterCard, Capability
from shop_plugin.domain.records import ListingRecord, PurchaseRecord, ReadRow

_ONLY_FILES = "It is a file; a host that pushes signs its webhooks, or calls the REST API."
_NO_MODELS = "It is a file; the models of a Django shop are read by the orm adapter."
CARD = AdapterCard(
    name="jsonl",
    title="JSON Lines",
    can={
        Capability.LISTINGS_FROM_FILES: "A JSON object a line, with the names of field-map.csv.",
        Capability.PURCHASES_FROM_FILES: "A JSON object a line, with the names of field-map.csv.",
    },
    cannot={
        Capability.LISTINGS_FROM_MODELS: _NO_MODELS,
        Capability.PURCHASES_FROM_MODELS: _NO_MODELS,
        Capability.LISTINGS_BY_WEBHOOK: _ONLY_FILES,
        Capability.PURCHASES_BY_WEBHOOK: _ONLY_FILES,
        Capability.RETURNS_BY_WEBHOOK: "Hand the order line over again with quantity_returned.",
        Capability.ERASURE_BY_WEBHOOK: "A file tells no such thing; run footback_erase.",
        Capability.FACTS_TO_FILES: "Facts for programs are read from the REST API.",
    },
)

# So many first lines tell whether a file is JSON Lines at all.
_LINES_LOOKED_AT = 20

# "NaN" and "Infinity" are not JSON, though Python writes them; as text they fail as prices do.
_DECODER = json.JSONDecoder(strict=False, parse_constant=str)


class JsonLines(TextFile):
    """Listings or orders, one JSON object per line (docs/how-to/import-a-catalogue.md)."""

    def read_listings(
        self, path: Path, *, source: str, skip_lines: int = 0
    ) -> Iterator[ReadRow[ListingRecord]]:
        """Yield a row per line that is not blank, after the first ``skip_lines`` lines.

        :raises UnusableSource: when nothing in the file is a JSON object.
        """
        return self._rows(path, source, skip_lines, read_listing_row)

    def read_purchases(
        self, path: Path, *, source: str, skip_lines: int = 0
    ) -> Iterator[ReadRow[PurchaseRecord]]:
        """Yield a row per line that is not blank, after the first ``skip_lines`` lines.

        :raises UnusableSource: when nothing in the file is a JSON object.
        """
        return self._rows(path, source, skip_lines, read_purchase_row)

    def _rows(
        self, path: Path, source: str, skip_lines: int, read: Callable[..., ReadRow[Any]]
    ) -> Iterator[ReadRow[Any]]:
        self._check_form(path)
        for line in self.iter_lines(path, skip_lines=skip_lines):
            if line.code:
                yield refuse_row(line.number, "", line.code, line.reason, line.raw)
            elif text := line.text.strip():
                yield _read_line(line, text, source, read)

    def _check_form(self, path: Path) -> None:
        looked_at = list(islice(self.iter_lines(path), _LINES_LOOKED_AT))
        texts = [text for line in looked_at if (text := line.text.strip())]
        if not texts and all(not line.code for line in looked_at):
            raise UnusableSource(f"{path} is empty: there is nothing to import")
        if texts and texts[0].startswith("["):
            raise UnusableSource(
                f"{path} is one JSON array. JSON Lines has one object per line; convert it with "
                f"jq -c '.[]' {path.name} > rows.jsonl"
            )
        if texts and texts[0] == "{":
            raise UnusableSource(
                f"{path} has objects over several lines. JSON Lines has one object per line; "
                f"convert it with jq -c . {path.name} > rows.jsonl"
            )
        if texts and not any(text.startswith("{") for text in texts):
            raise UnusableSource(
                f"{path} is not JSON Lines: none of its first lines starts an object. "
                "If it is a table, use --format csv"
            )


def _read_line(
    line: Line, text: str, source: str, read: Callable[..., ReadRow[Any]]
) -> ReadRow[Any]:
    try:
        values = _DECODER.decode(text)
    except (json.JSONDecodeError, RecursionError) as error:
        reason = getattr(error, "msg", "it is nested too deeply")
        column = getattr(error, "colno", 1)
        reason = f"is not JSON: {reason} at character {column}"
        return refuse_row(line.number, "", "not_json", reason, text)
    except ValueError as error:  # a whole number of more than 4,300 digits
        return refuse_row(line.number, "", "not_json", f"is not usable JSON: {error}", text)
    if not isinstance(values, dict):
        reason = "is not an object with the names of fields"
        return refuse_row(line.number, "", "not_an_object", reason, text)
    return read(values, source=source, line=line.number, raw=text)
