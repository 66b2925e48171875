from __future__ import annotations

import tracemalloc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from shop_plugin.adapters.shopify import ShopifyCsv, table
from shop_plugin.adapters.shopify.shop import ShopifyShop
from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.ports import UnusableSource
from shop_plugin.domain.records import ListingRecord, ReadRow, SizeRecord
from shop_plugin.domain.sizes import read_size_system
from shop_plugin.domain.structured import read_fields
from tests.exporters.own_shop import OwnProduct, own_products
from tests.exporters.shopify import NEW, OLD, handle_of, write_listings

HEADER = "Handle,Title,Body (HTML),Vendor,Type,Published,Option1 Name,Option1 Value"
HEADER += ",Option2 Name,Option2 Value,Variant Inventory Tracker,Variant Inventory Qty"
HEADER += ",Variant Inventory Policy,Variant Price,Status"


class Euro(ShopifyCsv):
    shop = ShopifyShop(currency="EUR", url="https://north.example/")


def read(
    path: Path, reader: ShopifyCsv | None = None, skip_lines: int = 0
) -> list[ReadRow[ListingRecord]]:
    rows = (reader or ShopifyCsv()).read_listings(path, source="north", skip_lines=skip_lines)
    return list(rows)


def read_text(
    tmp_path: Path, text: str, reader: ShopifyCsv | None = None, **options: Any
) -> list[ReadRow[ListingRecord]]:
    path = tmp_path / "products.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return read(path, reader, **options)


def export(path: Path, shoes: Sequence[OwnProduct], header: str) -> None:
    path.write_bytes(b"".join(write_listings(shoes, header)))


def records(rows: Sequence[ReadRow[ListingRecord]]) -> list[ListingRecord]:
    return [row.record for row in rows if row.record is not None]


def codes(rows: Sequence[ReadRow[ListingRecord]]) -> list[tuple[int, str]]:
    return [(row.line, row.problems[0].code) for row in rows if row.record is None]


