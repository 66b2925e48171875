"""Migrations are named after what they change, and none is missing."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command
from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from tests.architecture.sources import PROJECT_DIR

FOLDERS = ("shop_plugin/migrations", "footback_shop/store/migrations")


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_names_migrations_after_what_they_change(folder: str) -> None:
    names = [path.stem for path in (PROJECT_DIR / folder).glob("0*.py")]
    assert names
    nameless = [
        name for name in names if "auto" in name or not re.fullmatch(r"\d{4}_[a-z0-9_]{5,}", name)
    ]
    assert nameless == []


@pytest.mark.django_db
def test_it_lacks_no_migration() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


# From here on the version before may still be at work while a migration runs.
FIRST_BESIDE_OLDER_CODE = 28
ADDING = (
    migrations.CreateModel,
    migrations.AddField,
    migrations.AddIndex,
    migrations.AlterModelOptions,
)


def operations_beside_older_code() -> list[tuple[str, Operation]]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return [
        (name, operation)
        for (app, name), migration in sorted(loader.disk_migrations.items())
        if app == "footback" and int(name[:4]) >= FIRST_BESIDE_OLDER_CODE
        for operation in migration.operations
    ]


@pytest.mark.proof("T34")
def test_it_only_adds_where_older_code_may_still_be_at_work() -> None:
    found = operations_beside_older_code()
    assert found
    assert [name for name, operation in found if not isinstance(operation, ADDING)] == []


@pytest.mark.proof("T34")
def test_it_fills_by_the_database_what_older_code_does_not_know_of() -> None:
    unfilled = [
        f"{name}: {operation.name}"
        for name, operation in operations_beside_older_code()
        if isinstance(operation, migrations.AddField)
        and not (operation.field.null or operation.field.has_db_default())
    ]
    assert unfilled == []
