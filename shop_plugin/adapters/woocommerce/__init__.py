"""WooCommerce: what a shop names in its settings, or makes its own classes of."""

from shop_plugin.adapters.woocommerce.accounts import WooCommerceAccounts
from shop_plugin.adapters.woocommerce.adapter import (
    WooCommerceCsv,
    WooCommerceMetaCsv,
    WooCommerceWebhooks,
)
from shop_plugin.adapters.woocommerce.shop import WooCommerceShop

__all__ = [
    "WooCommerceAccounts",
    "WooCommerceCsv",
    "WooCommerceMetaCsv",
    "WooCommerceShop",
    "WooCommerceWebhooks",
]