def facts(fields: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    found = read_fields(fields, use_category=UseCategory.OTHER).readings
    return {(item.attribute, str(item.value), item.rule) for item in found}


def plain(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.split("\n") if line.strip())


@pytest.mark.parametrize("header", [OLD, NEW])
def test_it_reads_the_whole_catalogue_back_as_it_was(tmp_path: Path, header: str) -> None:
    path = tmp_path / "products_export.csv"
    export(path, own_products(), header)
    rows = read(path, Euro())
    assert [row.problems for row in rows if row.problems] == []
    found = {record.external_id: record for record in records(rows)}
    assert len(found) == len(own_products()) == 308
    for shoe in own_products():
        record = found[handle_of(shoe)]
        assert record.title == " ".join(shoe.name.split())
        assert record.brand == shoe.brand
        assert record.description == plain(shoe.description)
        assert record.category == f"Apparel & Accessories > Shoes > {shoe.category}"
        assert (record.gender, record.currency) == (shoe.gender, "EUR")
        assert record.price_minor == int(shoe.price * 100)
        assert record.image_url == shoe.image_url
        assert record.url == f"https://north.example/products/{handle_of(shoe)}"
        assert record.sizes == tuple(
            SizeRecord(
                size.size, read_size_system(size.size_system) or "", size.width,
                size.stock,
            )
            for size in shoe.variants
        )  # fmt: skip
        has_any = any(size.stock for size in shoe.variants)
        assert record.availability == ("in_stock" if has_any else "out_of_stock")
        assert facts(record.raw_attributes) == facts(shoe.specs)


def test_it_reads_both_generations_of_the_header_alike(tmp_path: Path) -> None:
    for header in (OLD, NEW):
        export(tmp_path / header, own_products()[:60], header)
    assert records(read(tmp_path / OLD)) == records(read(tmp_path / NEW))


def test_it_names_the_last_row_of_each_product(tmp_path: Path) -> None:
    text = "Handle,Title,Option1 Name,Option1 Value\na,A,Size,38\na,,,39\nb,B,Size,38\n"
    assert [row.line for row in read_text(tmp_path, text)] == [3, 4]


def test_it_goes_on_where_an_import_was_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "products_export.csv"
    export(path, own_products()[:20], NEW)
    rows = read(path)
    for done in (0, 4, 13):
        stop = rows[done].line
        assert read(path, skip_lines=stop) == rows[done + 1 :]


def test_it_puts_the_rows_of_a_product_together_that_lie_apart(tmp_path: Path) -> None:
    text = (
        "Handle,Title,Option1 Name,Option1 Value,Variant Price\n"
        "a,,,40,80\nb,B,Size,41,70\na,A,Size,38,80\nc,C,Size,36,60\nb,,,42,70\na,,,39,80\n"
    )
    rows = read_text(tmp_path, text)
    assert [(row.line, row.record.external_id) for row in rows if row.record] == [
        (5, "c"),
        (6, "b"),
        (7, "a"),
    ]
    assert [size.label for size in records(rows)[2].sizes] == ["40", "38", "39"]
    # An import that stopped in the middle of a product that lies apart reads all of it again.
    assert records(read_text(tmp_path, text, skip_lines=5)) == records(rows)[1:]


def test_it_asks_to_sort_a_table_that_is_torn_all_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "_MOST_HELD", 20_000)
    handles = [f"h{number}" for number in range(100)]
    lines = [f"{name},T,Size,{size}" for size in (38, 39) for name in handles]
    text = "Handle,Title,Option1 Name,Option1 Value\n" + "\n".join(lines)
    with pytest.raises(UnusableSource, match="Sort the table by its handle"):
        read_text(tmp_path, text)
    in_order = "Handle,Title,Option1 Name,Option1 Value\n" + "\n".join(sorted(lines))
    assert len(records(read_text(tmp_path, in_order))) == 100


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("Size", ""), ("Shoe Size", ""), ("EU Size", "eu"), ("UK", "uk"), ("Größe", ""),
        ("Schuhgröße (EU)", "eu"), ("Pointure", ""), ("Taille", ""), ("Talla (EU)", "eu"),
        ("Size - US", "us"), ("Choose yours", ""),
    ],
)  # fmt: skip
def test_it_finds_the_sizes_by_name_in_four_languages_or_by_their_values(
    tmp_path: Path, name: str, system: str
) -> None:
    text = (
        "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant Inventory Qty\n"
        f"a,A,Colour,Black,{name},8,2\na,,,Black,,9.5,0\na,,,Red,,8,3\n"
    )
    (record,) = records(read_text(tmp_path, text))
    assert record.sizes == (SizeRecord("8", system, "", 5), SizeRecord("9.5", system, "", 0))
    assert record.raw_attributes["Color"] == ["Black", "Red"]


def test_it_reads_widths_from_their_own_option_or_behind_the_size(tmp_path: Path) -> None:
    text = (
        "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value\n"
        "a,A,Size,38,Weite,G\na,,,38,,H\nb,B,Size,10 2E,,\nb,,,EU 41,,\nb,,,41/42,,\n"
    )
    first, second = records(read_text(tmp_path, text))
    assert [(size.label, size.width) for size in first.sizes] == [("38", "G"), ("38", "H")]
    assert [(size.label, size.system, size.width) for size in second.sizes] == [
        ("10", "", "2E"),
        ("41", "eu", ""),
        ("41/42", "", ""),
    ]


def test_it_takes_no_size_from_a_product_without_options(tmp_path: Path) -> None:
    text = f"{HEADER}\na,Polish,,,,true,Title,Default Title,,,shopify,4,deny,7.90,active\n"
    (record,) = records(read_text(tmp_path, text))
    assert record.sizes == ()
    assert (record.availability, record.price_minor) == ("in_stock", 790)


