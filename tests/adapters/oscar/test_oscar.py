"""The adapter for django-oscar where there is none; tests/oscar has the real package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import LazySettings, settings
from django.core.checks import run_checks

from shop_plugin.adapters.oscar import OscarCatalogue, OscarPurchases
from shop_plugin.domain.ports import UnusableSource
from tests.adapters.contract import ModelSample, Samples

RUN = "python -m pytest --ds=tests.oscar.settings tests/oscar"


def _fill_products(count: int) -> None:
    from tests.oscar.shop import Product, make_parent, make_shelves

    shelves, first = make_shelves(), Product.objects.count()
    for number in range(count):
        make_parent(shelves, f"Marlow Walker {first + number}")


def _spoil_product() -> None:
    from tests.oscar.shop import Product, make_shelves

    Product.objects.create(title=" ", slug="nameless", product_class=make_shelves().shoes)


def _fill_lines(count: int) -> None:
    from tests.oscar.shop import Order, child_of, make_order, make_parent, make_shelves

    product, first = child_of(make_parent(make_shelves()), "38"), Order.objects.count()
    for number in range(first, first + count):
        make_order(product, number=f"10{number}", guest_email=f"robin{number}@example.org")


def _spoil_line() -> None:
    from tests.oscar.shop import Line, child_of, make_order, make_parent, make_shelves

    order = make_order(child_of(make_parent(make_shelves()), "38"), number="999999")
    Line.objects.filter(order=order).update(quantity=20_000)


def _is_here() -> bool:
    return apps.is_installed("oscar")


SAMPLES = Samples(
    catalogue=ModelSample(OscarCatalogue, _fill_products, _spoil_product, _is_here, RUN),
    orders=ModelSample(OscarPurchases, _fill_lines, _spoil_line, _is_here, RUN),
)

# Run in a process of its own, in which oscar cannot be imported at all.
_WITHOUT_OSCAR = """
import pkgutil, sys
from importlib import import_module

class NoOscar:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "oscar":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoOscar())
import django
django.setup()
from django.core.management import call_command
from shop_plugin.adapters import oscar
names = [found.name for found in pkgutil.iter_modules(oscar.__path__)]
for name in names:
    import_module(f"shop_plugin.adapters.oscar.{name}")
call_command("check", fail_level="ERROR")
assert not any(name.partition(".")[0] == "oscar" for name in sys.modules)
print(len(names), "modules")
"""


def test_it_is_absent_without_trouble() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_OSCAR],
        cwd=Path(settings.BASE_DIR),
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    number, _word = done.stdout.split()[-2:]
    assert int(number) >= 5


@pytest.mark.parametrize("source", [OscarCatalogue, OscarPurchases])
def test_it_says_what_to_do_where_oscar_is_named_and_not_installed(source: type) -> None:
    with pytest.raises(UnusableSource, match=r"not among INSTALLED_APPS.*footback\[oscar\]"):
        source()


def test_it_is_found_by_the_system_checks_where_oscar_is_not_installed(
    settings: LazySettings,
) -> None:
    settings.FOOTBACK = {
        "CATALOGUE_SOURCE": "shop_plugin.adapters.oscar.OscarCatalogue",
        "PURCHASE_SOURCE": "shop_plugin.adapters.oscar.OscarPurchases",
    }
    found = [
        str(message.msg)
        for message in run_checks(tags=["footback"])
        if message.id == "footback.E003"
    ]
    assert len(found) == 2
    assert all("needs django-oscar" in text for text in found)
