"""django-oscar's own catalogue and orders. Nothing of oscar is imported before it is needed.

Name the two classes in ``FOOTBACK`` as they are, or subclasses of them. All
models are looked up by oscar's app labels, which a forked app keeps, and
prices come from the shop's own strategy. How to:
docs/how-to/put-it-into-django-oscar.md.
"""

from shop_plugin.adapters.oscar.catalogue import OscarCatalogue
from shop_plugin.adapters.oscar.purchases import OscarPurchases
from shop_plugin.domain.capabilities import AdapterCard, Capability

__all__ = ["CARD", "OscarCatalogue", "OscarPurchases"]

_SIGNALS = "It is in the same process: oscar's signals are heard, nothing has to be signed."
CARD = AdapterCard(
    name="oscar",
    title="django-oscar",
    extra="oscar",
    can={
        Capability.LISTINGS_FROM_MODELS: "Parents with their children as sizes, attributes, "
        "categories, stock records; a saved product at once.",
        Capability.PURCHASES_FROM_MODELS: "Order lines with statuses, shipping events and refunds; "
        "a placed or changed order at once.",
    },
    cannot={
        Capability.LISTINGS_FROM_FILES: "Oscar exports no products; its models are read.",
        Capability.PURCHASES_FROM_FILES: "Oscar's report of orders has no lines; models are read.",
        Capability.LISTINGS_BY_WEBHOOK: _SIGNALS,
        Capability.PURCHASES_BY_WEBHOOK: _SIGNALS,
        Capability.RETURNS_BY_WEBHOOK: "Returns come with the order lines, by status and events.",
        Capability.ERASURE_BY_WEBHOOK: "Call erase_person where the shop deletes an account.",
        Capability.FACTS_TO_FILES: "Template tags show the facts; nothing has to be carried over.",
    },
)
