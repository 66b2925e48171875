"""The adapters there are, found by what is in their modules.

A class fits a seam when it has all that a protocol of ``domain/ports.py`` asks
for, and its methods take what the protocol's take, under the same names. A
module of ``shop_plugin/adapters`` in which such a class is written is an
adapter and declares a ``CARD``; every other is a part that adapters are made of.
Where the classes of one adapter fill more than one module, their package is the
adapter and declares it.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from shop_plugin import adapters
from shop_plugin.domain.capabilities import AdapterCard
from shop_plugin.domain.ports import (
    CatalogueSource,
    FactsFormat,
    FileFormat,
    PurchaseSource,
    WebhookReader,
)

SEAMS: tuple[type, ...] = (CatalogueSource, PurchaseSource, FileFormat, WebhookReader, FactsFormat)


def adapter_modules(package: ModuleType = adapters) -> Iterator[ModuleType]:
    """Yield every module that is an adapter, and every package that is one, by name."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = import_module(found.name)
        is_part = hasattr(import_module(found.name.rpartition(".")[0]), "CARD")
        writes = not is_part and any(_written_in(module, seam) for seam in SEAMS)
        if writes or hasattr(module, "CARD"):
            yield module


def cards(package: ModuleType = adapters) -> dict[str, AdapterCard]:
    """Return the card of each adapter by the name of its module.

    :raises AttributeError: for an adapter without a card.
    """
    return {module.__name__: module.CARD for module in adapter_modules(package)}


def classes_for(module: ModuleType, seam: type) -> list[type]:
    """Return the public classes of an adapter that fit a seam."""
    parts = [
        import_module(f"{module.__name__}.{found.name}")
        for found in pkgutil.iter_modules(getattr(module, "__path__", []))
    ]
    own = [module, *(part for part in parts if not hasattr(part, "CARD"))]
    return [item for part in own for item in _written_in(part, seam)]


def _written_in(module: ModuleType, seam: type) -> list[type]:
    return [
        item
        for name, item in sorted(vars(module).items())
        if inspect.isclass(item)
        and item.__module__ == module.__name__
        and not name.startswith("_")
        and fits(item, seam)
    ]


def fits(item: type, seam: type) -> bool:
    """Tell whether a class has the members of a protocol, and its methods take the same."""
    for name in members_of(seam):
        if not hasattr(item, name):
            return False
        asked, given = getattr(seam, name, None), getattr(item, name)
        if inspect.isfunction(asked) and not _takes(given, asked):
            return False
    return True


def _takes(given: object, asked: object) -> bool:
    if not callable(given) or not callable(asked):
        return False
    return set(inspect.signature(asked).parameters) <= set(inspect.signature(given).parameters)


def members_of(seam: type) -> list[str]:
    """Return the names of what a protocol asks for."""
    names = {*vars(seam), *seam.__annotations__}
    return sorted(name for name in names if not name.startswith("_"))
