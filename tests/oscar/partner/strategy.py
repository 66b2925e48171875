"""A shop's own strategy: prices are kept without tax and shown with 20 %."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from oscar.apps.partner import strategy


class Taxed(
    strategy.UseFirstStockRecord,
    strategy.StockRequired,
    strategy.FixedRateTax,
    strategy.Structured,
):
    rate = Decimal("0.20")
    exponent = Decimal("0.01")


class Selector(strategy.Selector):
    def strategy(self, request: Any = None, user: Any = None, **kwargs: Any) -> Taxed:
        return Taxed(request)
