"""What both forms of a Google feed hold: an item per size, with the names of its specification."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from shop_plugin.domain.html_text import text_of_html
from shop_plugin.domain.records import ListingRecord
from tests.exporters.own_shop import OwnProduct

#: What a feed has no place for, each with its reason.
NOT_CARRIED = {
    "language": "a feed has one language, and does not name it",
    "raw_attributes": "come as product_detail; the facts in them are compared",
    "fit_votes": "a feed holds no votes",
    "return_reasons": "a feed holds no reasons",
    "sizes.internal_length_um": "a feed holds no measures of the inside",
    "sizes.ball_width_um": "a feed holds no measures of the inside",
}
_GENDERS = {"women": "female", "men": "male", "unisex": "unisex"}
Details = list[tuple[str, str, str]]


def items_of(products: Iterable[OwnProduct]) -> Iterator[tuple[dict[str, str], Details]]:
    """Yield the plain fields and the details of every item.

    The sizes of one shoe do not follow each other: first comes the first size of every shoe.
    """
    shoes = list(products)
    for number in range(max(len(shoe.variants) for shoe in shoes)):
        for shoe in shoes:
            if number < len(shoe.variants):
                yield _item(shoe, number)


def as_carried(record: ListingRecord) -> ListingRecord:
    """Return what is to be expected: text for HTML, one pair for any, Google's words."""
    is_kids = record.gender == "kids"
    return replace(
        record,
        description=text_of_html(record.description),
        gender=_GENDERS.get(record.gender, ""),
        age_group="kids" if is_kids else "adult",
        sizes=tuple(replace(size, stock=min(size.stock, 1)) for size in record.sizes),
    )


def _item(shoe: OwnProduct, number: int) -> tuple[dict[str, str], Details]:
    variant = shoe.variants[number]
    size = f"{variant.size} {variant.width}".strip()
    fields = {
        "id": variant.sku,
        "item_group_id": shoe.sku,
        "title": f"{shoe.name}, {variant.size_system} {size}"
        if len(shoe.variants) > 1
        else shoe.name,
        "description": shoe.description,
        "link": shoe.url,
        "image_link": shoe.image_url,
        "availability": "in_stock" if variant.stock else "out_of_stock",
        "price": f"{shoe.price} {shoe.currency}",
        "brand": shoe.brand,
        "google_product_category": "187",
        "product_type": shoe.category,
        "gender": _GENDERS.get(shoe.gender, ""),
        "age_group": "kids" if shoe.gender == "kids" else "adult",
        "size": size,
        "size_system": variant.size_system,
        "condition": "new",
        "identifier_exists": "no",
    }
    return fields, [("Data sheet", name, value) for name, value in shoe.specs.items()]
