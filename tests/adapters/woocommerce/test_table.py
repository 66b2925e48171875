"""The product export: joined variations, four languages, awkward rows."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from shop_plugin.adapters.woocommerce import WooCommerceCsv
from shop_plugin.adapters.woocommerce.shop import WooCommerceShop
from shop_plugin.domain.ports import UnusableSource
from shop_plugin.domain.records import ListingRecord, ReadRow, SizeRecord

ATTRIBUTES = (
    "Attribute 1 name",
    "Attribute 1 value(s)",
    "Attribute 2 name",
    "Attribute 2 value(s)",
)
PARENT = {
    "ID": "10",
    "Type": "variable",
    "SKU": "MW",
    "Name": "Marlow Walker",
    "Published": "1",
    "In stock?": "1",
    "Attribute 1 name": "Size",
    "Attribute 1 value(s)": "38, 39, 40",
}


def child(size: str, **changed: str) -> dict[str, str]:
    return {
        "ID": f"2{size}",
        "Type": "variation",
        "Name": f"Marlow Walker - {size}",
        "Published": "1",
        "In stock?": "1",
        "Stock": "3",
        "Regular price": "89.90",
        "Parent": "id:10",
        "Attribute 1 name": "Size",
        "Attribute 1 value(s)": size,
        **changed,
    }


def simple(**changed: str) -> dict[str, str]:
    return {"ID": "5", "Type": "simple", "SKU": "S", "Name": "Sole", "Published": "1", **changed}


def write(tmp_path: Path, rows: Iterable[Mapping[str, str]], delimiter: str = ",") -> Path:
    rows = list(rows)
    columns = list(dict.fromkeys(["ID", "Type", "Name", *(key for row in rows for key in row)]))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    path = tmp_path / "products.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


def read(
    tmp_path: Path, *rows: Mapping[str, str], shop: WooCommerceShop | None = None, **options: Any
) -> list[ReadRow[ListingRecord]]:
    class OurShop(WooCommerceCsv):
        def today(self) -> date:
            return date(2026, 4, 1)

    if shop is not None:
        OurShop.shop = shop
    return list(OurShop().read_listings(write(tmp_path, rows), source="shop", **options))


def only(rows: list[ReadRow[ListingRecord]]) -> ListingRecord:
    (row,) = rows
    assert row.record is not None, row.problems
    return row.record


def refusals(rows: list[ReadRow[ListingRecord]]) -> list[tuple[int, str]]:
    return [(row.line, row.problems[0].code) for row in rows if row.record is None]


def stocks(record: ListingRecord) -> dict[str, int]:
    return {size.label: size.stock for size in record.sizes}


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


GERMAN = (
    "ID,Typ,Artikelnummer,Name,Veröffentlicht,Kurzbeschreibung,Beschreibung,Vorrätig?,Bestand,"
    "Gewicht (kg),Länge (cm),Angebotspreis,Regulärer Preis,Kategorien,Schlagwörter,Bilder,"
    "Übergeordnetes Produkt,Marken,Attribut 1 Name,Attribut 1 Wert(e),Attribut 1 Sichtbar\n"
)
FRENCH = (
    "ID,Type,UGS,Nom,Publié,Description courte,Description,En stock ?,Stock,Poids (kg),"
    "Longueur (cm),Tarif promo,Tarif régulier,Catégories,Étiquettes,Images,Parent,Marques,"
    "Nom de l’attribut 1,Valeur(s) de l’attribut 1 ,Attribut 1 visible\n"
)
SPANISH = (
    "ID,Tipo,SKU,Nombre,Publicado,Descripción corta,Descripción,¿Existencias?,Inventario,"
    "Peso (kg),Longitud (cm),Precio rebajado,Precio normal,Categorías,Etiquetas,Imágenes,Superior,"
    "Marcas,Nombre del atributo 1,Valor(es) del atributo 1,Atributo visible 1\n"
)
ROWS = (
    '10,variable,MW,Marlow,1,kurz,lang,1,,"1,2",34,,,Damen > Stiefel,neu,'
    'https://shoes.example/a.jpg,,Moss,Größe,"38, 39",1\n'
    '20,variation,MW-38,Marlow - 38,1,,,1,2,,,"49,90","59,90",,,,MW,,Größe,38,\n'
)


@pytest.mark.parametrize("header", [GERMAN, FRENCH, SPANISH], ids=["de", "fr", "es"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["bare", "mark"])
def test_it_reads_an_export_of_an_admin_in_another_language(
    tmp_path: Path, header: str, mark: str
) -> None:
    path = tmp_path / "products.csv"
    path.write_text(mark + header + ROWS, encoding="utf-8")
    record = only(list(WooCommerceCsv().read_listings(path, source="shop")))
    assert record.title == "Marlow"
    assert record.alias == "MW"
    assert record.description == "kurz\nlang"
    assert record.brand == "Moss"
    assert record.category == "Damen > Stiefel"
    assert record.price_minor == 4990
    assert record.image_url == "https://shoes.example/a.jpg"
    assert record.raw_attributes == {"Tags": "neu", "SKU": ["MW", "MW-38"]}
    assert stocks(record) == {"38": 2}


def test_it_reads_a_file_parted_by_semicolons_with_line_breaks_in_cells(tmp_path: Path) -> None:
    row = simple(Description="<p>one</p>\r\n\r\n<p>two</p>")
    path = write(tmp_path, [row, simple(ID="6")], delimiter=";")
    rows = list(WooCommerceCsv().read_listings(path, source="shop"))
    assert [row.line for row in rows] == [4, 5]
    assert rows[0].record is not None
    assert rows[0].record.description == "one\ntwo"


def test_it_takes_a_file_up_again_with_variations_that_stand_before(tmp_path: Path) -> None:
    rows = [child("38"), simple(), PARENT, child("39")]
    assert set(stocks(only(read(tmp_path, *rows, skip_lines=3)))) == {"38", "39"}


@pytest.mark.proof("S08")
def test_it_refuses_a_table_of_another_kind_with_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("Handle,Title\na,b\n", encoding="utf-8")
    with pytest.raises(UnusableSource, match=r"no column id and no column type.*Handle, Title"):
        list(WooCommerceCsv().read_listings(path, source="shop"))


@pytest.mark.proof("S08")
def test_it_reads_what_stands_before_the_place_where_a_file_was_cut(tmp_path: Path) -> None:
    path = write(tmp_path, [simple(ID=str(number), Description="x" * 90) for number in range(1, 9)])
    whole = path.read_bytes()
    for end in range(len(whole) // 2, len(whole), 7):
        path.write_bytes(whole[:end])
        rows = list(WooCommerceCsv().read_listings(path, source="shop"))
        assert [row.record.external_id for row in rows if row.record][:3] == ["1", "2", "3"]


@pytest.mark.proof("S08")
def test_it_lives_with_a_thousand_attributes_and_a_line_of_megabytes(tmp_path: Path) -> None:
    wide = {f"Attribute {n} {part}": "x" for n in range(1, 500) for part in ("name", "value(s)")}
    found = read(
        tmp_path, simple(**wide), simple(ID="6", Description="y" * 3_000_000), simple(ID="7")
    )
    assert refusals(found) == [(3, "line_too_long")]
    assert [row.record.external_id for row in found if row.record] == ["5", "7"]


@pytest.mark.proof("S08")
def test_it_reads_no_more_variations_of_one_product_than_there_can_be(tmp_path: Path) -> None:
    rows = [child("38", ID=str(number), Stock="1") for number in range(100, 12_100)]
    assert stocks(only(read(tmp_path, PARENT, *rows))) == {"38": 10_000}


READ_AND_TELL = """
import sys
from pathlib import Path
from shop_plugin.adapters.woocommerce import WooCommerceCsv

