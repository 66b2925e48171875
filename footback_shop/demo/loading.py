"""The invented catalogue and its order history, from ``fixtures/`` into the shop's own tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from footback_shop.store.models import Order, OrderLine, Product, Variant

BATCH = 1000


@dataclass(frozen=True, slots=True)
class LoadResult:
    """How many rows the shop holds now, and whether this call put them there."""

    products: int
    variants: int
    orders: int
    lines: int
    is_new: bool


def load_fixtures(*, directory: Path, now: datetime) -> LoadResult:
    """Fill an empty shop; a shop that holds products is left as it is.

    The order history is written down in days before today, so that some pairs
    are worn out on the very day the demo is first run.
    """
    is_new = not Product.objects.exists()
    if is_new:
        with transaction.atomic():
            _load_products(directory / "catalogue.jsonl", now=now)
            _load_orders(directory, now=now)
    return LoadResult(
        products=Product.objects.count(),
        variants=Variant.objects.count(),
        orders=Order.objects.count(),
        lines=OrderLine.objects.count(),
        is_new=is_new,
    )


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file of JSON lines."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _load_products(path: Path, *, now: datetime) -> None:
    rows = list(read_rows(path))
    products = [_product(row, now=now) for row in rows]
    Product.objects.bulk_create(products, batch_size=BATCH)
    Variant.objects.bulk_create(
        [
            Variant(product=product, **variant)
            for product, row in zip(products, rows, strict=True)
            for variant in row["variants"]
        ],
        batch_size=BATCH,
    )


def _product(row: dict[str, Any], *, now: datetime) -> Product:
    return Product(
        sku=row["sku"],
        slug=slugify(f"{row['brand']} {row['name']} {row['sku']}"),
        name=row["name"],
        brand=row["brand"],
        category=row["category"],
        gender=row["gender"],
        description=row["description"],
        language=row["language"],
        specs=row["specs"],
        fit_votes=row.get("fit_votes", {}),
        return_reasons=row.get("return_reasons", {}),
        sold_lately=row["sold_lately"],
        seen_lately=row["seen_lately"],
        price=Decimal(row["price"]),
        currency=row["currency"],
        added_at=now - timedelta(days=row["added_days_ago"]),
        updated_at=now,
    )


def _load_orders(directory: Path, *, now: datetime) -> None:
    shoppers = {row["id"]: row for row in read_rows(directory / "shoppers.jsonl")}
    variants = {variant.sku: variant for variant in Variant.objects.select_related("product")}
    rows = list(read_rows(directory / "orders.jsonl"))
    orders = [_order(row, shoppers[row["shopper"]], now=now) for row in rows]
    Order.objects.bulk_create(orders, batch_size=BATCH)
    OrderLine.objects.bulk_create(
        [
            OrderLine(
                order=order,
                variant=variants[line["sku"]],
                quantity=line["quantity"],
                returned_quantity=line["returned"],
                unit_price=variants[line["sku"]].product.price,
            )
            for order, row in zip(orders, rows, strict=True)
            for line in row["lines"]
        ],
        batch_size=BATCH,
    )


def _order(row: dict[str, Any], shopper: dict[str, Any], *, now: datetime) -> Order:
    placed = (now - timedelta(days=row["days_ago"])).replace(
        hour=row["hour"], minute=row["minute"], second=0, microsecond=0
    )

    def later(days: int | None) -> datetime | None:
        moment = placed + timedelta(days=days) if days is not None else None
        return moment if moment is None or moment <= now else None

    return Order(
        number=row["number"],
        customer_name=shopper["name"],
        customer_email=shopper["email"],
        language=shopper["language"],
        country=shopper["country"],
        is_gift=row["is_gift"],
        optout_offered=row["optout_offered"],
        declined_mails=row["declined_mails"],
        placed_at=placed,
        fulfilled_at=later(row["fulfilled_after"]),
        delivered_at=later(row["delivered_after"]),
        cancelled_at=later(row["cancelled_after"]),
        updated_at=now,
    )
