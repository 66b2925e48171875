"""Many rows in one statement, without a model instance per row.

``bulk_create`` spends most of an import in preparing instances. On SQLite and
PostgreSQL the same rows go in here as plain tuples, several times as fast;
any other database takes the ORM's own way. Constraints and defaults of the
database hold as ever; model defaults do not, so name every column.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models
from django.db.models.functions import Now

from shop_plugin.domain.json_text import dump_json
from shop_plugin.services.bulk.any_of import AnyOf

_Convert = Callable[[Sequence[Any]], list[Any]]


def among(name: str, keys: Collection[int]) -> models.Q:
    """Return the condition that a key is one of these; a run without gaps is asked for by its ends.

    The keys of a chunk mostly are such a run, and no database has to look up each of them then.
    """
    if keys and max(keys) - min(keys) == len(keys) - 1 == len(set(keys)) - 1:
        return models.Q(**{f"{name}__gte": min(keys), f"{name}__lte": max(keys)})
    return one_of(name, keys)


def one_of(name: str, values: Collection[int] | Collection[str]) -> models.Q:
    """Return the condition that a column holds one of these values; nothing is one of none."""
    return models.Q(AnyOf(name, values)) if values else models.Q(pk__in=())


def insert_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    unique: Sequence[str] = (),
    update: Sequence[str] = (),
) -> None:
    """Insert rows; where one meets another with the same ``unique`` columns, ``update`` it.

    ``columns``, ``unique`` and ``update`` are field names (a foreign key by its
    attribute, "listing_id"). Without ``update`` such a row is left as it was.
    A JSON column takes a structure, or text that is JSON already. Nothing is
    returned: primary keys are the database's.
    """
    if not rows:
        return
    fields = tuple(_field(model, name) for name in columns)
    if connection.vendor == "sqlite":
        _insert_into_sqlite(model, fields, rows, unique, update)
    elif connection.vendor == "postgresql":
        _insert_into_postgresql(model, fields, rows, unique, update)
    else:
        _insert_by_orm(model, columns, rows, unique, update)


def update_rows(
    model: type[models.Model],
    key: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    dated: Sequence[str] = (),
) -> None:
    """Set ``columns`` of the rows whose ``key`` stands first in each tuple.

    The ``dated`` columns are set to the time of the database's own clock.
    """
    if not rows:
        return
    fields = tuple(_field(model, name) for name in (key, *columns))
    quote = connection.ops.quote_name
    stamps = [f"{quote(str(_field(model, name).column))} = {_now_of(model)}" for name in dated]
    if connection.vendor == "postgresql":
        _update_in_postgresql(model, fields, rows, stamps)
        return
    names = [quote(str(field.column)) for field in fields]
    changes = ", ".join([*(f"{name} = %s" for name in names[1:]), *stamps])
    sql = f"UPDATE {quote(model._meta.db_table)} SET {changes} WHERE {names[0]} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        keys, *values = _columns(fields, rows)
        cursor.executemany(sql, list(zip(*values, keys, strict=True)))


def _update_in_postgresql(
    model: type[models.Model],
    fields: Sequence[models.Field[Any, Any]],
    rows: Sequence[Sequence[Any]],
    stamps: Sequence[str],
) -> None:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    names = [quote(str(field.column)) for field in fields]
    changes = ", ".join([*(f"{name} = given.{name}" for name in names[1:]), *stamps])
    arrays = ", ".join(f"%s::{_array_type(field)}" for field in fields)
    sql = (
        f"UPDATE {table} SET {changes} FROM unnest({arrays}) AS given({', '.join(names)}) "  # noqa: S608
        f"WHERE {table}.{names[0]} = given.{names[0]}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, _columns(fields, rows))


def _now_of(model: type[models.Model]) -> str:
    """Return the database's own time as a statement with parameters writes it."""
    compiler = model._default_manager.all().query.get_compiler(connection=connection)
    sql, _parameters = compiler.compile(Now())
    return str(sql)


