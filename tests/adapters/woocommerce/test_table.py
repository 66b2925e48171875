"""The product export: joined variations, sizes, prices and words of products."""

from __future__ import annotations

from pathlib import Path

import pytest

from shop_plugin.adapters.woocommerce.shop import WooCommerceShop
from shop_plugin.domain.records import SizeRecord
from tests.adapters.woocommerce.export import (
    PARENT,
    child,
    only,
    read,
    refusals,
    simple,
    stocks,
)

ATTRIBUTES = (
    "Attribute 1 name",
    "Attribute 1 value(s)",
    "Attribute 2 name",
    "Attribute 2 value(s)",
)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (1, 2, 0)], ids=str)
def test_it_joins_variations_to_their_product_wherever_they_stand(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    rows = [PARENT, child("38", Stock="2"), child("39", Stock="0", **{"In stock?": "0"})]
    between = [simple(ID=str(number)) for number in range(500, 520)]
    found = read(tmp_path, *(item for place in order for item in (rows[place], *between)))
    record = next(row.record for row in found if row.record and row.record.title == "Marlow Walker")
    assert stocks(record) == {"38": 2, "39": 0}
    assert record.external_id == "10"
    assert record.alias == "MW"
    assert record.price_minor == 8990
    assert record.availability == "in_stock"


def test_it_joins_by_sku_in_any_case_and_by_number(tmp_path: Path) -> None:
    rows = read(tmp_path, PARENT, child("38", Parent="mw"), child("39", Parent="id:10"))
    assert set(stocks(only(rows))) == {"38", "39"}


def test_it_refuses_a_variation_whose_product_is_not_in_the_file(tmp_path: Path) -> None:
    rows = read(tmp_path, child("38", Parent="id:99"), PARENT, child("39", Parent=""))
    assert refusals(rows) == [(2, "no_parent"), (4, "no_parent")]
    assert "id:99" in rows[0].problems[0].reason


def test_it_takes_the_lowest_price_of_the_variations(tmp_path: Path) -> None:
    cheap = child("39", **{"Regular price": "79,90"})
    odd = child("40", **{"Regular price": "ask us"})
    assert only(read(tmp_path, PARENT, child("38"), cheap, odd)).price_minor == 7990


@pytest.mark.parametrize(
    ("starts", "ends", "price"),
    [
        ("", "", 5000),
        ("2026-03-01 00:00:00", "2026-05-01", 5000),
        ("2026-05-01 00:00:00", "", 8000),
        ("", "2026-03-31 23:59:59", 8000),
        ("2026-04-01", "2026-04-01", 5000),
        ("soon", "later", 5000),
    ],
)
def test_it_takes_a_sale_price_while_it_is_in_force(
    tmp_path: Path, starts: str, ends: str, price: int
) -> None:
    row = simple(
        **{
            "Regular price": "80",
            "Sale price": "50",
            "Date sale price starts": starts,
            "Date sale price ends": ends,
        }
    )
    assert only(read(tmp_path, row)).price_minor == price


def test_it_adds_up_a_size_that_comes_in_two_colours(tmp_path: Path) -> None:
    def colored(size: str, color: str, stock: str) -> dict[str, str]:
        extra = {"Attribute 2 name": "Color", "Attribute 2 value(s)": color}
        return child(size, ID=f"{size}{color}", Stock=stock, **extra)

    parent = {**PARENT, "Attribute 2 name": "Color", "Attribute 2 value(s)": "Red, Blue"}
    record = only(read(tmp_path, parent, colored("38", "Red", "1"), colored("38", "Blue", "4")))
    assert stocks(record) == {"38": 5}
    assert record.raw_attributes["Color"] == ["Red", "Blue"]


def test_it_keeps_sizes_in_the_order_of_the_product(tmp_path: Path) -> None:
    rows = read(tmp_path, PARENT, child("40"), child("38"), child("39"))
    assert [size.label for size in only(rows).sizes] == ["38", "39", "40"]


def test_it_offers_every_size_where_a_variation_is_for_any(tmp_path: Path) -> None:
    any_size = child("", ID="20", Stock="")
    assert stocks(only(read(tmp_path, PARENT, any_size))) == {"38": 1, "39": 1, "40": 1}


def test_it_counts_one_pair_where_sizes_are_counted_together(tmp_path: Path) -> None:
    rows = read(tmp_path, PARENT, child("38", Stock="parent"), child("39", Stock="-2"))
    assert stocks(only(rows)) == {"38": 1, "39": 0}


def test_it_leaves_out_sizes_that_are_switched_off(tmp_path: Path) -> None:
    rows = read(tmp_path, PARENT, child("38"), child("39", Published="0"))
    assert set(stocks(only(rows))) == {"38"}


@pytest.mark.parametrize(
    ("state", "availability"), [("1", "in_stock"), ("0", "out_of_stock"), ("backorder", "preorder")]
)
def test_it_says_whether_a_product_can_be_bought(
    tmp_path: Path, state: str, availability: str
) -> None:
    assert only(read(tmp_path, simple(**{"In stock?": state}))).availability == availability
    with_size = read(tmp_path, PARENT, child("38", **{"In stock?": state}))
    assert only(with_size).availability == availability


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"Type": "grouped"}, "grouped"),
        ({"Type": "simple, virtual"}, "not_shipped"),
        ({"Type": "simple, downloadable"}, "not_shipped"),
        ({"Published": "0"}, "not_public"),
        ({"Published": "-1"}, "not_public"),
        ({"Published": "2"}, "not_public"),
        ({"Visibility in catalog": "hidden"}, "not_public"),
        ({"ID": ""}, "not_an_id"),
        ({"ID": "M-1"}, "not_an_id"),
        ({"Name": ""}, "missing"),
    ],
)
def test_it_says_why_a_row_is_left_out(tmp_path: Path, changed: dict[str, str], code: str) -> None:
    rows = read(tmp_path, simple(**changed), simple(ID="6"))
    assert refusals(rows) == [(2, code)]
    assert rows[1].record is not None


