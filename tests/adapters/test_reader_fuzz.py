"""S15: whatever bytes come in, a reader gives rows or a reason, and nothing else."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop_plugin.adapters.csv_rows import CsvRows
from shop_plugin.adapters.jsonl import JsonLines
from shop_plugin.adapters.sheets.csv import CsvSheet
from shop_plugin.adapters.sheets.xlsx import XlsxSheet
from shop_plugin.adapters.woocommerce import WooCommerceCsv
from shop_plugin.domain.ports import UnusableSource
from shop_plugin.domain.records import ReadRow
from shop_plugin.domain.sheets import OddCell, SheetFormat, SheetLimits, SheetUnusable
from shop_plugin.services.staff.sheets.reasons import say_unusable
from tests.adapters.sheets.files import PARTS, SHEET_START, cell, workbook

LIMITS = SheetLimits(most_bytes=1_000_000, most_rows=50, most_columns=20)
OFTEN = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))

# Text in which the signs that mean something to a reader are frequent.
SIGNS = st.sampled_from([*list(",;\t|\"'\r\n=+-@:{}[]\\\x00\ufeffé"), "id", "title", "order_id"])
TEXTS = st.lists(SIGNS | st.text(max_size=4), max_size=60).map("".join)
BYTES = (
    st.binary(max_size=300)
    | TEXTS.map(lambda text: text.encode())
    | TEXTS.map(lambda text: text.encode("utf-16"))
    | st.tuples(TEXTS, st.binary(max_size=20)).map(lambda pair: pair[0].encode() + pair[1])
)
XML = st.lists(
    st.sampled_from(
        [
            "<row>",
            "</row>",
            '<row r="3">',
            '<row r="-1">',
            '<row r="1e9">',
            "<c>",
            "</c>",
            '<c t="s">',
            '<c t="inlineStr">',
            '<c t="b">',
            '<c t="e">',
            '<c t="d">',
            '<c t="n">',
            '<c r="A1">',
            '<c r="ZZZZ1">',
            '<c r="1">',
            '<c s="9">',
            "<v>",
            "</v>",
            "<f>",
            "</f>",
            "<is>",
            "</is>",
            "<t>",
            "</t>",
            "1",
            "0",
            "-1",
            "1e400",
            "2026-13-45",
            "x",
            "&amp;",
            "&a;",
            "<!-- -->",
            "<![CDATA[x]]>",
            '<mergeCell ref="A1"/>',
            "<dataValidations/>",
            '<hyperlink ref="A"/>',
            "<cols><col/></cols>",
            "<rowBreaks><brk/></rowBreaks>",
            '<f t="shared" si="0">',
            '<f t="array">',
            cell("a"),
            cell("id"),
        ]
    ),
    max_size=40,
).map("".join)


def read_sheet(reader: SheetFormat, data: bytes, encoding: str = "") -> None:
    reason = ""
    try:
        for line in reader.read(io.BytesIO(data), limits=LIMITS, encoding=encoding):
            assert line.number >= 1
            assert all(isinstance(item, (str, OddCell)) for item in line.cells)
            assert len(line.cells) <= LIMITS.most_columns
    except SheetUnusable as error:
        reason = say_unusable(error.code, line=error.line, facts=error.facts)
    assert "%" not in reason


@OFTEN
@given(data=BYTES, encoding=st.sampled_from(["", "utf-8", "cp1252", "mac_roman", "utf-16"]))
def test_reads_any_bytes_as_a_table_of_text_or_says_why_not_s15(data, encoding):
    read_sheet(CsvSheet(), data, encoding)


@OFTEN
@given(rows=XML)
def test_reads_any_rows_of_a_workbook_or_says_why_not_s15(rows):
    read_sheet(XlsxSheet(), workbook(rows))


@OFTEN
@given(rest=XML)
def test_reads_what_stands_behind_the_rows_or_says_why_not_s15(rest):
    read_sheet(XlsxSheet(), workbook(sheet=f"{SHEET_START}</sheetData>{rest}</worksheet>"))


@OFTEN
@given(
    part=st.sampled_from(sorted(PARTS)),
    place=st.integers(0, 2_000),
    change=st.binary(max_size=12),
    cut=st.integers(0, 40),
)
def test_reads_a_workbook_with_one_broken_part_or_says_why_not_s15(part, place, change, cut):
    text = PARTS[part].encode()
    place %= len(text) + 1
    broken = text[:place] + change + text[place + cut :]
    read_sheet(XlsxSheet(), workbook(f"<row>{cell('id')}</row>", parts={part: broken}))


@OFTEN
@given(place=st.integers(0, 5_000), change=st.binary(min_size=1, max_size=8))
def test_reads_a_workbook_with_changed_bytes_or_says_why_not_s15(place, change):
    data = bytearray(workbook(f"<row>{cell('id')}{cell('a')}</row>"))
    place %= len(data)
    data[place : place + len(change)] = change
    read_sheet(XlsxSheet(), bytes(data))


@pytest.mark.parametrize("method", ["read_listings", "read_purchases"])
@pytest.mark.parametrize(
    "reader",
    [CsvRows(), JsonLines(), WooCommerceCsv()],
    ids=["csv", "jsonl", "woocommerce"],
)
def test_reads_any_file_of_a_catalogue_or_orders_or_says_why_not_s15(reader, method, tmp_path):
    path: Path = tmp_path / "rows"

    @OFTEN
    @given(data=BYTES)
    def read_any(data: bytes) -> None:
        path.write_bytes(data)
        with suppress(UnusableSource):
            for row in getattr(reader, method)(path, source="shop"):
                assert isinstance(row, ReadRow)
                assert row.record is not None or row.problems

    read_any()


def test_makes_workbooks_that_can_be_read_before_they_are_broken():
    data = workbook(f"<row>{cell('id')}{cell('a')}</row>")
    assert zipfile.is_zipfile(io.BytesIO(data))
    lines = list(XlsxSheet().read(io.BytesIO(data), limits=LIMITS))
    assert [line.cells for line in lines] == [("id", "a")]
