"""Shopify: what a shop names in its settings, or makes its own classes of."""

from shop_plugin.adapters.shopify.adapter import (
    ShopifyCsv,
    ShopifyMetafieldsCsv,
    ShopifyMetafieldsJson,
    ShopifyWebhooks,
)
from shop_plugin.adapters.shopify.shop import ShopifyShop

__all__ = [
    "ShopifyCsv",
    "ShopifyMetafieldsCsv",
    "ShopifyMetafieldsJson",
    "ShopifyShop",
    "ShopifyWebhooks",
]
