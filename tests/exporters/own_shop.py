"""The 308 invented shoes of ``fixtures/`` and their orders, as a shop would hold them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures"
#: The day that the fixtures' "so many days ago" are counted from.
TODAY = datetime(2026, 4, 1, tzinfo=UTC)
ADDRESS = "https://shop.example/shoes/"
PICTURES = "https://shop.example/pictures/"


@dataclass(frozen=True, slots=True)
class OwnVariant:
    """One size of a product. ``stock`` is in pairs, the measures are inside, in millimetres."""

    sku: str
    size: str
    size_system: str
    width: str
    stock: int
    internal_length_mm: int | None
    ball_width_mm: int | None


@dataclass(frozen=True, slots=True)
class OwnProduct:
    """One shoe. ``category`` is a path ("Women > Pumps"), ``specs`` its data sheet as supplied.

    ``number`` counts from 1, for formats in which a shop's ids are numbers.
    """

    number: int
    sku: str
    name: str
    brand: str
    category: str
    gender: str
    language: str
    price: Decimal
    currency: str
    description: str
    specs: Mapping[str, str]
    added_at: datetime
    variants: tuple[OwnVariant, ...]
    fit_votes: Mapping[str, int]
    return_reasons: Mapping[str, int]

    @property
    def url(self) -> str:
        """Return the address of its page."""
        return f"{ADDRESS}{self.sku.lower()}"

    @property
    def image_url(self) -> str:
        """Return the address of its picture."""
        return f"{PICTURES}{self.sku.lower()}.jpg"

    @property
    def has_stock(self) -> bool:
        """Tell whether a pair of any size is left."""
        return any(variant.stock for variant in self.variants)


@dataclass(frozen=True, slots=True)
class OwnCustomer:
    """Whoever ordered, invented like everything here."""

    id: str
    name: str
    email: str
    language: str
    country: str

    @property
    def first_name(self) -> str:
        """Return the first word of the name."""
        return self.name.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class OwnLine:
    """So many pairs of one size, of which some came back. ``number`` counts within the order."""

    number: int
    product: OwnProduct
    variant: OwnVariant
    quantity: int
    returned: int


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """One order; times are aware, ``None`` where it did not come so far."""

    number: str
    customer: OwnCustomer
    placed_at: datetime
    fulfilled_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    is_gift: bool
    may_be_mailed: bool
    lines: tuple[OwnLine, ...]


@cache
def own_products() -> tuple[OwnProduct, ...]:
    """Return every shoe of the catalogue, in its order."""
    return tuple(_product(number, row) for number, row in enumerate(_rows("catalogue"), start=1))


@cache
def own_orders() -> tuple[OwnOrder, ...]:
    """Return every order, in its order."""
    customers = {row["id"]: OwnCustomer(**row) for row in _rows("shoppers")}
    sold = {
        variant.sku: (product, variant)
        for product in own_products()
        for variant in product.variants
    }
    return tuple(_order(row, customers, sold) for row in _rows("orders"))


def _rows(name: str) -> Iterator[dict[str, Any]]:
    with (FIXTURES / f"{name}.jsonl").open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _product(number: int, row: Mapping[str, Any]) -> OwnProduct:
    return OwnProduct(
        number=number,
        sku=row["sku"],
        name=row["name"],
        brand=row["brand"],
        category=row["category"],
        gender=row["gender"],
        language=row["language"],
        price=Decimal(row["price"]),
        currency=row["currency"],
        description=row["description"],
        specs=row["specs"],
        added_at=TODAY - timedelta(days=row["added_days_ago"]),
        variants=tuple(
            OwnVariant(
                sku=variant["sku"],
                size=variant["size"],
                size_system=variant["size_system"],
                width=variant["width"],
                stock=variant["stock"],
                internal_length_mm=variant.get("internal_length_mm"),
                ball_width_mm=variant.get("ball_width_mm"),
            )
            for variant in row["variants"]
        ),
        fit_votes=row.get("fit_votes", {}),
        return_reasons=row.get("return_reasons", {}),
    )


def _order(
    row: Mapping[str, Any],
    customers: Mapping[str, OwnCustomer],
    sold: Mapping[str, tuple[OwnProduct, OwnVariant]],
) -> OwnOrder:
    placed_at = TODAY - timedelta(days=row["days_ago"])
    placed_at = placed_at.replace(hour=row["hour"], minute=row["minute"])

    def later(name: str) -> datetime | None:
        days = row[name]
        return None if days is None else placed_at + timedelta(days=days)

    return OwnOrder(
        number=row["number"],
        customer=customers[row["shopper"]],
        placed_at=placed_at,
        fulfilled_at=later("fulfilled_after"),
        delivered_at=later("delivered_after"),
        cancelled_at=later("cancelled_after"),
        is_gift=row["is_gift"],
        may_be_mailed=row["optout_offered"] and not row["declined_mails"],
        lines=tuple(
            OwnLine(number, *sold[line["sku"]], line["quantity"], line["returned"])
            for number, line in enumerate(row["lines"], start=1)
        ),
    )
