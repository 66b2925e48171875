"""When a pair was first worn, and how long it may be expected to last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from shop_plugin.domain.records import PurchaseRecord
from shop_plugin.models import Listing, Purchase
from shop_plugin.services.shop_clock import shop_day

# A pair is on its way for three days after it left and seven after it was ordered (nudge
# reference, section 6), and worn for the first time a week later: two weeks after the order
# where nothing else is known (domain reference, section 9.4).
DAYS_UNTIL_WORN = {"delivered": 7, "fulfilled": 10, "ordered": 14}


@dataclass(frozen=True, slots=True)
class WearStart:
    """The assumed first day of wear in the shop's calendar, and the event it was counted from."""

    day: date
    basis: str


def start_of_wear(record: PurchaseRecord) -> WearStart:
    """Return when the pair of an order line is assumed to be worn first."""
    for basis, moment in (
        ("delivered", record.delivered_at),
        ("fulfilled", record.fulfilled_at),
        ("ordered", record.ordered_at),
    ):
        if moment is not None:
            return WearStart(shop_day(moment) + timedelta(days=DAYS_UNTIL_WORN[basis]), basis)
    raise ValueError("an order line has a date of order")


def set_wear(purchase: Purchase, listing: Listing | None) -> None:
    """Set the life range and the next stage of a pair from what is known of its shoe."""