@pytest.mark.parametrize(
    ("tracker", "stock", "policy", "published", "status", "availability"),
    [
        ("shopify", "3", "deny", "true", "active", "in_stock"),
        ("shopify", "0", "deny", "true", "active", "out_of_stock"),
        ("shopify", "-2", "deny", "true", "active", "out_of_stock"),
        ("shopify", "0", "continue", "true", "active", "preorder"),
        ("", "0", "deny", "true", "active", "in_stock"),
        ("shopify", "3", "deny", "false", "active", "out_of_stock"),
        ("shopify", "3", "deny", "true", "archived", "out_of_stock"),
        ("shopify", "", "deny", "true", "active", ""),
    ],
)
def test_it_tells_whether_a_product_can_be_bought(
    tmp_path: Path,
    tracker: str,
    stock: str,
    policy: str,
    published: str,
    status: str,
    availability: str,
) -> None:
    text = f"{HEADER}\na,A,,,,{published},Size,38,,,{tracker},{stock},{policy},80,{status}\n"
    (record,) = records(read_text(tmp_path, text))
    assert record.availability == availability


def test_it_says_which_products_it_leaves_out_and_why(tmp_path: Path) -> None:
    text = (
        "Handle,Title,Product Category,Gift Card,Status\n"
        "a,Draft,,false,draft\nb,Card,,true,active\n"
        "c,Shirt,Apparel & Accessories > Clothing > Shirts,false,active\n"
        "d,Insole,Apparel & Accessories > Shoe Accessories > Shoe Inserts,,active\n"
        "e,Boot,aa-8-3,,active\nf,Schuh,Bekleidung & Accessoires > Schuhe,,active\n"
        "g,Any,Uncategorized,,active\n"
    )
    rows = read_text(tmp_path, text)
    assert codes(rows) == [
        (2, "not_public"),
        (3, "not_footwear"),
        (4, "not_footwear"),
        (5, "not_footwear"),
    ]
    assert [record.category for record in records(rows)] == [
        "Apparel & Accessories > Shoes > Boots",
        "Bekleidung & Accessoires > Schuhe",
        "",
    ]

    class Everything(ShopifyCsv):
        shop = ShopifyShop(only_footwear=False)

    assert [record.title for record in records(read_text(tmp_path, text, Everything()))] == [
        "Shirt",
        "Insole",
        "Boot",
        "Schuh",
        "Any",
    ]


def test_it_reads_the_values_of_the_standard_taxonomy(tmp_path: Path) -> None:
    columns = {
        "Shoe features (product.metafields.shopify.shoe-features)": "arch-support; cushioned",
        "Heel height type (product.metafields.shopify.heel-height-type)": "mid",
        "Toe style (product.metafields.shopify.toe-style)": "almond",
        "Closure type (product.metafields.shopify.closure-type)": "lace-up",
        "Shoe fit (product.metafields.shopify.shoe-fit)": "wide",
        "Target gender (product.metafields.shopify.target-gender)": "female",
        "Age group (product.metafields.shopify.age-group)": "adults",
        "Related (product.metafields.shopify--discovery.related)": "x",
    }
    text = f"Handle,Title,{','.join(columns)}\na,A,{','.join(columns.values())}\n"
    (record,) = records(read_text(tmp_path, text))
    assert {item[0] for item in facts(record.raw_attributes)} == {
        "arch_support",
        "cushioning",
        "heel_height_mm",
        "toe_shape",
        "fastening",
        "width_options",
    }
    assert (record.gender, record.age_group) == ("female", "adults")
    assert not [name for name in record.raw_attributes if "related" in name.lower()]


def test_it_reads_the_shops_own_metafields_by_key_by_label_or_by_map(tmp_path: Path) -> None:
    text = (
        "Handle,Title,Höhe (product.metafields.custom.heel_height)"
        ",Drop (product.metafields.specs.f7),Sohle (product.metafields.custom.sohle)"
        ",Secret (product.metafields.custom.cost),Metafield: custom.arch_support [boolean]\n"
        'a,A,"{""value"":45.0,""unit"":""MILLIMETERS""}",8 mm,30,12.50,true\n'
    )

    class Mapped(ShopifyCsv):
        shop = ShopifyShop(metafields={"custom.sohle": "Stack height (mm)", "custom.cost": ""})

    (record,) = records(read_text(tmp_path, text, Mapped()))
    assert {(attribute, value) for attribute, value, _rule in facts(record.raw_attributes)} == {
        ("heel_height_mm", "Span(low=45000, high=45000)"),
        ("drop_mm", "Span(low=8000, high=8000)"),
        ("stack_heel_mm", "Span(low=30000, high=30000)"),
        ("arch_support", str_of_some()),
    }
    assert "12.50" not in str(record.raw_attributes)


