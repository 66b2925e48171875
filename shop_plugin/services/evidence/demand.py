"""How much each listing is asked for: pairs sold and looks at its page, as the host counts them.

They decide nothing but the order in which staff are asked for facts. A
listing of which the host says nothing has no row, and counts as asked for by
nobody in particular.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from shop_plugin.domain.intake import NO_DEMAND, DemandColumns
from shop_plugin.models import FootwearProfile, ListingDemand
from shop_plugin.services.bulk.rows import among, insert_rows, update_rows

#: About two of a hundred looks at a page end in a sale, so a pair sold stands for fifty looks.
#: Editorial, from the usual conversion of shops on the web; it only orders work.
VIEWS_PER_SALE = 50


def weigh_demand(sales: int, views: int) -> int:
    """Return how much a listing is asked for, in looks at its page."""
    return sales * VIEWS_PER_SALE + views


def load_demand(listing_ids: Sequence[int]) -> dict[int, int]:
    """Return :func:`weigh_demand` of those listings that the host says something of."""
    rows = ListingDemand.objects.filter(among("listing_id", listing_ids))
    return {
        pk: weigh_demand(sales, views)
        for pk, sales, views in rows.values_list("listing_id", "sales", "views")
    }


def write_demand(*, demand: Mapping[int, DemandColumns], now: datetime) -> int:
    """Make the stored counts of these listings those given; return how many changed.

    The order of the work list follows in the same transaction. Nothing that
    shoppers see depends on it, so nothing else is brought up to date.
    """
    if not demand:
        return 0
    stored = {
        pk: DemandColumns(sales, views)
        for pk, sales, views in ListingDemand.objects.filter(
            among("listing_id", list(demand))
        ).values_list("listing_id", "sales", "views")
    }
    changed = {pk: counts for pk, counts in demand.items() if stored.get(pk, NO_DEMAND) != counts}
    gone = [pk for pk, counts in changed.items() if counts == NO_DEMAND]
    if gone:
        ListingDemand.objects.filter(listing_id__in=gone).delete()
    insert_rows(
        ListingDemand,
        ("listing_id", *DemandColumns._fields, "updated_at"),
        [(pk, *counts, now) for pk, counts in changed.items() if counts != NO_DEMAND],
        unique=("listing_id",),
        update=(*DemandColumns._fields, "updated_at"),
    )
    update_rows(
        FootwearProfile,
        "listing_id",
        ("demand",),
        [(pk, weigh_demand(*counts)) for pk, counts in changed.items()],
    )
    return len(changed)
