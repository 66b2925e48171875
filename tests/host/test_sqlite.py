"""SQLite under several writers: no transaction of the demo's settings ever fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import PROJECT_DIR

PROCESSES = 4
TRANSACTIONS = 60
# Reads before it writes, as services do: the pattern that fails with deferred transactions.
WRITER = """
import json, sys
import django
django.setup()
from django.db import OperationalError, transaction
from footback_shop.store.models import Variant
failed = 0
for _ in range(int(sys.argv[1])):
    try:
        with transaction.atomic():
            variant = Variant.objects.get(pk=1)
            variant.stock += 1
            variant.save()
    except OperationalError:
        failed += 1
print(json.dumps(failed))
"""
FILL = """
import django
django.setup()
from django.core.management import call_command
from footback_shop.store.models import Product, Variant
call_command("migrate", verbosity=0)
product = Product.objects.create(sku="P", slug="p", name="P", brand="B", category="C", price=1)
Variant.objects.create(pk=1, product=product, sku="V", size="38", stock=0)
"""
READ = """
import django
django.setup()
from footback_shop.store.models import Variant
print(Variant.objects.get(pk=1).stock)
"""


@pytest.mark.slow
@pytest.mark.own_database
def test_it_fails_no_transaction_and_loses_no_write_over_four_processes(tmp_path: Path) -> None:
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "footback_shop.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'shared.sqlite3'}",
        "FOOTBACK_VAR_DIR": str(tmp_path),
    }

    def python(program: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            cwd=PROJECT_DIR,
            env=environ,
            stdout=subprocess.PIPE,
            text=True,
        )

    fill = python(FILL)
    fill.communicate()
    assert fill.returncode == 0
    writers = [python(WRITER, str(TRANSACTIONS)) for _ in range(PROCESSES)]
    failures = [json.loads(writer.communicate(timeout=120)[0]) for writer in writers]
    assert failures == [0] * PROCESSES
    stock = python(READ).communicate()[0]
    assert int(stock) == PROCESSES * TRANSACTIONS
