"""The product export as a file: languages, delimiters, and what is broken or too much."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from shop_plugin.adapters.woocommerce import WooCommerceCsv
from shop_plugin.domain.ports import UnusableSource
from tests.adapters.woocommerce.export import (
    PARENT,
    child,
    only,
    read,
    refusals,
    simple,
    stocks,
    write,
)

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
