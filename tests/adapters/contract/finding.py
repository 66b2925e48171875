"""Which adapters there are for a claim, and what their test files bring along."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

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


def stem(module: ModuleType) -> str:
    """Return the name of an adapter's file without its folder and ending."""
    return module.__name__.rpartition(".")[2]


def samples_of(module: ModuleType) -> Samples:
    """Return what an adapter is tried with, from its own test file."""
    found = import_module(f"tests.adapters.test_{stem(module)}").SAMPLES
    assert isinstance(found, Samples)
    return found


def claiming(capability: Capability) -> list[ModuleType]:
    """Return the adapters whose card claims a capability."""
    return [module for module in ADAPTERS if capability in module.CARD.can]
