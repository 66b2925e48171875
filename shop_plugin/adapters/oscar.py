"""django-oscar's own catalogue and orders. Nothing of oscar is imported before it is needed.

Name the two classes in ``FOOTBACK`` as they are, or subclasses of them. All
models are looked up by oscar's app labels, which a forked app keeps, and
prices come from the shop's own strategy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Model, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Lower, Replace

from shop_plugin.adapters.base import UnusableSource
from shop_plugin.adapters.orm import OrmCatalogue, OrmPurchases
from shop_plugin.adapters.oscar_models import (
    PlacedOrder,
    oscar_class,
    oscar_model,
    require_oscar,
)
from shop_plugin.adapters.oscar_orders import (
    count_pairs,
    find_class,
    find_first_name,
    find_size,
    find_time,
    has_status,
    is_gift,
    orders_of,
)
from shop_plugin.adapters.oscar_products import (
    Offer,
    count_stats,
    find_image,
    find_measure,
    lowest_offer,
    read_offer,
)
from shop_plugin.adapters.oscar_values import (
    SIZE_CODES,
    Stated,
    find_stated,
    merge_attributes,
    read_attributes,
)
from shop_plugin.domain.capabilities import AdapterCard, Capability
from shop_plugin.domain.html_text import text_of_html
from shop_plugin.domain.map_faults import MapFault
from shop_plugin.domain.ports import PushedItem
from shop_plugin.domain.records import ListingRecord, PurchaseRecord, ReadRow

# How long after an order a line's status is looked at anew: oscar writes no time beside it.
RECHECK = timedelta(days=120)
_SIGNALS = "It is in the same process: oscar's signals are heard, nothing has to be signed."
CARD = AdapterCard(
    name="oscar",
    title="django-oscar",
    extra="oscar",
    can={
        Capability.LISTINGS_FROM_MODELS: "Parents with their children as sizes, attributes, "
        "categories, stock records; a saved product at once.",
        Capability.PURCHASES_FROM_MODELS: "Order lines with statuses, shipping events and refunds; "
        "a placed or changed order at once.",
    },
    cannot={
        Capability.LISTINGS_FROM_FILES: "Oscar exports no products; its models are read.",
        Capability.PURCHASES_FROM_FILES: "Oscar's report of orders has no lines; models are read.",
        Capability.LISTINGS_BY_WEBHOOK: _SIGNALS,
        Capability.PURCHASES_BY_WEBHOOK: _SIGNALS,
        Capability.RETURNS_BY_WEBHOOK: "Returns come with the order lines, by status and events.",
        Capability.ERASURE_BY_WEBHOOK: "Call erase_person where the shop deletes an account.",
        Capability.FACTS_TO_FILES: "Template tags show the facts; nothing has to be carried over.",
    },
)


class OscarCatalogue(OrmCatalogue):
    """Public products of an oscar shop: one listing per parent or standalone product.

    The id is the primary key of the parent or standalone product. Children
    become the sizes: the codes of attributes that hold a size stand in
    ``size_codes`` with the size system that each implies. All other attributes
    are handed over as they are; ``brand_codes``, ``gender_codes`` and
    ``age_group_codes`` say which of them fill those columns.
    """

    name = "oscar"
    model = "catalogue.Product"
    updated = "date_updated"
    title = "title"
    description = "description"
    url = "get_absolute_url"

    #: Whether products that are saved in a request are read at once, beside the sync.
    is_pushed = True
    hears_oscar = True
    filled = frozenset(
        {"brand", "gender", "age_group", "category", "price", "currency", "availability"}
        | {"image_url", "language", "sizes", "raw_attributes", "sales", "views", "is_recalled"}
    )
    #: Oscar's dashboard stores "no" for every box that nobody ticked, so a "no" is not believed.
    believes_no = False
    size_codes: Mapping[str, str] = SIZE_CODES
    width_codes: Sequence[str] = ("width", "shoe_width", "size_width", "weite")
    system_codes: Sequence[str] = ("size_system",)
    inside_codes: Sequence[str] = ("internal_length_mm", "ball_width_mm")
    brand_codes: Sequence[str] = ("brand", "maker", "manufacturer", "marke")
    gender_codes: Sequence[str] = ("gender", "department")
    age_group_codes: Sequence[str] = ("age_group",)
    #: Boolean attributes of which a tick says that the model was recalled.
    recalled_codes: Sequence[str] = ("recalled", "is_recalled")

    def __init__(self) -> None:
        require_oscar(type(self).__name__)
        self._strategy: Any = None
        self._categories: dict[str, str] | None = None

    def iter_listings(self, *, since: datetime | None = None) -> Iterator[ReadRow[ListingRecord]]:
        """Yield every public product, or those changed since an aware time, by primary key.

        A change of a child or of a stock record is one of its product. A
        category that is renamed is noticed by a full sync.
        """
        self._categories = None
        return super().iter_listings(since=since)

    def find_pushed(self, item: object) -> PushedItem | None:
        """Return how to find the product again that a row of oscar is or belongs to."""
        if isinstance(item, self._model()):
            key = getattr(item, "parent_id", None) or item.pk
            return PushedItem("pk", key, str(key))
        key = getattr(item, "product_id", None)
        return PushedItem("product", key) if key else None

    def iter_pushed(
        self, items: Sequence[PushedItem]
    ) -> Iterator[tuple[Any, ReadRow[ListingRecord]]]:
        """Yield those of some products, by their own or a child's key, that are still public."""
        products = oscar_model("catalogue.Product")._default_manager
        named = products.filter(pk__in=[item.value for item in items])
        keys = set(named.values_list(Coalesce("parent", "pk"), flat=True))
        self._categories = None
        yield from self._read_items(self._prepare().filter(pk__in=keys))

    def pushed_models(self) -> tuple[type[Model], ...]:
        """Return none: oscar's own signals are heard, which tell more."""
        return ()

    def get_queryset(self) -> QuerySet[Any]:
        """Return what a shopper can find: public parents and standalone products."""
        products: Any = super().get_queryset()
        found: QuerySet[Any] = products.browsable().select_related("product_class", *_stats())
        return found

    def changed_since(self, queryset: QuerySet[Any], since: datetime) -> QuerySet[Any]:
        """Return products that changed themselves, in a child or in a stock record."""
        products = oscar_model("catalogue.Product")._default_manager.filter(
            parent__isnull=False, date_updated__gte=since
        )
        stock = oscar_model("partner.StockRecord")._default_manager.filter(date_updated__gte=since)
        return queryset.filter(
            Q(date_updated__gte=since)
            | Q(pk__in=products.values("parent"))
            | Q(pk__in=stock.values_list(Coalesce("product__parent", "product")))
        )

    def to_mapping(self, item: Any) -> dict[str, Any]:
        """Return the row of one product. What a subclass maps itself is left as it is."""
        row = super().to_mapping(item)
        children = item.footback_children if item.structure == "parent" else []
        sold = children or ([] if item.structure == "parent" else [item])
        own = read_attributes(item.attribute_values.all(), believes_no=self.believes_no)
        stated = [own if child is item else self._stated_by(child) for child in sold]
        # A shop may keep what all sizes share at each of them, and nothing at their parent.
        shared = {**(stated[0] if stated else {}), **own}
        offers = [self.find_offer(child) for child in sold]
        for key, codes in (
            ("brand", self.brand_codes),
            ("gender", self.gender_codes),
            ("age_group", self.age_group_codes),
        ):
            if not getattr(self, key):
                row[key] = find_stated(shared, codes)
        if not self.is_recalled:
            told = [find_stated(one, self.recalled_codes) for one in (own, *stated)]
            row["is_recalled"] = str(True) in told
        for key, value in lowest_offer(offers).items():
            if not getattr(self, key):
                row[key] = value
        if not self.category:
            row["category"] = self._category_of(item)
        if self.description == "description":
            row["description"] = text_of_html(item.description)
        if not self.image_url:
            row["image_url"] = find_image((item, *children))
        if not self.language:
            row["language"] = settings.LANGUAGE_CODE
        for key, counted in (("sales", "num_purchases"), ("views", "num_views")):
            if not getattr(self, key):
                row[key] = count_stats((item, *children), counted)
        if not self.sizes:
            row["sizes"] = self._sizes_of(own, stated, offers, sold)
        if not self.raw_attributes:
            row["raw_attributes"] = self._fields_of(item, own, stated if children else [])
        return row

    def find_offer(self, product: Any) -> Offer:
        """Return what the shop asks for a product and whether it is there, by its own strategy.

        The strategy is asked without a request, as oscar's search index asks
        it. Override where yours needs one.

        :raises UnusableSource: where the strategy cannot do that.
        """
        if self._strategy is None:
            self._strategy = oscar_class("partner.strategy", "Selector")().strategy()
        try:
            return read_offer(self._strategy.fetch_for_product(product))
        except AttributeError as error:
            raise UnusableSource(
                f"the shop's strategy cannot be asked without a request ({error}); override "
                f"find_offer() of {type(self).__name__}"
            ) from error

    def _prefetches(self) -> tuple[Any, ...]:
        values = oscar_model("catalogue.ProductAttributeValue")._default_manager
        chosen = values.select_related("attribute", "value_option").prefetch_related(
            "value_multi_option", "value_entity"
        )
        attributes = Prefetch("attribute_values", queryset=chosen)
        products = oscar_model("catalogue.Product")._default_manager
        children = products.public().select_related("product_class", *_stats()).order_by("pk")
        categories = oscar_model("catalogue.Category")._default_manager
        return (
            attributes,
            "stockrecords",
            "images",
            Prefetch("categories", queryset=categories.browsable(), to_attr="footback_categories"),
            Prefetch(
                "children",
                queryset=children.prefetch_related(attributes, "stockrecords", "images"),
                to_attr="footback_children",
            ),
        )

    def _stated_by(self, child: Any) -> Stated:
        return read_attributes(child.attribute_values.all(), believes_no=self.believes_no)

    def _sizes_of(
        self, own: Stated, stated: Sequence[Stated], offers: Sequence[Offer], sold: Sequence[Any]
    ) -> list[dict[str, Any]]:
        """Return the sizes with the stock of all children that share one (two colours, say)."""
        sizes: dict[tuple[str, str, str], dict[str, Any]] = {}
        for child, said, offer in zip(sold, stated, offers, strict=True):
            effective = {**own, **said}
            label, system = self.find_size(effective)
            if not label and child.parent_id is None:
                continue  # one product for all feet, or sizes that nobody keeps apart
            label = label or child.title or str(child.upc or child.pk)
            width = find_stated(effective, self.width_codes)
            size = sizes.setdefault(
                (label, system, width),
                {
                    "label": label,
                    "system": system,
                    "width": width,
                    "stock": 0,
                    **{code: find_measure(effective, code) for code in self.inside_codes},
                },
            )
            size["stock"] += offer.stock
        return list(sizes.values())

    def find_size(self, stated: Stated) -> tuple[str, str]:
        """Return the size that attributes state and its system ("eu"), both perhaps empty."""
        for code, system in self.size_codes.items():
            if label := find_stated(stated, [code]):
                return label, find_stated(stated, self.system_codes) or system
        return "", ""

    def _fields_of(self, item: Any, own: Stated, children: Sequence[Stated]) -> dict[str, Any]:
        told = frozenset(
            (*self.size_codes, *self.width_codes, *self.system_codes, *self.inside_codes)
        )
        found = merge_attributes(own, children, without=told)
        if item.product_class is not None:
            found.setdefault("Product type", str(item.product_class))
        if item.upc:
            found.setdefault("upc", item.upc)
        paths = sorted(self._path_of(category) for category in item.footback_categories)
        if len(paths) > 1:
            found.setdefault("Categories", paths)
        return found

    def _category_of(self, item: Any) -> str:
        """Return the deepest of a product's public categories as a path: "Women > Boots"."""
        found = sorted(item.footback_categories, key=lambda one: (-one.depth, one.path))
        return self._path_of(found[0]) if found else ""

    def _path_of(self, category: Any) -> str:
        if self._categories is None:
            manager = oscar_model("catalogue.Category")._default_manager
            # All at once: a shop has some hundred, and asking for ancestors is a query each.
            self._categories = dict(manager.browsable().values_list("path", "name"))
        steps = range(category.steplen, len(category.path) + 1, category.steplen)
        names = (self._categories.get(category.path[:end]) for end in steps)
        return " > ".join(name for name in names if name)


def _stats() -> tuple[str, ...]:
    return ("stats",) if hasattr(oscar_model("catalogue.Product"), "stats") else ()


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
