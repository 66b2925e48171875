"""Migrations are named after what they change, and none is missing."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command

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
