"""django-oscar's order lines with their statuses, events, customers and sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, Value
from django.db.models.functions import Lower, Replace

from shop_plugin.adapters.orm import OrmPurchases
from shop_plugin.adapters.oscar_models import oscar_model, require_oscar
from shop_plugin.adapters.oscar_values import SIZE_CODES, find_stated, plain_code, read_attributes
from shop_plugin.domain.records import PurchaseRecord, ReadRow

# How long after an order a line's status is looked at anew: oscar writes no time beside it.
RECHECK = timedelta(days=120)
_NO_WORDS = frozenset({"", "no", "false", "0", "none", "off", "[]"})


class OscarPurchases(OrmPurchases):
    """The order lines of an oscar shop.

    Statuses and types of events are free words in oscar: the tuples below say
    which of them mean what, without regard to case. ``optout_offered`` is not
    known to oscar; set it to ``Always(True)`` only where the checkout really
    offers to decline, or nobody is mailed without express consent.
    """

    name = "oscar"
    model = "order.Line"
    order_id = "order.number"
    ordered_at = "order.date_placed"
    title = "title"
    quantity = "quantity"

    #: Whether orders are read at once when oscar says that they changed, beside the sync.
    is_pushed = True
    cancelled_statuses: Sequence[str] = (
        "Cancelled",
        "Canceled",
        "Void",
        "Voided",
        "Declined",
        "Payment declined",
        "Payment failed",
        "Abandoned",
    )
    returned_statuses: Sequence[str] = ("Returned", "Refunded")
    shipped_statuses: Sequence[str] = ("Shipped", "Dispatched", "Sent", "Complete", "Completed")
    delivered_statuses: Sequence[str] = ("Delivered",)
    shipped_events: Sequence[str] = ("Shipped", "Dispatched", "Sent")
    delivered_events: Sequence[str] = ("Delivered",)
    returned_events: Sequence[str] = ("Returned", "Cancelled", "Canceled")
    refund_events: Sequence[str] = ("Refund", "Refunded")
    gift_options: Sequence[str] = ("gift", "is_gift", "gift_wrap", "gift_wrapping", "gift_message")
    #: Codes of attributes and options that hold a size; the same as the catalogue's.
    size_codes: Iterable[str] = tuple(SIZE_CODES)

    def __init__(self) -> None:
        require_oscar(type(self).__name__)

    def iter_orders(self, keys: Iterable[int]) -> Iterator[ReadRow[PurchaseRecord]]:
        """Yield the lines of some orders, by the primary keys of the orders."""
        return self._read_batches(self._prepare().filter(order__in=list(keys)))

    def get_queryset(self) -> QuerySet[Any]:
        """Return the lines with their orders, customers, addresses and products."""
        lines: QuerySet[Any] = super().get_queryset()
        return lines.select_related(
            "order__user",
            "order__shipping_address",
            "order__billing_address",
            "product__product_class",
            "product__parent__product_class",
        )

    def changed_since(self, queryset: QuerySet[Any], since: datetime) -> QuerySet[Any]:
        """Return lines whose order was placed, changed its status or had an event since then.

        Oscar writes no time beside the status of a line, so lines that are
        cancelled or returned are handed over for 120 days after their order.
        """
        ended = [word.casefold() for word in (*self.cancelled_statuses, *self.returned_statuses)]
        events = {"date_created__gte": since}
        lines: QuerySet[Any] = queryset.alias(line_status=Lower("status")).filter(
            Q(order__date_placed__gte=since)
            | Q(order__in=_orders_of("order.OrderStatusChange", events))
            | Q(order__in=_orders_of("order.ShippingEvent", events))
            | Q(order__in=_orders_of("order.PaymentEvent", events))
            | Q(order__date_placed__gte=since - RECHECK, line_status__in=ended)
        )
        return lines

    def to_mapping(self, item: Any) -> dict[str, Any]:
        """Return the row of one order line. What a subclass maps itself is left as it is."""
        row = super().to_mapping(item)
        product, order = item.product, item.order
        address = order.shipping_address or order.billing_address
        user = order.user
        own: dict[str, Any] = {
            "listing_id": product and (product.parent_id or product.pk),
            "category": _class_of(product),
            "size": self._size_of(item),
            "quantity_returned": self.count_returned(item),
            "customer_id": order.user_id,
            "email": (user.email if user else "") or order.guest_email,
            "first_name": _first_name_of(order),
            "country": address.country_id if address else "",
            "fulfilled_at": self._when(item, self.shipped_events, self.shipped_statuses),
            "delivered_at": self._when(item, self.delivered_events, self.delivered_statuses),
            "is_gift": self._is_gift(item),
            "is_cancelled": self._is_in(item, self.cancelled_statuses),
        }
        return row | {key: value for key, value in own.items() if not getattr(self, key)}

    def count_returned(self, line: Any) -> int:
        """Return how many pairs of a line came back: by its events, or all by its status.

        A pair that came back is mostly refunded too, so the larger of both
        counts. A refund that names no lines tells nothing of pairs.
        """
        if self._is_in(line, self.returned_statuses):
            return int(line.quantity)
        returned = _count(line.shipping_event_quantities.all(), self.returned_events)
        refunded = _count(line.payment_event_quantities.all(), self.refund_events)
        return min(max(returned, refunded), int(line.quantity))

    def _prefetches(self) -> tuple[Any, ...]:
        values = oscar_model("catalogue.ProductAttributeValue")._default_manager
        spelt = Lower(Replace("attribute__code", Value("-"), Value("_")))
        sizes = values.alias(spelt=spelt).filter(spelt__in=list(self.size_codes))
        return (
            "shipping_event_quantities__event__event_type",
            "payment_event_quantities__event__event_type",
            "attributes__option",
            "order__status_changes",
            Prefetch(
                "product__attribute_values",
                queryset=sizes.select_related("attribute", "value_option"),
                to_attr="footback_sizes",
            ),
        )

    def _is_in(self, line: Any, words: Iterable[str]) -> bool:
        statuses = {str(line.status).casefold(), str(line.order.status).casefold()}
        return any(word.casefold() in statuses for word in words)

    def _when(self, line: Any, events: Sequence[str], statuses: Sequence[str]) -> datetime | None:
        """Return when the first such event touched the line, else when its order was said so."""
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

    def _size_of(self, line: Any) -> str:
        """Return the size by the product's attribute, else by the option that was chosen."""
        product = line.product
        if product is not None:
            stated = read_attributes(product.footback_sizes, believes_no=True)
            if size := find_stated(stated, self.size_codes):
                return size
        chosen = {plain_code(item.type): item.value for item in line.attributes.all()}
        return next((str(chosen[code]) for code in self.size_codes if chosen.get(code)), "")

    def _is_gift(self, line: Any) -> bool:
        return any(
            plain_code(item.type) in self.gift_options
            and str(item.value).strip().lower() not in _NO_WORDS
            for item in line.attributes.all()
        )


def _orders_of(model: str, narrowed: Mapping[str, Any]) -> Any:
    return oscar_model(model)._default_manager.filter(**narrowed).values("order")


def _count(quantities: Iterable[Any], types: Sequence[str]) -> int:
    return sum(item.quantity for item in quantities if _is_of_type(item.event, types))


def _is_of_type(event: Any, words: Sequence[str]) -> bool:
    kind = event.event_type
    told = {str(kind.name).casefold(), str(kind.code).casefold()}
    return any(word.casefold() in told for word in words)


def _class_of(product: Any) -> str:
    if product is None:
        return ""
    kind = product.product_class or (product.parent.product_class if product.parent else None)
    return str(kind or "")


def _first_name_of(order: Any) -> str:
    """Return how to greet who ordered: never the name on a parcel that another person gets."""
    if name := getattr(order.user, "first_name", ""):
        return str(name)
    address = order.billing_address or order.shipping_address
    return str(address.first_name) if address else ""
