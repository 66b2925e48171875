from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shop_plugin.adapters.google.items import MOST_ITEMS
from shop_plugin.adapters.google.tsv import GoogleTsv
from shop_plugin.domain.attributes import SourceKind, Span, UseCategory
from shop_plugin.domain.ports import UnusableSource
from shop_plugin.domain.records import ListingRecord, ReadRow
from shop_plugin.domain.structured import read_fields
from tests.adapters.contract import FileSample, Samples
from tests.exporters.google_tsv import write_listings
from tests.exporters.own_shop import own_products

HEAD = "id\ttitle\titem_group_id\tsize\tavailability\tprice\tproduct_detail\n"


def _row(number: int) -> bytes:
    return (
        f"P{number}\tMarlow Walker {number}\t\t38\tin_stock\t89.00 GBP\tFit:Heel height:35 mm\n"
    ).encode()


SAMPLES = Samples(
    listings=FileSample(
        head=HEAD.encode(),
        row=_row,
        bad_row=b"\tNo id at all\t\t38\tin_stock\t89.00 GBP\t\n",
        not_mine=(
            b'{"id": "P1", "title": "Marlow"}\n',
            b"sku,name\nP1,Marlow\n",
            b'<?xml version="1.0"?><rss><channel><item/></channel></rss>\n',
        ),
    )
)


def read(tmp_path: Path, text: str | bytes, **options: Any) -> list[ReadRow[ListingRecord]]:
    path = tmp_path / "feed.tsv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(GoogleTsv().read_listings(path, source="shop", **options))


def only(tmp_path: Path, text: str) -> ListingRecord:
    (row,) = read(tmp_path, text)
    assert row.record is not None, row.problems
    return row.record


def test_it_reads_the_fields_of_googles_specification(tmp_path: Path) -> None:
    record = only(
        tmp_path,
        "id\ttitle\tdescription\tlink\timage link\tavailability\tprice\tsale price\tbrand\t"
        "gtin\tcolor\tsize\tsize system\tsize type\tgender\tage group\tmaterial\t"
        "product type\tgoogle product category\tproduct_highlight\tproduct_detail\t"
        "custom_label_0\tcost_of_goods_sold\n"
        "P1\tMarlow Court\t<p>Heel of <b>55 mm</b></p><p>Soft.</p>\thttps://s.example/p1\t"
        "https://s.example/p1.jpg\tin stock\t89.00 GBP\t69.00 GBP\tMarlow\t4006381333931\t"
        "black\tUK 5 wide\t\tregular\tfemale\tadult\tleather\tWomen > Pumps\t187\t"
        '"Removable insole, washable"\tMeasures:Heel height:55 mm,Fit:Closure:Slip-On\t'
        "slow mover\t31.00 GBP\n",
    )
    assert (record.external_id, record.title, record.brand) == ("P1", "Marlow Court", "Marlow")
    assert record.description == "Heel of 55 mm\nSoft.\nRemovable insole, washable"
    assert (record.url, record.image_url) == ("https://s.example/p1", "https://s.example/p1.jpg")
    assert (record.price_minor, record.currency) == (6900, "GBP")
    assert (record.availability, record.gender, record.age_group) == ("in_stock", "female", "adult")
    assert record.category == "Women > Pumps"
    (size,) = record.sizes
    assert (size.label, size.system, size.width, size.stock) == ("5", "uk", "wide", 1)
    assert record.raw_attributes == {
        "gtin": "4006381333931",
        "color": "black",
        "size_type": "regular",
        "material": "leather",
        "product_type": "Women > Pumps",
        "google_product_category": "187",
        "product_detail": [
            {
                "section_name": "Measures",
                "attribute_name": "Heel height",
                "attribute_value": "55 mm",
            },
            {"section_name": "Fit", "attribute_name": "Closure", "attribute_value": "Slip-On"},
        ],
    }


