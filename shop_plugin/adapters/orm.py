"""A host's own Django models as a catalogue and as orders, read by a field map.

The map stands in the settings (``FOOTBACK["HOST"]``), or in a subclass where
something cannot be said by a path. Each entry of it is one of

- a dotted path from the model ("brand.name", across relations),
- in a subclass: a method that takes the object, ``def price(self, product): ...``,
- what is the same for every object: ``Always("EUR")``; in the settings "=EUR".

An empty path means that the host does not say. What is wrong with a map is
told by the system checks, from the models alone (``orm_checks``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import PurePath
from traceback import extract_tb
from types import MappingProxyType
from typing import Any, ClassVar, Generic

from django.apps import apps
from django.core.exceptions import FieldError
from django.db import DatabaseError
from django.db.models import ManyToOneRel, Model, Q, QuerySet

from shop_plugin.adapters.base import (
    UnusableSource,
    read_listing_row,
    read_purchase_row,
    refuse_row,
)
from shop_plugin.adapters.orm_checks import (
    AskedDatabase,
    find_path_faults,
    find_queryset_faults,
    find_size_faults,
    find_updated_faults,
    without_database,
)
from shop_plugin.adapters.orm_paths import (
    Always,
    SizesFrom,
    Source,
    follow,
    join_of,
    parts_of,
)
from shop_plugin.adapters.orm_settings import read_host_map
from shop_plugin.conf import get_settings
from shop_plugin.domain.capabilities import AdapterCard, Capability
from shop_plugin.domain.map_faults import MapFault
from shop_plugin.domain.ports import PushedItem
from shop_plugin.domain.records import ListingRecord, PurchaseRecord, ReadRow, RecordT

_SAME_PROCESS = "The shop is in the same process: a sync reads it, nothing has to be signed."
_NO_FILES = "It reads models; files are read by the jsonl and csv adapters."
CARD = AdapterCard(
    name="orm",
    title="Any Django shop",
    can={
        Capability.LISTINGS_FROM_MODELS: "A field map over the shop's own product model.",
        Capability.PURCHASES_FROM_MODELS: "A field map over its order lines, returns included.",
    },
    cannot={
        Capability.LISTINGS_FROM_FILES: _NO_FILES,
        Capability.PURCHASES_FROM_FILES: _NO_FILES,
        Capability.LISTINGS_BY_WEBHOOK: _SAME_PROCESS,
        Capability.PURCHASES_BY_WEBHOOK: _SAME_PROCESS,
        Capability.RETURNS_BY_WEBHOOK: "Map quantity_returned; the order line tells of them.",
        Capability.ERASURE_BY_WEBHOOK: "Call erase_person where the shop deletes an account.",
        Capability.FACTS_TO_FILES: "Template tags show the facts; nothing has to be carried over.",
    },
)


#: Faults that keep a source from being read; the others are told by the system checks alone.
_STOP_READING = frozenset({"E070", "E071", "E072", "E073", "E077"})


class OrmSource(Generic[RecordT]):
    """What catalogue and orders share: batches by primary key, and the field map."""

    name: str = ""
    model: ClassVar[type[Model] | str] = ""
    #: Path of the time of the last change; empty: ``since`` cannot narrow and all is read.
    updated: str = ""
    #: Whether rows that the shop saves or deletes are read again at once, beside the sync.
    is_pushed: bool = False

    id: Source = "pk"
    map_keys: ClassVar[tuple[str, ...]] = ()
    #: What must be mapped, and why.
    needed: ClassVar[Mapping[str, str]] = MappingProxyType({})
    #: Keys that the subclass's own ``to_mapping`` fills, so that they do not count as left out.
    filled: ClassVar[frozenset[str]] = frozenset()
    #: Lookups that an object must meet to be read, as ``filter`` takes them.
    only: ClassVar[Mapping[str, Any]] = MappingProxyType({})

    def get_queryset(self) -> QuerySet[Any]:
        """Return the objects to read: those that ``only`` names. Override if that falls short."""
        model = self._model()
        try:
            return model._default_manager.filter(**self.only)
        except FieldError as error:
            raise UnusableSource(f"{self._where('only')}: {error}") from error

    def to_mapping(self, item: Any) -> dict[str, Any]:
        """Return the row that one object stands for. Override to add what a map cannot say."""
        return {key: self._value(getattr(self, key), item) for key in self.map_keys}

    def _read(self, mapping: dict[str, Any], line: int, raw: str) -> ReadRow[RecordT]:
        raise NotImplementedError

    def _iter(self, since: datetime | None) -> Iterator[ReadRow[RecordT]]:
        queryset = self._prepare()
        if since is not None:
            queryset = self.changed_since(queryset, since)
        yield from self._read_batches(queryset)

    def _prepare(self) -> QuerySet[Any]:
        """Return the objects to read with all that the map needs of others, once it was checked."""
        for fault in self.find_faults():
            if fault.code in _STOP_READING:
                raise UnusableSource(f"{fault.text} {fault.hint}".rstrip())
        queryset = self.get_queryset()
        if joins := self._joins():  # without names it would join whatever there is
            queryset = queryset.select_related(*joins)
        return queryset.prefetch_related(*self._prefetches()).order_by("pk")

    def changed_since(self, queryset: QuerySet[Any], since: datetime) -> QuerySet[Any]:
        """Return those of the objects that changed since an aware time, or all where none tells.

        Override where more than one time counts: a product's own and that of its stock.
        """
        if not self.updated:
            return queryset
        return queryset.filter(**{f"{self.updated.replace('.', '__')}__gte": since})

    def find_pushed(self, item: object) -> PushedItem | None:
        """Return how to find an object again that changed; ``None`` for one that is not read here.

        An object stands for itself, a size for its product, an order for its lines.
        """
        if isinstance(item, self._model()):
            return PushedItem("pk", item.pk, str(self._value(self.id, item) or ""))
        return self._find_related(item)

    def iter_pushed(self, items: Sequence[PushedItem]) -> Iterator[tuple[Any, ReadRow[RecordT]]]:
        """Yield the primary key and the row of each that is there and meant to be read."""
        wanted: dict[str, list[Any]] = {}
        for item in items:
            wanted.setdefault(f"{item.lookup}__in", []).append(item.value)
        asked = Q(*wanted.items(), _connector=Q.OR)
        yield from self._read_items(self._prepare().filter(asked))

    def pushed_models(self) -> tuple[type[Model], ...]:
        """Return the models whose saved and deleted rows are pushed where ``is_pushed`` is set."""
        return (self._model(),)

    def _find_related(self, item: object) -> PushedItem | None:
        return None

    def _read_batches(self, queryset: QuerySet[Any]) -> Iterator[ReadRow[RecordT]]:
        for _key, row in self._read_items(queryset):
            yield row

    def _read_items(self, queryset: QuerySet[Any]) -> Iterator[tuple[Any, ReadRow[RecordT]]]:
        size = get_settings().CHUNK_SIZE
        line, last = 0, None
        # Batches by key, not one long cursor: the caller writes between them.
        while batch := list((queryset if last is None else queryset.filter(pk__gt=last))[:size]):
            for item in batch:
                line += 1
                yield item.pk, self._read_item(item, line)
            last = batch[-1].pk

    def _read_item(self, item: Any, line: int) -> ReadRow[RecordT]:
        raw = f"{type(item).__name__} {item.pk}"
        try:
            return self._read(self.to_mapping(item), line, raw)
        except (DatabaseError, UnusableSource):
            raise  # nothing of this one object: the next would fare no better
        except Exception as error:  # a method of the host's; what it says may name a person
            frame = extract_tb(error.__traceback__)[-1]
            place = f"{PurePath(frame.filename).name}:{frame.lineno}"
            reason = f"the map raised {type(error).__name__} at {place}"
            return refuse_row(line, "", "map_failed", reason, raw)

    def find_faults(self) -> Iterator[MapFault]:
        """Yield what is wrong with the map by the models as they are; asks no database."""
        if not self.name:
            text = f"{self._where('name')} is empty: it needs a name, which becomes the source."
            yield MapFault("E071", text, "Choose a short word, and never change it.")
        try:
            model = self._model()
        except (LookupError, ValueError, UnusableSource) as error:
            text = f"{self._where('model')}: {error}".rstrip(".")
            yield MapFault("E071", f"{text}.", 'Name a model as "app_label.ModelName".')
            return
        for key, why in self.needed.items():
            if not getattr(self, key) and key not in self.filled:
                yield MapFault("E071", f"{self._where(key)} is empty: {why}.")
        for key, path in self._paths():
            if key != "updated":
                yield from find_path_faults(model, path, where=self._where(key), key=key)
        if self.updated:
            yield from find_updated_faults(model, self.updated, where=self._where("updated"))
        yield from self._find_queryset_faults()

    def find_unmapped(self) -> frozenset[str]:
        """Return the keys of the map that say nothing."""
        return frozenset(key for key in self._keys() if not getattr(self, key)) - self.filled

    def _keys(self) -> tuple[str, ...]:
        return (*self.map_keys, "updated")

    def _where(self, key: str) -> str:
        return f"{type(self).__name__}.{key}"

    def _find_queryset_faults(self) -> Iterator[MapFault]:
        where = self._where("only" if self.only else "get_queryset()")
        try:
            with without_database():
                queryset = self.get_queryset()
        except (AskedDatabase, DatabaseError):
            text = f"{where} asks the database when it is called, before anything is read."
            yield MapFault("W079", text, "Give filter() a queryset instead of its results.")
        except UnusableSource as error:
            yield MapFault("E072", f"{error}")
        except Exception as error:  # the host's code: anything may come out of it
            yield MapFault("E077", f"{where} fails: {type(error).__name__}: {error}.")
        else:
            yield from find_queryset_faults(queryset, where=where)

    def _model(self) -> type[Model]:
        if isinstance(self.model, str):
            if not self.model:
                raise UnusableSource(f"{type(self).__name__} needs a model")
            return apps.get_model(self.model)
        return self.model

    def _paths(self) -> Iterator[tuple[str, str]]:
        for key in (*self.map_keys, "updated"):
            value = getattr(self, key)
            if isinstance(value, str) and value:
                yield key, value

    def _joins(self) -> set[str]:
        joins = set()
        for _, path in self._paths():
            prefix = join_of(self._model(), path)
            if prefix:
                joins.add(prefix)
        return joins

    def _prefetches(self) -> tuple[Any, ...]:
        return ()

    def _value(self, source: Source, item: Any) -> Any:
        if isinstance(source, Always):
            return source.value
        if isinstance(source, str):
            return follow(item, source) if source else None
        return source(item)


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


class HostCatalogue(OrmCatalogue):
    """The products that ``FOOTBACK["HOST"]["product"]`` maps."""

    def __init__(self) -> None:
        self._map = read_host_map("product", self._keys())
        self._map.give_to(self)

    def find_faults(self) -> Iterator[MapFault]:
        """Yield what is wrong with the map by the models as they are; asks no database."""
        yield from self._map.faults
        yield from super().find_faults()

    def _where(self, key: str) -> str:
        return self._map.where(key)


class HostPurchases(OrmPurchases):
    """The order lines that ``FOOTBACK["HOST"]["order_line"]`` maps."""

    def __init__(self) -> None:
        self._map = read_host_map("order_line", self._keys())
        self._map.give_to(self)

    def find_faults(self) -> Iterator[MapFault]:
        """Yield what is wrong with the map by the models as they are; asks no database."""
        yield from self._map.faults
        yield from super().find_faults()

    def _where(self, key: str) -> str:
        return self._map.where(key)
