"""What an adapter needs to turn a host's rows into records, under one name.

The rules are the domain's (:mod:`shop_plugin.domain.host_rows`): the same for
every file format, every shop and the API.
"""

from shop_plugin.domain.host_rows import read_listing_row, read_purchase_row, refuse_row
from shop_plugin.domain.ports import UnusableSource

__all__ = ["UnusableSource", "read_listing_row", "read_purchase_row", "refuse_row"]
