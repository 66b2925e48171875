"""What django-oscar knows of an order line beside its columns: events, statuses, sizes, gifts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shop_plugin.adapters.oscar.models import oscar_model
from shop_plugin.adapters.oscar.values import find_stated, plain_code, read_attributes

_NO_WORDS = frozenset({"", "no", "false", "0", "none", "off", "[]"})


def has_status(line: Any, words: Iterable[str]) -> bool:
    """Tell whether a line or its order has one of these statuses, without regard to case."""
    statuses = {str(line.status).casefold(), str(line.order.status).casefold()}
    return any(word.casefold() in statuses for word in words)


def find_time(line: Any, *, events: Sequence[str], statuses: Sequence[str]) -> datetime | None:
    """Return when the first such event touched a line, else when its order was said to be so."""
    times = [
        quantity.event.date_created
        for quantity in line.shipping_event_quantities.all()
        if _is_of_type(quantity.event, events)
    ]
    words = {word.casefold() for word in statuses}
    times = times or [
        change.date_created
        for change in line.order.status_changes.all()
        if change.new_status.casefold() in words
    ]
    return min(times, default=None)


def count_pairs(quantities: Iterable[Any], types: Sequence[str]) -> int:
    """Return how many pairs events of these types touched, by name or code of the type."""
    return sum(item.quantity for item in quantities if _is_of_type(item.event, types))


def find_size(line: Any, codes: Iterable[str]) -> str:
    """Return the size by the product's attribute, else by the option that was chosen."""
    if line.product is not None:
        stated = read_attributes(line.product.footback_sizes, believes_no=True)
        if size := find_stated(stated, codes):
            return size
    chosen = {plain_code(item.type): item.value for item in line.attributes.all()}
    return next((str(chosen[code]) for code in codes if chosen.get(code)), "")


def is_gift(line: Any, options: Iterable[str]) -> bool:
    """Tell whether one of these options was chosen, and not with a no."""
    codes = set(options)
    return any(
        plain_code(item.type) in codes and str(item.value).strip().lower() not in _NO_WORDS
        for item in line.attributes.all()
    )


def find_class(product: Any) -> str:
    """Return the name of a product's class; a child has its parent's."""
    if product is None:
        return ""
    kind = product.product_class or (product.parent.product_class if product.parent else None)
    return str(kind or "")


def find_first_name(order: Any) -> str:
    """Return how to greet who ordered: never the name on a parcel that another person gets."""
    if name := getattr(order.user, "first_name", ""):
        return str(name)
    address = order.billing_address or order.shipping_address
    return str(address.first_name) if address else ""


def orders_of(model: str, narrowed: Mapping[str, Any]) -> Any:
    """Return the orders that rows of a model of oscar belong to, as a subquery."""
    return oscar_model(model)._default_manager.filter(**narrowed).values("order")


def _is_of_type(event: Any, words: Sequence[str]) -> bool:
    kind = event.event_type
    told = {str(kind.name).casefold(), str(kind.code).casefold()}
    return any(word.casefold() in told for word in words)
