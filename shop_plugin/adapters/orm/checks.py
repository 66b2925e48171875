"""A field map held against the host's real models, without a single question to the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, NoReturn

from django.db import connections, models
from django.db.models import Field, Model, QuerySet

from shop_plugin.adapters.orm.paths import DeadEnd, SizesFrom, walk_path
from shop_plugin.domain.map_faults import MapFault

_Fields = tuple[type[Any], ...]
_TEXTS: _Fields = (models.CharField, models.TextField)
_NUMBERS: _Fields = (models.IntegerField, models.DecimalField, models.FloatField)
_DAYS: _Fields = (models.DateField,)  # a DateTimeField is one too
_FLAGS: _Fields = (models.BooleanField,)
_JSON: _Fields = (models.JSONField,)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a key of a map takes, for people and as columns.

    ``wrong`` cannot be read as one; ``doubtful`` can, and may say something
    else than is meant. A column of another kind is left to the reading.
    """

    words: str
    wrong: _Fields
    doubtful: _Fields = ()
    why: str = ""


_TIME = _Kind("a date or a time", wrong=(*_TEXTS, *_NUMBERS, *_FLAGS, *_JSON))
_COUNT = _Kind(
    "a whole number",
    wrong=(*_FLAGS, *_DAYS, *_JSON),
    doubtful=_TEXTS,
    why="a text that is no number refuses its row",
)
_FLAG = _Kind(
    "a yes or no",
    wrong=_JSON,
    doubtful=_TEXTS,
    why='only "true", "yes", "y" and "1" count as yes there',
)
_WORDS = _Kind("a text", wrong=(*_FLAGS, *_DAYS, *_JSON))
_AMOUNT = _Kind("an amount", wrong=(*_FLAGS, *_DAYS, *_JSON))
_COUNTS = _Kind("counts by name, in a JSON field", wrong=(*_TEXTS, *_NUMBERS, *_DAYS, *_FLAGS))

KINDS: Mapping[str, _Kind] = {
    **dict.fromkeys(("ordered_at", "fulfilled_at", "delivered_at", "updated"), _TIME),
    **dict.fromkeys(("quantity", "quantity_returned", "sales", "views", "stock"), _COUNT),
    **dict.fromkeys(("internal_length_mm", "ball_width_mm"), _COUNT),
    **dict.fromkeys(("is_gift", "is_cancelled", "is_recalled", "optout_offered"), _FLAG),
    "has_express_consent": _FLAG,
    "price": _AMOUNT,
    **dict.fromkeys(("fit_votes", "return_reasons", "arch_votes", "width_votes"), _COUNTS),
    **dict.fromkeys(("title", "brand", "category", "gender", "description", "currency"), _WORDS),
    **dict.fromkeys(("url", "image_url", "language", "email", "first_name", "country"), _WORDS),
    **dict.fromkeys(("timezone", "size", "label", "order_id", "age_group"), _WORDS),
}
_MEASURES = ("internal_length_mm", "ball_width_mm")


def find_path_faults(model: type[Model], path: str, *, where: str, key: str) -> Iterator[MapFault]:
    """Yield what is wrong with one path: it leads nowhere, to many, or to another kind of value."""
    told = f'{where} = "{path}"'
    try:
        end = walk_path(model, path)
    except DeadEnd as error:
        yield MapFault("E072", f"{told} leads nowhere: {error}")
        return
    if end.many:
        yield MapFault(
            "E073",
            f'{told} goes through "{end.many}", which leads to many objects, not to one value.',
            "Name a relation to one object, or write a method in a class that chooses one.",
        )
        return
    if end.model is not None:
        yield MapFault(
            "W075",
            f"{told} ends at a whole {end.model.__name__}, so its str() would be taken.",
            f'Name a field of it: "{path}.{_name_of(end.model)}".',
        )
    if isinstance(end.field, models.FileField) and key in ("url", "image_url"):
        yield MapFault(
            "W075", f"{told} is a file, so its name would be taken.", f'Name "{path}.url".'
        )
    elif end.field is not None and key in KINDS:
        yield from _find_kind_faults(end.field, told, key)