def str_of_some() -> str:
    (value,) = {value for _name, value, _rule in facts({"Arch support": "yes"})}
    return value


def test_it_reads_the_tables_of_bulk_editors_with_the_number_of_the_product(tmp_path: Path) -> None:
    text = "ID,Handle,Title,Body HTML,Variant Price\n7012345678901,a,A,<p>Soft</p>,80\n"
    (record,) = records(read_text(tmp_path, text))
    assert (record.alias, record.description) == ("7012345678901", "Soft")


def test_it_reads_the_sport_of_athletic_shoes(tmp_path: Path) -> None:
    text = (
        "Handle,Title,Product Category,Type,Activity (product.metafields.shopify.activity)\n"
        "a,A,Apparel & Accessories > Shoes > Athletic Shoes,Daily,running\n"
        "b,B,Apparel & Accessories > Shoes > Athletic Shoes,,running; tennis\n"
    )
    first, second = records(read_text(tmp_path, text))
    assert first.category == "Apparel & Accessories > Shoes > Athletic Shoes > running > Daily"
    assert second.category == "Apparel & Accessories > Shoes > Athletic Shoes"


def test_it_takes_the_lowest_price_of_the_variants(tmp_path: Path) -> None:
    text = (
        "Handle,Title,Option1 Name,Option1 Value,Variant Price\na,A,Size,38,95.00\na,,,39,89.90\n"
    )
    (record,) = records(read_text(tmp_path, text))
    assert record.price_minor == 8990


def test_it_refuses_rows_without_handle_and_products_without_title(tmp_path: Path) -> None:
    rows = read_text(tmp_path, "Handle,Title\n,Nobody\na,\nb,B\n")
    assert codes(rows) == [(2, "missing"), (3, "missing")]
    assert [record.external_id for record in records(rows)] == ["b"]


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "is empty"),
        ("id,title\n1,A\n", "no column handle"),
        ("Name,Email,Lineitem name\n#1,a@b.example,Boot - 38\n", "--format csv"),
    ],
)
def test_it_says_what_is_wrong_with_a_table_it_cannot_use(
    tmp_path: Path, text: str, advice: str
) -> None:
    with pytest.raises(UnusableSource, match=advice):
        read_text(tmp_path, text)


@pytest.mark.proof("S08")
def test_it_takes_what_it_can_of_a_file_full_of_traps_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    with path.open("wb") as file:
        file.write(b"Handle,Title,Body (HTML),Option1 Name,Option1 Value\n")
        file.write(b"a,A,<p>Soft</p>,Size,38\n")
        file.write(b"b,B,")
        for _ in range(100):
            file.write(b"<p>" + b"x" * 999_990)
        file.write(b"\nc,C\x00,,Size,38\n")
        file.write(b"d,D,,Size,38,x,y,z\n")
        file.write(b"e,\xff\xfe,,Size,38\n")
        for number in range(20_000):
            file.write(b"f,F,,Size,%d\n" % number)
        file.write(b'g,G,"<p>Never closed')
    tracemalloc.start()
    rows = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [record.external_id for record in records(rows)] == ["a", "c", "f", "g"]
    assert codes(rows) == [
        (3, "line_too_long"),
        (5, "too_many_columns"),
        (6, "not_decodable"),
    ]
    assert "too_many_rows" in {item.code for item in rows[-2].warnings}
    assert peak < 60_000_000


def test_it_keeps_the_order_of_lines_where_a_row_in_between_cannot_be_read(tmp_path: Path) -> None:
    text = (
        "Handle,Title,Option1 Name,Option1 Value\n"
        "a,A,Size,38\n,,,\n,x,,\nb,B,Size,38\n,y,,\nb,,,39\n"
    )
    rows = read_text(tmp_path, text)
    assert [(row.line, row.record is None) for row in rows] == [
        (2, False),
        (4, True),
        (6, True),
        (7, False),
    ]
    assert [size.label for size in records(rows)[1].sizes] == ["38", "39"]
    assert read_text(tmp_path, text, skip_lines=6) == rows[3:]
