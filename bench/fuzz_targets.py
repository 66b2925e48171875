"""What :mod:`bench.fuzz_readers` hands its inputs to: each of the readers of files."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from shop_plugin.adapters.csv_rows import CsvRows
from shop_plugin.adapters.google.tsv import GoogleTsv
from shop_plugin.adapters.google.xml import GoogleXml
from shop_plugin.adapters.jsonl import JsonLines
from shop_plugin.adapters.sheets.csv import CsvSheet
from shop_plugin.adapters.sheets.xlsx import XlsxSheet
from shop_plugin.adapters.shopify import ShopifyCsv
from shop_plugin.adapters.woocommerce import WooCommerceCsv
from shop_plugin.domain.ports import FileFormat, UnusableSource
from shop_plugin.domain.sheets import SheetFormat, SheetLimits, SheetUnusable
from tests.adapters.sheets.files import SHEET_START, cell, workbook

_LIMITS = SheetLimits(most_bytes=1_000_000, most_rows=1_000)


def _read_sheet(reader: SheetFormat, data: bytes) -> None:
    with suppress(SheetUnusable):
        for _line in reader.read(io.BytesIO(data), limits=_LIMITS):
            pass


def _read_rows(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    _read_sheet(XlsxSheet(), workbook(sheet=f"{SHEET_START}{text}"))


def _read_file(reader: FileFormat, data: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        for read in (reader.read_listings, reader.read_purchases):
            with suppress(UnusableSource):
                for row in read(Path(file.name), source="shop"):
                    assert row.record is not None or row.problems


_TABLE = b'id;Title;Heel height\r\nW-1;"a;b";"2 3/4 in"\r\n'
_ROWS = f'<row r="1">{cell("id")}{cell("a", "B1")}<c t="s"><v>0</v></c><c><f>1</f></c></row>'
# What the fuzzer begins with: of random bytes alone none would ever be a zip.
SEEDS: dict[str, bytes] = {
    "csv-sheet": _TABLE,
    "xlsx-sheet": workbook(_ROWS),
    "xlsx-rows": _ROWS.encode(),
    "csv": b"id,title,sizes,price\r\nW-1,Walker,38:2|39,89.00\r\n",
    "shopify": (
        b"Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant Price,"
        b"Heel (product.metafields.custom.heel_height)\r\n"
        b'w-1,Walker,"<p>Soft<br>upper</p>",Size,EU 38,89.00,"{""value"":3,""unit"":""cm""}"\r\n'
        b"w-1,,,,10 2E,,\r\n"
    ),
    "woocommerce": (
        b"ID,Type,SKU,Name,Published,Description,In stock?,Stock,Regular price,Parent,"
        b"Attribute 1 name,Attribute 1 value(s),Meta: heel\r\n"
        b'2,variation,,"W - 38",1,,1,3,"89,90",id:1,Size,38,\r\n'
        b'1,variable,W,Walker,1,"<p>Soft\\nupper</p>",1,,,,Size,"38, 38\\,5",3 cm\r\n'
    ),
    "google-tsv": (
        b"id\ttitle\titem_group_id\tsize\tproduct_detail\n"
        b"W-38\tWalker, 38\tW\tUK 5 wide\tFit:Heel height:35 mm,Fit:Drop:8 mm\n"
    ),
    "google-xml": (
        b'<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>W-38</g:id>'
        b"<title>Walker</title><g:product_detail><g:attribute_name>Drop</g:attribute_name>"
        b"<g:attribute_value>8 mm</g:attribute_value></g:product_detail></item></channel></rss>"
    ),
    "jsonl": b'{"id": "W-1", "title": "Walker", "price": 89.0, "sizes": [{"label": "38"}]}\n',
}
TARGETS: dict[str, Callable[[bytes], None]] = {
    "csv-sheet": lambda data: _read_sheet(CsvSheet(), data),
    "xlsx-sheet": lambda data: _read_sheet(XlsxSheet(), data),
    "xlsx-rows": _read_rows,
    "csv": lambda data: _read_file(CsvRows(), data),
    "shopify": lambda data: _read_file(ShopifyCsv(), data),
    "woocommerce": lambda data: _read_file(WooCommerceCsv(), data),
    "google-tsv": lambda data: _read_file(GoogleTsv(), data),
    "google-xml": lambda data: _read_file(GoogleXml(), data),
    "jsonl": lambda data: _read_file(JsonLines(), data),
}
