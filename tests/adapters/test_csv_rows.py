from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shop_plugin.adapters.csv_rows import CsvRows
from shop_plugin.domain.fit_votes import FitCounts
from shop_plugin.domain.ports import FileFormat, UnusableSource
from shop_plugin.domain.records import ListingRecord, ReadRow, SizeRecord
from tests.adapters.contract import FileSample, Samples

SAMPLES = Samples(
    listings=FileSample(
        head=b"id,title,description\n",
        row=lambda number: f"M-{number},Marlow {number},{'text ' * 400}\n".encode(),
        bad_row=b"M-0,Marlow,text,too,many\n",
        not_mine=(b"order_id,ordered_on\nO-1,2026-03-01\n", b"one line\n", b"id\nM-1\n"),
    ),
    purchases=FileSample(
        head=b"id,order_id,ordered_on,title\n",
        row=lambda number: f"L-{number},O-1,2026-03-01,{'x' * 400}\n".encode(),
        bad_row=b"L-0,O-1,soon,Marlow\n",
        not_mine=(b"id,title\nM-1,Marlow\n",),
    ),
)


def read(tmp_path: Path, text: str, **options: Any) -> list[ReadRow[ListingRecord]]:
    path = tmp_path / "rows.csv"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return list(CsvRows().read_listings(path, source="demo", **options))


def only(rows: list[ReadRow[ListingRecord]]) -> ListingRecord:
    assert len(rows) == 1
    assert rows[0].record is not None, rows[0].problems
    return rows[0].record


def test_it_is_a_file_format() -> None:
    assert isinstance(CsvRows(), FileFormat)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_it_recognises_the_separator(tmp_path: Path, delimiter: str) -> None:
    text = "id,title,price\nM-1,Marlow Walker,89\n".replace(",", delimiter)
    found = only(read(tmp_path, text))
    assert (found.external_id, found.title, found.price_minor) == ("M-1", "Marlow Walker", 8900)


def test_it_reads_what_buyers_said_of_the_sizes(tmp_path: Path) -> None:
    text = (
        "id,title,fit_votes,return_reasons\n"
        "M-1,Marlow,small: 7|true:20|large:1,too_small:3|other:5\n"
    )
    found = only(read(tmp_path, text))
    assert (found.fit_votes, found.return_reasons) == (FitCounts(7, 20, 1), FitCounts(3, 5, 0))


def test_it_warns_of_a_cell_of_votes_that_holds_no_counts(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "id,title,fit_votes\nM-1,Marlow,7/20/1\n")
    assert [(item.field, item.code) for item in row.warnings] == [("fit_votes", "not_an_object")]
    assert row.record is not None
    assert row.record.fit_votes is None


def test_it_takes_sizes_as_json_where_their_widths_matter(tmp_path: Path) -> None:
    sizes = '[{"label": "38", "width": "G", "stock": 2}, {"label": "38", "width": "H"}]'
    cell = sizes.replace('"', '""')
    found = only(read(tmp_path, f'id,title,sizes\nM-1,Marlow,"{cell}"\n'))
    assert found.sizes == (SizeRecord("38", "", "G", 2), SizeRecord("38", "", "H", 0))


def test_it_warns_of_sizes_that_begin_as_json_and_are_none(tmp_path: Path) -> None:
    (row,) = read(tmp_path, 'id,title,sizes\nM-1,Marlow,"[{38"\n')
    assert [(item.field, item.code) for item in row.warnings] == [("sizes", "not_a_list")]
    assert row.record is not None


def test_it_keeps_every_other_column_as_a_field_of_the_shop(tmp_path: Path) -> None:
    text = "id,title,Heel Height,currency,Colour\nM-1,Marlow,3 cm,EUR,\n"
    assert only(read(tmp_path, text)).raw_attributes == {"Heel Height": "3 cm"}


def test_it_knows_the_usual_names_of_columns(tmp_path: Path) -> None:
    found = only(read(tmp_path, "SKU,Name,Vendor,Product Type\nM-1,Walker,Marlow,Boots\n"))
    assert (found.external_id, found.title) == ("M-1", "Walker")
    assert (found.brand, found.category) == ("Marlow", "Boots")