count = pairs = 0
for row in WooCommerceCsv().read_listings(Path(sys.argv[1]), source="shop"):
    count += 1
    pairs += sum(size.stock for size in row.record.sizes)
(peak,) = (line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(count, pairs, peak.split()[1])
"""


def _peak_of(path: Path, variations: int) -> int:
    """Return what a process of its own held at most, in kB, after it read so many variations."""
    with path.open("w", encoding="utf-8") as file:
        file.write(
            "ID,Type,SKU,Name,Published,In stock?,Stock,Regular price,Parent,"
            "Attribute 1 name,Attribute 1 value(s)\n"
        )
        for number in range(variations):
            file.write(
                f"{1_000_000 + number},variation,V-{number},,1,1,2,89.90,id:{1 + number // 10},"
                f"Size,{36 + number % 10}\n"
            )
        sizes = ", ".join(map(str, range(36, 46)))
        for number in range(1, variations // 10 + 1):
            file.write(f'{number},variable,P-{number},Shoe {number},1,1,,,,Size,"{sizes}"\n')
    done = subprocess.run(
        [sys.executable, "-c", READ_AND_TELL, str(path)],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    count, pairs, peak = map(int, done.stdout.split())
    assert (count, pairs) == (variations // 10, 2 * variations)
    return peak


@pytest.mark.proof("S08")
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_it_holds_no_more_of_100_000_variations_far_from_their_products(tmp_path: Path) -> None:
    few, many = (_peak_of(tmp_path / "products.csv", number) for number in (1_000, 100_000))
    assert many < few + 12_000
