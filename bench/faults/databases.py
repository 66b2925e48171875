"""A database of its own for every run: a file, or one on this machine's PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import environ
import psycopg
from psycopg import sql

from tests.machine import find_postgres, plain_address


@contextmanager
def own_database(vendor: str, folder: Path, *, name: str = "footback_faults") -> Iterator[str]:
    """Yield the address of an empty database, gone afterwards. ``vendor`` is sqlite or postgresql.

    :raises RuntimeError: without a PostgreSQL that lets us create one.
    """
    if vendor == "sqlite":
        yield f"sqlite:///{folder / 'faults.sqlite3'}"
        return
    found = find_postgres()
    if found.reason:
        raise RuntimeError(found.reason)
    name = f"{name}_{os.getpid()}"
    with psycopg.connect(plain_address(found.value), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield _with_name(found.value, name)
        finally:
            drop = "DROP DATABASE IF EXISTS {} WITH (FORCE)"
            server.execute(sql.SQL(drop).format(sql.Identifier(name)))


def django_database(url: str) -> dict[str, Any]:
    """Return Django's settings of a database, on SQLite with what makes it fit for two writers."""
    found: dict[str, Any] = environ.Env().db_url_config(url)
    if found["ENGINE"].endswith("sqlite3"):
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        found["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": pragmas,
        }
    return found


def _with_name(url: str, name: str) -> str:
    head, _slash, _old = url.rpartition("/")
    return f"{head}/{name}"