def _insert_into_sqlite(
    model: type[models.Model],
    fields: Sequence[models.Field[Any, Any]],
    rows: Sequence[Sequence[Any]],
    unique: Sequence[str],
    update: Sequence[str],
) -> None:
    marks = ", ".join(["%s"] * len(fields))
    sql = f"{_insert_into(model, fields)} VALUES ({marks}){_on_conflict(model, unique, update)}"
    with connection.cursor() as cursor:
        cursor.executemany(sql, list(zip(*_columns(fields, rows), strict=True)))


def _insert_into_postgresql(
    model: type[models.Model],
    fields: Sequence[models.Field[Any, Any]],
    rows: Sequence[Sequence[Any]],
    unique: Sequence[str],
    update: Sequence[str],
) -> None:
    # One array per column: the statement is as long for a thousand rows as for one. All names in
    # it come from the models.
    arrays = ", ".join(f"%s::{_array_type(field)}" for field in fields)
    sql = (
        f"{_insert_into(model, fields)} SELECT * FROM unnest({arrays})"  # noqa: S608
        f"{_on_conflict(model, unique, update)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, _columns(fields, rows))


def _insert_by_orm(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    unique: Sequence[str],
    update: Sequence[str],
) -> None:
    is_json = [isinstance(_field(model, name), models.JSONField) for name in columns]
    instances = [
        model(
            **{
                name: json.loads(value) if as_json and isinstance(value, str) else value
                for name, value, as_json in zip(columns, row, is_json, strict=True)
            }
        )
        for row in rows
    ]
    model._default_manager.bulk_create(
        instances,
        ignore_conflicts=bool(unique and not update),
        update_conflicts=bool(update),
        update_fields=list(update) or None,
        unique_fields=(list(unique) or None) if update else None,
    )


@lru_cache(maxsize=256)
def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    for field in model._meta.concrete_fields:
        if name in (field.name, field.attname):
            return field
    raise LookupError(f"{model.__name__} has no column {name}")


def _insert_into(model: type[models.Model], fields: Sequence[models.Field[Any, Any]]) -> str:
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in fields)
    return f"INSERT INTO {quote(model._meta.db_table)} ({names})"


def _on_conflict(model: type[models.Model], unique: Sequence[str], update: Sequence[str]) -> str:
    if not unique:
        return ""
    quote = connection.ops.quote_name
    target = ", ".join(quote(str(_field(model, name).column)) for name in unique)
    if not update:
        return f" ON CONFLICT ({target}) DO NOTHING"
    columns = [quote(str(_field(model, name).column)) for name in update]
    changes = ", ".join(f"{column} = EXCLUDED.{column}" for column in columns)
    return f" ON CONFLICT ({target}) DO UPDATE SET {changes}"


def _columns(fields: Sequence[models.Field[Any, Any]], rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Return the values by column, the few converted that the driver does not take as they are."""
    return [
        convert(values) if (convert := _converter(field)) else list(values)
        for field, values in zip(fields, zip(*rows, strict=True), strict=True)
    ]


def _converter(field: models.Field[Any, Any]) -> _Convert | None:
    if isinstance(field, models.JSONField):
        return _as_json_texts
    if isinstance(field, models.DateTimeField):
        return _as_times
    if isinstance(field, models.UUIDField):
        return lambda values: [field.get_db_prep_value(value, connection) for value in values]
    return None


def _as_json_texts(values: Sequence[Any]) -> list[Any]:
    return [
        value if value is None or isinstance(value, str) else dump_json(value) for value in values
    ]


def _as_times(values: Sequence[Any]) -> list[Any]:
    adapt = connection.ops.adapt_datetimefield_value
    # The rows of one statement mostly carry one and the same time.
    known = {value: adapt(value) for value in set(values)}
    return [known[value] for value in values]


def _array_type(field: models.Field[Any, Any]) -> str:
    # A foreign key has the type of what it points to, an automatic key that of its numbers.
    return f"{field.rel_db_type(connection) if field.primary_key else field.db_type(connection)}[]"
