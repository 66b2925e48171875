"""django-oscar's signals, heard: orders become purchases and saved products listings at once.

What happens in a request is noted when its transaction was committed and
taken in after the answer was given, so that neither a slow nor a broken
footback can hold up or break a checkout. What fails is logged with ids only,
and the next sync reads it. Outside of requests (a script, a worker) oscar's own
signals about orders count; saved rows are left to the sync, for a script may
save a hundred thousand.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from asgiref.local import Local
from django.core.exceptions import ObjectDoesNotExist
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.db.models.signals import post_delete, post_save
from django.utils.translation import get_language

from shop_plugin.adapters.oscar import OscarCatalogue, OscarPurchases
from shop_plugin.adapters.oscar_models import oscar_model
from shop_plugin.conf import load_catalogue_source, load_purchase_source
from shop_plugin.services.intake.catalogue import import_listings
from shop_plugin.services.intake.withdrawals import withdraw_listings
from shop_plugin.services.pairs.purchases import record_purchases
from shop_plugin.services.shop.clock import read_database_clock

_LOG = logging.getLogger(__name__)
# An edit of more products at once is left to the sync.
MOST_PRODUCTS = 500
# Rows by which a product is known to have changed, and where they say which one it is.
_OF_PRODUCTS = {
    "catalogue.ProductAttributeValue": "product_id",
    "catalogue.ProductCategory": "product_id",
    "catalogue.ProductImage": "product_id",
    "partner.StockRecord": "product_id",
}
# Rows by which an order is known to have changed.
_OF_ORDERS = (
    "order.Order",
    "order.Line",
    "order.OrderStatusChange",
    "order.ShippingEventQuantity",
    "order.PaymentEventQuantity",
)


@dataclass(slots=True)
class _Noted:
    """What one request changed: keys of products, and keys of orders with the buyer's language."""

    products: set[int] = field(default_factory=set)
    orders: dict[int, str] = field(default_factory=dict)


_here = Local()


def connect() -> None:
    """Listen to oscar. Called once, when all apps are there."""
    from oscar.apps.order.signals import (  # noqa: PLC0415, only where oscar is
        order_line_status_changed,
        order_placed,
        order_status_changed,
    )

    for signal, receiver in (
        (order_placed, hear_order),
        (order_status_changed, hear_change),
        (order_line_status_changed, hear_line),
        (request_started, _begin),
        (request_finished, _end),
    ):
        signal.connect(receiver, dispatch_uid=f"footback.oscar.{receiver.__name__}")
    for signal in (post_save, post_delete):
        for label in ("catalogue.Product", *_OF_PRODUCTS):
            _connect_rows(signal, label, hear_product_row)
        for label in _OF_ORDERS:
            _connect_rows(signal, label, hear_order_row)


def hear_order(sender: object, order: Any, **_: object) -> None:
    """Note an order that was placed, and the language in which it was."""
    language = (get_language() or "") if _noted() is not None else ""
    _note(orders={order.pk: language})


def hear_change(sender: object, order: Any, **_: object) -> None:
    """Note an order whose status changed."""
    _note(orders={order.pk: ""})


def hear_line(sender: object, line: Any, **_: object) -> None:
    """Note the order of a line whose status changed."""
    _note(orders={line.order_id: ""})


def hear_product_row(sender: type, instance: Any, raw: bool = False, **_: object) -> None:
    """Note the product that a row is or belongs to, where a request saved or deleted it."""
    if raw or _noted() is None:
        return
    path = _OF_PRODUCTS.get(sender._meta.label)  # type: ignore[attr-defined]
    key = getattr(instance, path) if path else instance.parent_id or instance.pk
    _note(products=[key])


def hear_order_row(sender: type, instance: Any, raw: bool = False, **_: object) -> None:
    """Note the order that a row is or belongs to, where a request saved or deleted it."""
    if raw or _noted() is None:
        return
    try:
        if hasattr(instance, "line_id"):
            key = instance.line.order_id
        else:
            key = getattr(instance, "order_id", None) or instance.pk
    except ObjectDoesNotExist:  # all of the order is being deleted
        return
    _note(orders={key: ""})


def take_in(*, products: Iterable[int] = (), orders: dict[int, str] | None = None) -> None:
    """Read products and orders of oscar now. Never raises: what fails is logged, and read later."""
    keys, placed = set(products), orders or {}
    for name, take in (
        ("products", partial(_take_products, keys)),
        ("orders", partial(_take_orders, placed)),
    ):
        try:
            take()
        except Exception:  # whatever it is, the shop goes on
            _LOG.exception(
                "footback could not take in %s of oscar (%s); the next sync reads them",
                name,
                sorted(keys if name == "products" else placed)[:20],
            )


def _take_products(keys: set[int]) -> None:
    source = load_catalogue_source() if keys else None
    if not isinstance(source, OscarCatalogue) or not source.is_pushed:
        return
    if len(keys) > MOST_PRODUCTS:
        _LOG.info(
            "%s products of oscar changed at once; the next footback_sync reads them", len(keys)
        )
        return
    known = dict(
        oscar_model("catalogue.Product")
        ._default_manager.filter(pk__in=keys)
        .values_list("pk", "parent_id")
    )
    wanted = {str(known.get(key) or key) for key in keys}
    rows = list(source.iter_products(keys))
    now = read_database_clock()
    import_listings(rows=rows, source=source.name, now=now)
    seen = {row.record.external_id for row in rows if row.record is not None}
    refused = any(row.record is None for row in rows)
    if not refused:
        withdraw_listings(source=source.name, names=wanted - seen, now=now)


def _take_orders(orders: dict[int, str]) -> None:
    source = load_purchase_source() if orders else None
    if not isinstance(source, OscarPurchases) or not source.is_pushed:
        return
    records = []
    for row in source.iter_orders(orders):
        if row.record is None:
            _LOG.warning("oscar's %s cannot be used: %s", row.raw, row.problems)
        else:
            records.append(row.record)
    languages = _languages_by_number(orders)
    records = [
        replace(item, language=item.language or languages.get(item.order_id, ""))
        for item in records
    ]
    record_purchases(rows=records, now=read_database_clock())


def _languages_by_number(orders: dict[int, str]) -> dict[str, str]:
    told = {key: language for key, language in orders.items() if language}
    if not told:
        return {}
    found = oscar_model("order.Order")._default_manager.filter(pk__in=told)
    return {number: told[key] for key, number in found.values_list("pk", "number")}


def _note(*, products: Iterable[int] = (), orders: dict[int, str] | None = None) -> None:
    transaction.on_commit(partial(_keep, list(products), dict(orders or {})))


def _keep(products: list[int], orders: dict[int, str]) -> None:
    """Keep for the end of the request what was committed; outside of one take it in now."""
    noted = _noted()
    if noted is None:
        take_in(products=products, orders=orders)
        return
    noted.products.update(products)
    for key, language in orders.items():
        noted.orders[key] = language or noted.orders.get(key, "")


def _noted() -> _Noted | None:
    found: _Noted | None = getattr(_here, "noted", None)
    return found


def _begin(**_: object) -> None:
    _here.noted = _Noted()


def _end(**_: object) -> None:
    noted = _noted()
    _here.noted = None
    if noted is not None and (noted.products or noted.orders):
        take_in(products=noted.products, orders=noted.orders)
        close_old_connections()  # Django's own turn came before ours


def _connect_rows(signal: Any, label: str, receiver: Any) -> None:
    uid = f"footback.oscar.{receiver.__name__}.{label}"
    signal.connect(receiver, sender=oscar_model(label), dispatch_uid=uid)
