"""Paths through a host's models: followed on objects, and walked on the models alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db.models import Field, Model


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


class DeadEnd(LookupError):
    """A path that leads nowhere; the message says from which part on, and what there is."""


@dataclass(frozen=True, slots=True)
class PathEnd:
    """Where a path ends by the models alone.

    ``field`` is the column at its end, ``None`` behind a method, a property
    or inside JSON, where nothing is known of the value. ``model`` is the model
    that a relation at the end leads to. ``many`` names the first part that
    leads to many objects, empty where each object has one value.
    """

    field: Field[Any, Any] | None = None
    model: type[Model] | None = None
    many: str = ""


def follow(item: Any, path: str) -> Any:
    """Return what stands at a dotted path of an object; ``None`` where a relation is empty.

    A method without arguments (``get_absolute_url``) is called; below a JSON
    field a part is a key.
    """
    for part in parts_of(path):
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


def walk_path(model: type[Model], path: str) -> PathEnd:
    """Return where a dotted path ends, by the models alone.

    :raises DeadEnd: when it leads nowhere.
    """
    current: type[Model] | None = model
    field: Any = None
    many = ""
    for part in parts_of(path):
        if current is None:
            return PathEnd(many=many)  # a part of a value: a key of JSON, the url of a file
        name = "pk" if part == current._meta.pk.name else part
        field = current._meta.pk if name == "pk" else _find_field(current, part)
        if field is None:
            current = None
            continue
        if field.one_to_many or field.many_to_many:
            many = many or part
        current = field.related_model if field.is_relation else None
    ends_at_column = field is not None and getattr(field, "concrete", False)
    return PathEnd(field if ends_at_column and not field.is_relation else None, current, many)


def join_of(model: type[Model], path: str) -> str:
    """Return the leading part of a path that is forward relations only, joined by "__"."""
    joined: list[str] = []
    current: Any = model
    for part in parts_of(path):
        try:
            found = current._meta.get_field(part)
        except FieldDoesNotExist:
            break
        if not (found.many_to_one or found.one_to_one) or not found.concrete:
            break
        if part != found.name:
            break  # "order_id": the key itself, which needs no join
        joined.append(part)
        current = found.related_model
    return "__".join(joined)


@lru_cache(maxsize=512)
def parts_of(path: str) -> tuple[str, ...]:
    """Return the parts of a dotted path."""
    return tuple(path.split("."))


def name_closest(word: str, known: list[str]) -> str:
    """Return a question after the nearest name, empty where none is near."""
    close = get_close_matches(word, known, n=1, cutoff=0.5)
    return f' Did you mean "{close[0]}"?' if close else ""


def _find_field(model: type[Model], part: str) -> Any:
    """Return a field or a reverse relation; ``None`` for a method, a property or an annotation.

    :raises DeadEnd: when the model has nothing of that name.
    """
    for relation in model._meta.related_objects:
        if relation.get_accessor_name() == part:
            return relation
    try:
        found: Any = model._meta.get_field(part)
    except FieldDoesNotExist:
        if hasattr(model, part):
            return None
    else:
        if found.is_relation and found.concrete and part != found.name:
            return found.target_field  # "order_id": the key itself
        if not found.auto_created or found.concrete:
            return found
    names = sorted(_names_of(model))
    near = name_closest(part, names)
    raise DeadEnd(f'{model.__name__} has no "{part}".{near} It has: {", ".join(names)}.')


def _names_of(model: type[Model]) -> set[str]:
    """Return what a path may begin with, by the names that are used in Python."""
    names = set()
    for field in model._meta.get_fields():
        accessor = getattr(field, "get_accessor_name", None)
        name = accessor() if accessor is not None and not field.concrete else field.name
        if name:
            names.add(str(name))
    return names
