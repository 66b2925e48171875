"""What a catalogue and orders in a host's own models share: a field map, and batches by key.

Each entry of the map is one of

- a dotted path from the model ("brand.name", across relations),
- in a subclass: a method that takes the object, ``def price(self, product): ...``,
- what is the same for every object: ``Always("EUR")``; in the settings "=EUR".

An empty path means that the host does not say. What is wrong with a map is
told by the system checks, from the models alone (``checks``).
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
from django.db.models import Model, Q, QuerySet

from shop_plugin.adapters.base import UnusableSource, refuse_row
from shop_plugin.adapters.orm.checks import (
    AskedDatabase,
    find_path_faults,
    find_queryset_faults,
    find_updated_faults,
    without_database,
)
from shop_plugin.adapters.orm.paths import Always, Source, follow, join_of
from shop_plugin.conf import get_settings
from shop_plugin.domain.map_faults import MapFault
from shop_plugin.domain.ports import PushedItem
from shop_plugin.domain.records import ReadRow, RecordT

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
