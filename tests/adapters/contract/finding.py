"""Which adapters there are for a claim, and what their test files bring along."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from shop_plugin import adapters
from shop_plugin.domain.capabilities import Capability
from tests.adapters.adapter_cards import adapter_modules
from tests.adapters.contract import Samples

#: Whom every row of the contract is said to come from.
SOURCE = "contract"
WEBHOOKS = {
    Capability.LISTINGS_BY_WEBHOOK,
    Capability.PURCHASES_BY_WEBHOOK,
    Capability.RETURNS_BY_WEBHOOK,
    Capability.ERASURE_BY_WEBHOOK,
}
ADAPTERS = list(adapter_modules())


def name_of(module: ModuleType) -> str:
    """Return the name of an adapter, as its card says it."""
    return str(module.CARD.name)


def find_test_file(module: ModuleType) -> ModuleType:
    """Return the adapter's own test file, which stands at the mirrored place."""
    room, _, name = module.__name__.removeprefix(f"{adapters.__name__}.").rpartition(".")
    if hasattr(module, "__path__"):
        room = name
    place = ("tests.adapters", *([room] if room else []), f"test_{name}")
    return import_module(".".join(place))


def samples_of(module: ModuleType) -> Samples:
    """Return what an adapter is tried with, from its own test file."""
    found = find_test_file(module).SAMPLES
    assert isinstance(found, Samples)
    return found


def claiming(capability: Capability) -> list[ModuleType]:
    """Return the adapters whose card claims a capability."""
    return [module for module in ADAPTERS if capability in module.CARD.can]
