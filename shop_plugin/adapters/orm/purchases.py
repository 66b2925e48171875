"""The order lines of a host's own models, by a field map."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db.models import Model

from shop_plugin.adapters.base import read_purchase_row
from shop_plugin.adapters.orm.paths import Source, parts_of
from shop_plugin.adapters.orm.source import OrmSource
from shop_plugin.domain.ports import PushedItem
from shop_plugin.domain.records import PurchaseRecord, ReadRow


class OrmPurchases(OrmSource[PurchaseRecord]):
    """The order lines of a host shop as purchases. Set ``name``, ``model`` and the map below.

    ``listing_id`` is the id that the catalogue gives the product;
    ``listing_source`` is the catalogue's name, by default this source's own.
    """

    order_id: Source = ""
    ordered_at: Source = ""
    listing_id: Source = ""
    listing_source: Source = ""
    title: Source = ""
    category: Source = ""
    size: Source = ""
    quantity: Source = ""
    quantity_returned: Source = ""
    customer_id: Source = ""
    email: Source = ""
    first_name: Source = ""
    language: Source = ""
    country: Source = ""
    timezone: Source = ""
    fulfilled_at: Source = ""
    delivered_at: Source = ""
    is_gift: Source = ""
    is_cancelled: Source = ""
    optout_offered: Source = ""
    has_express_consent: Source = ""

    map_keys = (
        "id",
        "order_id",
        "ordered_at",
        "listing_id",
        "listing_source",
        "title",
        "category",
        "size",
        "quantity",
        "quantity_returned",
        "customer_id",
        "email",
        "first_name",
        "language",
        "country",
        "timezone",
        "fulfilled_at",
        "delivered_at",
        "is_gift",
        "is_cancelled",
        "optout_offered",
        "has_express_consent",
    )
    needed = MappingProxyType(
        {"order_id": "every line needs one", "ordered_at": "every line needs one"}
    )

    def iter_purchases(self, *, since: datetime | None = None) -> Iterator[ReadRow[PurchaseRecord]]:
        """Yield every order line, or those changed since an aware time, by primary key."""
        return self._iter(since)

    def pushed_models(self) -> tuple[type[Model], ...]:
        """Return the model of the lines and that of their orders."""
        order = self._order_field()
        return (self._model(), *([order.related_model] if order else []))

    def _find_related(self, item: object) -> PushedItem | None:
        order = self._order_field()
        if order is None or not isinstance(item, order.related_model):
            return None
        return PushedItem(order.name, item.pk)

    def _order_field(self) -> Any:
        """Return the relation from a line to its order, ``None`` where a line holds all itself."""
        first = parts_of(self.order_id)[0] if isinstance(self.order_id, str) else ""
        for field in self._model()._meta.concrete_fields:
            if field.name == first and field.is_relation:
                return field
        return None

    def to_mapping(self, item: Any) -> dict[str, Any]:
        """Return the row of one order line."""
        row = super().to_mapping(item)
        row["listing_source"] = row["listing_source"] or self.name
        return row

    def _read(self, mapping: dict[str, Any], line: int, raw: str) -> ReadRow[PurchaseRecord]:
        return read_purchase_row(mapping, source=self.name, line=line, raw=raw)
