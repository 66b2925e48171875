"""The order lines of an oscar shop: what its statuses, events and refunds say of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Model, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Lower, Replace

from shop_plugin.adapters.orm import OrmPurchases
from shop_plugin.adapters.oscar.models import PlacedOrder, oscar_model, require_oscar
from shop_plugin.adapters.oscar.orders import (
    count_pairs,
    find_class,
    find_first_name,
    find_size,
    find_time,
    has_status,
    is_gift,
    orders_of,
)
from shop_plugin.adapters.oscar.values import SIZE_CODES
from shop_plugin.domain.map_faults import MapFault
from shop_plugin.domain.ports import PushedItem
from shop_plugin.domain.records import PurchaseRecord, ReadRow

# How long after an order a line's status is looked at anew: oscar writes no time beside it.
RECHECK = timedelta(days=120)


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
    hears_oscar = True
    filled = frozenset(
        {"listing_id", "category", "size", "quantity_returned", "customer_id", "email"}
        | {"first_name", "country", "fulfilled_at", "delivered_at", "is_gift", "is_cancelled"}
        | {"updated", "language"}  # the language comes with an order that is pushed
    )
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

    def find_faults(self) -> Iterator[MapFault]:
        """Yield what is wrong with the map, and statuses at which the shop's pipelines end unread.

        At an end an order is cancelled, back or done; one in between may mean anything.
        """
        yield from super().find_faults()
        known = {
            word.casefold()
            for words in (
                self.cancelled_statuses,
                self.returned_statuses,
                self.shipped_statuses,
                self.delivered_statuses,
            )
            for word in words
        }
        for setting in ("OSCAR_ORDER_STATUS_PIPELINE", "OSCAR_LINE_STATUS_PIPELINE"):
            for status, following in getattr(settings, setting, {}).items():
                if not following and str(status).casefold() not in known:
                    text = f"{setting} ends at {str(status)!r}, which {type(self).__name__} does "
                    yield MapFault(
                        "W080",
                        f"{text}not know: an order there counts as worn, whatever it means.",
                        "Add it to cancelled_statuses, returned_statuses, shipped_statuses or "
                        "delivered_statuses of a subclass.",
                    )

    def find_pushed(self, item: object) -> PushedItem | None:
        """Return how to find the lines again that a row of oscar is or belongs to."""
        if isinstance(item, PlacedOrder):
            return PushedItem("placed", item)
        if isinstance(item, oscar_model("order.Order")):
            return PushedItem("order", item.pk)
        for lookup, name in (("order", "order_id"), ("pk", "line_id")):
            if key := getattr(item, name, None):
                return PushedItem(lookup, key)
        return None

    def iter_pushed(
        self, items: Sequence[PushedItem]
    ) -> Iterator[tuple[Any, ReadRow[PurchaseRecord]]]:
        """Yield the lines of some orders; of one just placed in the language of its buyer."""
        placed = {item.value.key: item.value.language for item in items if item.lookup == "placed"}
        orders = {item.value for item in items if item.lookup == "order"} | placed.keys()
        lines = {item.value for item in items if item.lookup == "pk"}
        asked = self._prepare().filter(Q(order__in=orders) | Q(pk__in=lines))
        numbers = oscar_model("order.Order")._default_manager.filter(pk__in=placed)
        languages = {number: placed[key] for key, number in numbers.values_list("pk", "number")}
        for key, row in self._read_items(asked):
            told = row.record and languages.get(row.record.order_id)
            if row.record and told and not row.record.language:
                row = replace(row, record=replace(row.record, language=told))
            yield key, row

    def pushed_models(self) -> tuple[type[Model], ...]:
        """Return none: oscar's own signals are heard, which tell more."""
        return ()

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
            | Q(order__in=orders_of("order.OrderStatusChange", events))
            | Q(order__in=orders_of("order.ShippingEvent", events))
            | Q(order__in=orders_of("order.PaymentEvent", events))
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
            "category": find_class(product),
            "size": find_size(item, self.size_codes),
            "quantity_returned": self.count_returned(item),
            "customer_id": order.user_id,
            "email": (user.email if user else "") or order.guest_email,
            "first_name": find_first_name(order),
            "country": address.country_id if address else "",
            "fulfilled_at": find_time(
                item, events=self.shipped_events, statuses=self.shipped_statuses
            ),
            "delivered_at": find_time(
                item, events=self.delivered_events, statuses=self.delivered_statuses
            ),
            "is_gift": is_gift(item, self.gift_options),
            "is_cancelled": has_status(item, self.cancelled_statuses),
        }
        return row | {key: value for key, value in own.items() if not getattr(self, key)}

    def count_returned(self, line: Any) -> int:
        """Return how many pairs of a line came back: by its events, or all by its status.

        A pair that came back is mostly refunded too, so the larger of both
        counts. A refund that names no lines tells nothing of pairs.
        """
        if has_status(line, self.returned_statuses):
            return int(line.quantity)
        returned = count_pairs(line.shipping_event_quantities.all(), self.returned_events)
        refunded = count_pairs(line.payment_event_quantities.all(), self.refund_events)
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
