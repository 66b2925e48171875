"""The catalogue and the orders of a shop that writes its map into the settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from shop_plugin.adapters.orm.catalogue import OrmCatalogue
from shop_plugin.adapters.orm.purchases import OrmPurchases
from shop_plugin.adapters.orm.settings import read_host_map
from shop_plugin.adapters.orm.source import OrmSource
from shop_plugin.domain.map_faults import MapFault
from shop_plugin.domain.records import ListingRecord, PurchaseRecord, RecordT


class _MappedBySettings(OrmSource[RecordT]):
    """Takes its map from ``FOOTBACK["HOST"]``, where it stands under ``part``."""

    part: ClassVar[str]

    def __init__(self) -> None:
        self._map = read_host_map(self.part, self._keys())
        self._map.give_to(self)

    def find_faults(self) -> Iterator[MapFault]:
        """Yield what is wrong with the map by the models as they are; asks no database."""
        yield from self._map.faults
        yield from super().find_faults()

    def _where(self, key: str) -> str:
        return self._map.where(key)


class HostCatalogue(_MappedBySettings[ListingRecord], OrmCatalogue):
    """The products that ``FOOTBACK["HOST"]["product"]`` maps."""

    part = "product"


class HostPurchases(_MappedBySettings[PurchaseRecord], OrmPurchases):
    """The order lines that ``FOOTBACK["HOST"]["order_line"]`` maps."""

    part = "order_line"
