"""django-oscar's signals, heard: orders become purchases and saved products listings at once.

How a changed row is read again, and that nothing ever gets into the shop's
way, is :mod:`shop_plugin.services.intake.pushing`'s. Oscar's own signals
about orders are heard everywhere. Saved rows are heard inside of requests
only: a script may save a hundred thousand, and oscar writes a product's
attributes after the product's own signal, unseen; at the end of a request
they are there. What scripts save is the sync's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.db.models.signals import post_delete, post_save
from django.utils.translation import get_language

from shop_plugin.adapters.oscar.models import PlacedOrder, order_signal, oscar_model
from shop_plugin.conf import load_catalogue_source, load_purchase_source
from shop_plugin.services.intake.pushing import is_in_request, push_listing, push_purchase

_LOG = logging.getLogger("footback.intake")

# Rows by which a product or an order is known to have changed.
_OF_PRODUCTS = (
    "catalogue.Product",
    "catalogue.ProductAttributeValue",
    "catalogue.ProductCategory",
    "catalogue.ProductImage",
    "partner.StockRecord",
)
_OF_ORDERS = (
    "order.Order",
    "order.Line",
    "order.OrderStatusChange",
    "order.ShippingEventQuantity",
    "order.PaymentEventQuantity",
)


def connect() -> None:
    """Listen to oscar. Called once, when all apps are there."""
    for name, hear in (
        ("order_placed", hear_order),
        ("order_status_changed", hear_change),
        ("order_line_status_changed", hear_line),
    ):
        order_signal(name).connect(hear, dispatch_uid=f"footback.oscar.{name}")
    for labels, hear_row in ((_OF_PRODUCTS, hear_product_row), (_OF_ORDERS, hear_order_row)):
        for label in labels:
            _connect_rows(label, hear_row)


def hear_order(sender: object, order: Any, **_: object) -> None:
    """Push an order that was placed, and the language in which it was."""
    language = (get_language() or "") if is_in_request() else ""
    _push(PlacedOrder(order.pk, language), load_purchase_source, push_purchase)


def hear_change(sender: object, order: Any, **_: object) -> None:
    """Push an order whose status changed."""
    _push(order, load_purchase_source, push_purchase)


def hear_line(sender: object, line: Any, **_: object) -> None:
    """Push a line whose status changed."""
    _push(line, load_purchase_source, push_purchase)


def hear_product_row(sender: object, instance: Any, raw: bool = False, **_: object) -> None:
    """Push the product that a row is or belongs to, where a request saved or deleted it."""
    if not raw and is_in_request():
        _push(instance, load_catalogue_source, push_listing)


def hear_order_row(sender: object, instance: Any, raw: bool = False, **_: object) -> None:
    """Push the order that a row is or belongs to, where a request saved or deleted it."""
    if not raw and is_in_request():
        _push(instance, load_purchase_source, push_purchase)


def _push(item: object, load: Callable[[], object], push: Callable[[object], None]) -> None:
    """Push something where the adapter in force is oscar's and wants it."""
    try:
        source = load()
    except Exception as error:  # the host's module may fail in any way; the checks say how
        _LOG.error("nothing of oscar is pushed, for an adapter cannot be loaded: %s", error)
        return
    if getattr(source, "hears_oscar", False) and getattr(source, "is_pushed", False):
        push(item)


def _connect_rows(label: str, hear: Callable[..., None]) -> None:
    for name, signal in (("save", post_save), ("delete", post_delete)):
        uid = f"footback.oscar.{name}.{label}"
        signal.connect(hear, sender=oscar_model(label), dispatch_uid=uid)
