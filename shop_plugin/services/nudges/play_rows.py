"""The rows that a play of the planner begins with, in bounded pages and few columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from django.db.models import Q

from shop_plugin.models import Nudge, Purchase

PAIRS_PER_QUERY = 2000


def pairs_until(
    day: date, *, contact_ids: Collection[int] | None = None, with_inactive: bool = True
) -> Iterator[Purchase]:
    """Yield the pairs with a stage due by the day, few columns of each.

    And the inactive ones that would have one, unless they are not asked for.
    With ``contact_ids`` only what is theirs.
    """
    active = Q(status=Purchase.Status.ACTIVE)
    planned = Nudge.objects.filter(state__in=(Nudge.State.DUE, Nudge.State.QUEUED))
    concerned = (active & Q(next_due_on__lte=day)) | (
        active & Q(pk__in=planned.values("purchase_id"))
    )
    if with_inactive:
        concerned |= ~active & Q(wear_start_on__lte=day, life_mid_days__isnull=False)
    if contact_ids is not None:
        concerned &= Q(contact_id__in=contact_ids)
    rows: Iterable[Purchase] = (
        Purchase.objects.filter(concerned)
        .select_related("listing")
        .only(
            "contact_id",
            "title",
            "use_category",
            "status",
            "quantity",
            "quantity_returned",
            "is_gift",
            "optout_offered",
            "wear_start_on",
            "life_low_days",
            "life_mid_days",
            "life_high_days",
            "cycle",
            "next_due_on",
            "snoozed_until",
            "listing__category_text",
            "listing__is_recalled",
        )
        .order_by("pk")
        .iterator(chunk_size=2000)
    )
    yield from rows


def nudges_of(pairs: Sequence[Purchase]) -> Iterator[Nudge]:
    """Yield what is written down of the pairs, with the state of the message."""
    for start in range(0, len(pairs), PAIRS_PER_QUERY):
        page = [pair.pk for pair in pairs[start : start + PAIRS_PER_QUERY]]
        rows = Nudge.objects.filter(purchase_id__in=page).select_related("message")
        yield from rows.only(
            "purchase_id",
            "stage",
            "cycle",
            "state",
            "due_on",
            "not_before",
            "is_backfilled",
            "message__state",
        ).order_by("pk")
