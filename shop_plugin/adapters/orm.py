"""A host's own Django models as a catalogue and as orders: a subclass with a field map.

Each entry of the map is one of

- a dotted path from the model ("brand.name", across relations),
- a method of the subclass that takes the object: ``def price(self, product): ...``,
- :class:`Always` for what is the same for every object.

An empty path means that the host does not say. A path that leads nowhere
stops the first read with a message that names the fields there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, Generic

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, FieldError, ObjectDoesNotExist
from django.db.models import ManyToOneRel, Model, Q, QuerySet

from shop_plugin.adapters.base import UnusableSource, read_listing_row, read_purchase_row
from shop_plugin.conf import get_settings
from shop_plugin.domain.capabilities import AdapterCard, Capability
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


@dataclass(frozen=True, slots=True)
class Always:
    """A value that every object of the host shares: ``currency = Always("EUR")``."""

    value: Any


Source = str | Always | Callable[..., Any]


@dataclass(frozen=True, slots=True)
class SizesFrom:
    """Where the sizes of a product stand: a related name, and the fields of the related model.

    ``stock`` is in pairs, ``internal_length_mm`` and ``ball_width_mm`` are the
    inside of the shoe in millimetres. Related objects are fetched with each
    batch, not one by one.
    """

    relation: str
    label: Source = "label"
    system: Source = ""
    width: Source = ""
    stock: Source = "stock"
    internal_length_mm: Source = ""
    ball_width_mm: Source = ""

    @property
    def parts(self) -> Mapping[str, Source]:
        """Return where each part of a size stands, by its key in a row."""
        return {item.name: getattr(self, item.name) for item in fields(self)[1:]}


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
    #: Lookups that an object must meet to be read, as ``filter`` takes them.
    only: ClassVar[Mapping[str, Any]] = MappingProxyType({})

    def get_queryset(self) -> QuerySet[Any]:
        """Return the objects to read: those that ``only`` names. Override if that falls short."""
        model = self._model()
        try:
            return model._default_manager.filter(**self.only)
        except FieldError as error:
            raise UnusableSource(f"{type(self).__name__}.only: {error}") from error

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
        if not self.name:
            raise UnusableSource(f"{type(self).__name__} needs a name: it becomes the source")
        self._check_map()
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
                raw = f"{type(item).__name__} {item.pk}"
                yield item.pk, self._read(self.to_mapping(item), line, raw)
            last = batch[-1].pk

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
            prefix = _joinable(self._model(), path)
            if prefix:
                joins.add(prefix)
        return joins

    def _prefetches(self) -> tuple[Any, ...]:
        return ()

    def _check_map(self) -> None:
        for key, path in self._paths():
            check_path(self._model(), path, where=f"{type(self).__name__}.{key}")

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
    ``is_recalled`` a yes or no.
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
    )

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

    def _check_map(self) -> None:
        if not self.title:
            raise UnusableSource(f"{type(self).__name__}.title is empty: a listing needs a name")
        super()._check_map()
        if isinstance(self.sizes, SizesFrom):
            where = f"{type(self).__name__}.sizes"
            related = check_path(self._model(), self.sizes.relation, where=where)
            for part in self.sizes.parts.values():
                if isinstance(part, str) and part and related is not None:
                    check_path(related, part, where=where)

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
        first = _parts(self.order_id)[0] if isinstance(self.order_id, str) else ""
        for field in self._model()._meta.concrete_fields:
            if field.name == first and field.is_relation:
                return field
        return None

    def to_mapping(self, item: Any) -> dict[str, Any]:
        """Return the row of one order line."""
        row = super().to_mapping(item)
        row["listing_source"] = row["listing_source"] or self.name
        return row

    def _check_map(self) -> None:
        for key in ("order_id", "ordered_at"):
            if not getattr(self, key):
                raise UnusableSource(f"{type(self).__name__}.{key} is empty: every line needs one")
        super()._check_map()

    def _read(self, mapping: dict[str, Any], line: int, raw: str) -> ReadRow[PurchaseRecord]:
        return read_purchase_row(mapping, source=self.name, line=line, raw=raw)


def follow(item: Any, path: str) -> Any:
    """Return what stands at a dotted path of an object; ``None`` where a relation is empty.

    A method without arguments (``get_absolute_url``) is called; below a JSON
    field a part is a key.
    """
    for part in _parts(path):
        if item is None:
            return None
        if isinstance(item, Mapping):
            item = item.get(part)
            continue
        try:
            item = getattr(item, part)
        except ObjectDoesNotExist:
            return None
        if callable(item) and not hasattr(item, "all"):
            item = item()
    return item


def check_path(model: type[Model], path: str, *, where: str) -> type[Model] | None:
    """Return the model a dotted path ends at, ``None`` where it ends at a plain value.

    :raises UnusableSource: when the path leads nowhere; the message names what there is.
    """
    current: type[Model] | None = model
    for part in _parts(path):
        if current is None:
            return None
        try:
            found = current._meta.get_field(part)
        except FieldDoesNotExist:
            if part == "pk" or hasattr(current, part):
                current = _related_by_accessor(current, part)
                continue
            names = ", ".join(sorted(item.name for item in current._meta.get_fields()))
            raise UnusableSource(
                f'{where} = "{path}" leads nowhere: {current.__name__} has no "{part}". '
                f"It has: {names}."
            ) from None
        current = found.related_model
    return current


def _related_by_accessor(model: type[Model], accessor: str) -> type[Model] | None:
    for relation in model._meta.related_objects:
        if relation.get_accessor_name() == accessor:
            return relation.related_model
    return None


def _joinable(model: type[Model], path: str) -> str:
    """Return the leading part of a path that is forward relations only, joined by "__"."""
    joined: list[str] = []
    current: Any = model
    for part in _parts(path):
        try:
            found = current._meta.get_field(part)
        except FieldDoesNotExist:
            break
        if not (found.many_to_one or found.one_to_one) or not found.concrete:
            break
        joined.append(part)
        current = found.related_model
    return "__".join(joined)


@lru_cache(maxsize=512)
def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))