def find_updated_faults(model: type[Model], path: str, *, where: str) -> Iterator[MapFault]:
    """Yield what keeps ``updated`` from narrowing a sync to what changed."""
    told = f'{where} = "{path}"'
    try:
        end = walk_path(model, path)
    except DeadEnd as error:
        yield MapFault("E072", f"{told} leads nowhere: {error}")
        return
    if end.many:
        yield from find_path_faults(model, path, where=where, key="updated")
        return
    field = end.field
    if field is None:
        yield MapFault(
            "E074",
            f"{told} is no column of the database, so nothing can be selected by it.",
            "Name a DateTimeField, or leave it out and have every sync read everything.",
        )
        return
    faults = list(_find_kind_faults(field, told, "updated"))
    yield from faults
    if faults:
        return
    if not isinstance(field, models.DateTimeField):
        yield MapFault(
            "W075",
            f"{told} is a day: each sync reads all that changed on it again.",
            "A DateTimeField(auto_now=True) tells more.",
        )
    if not _is_indexed(field):
        yield MapFault(
            "W076",
            f"{told} has no index: every sync looks at every row of "
            f"{field.model._meta.verbose_name_plural}.",
            "Give the field db_index=True.",
        )


def find_size_faults(model: type[Model], sizes: SizesFrom, *, where: str) -> Iterator[MapFault]:
    """Yield what is wrong with the relation to the sizes and with the parts of each."""
    told = f'{where} = "{sizes.relation}"'
    try:
        end = walk_path(model, sizes.relation)
    except DeadEnd as error:
        yield MapFault("E072", f"{told} leads nowhere: {error}")
        return
    if end.model is None or not end.many:
        yield MapFault(
            "E074",
            f"{told} is no relation to many objects.",
            "Name the relation that leads from a product to its variants, one for each size.",
        )
        return
    for key, path in sizes.parts.items():
        if isinstance(path, str) and path:
            yield from find_path_faults(end.model, path, where=f"{where}.{key}", key=key)


def find_queryset_faults(queryset: QuerySet[Any], *, where: str) -> Iterator[MapFault]:
    """Yield what keeps a queryset from being read in batches by primary key, each row once."""
    query = queryset.query
    unusable = [
        what
        for what, is_so in (
            ("is sliced", query.is_sliced),
            ("is a union", bool(query.combinator)),
            ("yields values, not objects", getattr(queryset, "_fields", None) is not None),
            ("is distinct by some fields only", bool(query.distinct_fields)),
        )
        if is_so
    ]
    for what in unusable:
        yield MapFault(
            "E077",
            f"{where} {what}: it cannot be read in batches by primary key.",
            "Return a plain queryset of objects; narrow it with filter().",
        )
    many = _find_many(query)
    if many and not query.distinct:
        yield MapFault(
            "E073",
            f'{where} joins "{many}", of which an object has many: it would come once for each.',
            "Ask with Exists() or a list of keys (pk__in), or add distinct().",
        )


def without_database() -> ExitStack:
    """Return a context in which a question to any database raises :class:`AskedDatabase`."""
    stack = ExitStack()
    for connection in connections.all(initialized_only=True):
        stack.enter_context(connection.execute_wrapper(_refuse))
    return stack


class AskedDatabase(RuntimeError):
    """A host's queryset asked the database when it was made."""


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise AskedDatabase


def _find_kind_faults(field: Field[Any, Any], told: str, key: str) -> Iterator[MapFault]:
    kind = KINDS[key]
    found = f"a {type(field).__name__}"
    if key in _MEASURES and isinstance(field, _TEXTS):
        return
    if isinstance(field, kind.wrong):
        yield MapFault("E074", f"{told} is {found}, where {kind.words} is meant.")
    elif isinstance(field, kind.doubtful):
        yield MapFault("W075", f"{told} is {found}, where {kind.words} is meant: {kind.why}.")


def _is_indexed(field: Any) -> bool:
    if field.db_index or field.unique:
        return True
    meta = field.model._meta
    lists = [index.fields for index in meta.indexes] + [
        getattr(constraint, "fields", ()) for constraint in meta.constraints
    ]
    return any(names and names[0].lstrip("-") == field.name for names in lists)


def _find_many(query: Any) -> str:
    """Return the name of a relation to many objects that a query joins, empty for none."""
    for join in query.alias_map.values():
        field = getattr(join, "join_field", None)
        if field is not None and (field.one_to_many or field.many_to_many):
            accessor = getattr(field, "get_accessor_name", None)
            return str(accessor() if accessor is not None else field.name)
    return ""


def _name_of(model: type[Model]) -> str:
    """Return a field of a model that could be meant: its first text, else its key."""
    texts = [
        item.name for item in model._meta.concrete_fields if isinstance(item, models.CharField)
    ]
    return texts[0] if texts else "pk"
