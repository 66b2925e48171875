"""Pairs that came back, told as acts of their own: counted once, before or after their order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Sum

from shop_plugin.domain.host_changes import ReturnRecord
from shop_plugin.models import Purchase, ReturnedPairs
from shop_plugin.services.bulk.keys import ids_by_source
from shop_plugin.services.bulk.rows import insert_rows
from shop_plugin.services.pairs.shoe_matching import lock_pairs_of

_BATCH = 500
LineKey = tuple[str, str]  # source, id of the order line there


def record_returns(*, source: str, returns: Iterable[ReturnRecord], now: datetime) -> set[LineKey]:
    """Write acts of return down and return the order lines they speak of.

    An act that is told again counts once; if it is told with more pairs, with
    those. What came of it for the pair is :func:`count_returns`'s work.
    """
    acts: dict[str, ReturnRecord] = {}
    for item in returns:
        known = acts.get(item.id)
        if known is None or known.quantity < item.quantity:
            acts[item.id] = item
    with transaction.atomic():
        insert_rows(
            ReturnedPairs,
            (
                "source",
                "external_id",
                "purchase_external_id",
                "quantity",
                "told_at",
                "is_counted",
            ),
            [
                (source, item.id, item.purchase_id, item.quantity, now, False)
                for item in sorted(acts.values(), key=lambda item: item.id)
            ],
            unique=("source", "external_id"),
        )
        stored = ReturnedPairs.objects.filter(source=source, external_id__in=acts)
        for row in stored.order_by("external_id").select_for_update():
            if row.quantity < acts[row.external_id].quantity:
                row.quantity, row.is_counted = acts[row.external_id].quantity, False
                row.save(update_fields=["quantity", "is_counted"])
    return {(source, item.purchase_id) for item in acts.values()}


def returned_quantities(keys: Iterable[LineKey]) -> dict[LineKey, int]:
    """Return how many pairs of these order lines came back by acts of their own. One query."""
    rows = ReturnedPairs.objects.filter(_lines(keys))
    sums = rows.order_by().values_list("source", "purchase_external_id")
    return {(source, line): total for source, line, total in sums.annotate(total=Sum("quantity"))}


def count_returns(*, keys: Collection[LineKey], now: datetime) -> set[int]:
    """Let acts of return count for the lines that are known; return the contacts concerned.

    What came back of a line is what the line itself says or the sum of the
    acts, whichever is more, and never more than was bought. A line of which
    nothing is left is returned, and nobody is reminded of it.
    """
    if not keys:
        return set()
    with transaction.atomic():
        known = Purchase.objects.filter(_lines(keys, name="external_id"))
        owners = set(known.order_by().values_list("contact_id", flat=True))
        lock_pairs_of(owners)
        pairs = list(known.order_by("pk"))
        told = returned_quantities(keys)
        changed = [
            pair for pair in pairs if _take_back(pair, told.get((pair.source, pair.external_id), 0))
        ]
        for pair in changed:
            pair.updated_at = now
        Purchase.objects.bulk_update(
            changed, ["quantity_returned", "status", "updated_at"], batch_size=_BATCH
        )
        found = [(pair.source, pair.external_id) for pair in pairs]
        if found:
            ReturnedPairs.objects.filter(_lines(found), is_counted=False).update(is_counted=True)
    return {pair.contact_id for pair in changed}


def find_uncounted(*, limit: int = _BATCH) -> Sequence[LineKey]:
    """Return lines that are known by now and of which an act was told that does not count yet.

    An order and its return may come in at the same moment, to two workers
    that do not see each other; this is what the next round asks.
    """
    line = Purchase.objects.filter(
        source=OuterRef("source"), external_id=OuterRef("purchase_external_id")
    )
    rows = ReturnedPairs.objects.filter(Exists(line), is_counted=False).order_by("pk")
    return list(dict.fromkeys(rows.values_list("source", "purchase_external_id")[:limit]))


def count_back(*, quantity: int, said: int, told: int) -> int:
    """Return how many pairs of a line came back: by the line itself or by acts, never too many."""
    return max(said, min(told, quantity))


def _take_back(pair: Purchase, told: int) -> bool:
    """Let what was told count for a pair; tell whether that changed it."""
    returned = count_back(quantity=pair.quantity, said=pair.quantity_returned, told=told)
    is_back = returned >= pair.quantity and pair.status != Purchase.Status.CANCELLED
    status = Purchase.Status.RETURNED if is_back else pair.status
    if (returned, status) == (pair.quantity_returned, pair.status):
        return False
    pair.quantity_returned, pair.status = returned, status
    return True


def _lines(keys: Iterable[LineKey], *, name: str = "purchase_external_id") -> Q:
    asked = Q(pk__in=())
    for source, lines in ids_by_source(keys).items():
        asked |= Q(**{"source": source, f"{name}__in": lines})
    return asked
