"""django-oscar's own catalogue and orders. Nothing of oscar is imported before it is needed.

Name the two classes in ``FOOTBACK`` as they are, or subclasses of them. All
models are looked up by oscar's app labels, which a forked app keeps, and
prices come from the shop's own strategy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce

from shop_plugin.adapters.base import UnusableSource
from shop_plugin.adapters.orm import OrmCatalogue
from shop_plugin.adapters.oscar_models import oscar_model, require_oscar
from shop_plugin.adapters.oscar_orders import OscarPurchases
from shop_plugin.adapters.oscar_values import (
    SIZE_CODES,
    Stated,
    find_stated,
    merge_attributes,
    read_attributes,
)
from shop_plugin.domain.capabilities import AdapterCard, Capability
from shop_plugin.domain.records import ListingRecord, ReadRow

__all__ = ["CARD", "Offer", "OscarCatalogue", "OscarPurchases"]

CARD = AdapterCard(
    name="oscar",
    title="django-oscar",
    extra="oscar",
    can={
        Capability.LISTINGS_FROM_MODELS: "OscarCatalogue: parents with their children as sizes, "
        "product attributes, categories, stock records; pushed when a product is saved",
        Capability.PURCHASES_FROM_MODELS: "OscarPurchases: order lines with statuses, shipping and "
        "payment events; pushed when an order is placed or changes",
    },
    cannot={
        Capability.LISTINGS_FROM_FILES: "oscar exports no products; its models are read directly",
        Capability.PURCHASES_FROM_FILES: "oscar's order export has no sizes; models are read",
        Capability.LISTINGS_BY_WEBHOOK: "oscar runs in the same process and sends signals instead",
        Capability.PURCHASES_BY_WEBHOOK: "oscar runs in the same process and sends signals instead",
        Capability.RETURNS_BY_WEBHOOK: "returns come with the order lines, by status and events",
        Capability.ERASURE_BY_WEBHOOK: "call footback_erase where your shop deletes an account",
        Capability.FACTS_TO_FILES: "oscar imports no attributes; show facts by template tags",
    },
)


class Offer(NamedTuple):
    """What the shop's strategy says of one product that can be bought; ``stock`` is in pairs."""

    price: Decimal | None
    currency: str
    is_available: bool
    stock: int


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

    #: Whether saved products are read at once, beside the sync.
    is_pushed = True
    #: Oscar's dashboard stores "no" for every box that nobody ticked, so a "no" is not believed.
    believes_no = False
    size_codes: Mapping[str, str] = SIZE_CODES
    width_codes: Sequence[str] = ("width", "shoe_width", "size_width", "weite")
    system_codes: Sequence[str] = ("size_system",)
    inside_codes: Sequence[str] = ("internal_length_mm", "ball_width_mm")
    brand_codes: Sequence[str] = ("brand", "maker", "manufacturer", "marke")
    gender_codes: Sequence[str] = ("gender", "department")
    age_group_codes: Sequence[str] = ("age_group",)

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

    def iter_products(self, keys: Iterable[int]) -> Iterator[ReadRow[ListingRecord]]:
        """Yield those of some products, by their own or a child's key, that are still public."""
        products = oscar_model("catalogue.Product")._default_manager.filter(pk__in=list(keys))
        wanted = products.values_list(Coalesce("parent", "pk"), flat=True)
        self._categories = None
        return self._read_batches(self._prepare().filter(pk__in=list(wanted)))

    def get_queryset(self) -> QuerySet[Any]:
        """Return what a shopper can find: public parents and standalone products."""
        products: Any = super().get_queryset()
        found: QuerySet[Any] = products.browsable().select_related("product_class")
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
        stated = [
            own if child is item else self._stated_by(child) for child in sold
        ]  # in the order of ``sold``
        offers = [self.find_offer(child) for child in sold]
        for key, codes in (
            ("brand", self.brand_codes),
            ("gender", self.gender_codes),
            ("age_group", self.age_group_codes),
        ):
            if not getattr(self, key):
                row[key] = find_stated(own, codes)
        for key, value in self._offered(offers).items():
            if not getattr(self, key):
                row[key] = value
        if not self.category:
            row["category"] = self._category_of(item)
        if not self.image_url:
            row["image_url"] = _find_image(item, children)
        if not self.language:
            row["language"] = settings.LANGUAGE_CODE
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
            from oscar.core.loading import get_class  # noqa: PLC0415, only where oscar is

            self._strategy = get_class("partner.strategy", "Selector")().strategy()
        try:
            info = self._strategy.fetch_for_product(product)
            price = info.price
            amount = price.incl_tax if price.is_tax_known else price.excl_tax
            is_available = bool(info.availability.is_available_to_buy)
            left = info.stockrecord.net_stock_level if info.stockrecord else 0
        except AttributeError as error:
            raise UnusableSource(
                f"the shop's strategy cannot be asked without a request ({error}); override "
                f"find_offer() of {type(self).__name__}"
            ) from error
        # A product whose stock nobody counts is there: one pair, no more.
        stock = max(left, 1) if is_available else 0
        return Offer(amount if price.exists else None, price.currency or "", is_available, stock)

    def _prefetches(self) -> tuple[Any, ...]:
        values = oscar_model("catalogue.ProductAttributeValue")._default_manager
        chosen = values.select_related("attribute", "value_option").prefetch_related(
            "value_multi_option", "value_entity"
        )
        attributes = Prefetch("attribute_values", queryset=chosen)
        products = oscar_model("catalogue.Product")._default_manager
        children = products.public().order_by("pk")
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

    def _offered(self, offers: Sequence[Offer]) -> dict[str, Any]:
        """Return the lowest price of what can be bought, in the currency of the first."""
        priced = [offer for offer in offers if offer.price is not None]
        there = [offer for offer in priced if offer.is_available] or priced
        same = [offer for offer in there if offer.currency == there[0].currency]
        lowest = min(same, key=lambda offer: offer.price or 0, default=None)
        is_there = any(offer.is_available for offer in offers)
        return {
            "price": lowest.price if lowest else None,
            "currency": lowest.currency if lowest else "",
            "availability": "in_stock" if is_there else "out_of_stock",
        }

    def _sizes_of(
        self,
        own: Stated,
        stated: Sequence[Stated],
        offers: Sequence[Offer],
        sold: Sequence[Any],
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
                    **{code: _bare(find_stated(effective, [code])) for code in self.inside_codes},
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


def _find_image(item: Any, children: Sequence[Any]) -> str:
    for product in (item, *children):
        for image in product.images.all():
            if image.original:
                return str(image.original.url)
    return ""


def _bare(measure: str) -> str:
    """Return "245" for "245 mm": the key of the row says the unit."""
    return measure.removesuffix(" mm")