def test_it_takes_in_a_product_that_is_sold_elsewhere_with_its_page(tmp_path: Path) -> None:
    row = simple(Type="external", **{"External URL": "https://maker.example/sole"})
    assert only(read(tmp_path, row)).url == "https://maker.example/sole"


def test_it_takes_in_chosen_categories_alone(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        simple(Categories="Clothes > Shirts"),
        simple(ID="6", Categories="Sale, Shoes > Boots"),
        shop=WooCommerceShop(only_categories=("shoes",)),
    )
    assert refusals(rows) == [(2, "not_footwear")]
    assert rows[1].record is not None
    assert rows[1].record.category == "Shoes > Boots"


@pytest.mark.parametrize(
    ("categories", "category"),
    [
        ("Women > Boots, Sale", "Women > Boots"),
        ("Women, Boots", "Women, Boots"),
        ("Men\\, Boys > Trainers", "Men, Boys > Trainers"),
        ("", ""),
    ],
)
def test_it_takes_the_most_exact_category(tmp_path: Path, categories: str, category: str) -> None:
    assert only(read(tmp_path, simple(Categories=categories))).category == category


def test_it_reads_descriptions_without_markup_and_with_their_lines(tmp_path: Path) -> None:
    row = simple(
        **{
            "Short description": "<p>Soft &amp; light.</p>",
            "Description": (
                '[vc_row el_class="x"]<h2>Marlow</h2>\\n<p>Heel 35&nbsp;mm</p>[/vc_row]'
                '[gallery ids="1,2"]A path: C:\\\\new [sic]'
            ),
        }
    )
    assert only(read(tmp_path, row)).description == (
        "Soft & light.\nMarlow\nHeel 35 mm\nA path: C:\\new [sic]"
    )


@pytest.mark.parametrize(
    ("told", "description"),
    [
        ("<b>Heel</b> 35 mm\\nDrop 8 mm", "Heel 35 mm\nDrop 8 mm"),
        ("<b>Heel</b> 35 mm\n\nDrop 8 mm", "Heel 35 mm\nDrop 8 mm"),
        ('<img\\nsrc="x">Drop 8 mm', "Drop 8 mm"),
        ("Heel\r\\nDrop", "Heel\nDrop"),
        ("heel < 35 mm\\nDrop", "heel < 35 mm\nDrop"),
    ],
)
def test_it_breaks_lines_where_the_page_does(tmp_path: Path, told: str, description: str) -> None:
    assert only(read(tmp_path, simple(Description=told))).description == description


