"""What this shop adds to the adapter: its checkout says what will be mailed and offers a no."""

from shop_plugin.adapters.orm import Always
from shop_plugin.adapters.oscar import OscarPurchases


class Purchases(OscarPurchases):
    optout_offered = Always(True)
