"""One item of a Google product feed, however it was written down, and the listing of a group.

Google's feeds have an item per size (and colour); items with one
``item_group_id`` are one shoe. The names are those of Google's product data
specification, small and with underscores.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shop_plugin.adapters.base import read_listing_row, refuse_row
from shop_plugin.domain.html_text import text_of_html
from shop_plugin.domain.records import ListingRecord, ReadRow, RowProblem

Detail = dict[str, str]
Value = str | Detail

# Google itself takes 5,000 characters of description and 100 details; more is a mistake.
LONGEST_TEXT = 100_000
LONGEST_ITEM = 400_000
MOST_FIELDS = 200
MOST_VALUES = 200
# A shoe of a hundred sizes in ten colours. What stands behind is not read, and said.
MOST_ITEMS = 1_000
MOST_ALIKE = 100
DETAIL_PARTS = ("section_name", "attribute_name", "attribute_value")

# Own fields of the listing, and what the merchant tells Google of money, freight and campaigns.
_TAKEN = frozenset(
    {"id", "title", "description", "link", "image_link", "price", "sale_price", "availability"}
    | {"brand", "gender", "age_group", "size", "quantity", "product_highlight", "item_group_id"}
)
_NOT_TOLD = (
    "ads_", "adwords_", "additional_image", "auto_pricing", "canonical_link", "checkout_link",
    "cloud_", "cost_of_goods", "custom_label", "display_ads", "excluded_destination",
    "free_shipping", "included_destination", "installment", "lifestyle_image", "link_template",
    "loyalty", "max_handling", "min_handling", "mobile_link", "pause", "promotion", "return_",
    "sale_price_effective", "sell_on_google", "shipping", "shopping_ads", "short_title",
    "subscription", "tax", "transit_time", "virtual_model",
)  # fmt: skip
# Nodes of Google's taxonomy by number, as far as shoes and their neighbours go.
_CATEGORIES: Mapping[str, str] = {
    "166": "Apparel & Accessories",
    "187": "Apparel & Accessories > Shoes",
    "1604": "Apparel & Accessories > Clothing",
    "1933": "Apparel & Accessories > Shoe Accessories",
}
# Germany marks shoes in Paris points, as "EU" does; the other systems keep their own name.
_SYSTEMS: Mapping[str, str] = {"EU": "eu", "DE": "eu", "UK": "uk", "US": "us"}
_SIZE = re.compile(
    r"(?P<system>EU|EUR|UK|US)?\s*(?P<number>\d{1,3}(?:[.,]\d{1,2})?(?:½| 1/2)?)"
    r"(?:\s*(?P<width>(?:X-?|extra )?(?:wide|narrow)|medium|regular|[2-6]?[A-HKMNW]{1,3}))?",
    re.IGNORECASE,
)
_NAME_NOISE = re.compile(r"[\s\-]+")
_NEXT_DETAIL = re.compile(r"(?<!\\),(?=[^,:]{0,140}:[^,:]{1,140}:)")
_COLON = re.compile(r"(?<!\\):")
_ESCAPED = re.compile(r"\\([,:\\])")
_SIZE_WORDS = frozenset({"SIZE", "GRÖSSE", "GRÖßE", "TAILLE", "TALLA", "EU", "EUR", "UK", "US"})
_TITLE_END = " -–—|/,;:("


@dataclass(slots=True)
class Item:
    """One item: its place in the feed, counted from 1, and its fields, each with its values.

    Whatever a feed holds, an item takes at most some hundred kilobytes; what
    did not fit is named in ``cut``.
    """

    place: int
    fields: dict[str, list[Value]] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, name: str, value: Value) -> None:
        """Add a value to a field; empty ones say nothing and are left out."""
        if not value:
            return
        length = len(value) if isinstance(value, str) else sum(map(len, value.values()))
        values = self.fields.get(name)
        is_full = len(values) >= MOST_VALUES if values else len(self.fields) >= MOST_FIELDS
        if is_full or self.size + length > LONGEST_ITEM:
            self.note_cut(name)
            return
        self.size += length
        self.fields.setdefault(name, []).append(value)

    def note_cut(self, name: str) -> None:
        """Note that a field did not fit."""
        if name not in self.cut and len(self.cut) < MOST_ALIKE:
            self.cut.append(name)

    def first(self, name: str) -> str:
        """Return the first text of a field, stripped; "" where there is none."""
        texts = (value for value in self.fields.get(name, ()) if isinstance(value, str))
        return next((text for value in texts if (text := value.strip())), "")

    @property
    def group(self) -> str:
        """Return what all sizes and colours of the shoe share, "" for an item by itself."""
        return self.first("item_group_id")[:200]


def plain_field(name: str) -> str:
    """Return the name of a field as the specification writes it: "g:Image Link" is image_link."""
    return _NAME_NOISE.sub("_", name.strip().lower().removeprefix("g:").strip())[:80]


def read_details(text: str, parts: Sequence[str] = DETAIL_PARTS) -> Iterator[Detail]:
    """Yield the details of a text like "Measures:Heel height:35 mm,Fit:Width:wide".

    A backslash takes a comma or a colon its meaning. Where a part is missing
    in front, the section is: "Heel height:35 mm" is a detail, too.
    """
    for piece in _NEXT_DETAIL.split(text[:LONGEST_TEXT]):
        said = [
            _unquote(_ESCAPED.sub(r"\1", part).strip())
            for part in _COLON.split(piece, maxsplit=len(parts) - 1)
        ]
        named = dict(zip(parts[-len(said) :], said, strict=True))
        if named.get("attribute_name") and named.get("attribute_value"):
            yield named


def _unquote(text: str) -> str:
    # One mark alone is an inch.
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] == '"' else text


def read_group(items: Sequence[Item], *, source: str, place: int) -> ReadRow[ListingRecord]:
    """Return the listing that the items of one group are, or one item by itself.

    ``place`` is that of its last item. What is the same of all is said once;
    sizes add up, over colours too; a detail of any item is one of the shoe.
    """
    first = items[0]
    group = first.group
    values: dict[str, Any] = {
        "id": group or first.first("id"),
        "title": _common_title(items),
        "description": _description(items),
        "url": _first_of(items, "link"),
        "image_url": _first_of(items, "image_link"),
        "brand": _first_of(items, "brand"),
        "category": _category(items),
        "gender": _first_of(items, "gender"),
        "age_group": _first_of(items, "age_group"),
        "language": _first_of(items, "content_language"),
        "price": next((price for item in items if (price := _price(item))), ""),
        "availability": _availability(items),
        "sizes": _sizes(items),
        "raw_attributes": _raw_attributes(items, group),
    }
    raw = " | ".join(f"{name}: {first.first(name)[:100]}" for name in ("id", "title"))
    row = read_listing_row(values, source=source, line=place, raw=raw)
    return replace(row, warnings=row.warnings + tuple(_warnings(items, group)))


def refuse_place(place: int, code: str, reason: str, raw: str = "") -> ReadRow[Any]:
    """Return the row that stands for a place of the feed from which no item could be read."""
    return refuse_row(place, "", code, reason, raw)


def _warnings(items: Sequence[Item], group: str) -> Iterator[RowProblem]:
    for name in dict.fromkeys(name for item in items for name in item.cut):
        yield RowProblem(name, "cut", "is longer or more than anybody reads; the rest was left out")
    if len(items) >= MOST_ITEMS:
        reason = f"has more than {MOST_ITEMS} items; the sizes of the others are left out"
        yield RowProblem("item_group_id", "too_many_items", reason)
    if group and not all(item.first("id") for item in items):
        reason = "is missing in an item of the group; nothing can be handed back for that size"
        yield RowProblem("id", "item_without_id", reason)


def _first_of(items: Iterable[Item], name: str) -> str:
    return next((text for item in items if (text := item.first(name))), "")


def _common_title(items: Sequence[Item]) -> str:
    """Return what the titles of all sizes begin with, where that is most of each; else the first.

    Google asks for the size and the colour in the title of an item. What is left
    of them at the end goes: of "Marlow Walker, UK 5" and "Marlow Walker, UK 6" the "UK".
    """
    titles = [title for item in items if (title := item.first("title"))]
    if len(set(titles)) < 2:
        return titles[0] if titles else ""
    common = []
    for together in zip(*[title.split() for title in titles], strict=False):
        if len(set(together)) > 1:
            break
        common.append(together[0])
    sizes = {word.upper() for item in items for word in item.first("size").split()}
    while common and common[-1].strip(_TITLE_END).upper() in _SIZE_WORDS | sizes | {""}:
        common.pop()
    title = " ".join(common).rstrip(_TITLE_END)
    return title if len(common) > 1 and len(title) * 2 >= len(titles[0]) else titles[0]


def _description(items: Sequence[Item]) -> str:
    text = text_of_html(_first_of(items, "description"))
    highlights = {
        line: None
        for item in items
        for value in item.fields.get("product_highlight", ())
        if isinstance(value, str) and (line := text_of_html(value)) and line not in text
    }
    return "\n".join([part for part in (text, *highlights) if part])


def _category(items: Sequence[Item]) -> str:
    own, google = _first_of(items, "product_type"), _first_of(items, "google_product_category")
    return own or _CATEGORIES.get(google, "" if google.isdigit() else google)


def _price(item: Item) -> str:
    """Return what the buyer pays; a sale that is on for some days only cannot be told from here."""
    sale = item.first("sale_price")
    return sale if sale and not item.first("sale_price_effective_date") else item.first("price")


def _availability(items: Sequence[Item]) -> str:
    said = {_plain(item.first("availability")) for item in items}
    for word in ("in_stock", "preorder", "backorder", "out_of_stock"):
        if word in said:
            return word
    return next((word for word in sorted(said) if word), "")


def _plain(text: str) -> str:
    return text.strip().lower().replace(" ", "_")


def _sizes(items: Sequence[Item]) -> list[dict[str, Any]]:
    sizes: dict[tuple[str, str, str], int] = {}
    for item in items:
        text = item.first("size")
        if not text:
            continue
        stated = item.first("size_system").upper()
        match = _SIZE.fullmatch(text)
        label, width, system = text, "", stated
        if match is not None:
            label, width = match["number"], match["width"] or ""
            system = stated or (match["system"] or "").upper().removesuffix("R")
        key = (label, _SYSTEMS.get(system, system.lower()), width)
        sizes[key] = sizes.get(key, 0) + _pairs(item)
    return [
        {"label": label, "system": system, "width": width, "stock": stock}
        for (label, system, width), stock in sizes.items()
    ]


def _pairs(item: Item) -> int:
    """Return the pairs in stock: as many as are stated, else one where there is any."""
    stated = item.first("quantity")
    if stated.isascii() and stated.isdigit() and len(stated) < 8:
        return int(stated)
    return int(_plain(item.first("availability")) == "in_stock")


def _raw_attributes(items: Sequence[Item], group: str) -> dict[str, Any]:
    gathered: dict[str, dict[str, Value]] = {}
    for item in items:
        for name, values in item.fields.items():
            if name in _TAKEN or name.startswith(_NOT_TOLD):
                continue
            known = gathered.setdefault(name, {})
            for value in values:
                if len(known) < MOST_ALIKE:
                    known.setdefault(repr(value), value)
    raw: dict[str, Any] = {
        name: list(known.values()) if name == "product_detail" or len(known) > 1 else value
        for name, known in gathered.items()
        for value in [next(iter(known.values()))]
    }
    if group:
        raw["item_ids"] = [item_id for item in items if (item_id := item.first("id"))]
    return raw
