"""The products of an oscar shop: parents with their children as sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Model, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce

from shop_plugin.adapters.base import UnusableSource
from shop_plugin.adapters.orm import OrmCatalogue
from shop_plugin.adapters.oscar.models import oscar_class, oscar_model, require_oscar
from shop_plugin.adapters.oscar.products import (
    Offer,
    count_stats,
    find_image,
    find_measure,
    lowest_offer,
    read_offer,
)
from shop_plugin.adapters.oscar.values import (
    SIZE_CODES,
    Stated,
    find_stated,
    merge_attributes,
    read_attributes,
)
from shop_plugin.domain.html_text import text_of_html
from shop_plugin.domain.ports import PushedItem
from shop_plugin.domain.records import ListingRecord, ReadRow


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