def test_it_prefers_a_column_of_the_very_name(tmp_path: Path) -> None:
    found = only(read(tmp_path, "sku,id,title,name\nS-1,M-1,Walker,other\n"))
    assert (found.external_id, found.title) == ("M-1", "Walker")
    assert found.raw_attributes == {"sku": "S-1", "name": "other"}


def test_it_reads_cells_with_newlines_and_counts_lines_as_an_editor_does(tmp_path: Path) -> None:
    text = 'id,title,description\nM-1,"Marlow\nWalker","Soft.\nLight."\n,no id,\nM-2,Next,\n'
    rows = read(tmp_path, text)
    assert rows[0].record is not None
    assert rows[0].record.title == "Marlow Walker"
    assert rows[0].record.description == "Soft.\nLight."
    assert [(row.line, row.record is None) for row in rows] == [(4, False), (5, True), (6, False)]


def test_it_skips_records_that_were_done_before(tmp_path: Path) -> None:
    text = 'id,title\nM-1,"Marlow\nWalker"\nM-2,Next\n'
    assert [row.line for row in read(tmp_path, text, skip_lines=3)] == [4]


def test_it_refuses_a_row_with_a_separator_too_many_and_goes_on(tmp_path: Path) -> None:
    rows = read(tmp_path, "id,title\nM-1,Marlow,Walker\nM-2,Next\n")
    assert rows[0].problems[0].code == "too_many_columns"
    assert rows[1].record is not None


def test_it_refuses_a_line_that_cannot_be_decoded_and_goes_on(tmp_path: Path) -> None:
    rows = read(tmp_path, "id,title\nM-1,\udcff\nM-2,Next\n")
    assert [(row.line, row.record is None) for row in rows] == [(2, True), (3, False)]
    assert rows[0].problems[0].code == "not_decodable"


def test_it_refuses_a_last_line_that_cannot_be_decoded(tmp_path: Path) -> None:
    rows = read(tmp_path, "id,title\nM-2,Next\nM-1,\udcff\n")
    assert [(row.line, row.record is None) for row in rows] == [(2, False), (3, True)]


def test_it_reads_sizes_with_their_pairs_in_stock(tmp_path: Path) -> None:
    text = "id,title,availability,sizes\nM-1,Marlow,in stock,38:2|39:0|7.5\n"
    assert only(read(tmp_path, text)).sizes == (
        SizeRecord("38", "", "", 2),
        SizeRecord("39", "", "", 0),
        SizeRecord("7.5", "", "", 1),
    )


def test_it_reads_the_length_inside_of_a_size(tmp_path: Path) -> None:
    text = "id,title,sizes\nM-1,Marlow,38:2@252.5|39@259|40:1@\n"
    assert only(read(tmp_path, text)).sizes == (
        SizeRecord("38", "", "", 2, 252_500),
        SizeRecord("39", "", "", 0, 259_000),
        SizeRecord("40", "", "", 1),
    )


def test_it_reads_german_numbers_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = "\ufeffid;title;price;currency;Absatzhöhe\nM-1;Stiefelette;89,95;EUR;3,5 cm\n"
    found = only(read(tmp_path, text))
    assert found.price_minor == 8995
    assert found.raw_attributes == {"Absatzhöhe": "3,5 cm"}


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "is empty"),
        ("M-1,Marlow Walker\nM-2,Next\n", "The first line must name the columns"),
        ("id\nM-1\n", "no column title"),
        ("id:title\nM-1:Marlow\n", "no column id and no column title"),
    ],
)
def test_it_says_what_is_wrong_with_a_table_it_cannot_use(
    tmp_path: Path, text: str, advice: str
) -> None:
    with pytest.raises(UnusableSource, match=advice):
        read(tmp_path, text)


def test_it_reads_orders(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("order_id,ordered_on,listing_id\nO-1,2026-01-02,M-1\n")
    rows = list(CsvRows().read_purchases(path, source="demo"))
    assert rows[0].record is not None
    assert rows[0].record.listing_id == "M-1"