def test_it_takes_the_parcel_for_no_measure_of_the_shoe(tmp_path: Path) -> None:
    row = simple(
        **{"Weight (kg)": "1.2", "Length (cm)": "34", "Height (in)": "5", "Width (mm)": "9"}
    )
    record = only(read(tmp_path, row))
    assert record.raw_attributes == {"SKU": ["S"]}
    assert record.sizes == ()


def test_it_keeps_attributes_and_own_fields_and_leaves_out_its_own_words(tmp_path: Path) -> None:
    row = simple(
        **{
            "Attribute 1 name": "Drop",
            "Attribute 1 value(s)": "8 mm",
            "Attribute 2 name": "Material",
            "Attribute 2 value(s)": "Leather, Cork\\, pressed",
            "Meta: heel_height": "35 mm",
            "Meta: _wp_old_slug": "x",
            "Meta: _sohle": "40 mm",
            "Meta: footback_drop_mm": "9",
            "Meta: empty": "",
            "Tags": "new, summer",
        }
    )
    record = only(read(tmp_path, row, shop=WooCommerceShop(meta={"_sohle": "Stack height"})))
    assert record.raw_attributes == {
        "Drop": "8 mm",
        "Material": ["Leather", "Cork, pressed"],
        "heel_height": "35 mm",
        "Stack height": "40 mm",
        "Tags": "new, summer",
        "SKU": ["S"],
    }


def test_it_takes_off_the_apostrophe_before_what_a_spreadsheet_would_run(tmp_path: Path) -> None:
    row = simple(Name="'=Sole", **{"Attribute 1 name": "Drop", "Attribute 1 value(s)": "'-4 mm"})
    record = only(read(tmp_path, row))
    assert record.title == "=Sole"
    assert record.raw_attributes["Drop"] == "-4 mm"


@pytest.mark.parametrize(
    ("name", "values", "labels"),
    [
        ("Size", "38, 38\\,5, 39", ["38", "38,5", "39"]),
        ("pa_size", "38 | 39", ["38", "39"]),
        ("Größe", "EU 38, EU 39", ["38", "39"]),
        ("Schuhgröße", "38", ["38"]),
        ("Pointure", "38, 39", ["38", "39"]),
        ("Taille", "38", ["38"]),
        ("Talla", "38, 39", ["38", "39"]),
        ("Nr.", "38, 39", ["38", "39"]),
        ("Material", "Leather, Cork", []),
    ],
)
def test_it_finds_the_size_by_name_or_by_its_values(
    tmp_path: Path, name: str, values: str, labels: list[str]
) -> None:
    row = simple(**{"Attribute 1 name": name, "Attribute 1 value(s)": values, "In stock?": "1"})
    assert [size.label for size in only(read(tmp_path, row)).sizes] == labels


def test_it_counts_the_pairs_of_a_product_in_one_size(tmp_path: Path) -> None:
    size = {"Attribute 1 name": "Size", "In stock?": "1", "Stock": "7"}
    one = only(read(tmp_path, simple(**size, **{"Attribute 1 value(s)": "38"})))
    assert stocks(one) == {"38": 7}
    two = only(read(tmp_path, simple(**size, **{"Attribute 1 value(s)": "38, 39"})))
    assert stocks(two) == {"38": 1, "39": 1}


def test_it_says_what_the_shop_says_of_itself(tmp_path: Path) -> None:
    shop = WooCommerceShop(
        currency="EUR", language="de", url="https://shoes.example/", size_system="eu"
    )
    rows = read(tmp_path, {**PARENT, "Regular price": ""}, child("38"), shop=shop)
    record = only(rows)
    assert (record.currency, record.language) == ("EUR", "de")
    assert record.url == "https://shoes.example/?post_type=product&p=10"
    assert record.sizes == (SizeRecord("38", "eu", "", 3),)
    assert rows[0].warnings == ()


def test_it_warns_where_no_currency_is_known(tmp_path: Path) -> None:
    (row,) = read(tmp_path, simple(**{"Regular price": "80"}))
    assert [item.code for item in row.warnings] == ["currency_unknown"]
