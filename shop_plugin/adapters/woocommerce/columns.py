"""The columns of WooCommerce's product CSV, as four languages of its admin name them.

The header is written in the language of whoever exports. Length, width and
height are the parcel's, not the shoe's, and so is the weight: they are not
read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shop_plugin.adapters.csv_records import CsvTable
from shop_plugin.domain.ports import UnusableSource
from shop_plugin.domain.sheets import bare_cell

# English, German, French, Spanish; older translations beside today's.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "type": ("type", "typ", "tipo"),
    "sku": ("sku", "artikelnummer", "ugs"),
    "gtin": (
        "gtin, upc, ean, or isbn",
        "gtin, upc, ean oder isbn",
        "gtin, upc, ean ou isbn",
        "gtin, upc, ean o isbn",
    ),
    "name": ("name", "nom", "nombre"),
    "published": ("published", "veröffentlicht", "publié", "publicado"),
    "visibility": (
        "visibility in catalog",
        "sichtbarkeit im katalog",
        "visibilité dans le catalogue",
        "visibilidad en el catálogo",
    ),
    "short_description": (
        "short description",
        "kurzbeschreibung",
        "description courte",
        "descripción corta",
    ),
    "description": ("description", "beschreibung", "descripción"),
    "sale_from": (
        "date sale price starts",
        "datum, an dem angebotspreis beginnt",
        "date de début de promo",
        "día en que empieza el precio rebajado",
    ),
    "sale_until": (
        "date sale price ends",
        "datum, an dem angebotspreis endet",
        "date de fin de promo",
        "día en que termina el precio rebajado",
    ),
    "in_stock": (
        "in stock?",
        "vorrätig?",
        "en stock ?",
        "en stock?",
        "en inventaire?",
        "¿existencias?",
    ),
    "stock": ("stock", "bestand", "lager", "lagerbestand", "inventaire", "inventario"),
    "sale_price": ("sale price", "angebotspreis", "tarif promo", "precio rebajado"),
    "regular_price": ("regular price", "regulärer preis", "tarif régulier", "precio normal"),
    "categories": ("categories", "kategorien", "catégories", "categorías"),
    "tags": ("tags", "schlagwörter", "étiquettes", "etiquetas"),
    "images": ("images", "bilder", "imágenes"),
    "parent": ("parent", "übergeordnetes produkt", "superior"),
    "external_url": ("external url", "externe url", "url externe", "url externa"),
    "brands": ("brands", "marken", "marques", "marcas"),
}
_MEANINGS = {name: key for key, names in _COLUMNS.items() for name in names}
# "Attribute 1 name", "Attribut 1 Name", "Nom de l'attribut 1", "Nombre del atributo 1".
_ATTRIBUTE = re.compile(
    r"attribut(?:e)? (?P<a>\d{1,3}) (?P<before>name|value\(s\)|wert\(e\))"
    r"|(?P<behind>nom de l.attribut|valeur\(s\) de l.attribut|nombre del atributo"
    r"|valor\(es\) del atributo) (?P<b>\d{1,3})"
)
_NAMES = ("name", "nom de l", "nombre del")
_META = re.compile(r"meta: ?(?P<key>.+)", re.IGNORECASE)
# One inside a tag is none of the text.
_LINE_BREAK = re.compile(r"\n(?![^<>]{0,500}>)")
_PARTS = re.compile(r"(?<!\\),")


@dataclass(slots=True)
class Columns:
    """Where each meaning stands in a table; which columns are attributes and own fields."""

    places: dict[str, int] = field(default_factory=dict)
    attributes: list[tuple[int, int]] = field(default_factory=list)
    meta: list[tuple[int, str]] = field(default_factory=list)

    def cell(self, cells: Sequence[str], key: str) -> str:
        """Return a cell without the apostrophe that WooCommerce sets before "=", "+", "-", "@"."""
        place = self.places.get(key)
        if place is None or place >= len(cells):
            return ""
        return _bare(cells[place])

    def attributes_of(self, cells: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield the name and the cell of values of each attribute that a row has."""
        for name_at, value_at in self.attributes:
            if max(name_at, value_at) < len(cells) and (name := cells[name_at].strip()):
                yield _bare(name), _bare(cells[value_at])

    def meta_of(self, cells: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield the key and the value of each field of the shop's own that a row has."""
        for place, key in self.meta:
            if place < len(cells) and (value := cells[place].strip()):
                yield key, _bare(value)


def find_columns(table: CsvTable, path: Path) -> Columns:
    """Return where everything stands.

    :raises UnusableSource: for a table without the columns ID, Type and Name.
    """
    columns = Columns()
    names: dict[int, int] = {}
    values: dict[int, int] = {}
    for place, written in enumerate(table.header):
        plain = " ".join(written.lower().split())
        if plain in _MEANINGS:
            columns.places.setdefault(_MEANINGS[plain], place)
        elif match := _ATTRIBUTE.fullmatch(plain):
            kind = match["before"] or match["behind"]
            number = int(match["a"] or match["b"])
            (names if kind.startswith(_NAMES) else values).setdefault(number, place)
        elif match := _META.fullmatch(written):
            columns.meta.append((place, match["key"].strip()))
    columns.attributes = [
        (names[number], values[number]) for number in sorted(names.keys() & values.keys())
    ]
    missing = [key for key in ("id", "type", "name") if key not in columns.places]
    if missing:
        shown = ", ".join(table.header[:12]) or "nothing"
        raise UnusableSource(
            f"{path} is no product export of WooCommerce: its first line has no column "
            f"{' and no column '.join(missing)}. Parted by {table.spell_delimiter()}, it reads: "
            f"{shown}. Export all columns, with an admin in English, German, French or Spanish; "
            "for a table of another kind use --format csv"
        )
    return columns


def _bare(cell: str) -> str:
    text = cell.strip()
    return bare_cell(text) if text.startswith("'") else text


def split_values(cell: str) -> list[str]:
    """Return the values of a cell that WooCommerce joined by commas; "\\," is a comma of a value.

    Custom attributes that were typed in are joined by "|" there.
    """
    parts = _PARTS.split(cell)
    if len(parts) == 1 and "|" in cell:
        parts = cell.split("|")
    return [text for part in parts if (text := one_value(part))]


def one_value(cell: str) -> str:
    """Return a cell that holds one value as it was meant."""
    return cell.replace("\\,", ",").strip()


def unfold(text: str) -> str:
    """Return a description as its page shows it: every line break is one, also between markup.

    The export writes line breaks as "\\n", and a "\\n" of the text itself as "\\\\n".
    """
    parts = text.replace("\r\n", "\n").split("\\\\n")
    whole = "\\n".join(part.replace("\\n", "\n") for part in parts)
    return _LINE_BREAK.sub("<br>\n", whole) if "<" in whole else whole
