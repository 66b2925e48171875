"""The products of a host's own models, by a field map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db.models import ManyToOneRel, Model

from shop_plugin.adapters.base import UnusableSource, read_listing_row
from shop_plugin.adapters.orm.checks import find_size_faults
from shop_plugin.adapters.orm.paths import SizesFrom, Source, follow
from shop_plugin.adapters.orm.source import OrmSource
from shop_plugin.domain.map_faults import MapFault
from shop_plugin.domain.ports import PushedItem
from shop_plugin.domain.records import ListingRecord, ReadRow


class OrmCatalogue(OrmSource[ListingRecord]):
    """The products of a host shop as listings. Set ``name``, ``model`` and the map below.

    ``price`` is an amount in whole units (Decimal, number or text);
    ``raw_attributes`` maps names for people to where the values stand, or is
    the path of a JSON field. ``fit_votes``, ``return_reasons``, ``arch_votes``
    and ``width_votes`` are objects of counts: the path of a JSON field, or a
    method that counts. ``sales`` and ``views`` are counts of one period, the
    last 30 days say. ``successor`` and ``replaces`` are ids of other products,
    ``is_recalled`` a yes or no, ``alias`` a second id of the product.
    """

    title: Source = ""
    description: Source = ""
    brand: Source = ""
    category: Source = ""
    gender: Source = ""
    age_group: Source = ""
    price: Source = ""
    currency: Source = ""
    url: Source = ""
    image_url: Source = ""
    language: Source = ""
    availability: Source = ""
    fit_votes: Source = ""
    return_reasons: Source = ""
    arch_votes: Source = ""
    width_votes: Source = ""
    sales: Source = ""
    views: Source = ""
    successor: Source = ""
    replaces: Source = ""
    is_recalled: Source = ""
    alias: Source = ""
    sizes: SizesFrom | Source = ""
    raw_attributes: Mapping[str, Source] | Source = ""

    map_keys = (
        "id",
        "title",
        "description",
        "brand",
        "category",
        "gender",
        "age_group",
        "price",
        "currency",
        "url",
        "image_url",
        "language",
        "availability",
        "fit_votes",
        "return_reasons",
        "arch_votes",
        "width_votes",
        "sales",
        "views",
        "successor",
        "replaces",
        "is_recalled",
        "alias",
    )
    needed = MappingProxyType({"title": "a listing needs a name"})

    def iter_listings(self, *, since: datetime | None = None) -> Iterator[ReadRow[ListingRecord]]:
        """Yield every product, or those changed since an aware time, by primary key."""
        return self._iter(since)

    def to_mapping(self, item: Any) -> dict[str, Any]:
        """Return the row of one product, with its sizes and its own fields."""
        row = super().to_mapping(item)
        row["sizes"] = self._sizes(item)
        row["raw_attributes"] = self._raw(item)
        return row

    def pushed_models(self) -> tuple[type[Model], ...]:
        """Return the model of the products and that of their sizes."""
        sizes = self._size_relation()
        return (self._model(), *([sizes.related_model] if sizes else []))

    def _find_related(self, item: object) -> PushedItem | None:
        relation = self._size_relation()
        if relation is None or not isinstance(item, relation.related_model):
            return None
        target = relation.field.target_field
        lookup = "pk" if target.primary_key else target.name
        return PushedItem(lookup, getattr(item, relation.field.attname))

    def _size_relation(self) -> ManyToOneRel | None:
        if not isinstance(self.sizes, SizesFrom):
            return None
        for relation in self._model()._meta.related_objects:
            is_meant = relation.get_accessor_name() == self.sizes.relation
            if is_meant and isinstance(relation, ManyToOneRel):
                return relation
        return None

    def _sizes(self, item: Any) -> Any:
        if not isinstance(self.sizes, SizesFrom):
            return self._value(self.sizes, item)
        parts = self.sizes.parts
        rows = [
            {key: self._value(source, size) for key, source in parts.items()}
            for size in follow(item, self.sizes.relation).all()
        ]
        return [{**row, "stock": row["stock"] or 0} for row in rows]

    def _raw(self, item: Any) -> Any:
        if not isinstance(self.raw_attributes, Mapping):
            return self._value(self.raw_attributes, item)
        pairs = {name: self._value(at, item) for name, at in self.raw_attributes.items()}
        return {name: value for name, value in pairs.items() if value not in (None, "")}

    def _paths(self) -> Iterator[tuple[str, str]]:
        yield from super()._paths()
        if isinstance(self.raw_attributes, Mapping):
            for name, source in self.raw_attributes.items():
                if isinstance(source, str) and source:
                    yield f"raw_attributes[{name!r}]", source

    def _prefetches(self) -> tuple[Any, ...]:
        if not isinstance(self.sizes, SizesFrom):
            return ()
        return (self.sizes.relation.replace(".", "__"),)

    def find_faults(self) -> Iterator[MapFault]:
        """Yield what is wrong with the map by the models as they are; asks no database."""
        yield from super().find_faults()
        if not isinstance(self.sizes, SizesFrom):
            return
        try:
            yield from find_size_faults(self._model(), self.sizes, where=self._where("sizes"))
        except (LookupError, UnusableSource):
            return  # there is no model, which is told already

    def _keys(self) -> tuple[str, ...]:
        return (*super()._keys(), "sizes", "raw_attributes")

    def _read(self, mapping: dict[str, Any], line: int, raw: str) -> ReadRow[ListingRecord]:
        return read_listing_row(mapping, source=self.name, line=line, raw=raw)