def test_it_lets_facts_be_read_from_details_as_the_feeds_own_word(tmp_path: Path) -> None:
    record = only(tmp_path, HEAD + _row(1).decode())
    found = read_fields(record.raw_attributes, use_category=UseCategory.WALKING).readings
    (heel,) = [item for item in found if item.attribute == "heel_height_mm"]
    assert heel.value == Span.exactly(35_000)
    assert (heel.source_kind, heel.quote) == (SourceKind.FEED, "35 mm")
    assert heel.field == "raw_attributes.product_detail/Heel height"


@pytest.mark.parametrize(
    ("header", "cell", "expected"),
    [
        ("product_detail", "Fit:Heel height:35 mm", [("Fit", "Heel height", "35 mm")]),
        ("product_detail", ":Heel height:35 mm", [("", "Heel height", "35 mm")]),
        ("product_detail", "Heel height:35 mm", [(None, "Heel height", "35 mm")]),
        (
            "product_detail",
            "A:Upper:suede, mesh,A:Ratio:1\\:2,B:List:a\\,b",
            [("A", "Upper", "suede, mesh"), ("A", "Ratio", "1:2"), ("B", "List", "a,b")],
        ),
        (
            "product_detail(attribute_name:attribute_value)",
            "Drop:8 mm",
            [(None, "Drop", "8 mm")],
        ),
        ("product_detail", "nothing of the kind", []),
    ],
)
def test_it_takes_details_apart(
    tmp_path: Path, header: str, cell: str, expected: list[tuple[str | None, str, str]]
) -> None:
    record = only(tmp_path, f"id\ttitle\t{header}\nP1\tMarlow\t{cell}\n")
    found = record.raw_attributes.get("product_detail", [])
    assert [
        (item.get("section_name"), item["attribute_name"], item["attribute_value"])
        for item in found
    ] == expected


def test_it_takes_the_same_column_twice(tmp_path: Path) -> None:
    record = only(
        tmp_path,
        "id\ttitle\tproduct_detail\tproduct_detail\nP1\tMarlow\tA:Drop:8 mm\tA:Closure:laces\n",
    )
    assert [item["attribute_name"] for item in record.raw_attributes["product_detail"]] == [
        "Drop",
        "Closure",
    ]


def test_it_makes_one_shoe_of_items_that_stand_apart(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        HEAD + "a5\tMarlow Walker, UK 5\tG1\t5\tin_stock\t89.00 GBP\tF:Heel height:35 mm\n"
        "x\tOther\t\t\tin_stock\t10.00 GBP\t\n"
        "a6\tMarlow Walker, UK 6\tG1\t6\tout_of_stock\t89.00 GBP\tF:Heel height:36 mm\n"
        "b5\tMarlow Walker, UK 5\tG1\t5\tin_stock\t89.00 GBP\tF:Heel height:35 mm\n",
    )
    assert [row.line for row in rows] == [3, 5]
    shoe = rows[1].record
    assert shoe is not None
    assert (shoe.external_id, shoe.title, shoe.availability) == ("G1", "Marlow Walker", "in_stock")
    assert [(size.label, size.stock) for size in shoe.sizes] == [("5", 2), ("6", 0)]
    assert shoe.raw_attributes["item_ids"] == ["a5", "a6", "b5"]
    assert [item["attribute_value"] for item in shoe.raw_attributes["product_detail"]] == [
        "35 mm",
        "36 mm",
    ]


def test_it_keeps_a_shoe_whole_whose_items_an_earlier_run_had_passed(tmp_path: Path) -> None:
    text = HEAD + "a5\tMarlow, 5\tG1\t5\t\t\t\nx\tOther\t\t\t\t\t\na6\tMarlow, 6\tG1\t6\t\t\t\n"
    (left,) = read(tmp_path, text, skip_lines=3)
    assert left.record is not None
    assert [size.label for size in left.record.sizes] == ["5", "6"]


def test_it_says_where_a_shoe_has_more_items_than_anybody_sells(tmp_path: Path) -> None:
    lines = [f"i{number}\tMarlow\tG1\t{number % 90}\t\t\t\n" for number in range(MOST_ITEMS + 5)]
    (row,) = read(tmp_path, HEAD + "".join(lines))
    assert row.record is not None
    assert [item.code for item in row.warnings] == ["too_many_items"]
    assert len(row.record.raw_attributes["item_ids"]) == MOST_ITEMS


