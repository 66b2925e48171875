"""Any Django shop's own models as a catalogue and as orders, read by a field map.

The map stands in the settings (``FOOTBACK["HOST"]``), or in a subclass where
something cannot be said by a path. What a shop's own code takes from here:
the two classes, and what their maps are made of. How to:
docs/how-to/connect-a-django-shop.md.
"""

from shop_plugin.adapters.orm.catalogue import OrmCatalogue
from shop_plugin.adapters.orm.host import HostCatalogue, HostPurchases
from shop_plugin.adapters.orm.paths import Always, SizesFrom
from shop_plugin.adapters.orm.purchases import OrmPurchases
from shop_plugin.domain.capabilities import AdapterCard, Capability

__all__ = [
    "CARD",
    "Always",
    "HostCatalogue",
    "HostPurchases",
    "OrmCatalogue",
    "OrmPurchases",
    "SizesFrom",
]

_SAME_PROCESS = "The shop is in the same process: a sync reads it, nothing has to be signed."
_NO_FILES = "It reads models; files are read by the jsonl and csv adapters."
CARD = AdapterCard(
    name="orm",
    title="Any Django shop",
    can={
        Capability.LISTINGS_FROM_MODELS: "A field map over the shop's own product model.",
        Capability.PURCHASES_FROM_MODELS: "A field map over its order lines, returns included.",
    },
    cannot={
        Capability.LISTINGS_FROM_FILES: _NO_FILES,
        Capability.PURCHASES_FROM_FILES: _NO_FILES,
        Capability.LISTINGS_BY_WEBHOOK: _SAME_PROCESS,
        Capability.PURCHASES_BY_WEBHOOK: _SAME_PROCESS,
        Capability.RETURNS_BY_WEBHOOK: "Map quantity_returned; the order line tells of them.",
        Capability.ERASURE_BY_WEBHOOK: "Call erase_person where the shop deletes an account.",
        Capability.FACTS_TO_FILES: "Template tags show the facts; nothing has to be carried over.",
    },
)
