"""Sees whether the demo's database fits this version of the code, and sets an old one aside."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.db import connection


class OldDatabase(Exception):
    """The database was made by another version. The message says what to do."""


def find_missing_columns() -> list[str]:
    """Return what the models need and the database lacks, as "table.column", sorted.

    A table that is missing altogether does not count: a migration will make it.
    """
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        missing = [
            f"{model._meta.db_table}.{field.column}"
            for model in apps.get_models()
            if model._meta.db_table in tables
            for field in _lacking(model, cursor)
        ]
    return sorted(missing)


def set_old_database_aside(*, now: datetime) -> Path | None:
    """Rename a SQLite file that an older version made, so that a new one can be built.

    Returns where it went, ``None`` where nothing was wrong.

    :raises OldDatabase: for a database server, which is left alone.
    """
    missing = find_missing_columns()
    if not missing:
        return None
    lacks = f"it lacks {missing[0]}" + (f" and {len(missing) - 1} more" if missing[1:] else "")
    if connection.vendor != "sqlite":
        raise OldDatabase(
            f"The database {connection.settings_dict['NAME']} was made by another version "
            f"({lacks}). Give the demo an empty database, or unset DATABASE_URL."
        )
    path = Path(connection.settings_dict["NAME"])
    aside = path.with_name(f"{path.stem}-{now:%Y%m%dT%H%M%S}{path.suffix}")
    connection.close()
    for ending in ("", "-wal", "-shm"):
        part = Path(f"{path}{ending}")
        if part.exists():
            part.rename(f"{aside}{ending}")
    return aside


def _lacking(model, cursor):
    # Not Django's own introspection: it stumbles over SQLite's generated columns.
    table = connection.ops.quote_name(model._meta.db_table)
    cursor.execute(f"SELECT * FROM {table} WHERE 1 = 0")  # noqa: S608
    present = {column[0] for column in cursor.description}
    return [field for field in model._meta.local_concrete_fields if field.column not in present]