def test_it_says_which_item_of_a_shoe_cannot_be_spoken_of(tmp_path: Path) -> None:
    (row,) = read(tmp_path, HEAD + "\tMarlow\tG1\t38\t\t\t\na\tMarlow\tG1\t39\t\t\t\n")
    assert [item.code for item in row.warnings] == ["item_without_id"]


def test_it_keeps_what_is_no_shoe_for_the_core_to_judge(tmp_path: Path) -> None:
    text = "id\ttitle\tgoogle_product_category\nD1\tSummer dress\t1604\nD2\tTable\t436\n"
    dress, table = [row.record for row in read(tmp_path, text)]
    assert dress is not None
    assert table is not None
    assert (dress.category, table.category) == ("Apparel & Accessories > Clothing", "")


def test_it_does_not_believe_in_a_sale_that_is_on_for_some_days_only(tmp_path: Path) -> None:
    text = (
        "id\ttitle\tprice\tsale_price\tsale_price_effective_date\n"
        "P1\tMarlow\t89.00 GBP\t69.00 GBP\t2026-01-01T00:00Z/2026-01-02T00:00Z\n"
    )
    assert only(tmp_path, text).price_minor == 8900


@pytest.mark.proof("S15")
@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"P\xff2\tMarlow\t\t\t\t\t\n", "not_decodable"),
        (b"P2\t" + b"x" * 1_100_000 + b"\t\t\t\t\t\n", "line_too_long"),
        (b"\x00\tMarlow\t\t\t\t\t\n", "missing"),
        (b"P2\tMarlow\t\t\t\t\t" + b"\tx" * 3_000 + b"\n", "too_many_columns"),
    ],
)
def test_it_refuses_one_bad_line_and_takes_the_others(
    tmp_path: Path, line: bytes, code: str
) -> None:
    rows = read(tmp_path, HEAD.encode() + _row(1) + line + _row(3))
    assert [row.record.external_id for row in rows if row.record] == ["P1", "P3"]
    (refused,) = [row for row in rows if row.record is None]
    assert (refused.line, refused.problems[0].code) == (3, code)


def test_it_cuts_a_cell_that_is_longer_than_anybody_reads(tmp_path: Path) -> None:
    (row,) = read(tmp_path, f"id\ttitle\tdescription\nP1\tMarlow\t{'x' * 200_000}\n")
    assert row.record is not None
    assert len(row.record.description) == 100_000
    assert [(item.field, item.code) for item in row.warnings] == [("description", "cut")]


def test_it_refuses_a_table_with_a_thousand_columns_too_many(tmp_path: Path) -> None:
    with pytest.raises(UnusableSource, match="columns"):
        read(tmp_path, "id\ttitle" + "\tx" * 3_000 + "\n")


def test_it_carries_the_facts_of_the_shops_own_data_sheets(tmp_path: Path) -> None:
    rows = read(tmp_path, b"".join(write_listings(own_products())))
    found = {row.record.external_id: row.record for row in rows if row.record}
    compared = 0
    for shoe in own_products():
        told = read_fields(found[shoe.sku].raw_attributes, use_category=UseCategory.OTHER)
        meant = read_fields(dict(shoe.specs), use_category=UseCategory.OTHER)
        known = {(item.attribute, item.value) for item in told.readings}
        assert {(item.attribute, item.value) for item in meant.readings} <= known
        compared += len(meant.readings)
    assert compared > 300


def test_it_tells_both_of_a_row_that_breaks_off_at_a_line_that_is_no_text(tmp_path: Path) -> None:
    """Found by the fuzzer: two refusals of one line, and the shoe before them is taken."""
    rows = read(tmp_path, b'id\ttitle\nA\tMarlow Walker\n"B\tWalker\nl\xcd\n')
    assert [(row.line, row.record and row.record.external_id) for row in rows] == [
        (2, "A"),
        (4, None),
        (4, None),
    ]
    assert [row.problems[0].code for row in rows[1:]] == ["not_decodable", "missing"]
