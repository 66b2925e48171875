"""What this machine has to test with: PostgreSQL, Redis, Chromium; and if not, why not."""

from __future__ import annotations

import getpass
import os
import shutil
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import environ
import psycopg
import redis
from psycopg.conninfo import make_conninfo

from footback_shop.broker import is_reachable

# Debian's place for the server's socket.
SOCKET_DIR = "/var/run/postgresql"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OUR_TEST_DATABASES = "footback_test_"


@dataclass(frozen=True, slots=True)
class Found:
    """Something to test with; ``reason`` says why where there is none."""

    value: str = ""
    reason: str = ""


def find_postgres() -> Found:
    """Return the address of a PostgreSQL that lets us create databases.

    ``FOOTBACK_TEST_POSTGRES`` names one; else the usual places of this machine are tried.
    """
    named = os.environ.get("FOOTBACK_TEST_POSTGRES", "")
    reasons = []
    for url in [named] if named else _usual_postgres():
        try:
            with psycopg.connect(
                plain_address(url), connect_timeout=3, autocommit=True
            ) as connection:
                row = connection.execute(
                    "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
            if row and row[0]:
                return Found(url)
            reasons.append("the role may not create databases")
        except psycopg.Error as error:
            reasons.append(str(error).strip().splitlines()[0])
    return Found(reason=f"no PostgreSQL to use ({reasons[0]})")


def drop_leftover_databases(url: str) -> list[str]:
    """Drop the test databases of runs that were killed and return their names."""
    with psycopg.connect(plain_address(url), autocommit=True) as connection:
        names = [
            row[0]
            for row in connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{OUR_TEST_DATABASES}%"]
            )
        ]
        dropped = [name for name in names if not _is_running(_process_of(name))]
        for name in dropped:
            connection.execute(
                psycopg.sql.SQL("DROP DATABASE IF EXISTS {}").format(psycopg.sql.Identifier(name))
            )
    return dropped


def find_redis() -> Found:
    """Return the address of a Redis server of this machine, in a database of its own."""
    url = in_own_database(os.environ.get("FOOTBACK_TEST_REDIS") or "redis://127.0.0.1:6379/15")
    if is_reachable(url):
        return Found(url)
    return Found(reason=f"no Redis server answers at {url}")


def in_own_database(url: str) -> str:
    """Return the address with a database that no other worker of this run uses.

    Asked again for its answer, and by the processes that a test starts, it gives the same.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    if not worker:
        return url
    return urlsplit(url)._replace(path=f"/{15 - int(worker)}").geturl()


def redis_version(url: str) -> str:
    """Return the version that the server tells."""
    with redis.Redis.from_url(url) as client:
        return str(client.info("server")["redis_version"])


def find_chromium() -> Found:
    """Return the path of a browser; ``FOOTBACK_CHROMIUM`` names one."""
    named = os.environ.get("FOOTBACK_CHROMIUM", "")
    for name in [named] if named else CHROMIUM_NAMES:
        path = shutil.which(name)
        if path:
            return Found(path)
    return Found(reason="no Chromium on PATH (Debian: apt install chromium)")


def _usual_postgres() -> list[str]:
    user = quote(getpass.getuser())
    return [
        f"postgres://{user}@127.0.0.1:5432/postgres",
        f"postgres://{user}@/{SOCKET_DIR}/postgres",
        "postgres://postgres@127.0.0.1:5432/postgres",
    ]


def plain_address(url: str) -> str:
    """Return the address as libpq takes it, read by the same library as ``DATABASE_URL``."""
    config = environ.Env.db_url_config(url)
    parts = {
        "dbname": config["NAME"],
        "user": config["USER"],
        "password": config["PASSWORD"],
        "host": config["HOST"],
        "port": config["PORT"],
    }
    return make_conninfo(**{key: value for key, value in parts.items() if value})


def _process_of(database: str) -> str:
    """Return the process in a name like ``footback_test_4711`` or ``footback_test_4711_gw0``."""
    return database.removeprefix(OUR_TEST_DATABASES).partition("_")[0]


def _is_running(number: str) -> bool:
    if not number.isdecimal():
        return True  # not ours to judge
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
