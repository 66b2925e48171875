"""Pairs that are worn in turn: each of them gets a share of the wear, and lasts longer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Q

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.models import Purchase
from shop_plugin.services.wear.life import set_wear

_CHANGED = (
    "pairs_in_rotation",
    "life_low_days",
    "life_mid_days",
    "life_high_days",
    "life_inputs",
    "next_stage",
    "next_due_on",
)
_NO_KIND = (UseCategory.OTHER, UseCategory.KIDS)


def settle_rotation(wardrobe: Sequence[Purchase]) -> list[Purchase]:
    """Share the wear among the pairs of one contact; return those for which that changed.

    Pairs of one kind are worn in turn where their owner said so of one of
    them: an order alone does not tell, as a newer pair usually replaces the
    older. The pairs come with ``listing__profile``; nothing is saved.
    """
    changed = []
    for pair in wardrobe:
        together = [other for other in wardrobe if _is_worn_with(other, pair)]
        in_turn = len(together) if any(other.is_kept for other in together) else 1
        if pair.pairs_in_rotation != max(in_turn, 1):
            pair.pairs_in_rotation = max(in_turn, 1)
            set_wear(pair, pair.listing)
            changed.append(pair)
    return changed


def find_companions(pair: Purchase, wardrobe: Iterable[Purchase]) -> list[Purchase]:
    """Return the other pairs that a pair is worn in turn with."""
    if pair.pairs_in_rotation == 1:
        return []
    return [other for other in wardrobe if other is not pair and _is_worn_with(other, pair)]


def settle_rotations(contact_ids: Iterable[int]) -> None:
    """Share the wear anew where somebody wears pairs in turn. One query where nobody does."""
    concerned = Purchase.objects.filter(
        Q(is_kept=True) | Q(pairs_in_rotation__gt=1), contact_id__in=list(contact_ids)
    )
    people = list(concerned.order_by().values_list("contact_id", flat=True).distinct())
    if not people:
        return
    pairs = (
        Purchase.objects.filter(contact_id__in=people)
        .select_related("listing__profile")
        .defer("listing__description", "listing__raw_attributes")
    )
    wardrobes: dict[int, list[Purchase]] = {}
    for pair in pairs.order_by("pk"):
        wardrobes.setdefault(pair.contact_id, []).append(pair)
    changed = [pair for wardrobe in wardrobes.values() for pair in settle_rotation(wardrobe)]
    Purchase.objects.bulk_update(changed, _CHANGED)


def cut_for_different_people(first: Purchase, second: Purchase) -> bool:
    """Tell whether one pair is a woman's and the other a man's. Both come with their listing."""
    genders = {pair.listing.gender for pair in (first, second) if pair.listing is not None}
    return {"women", "men"} <= genders


def _is_worn_with(other: Purchase, pair: Purchase) -> bool:
    return (
        pair.use_category not in _NO_KIND
        and other.use_category == pair.use_category
        and all(_is_in_use(item) for item in (other, pair))
        and not cut_for_different_people(other, pair)
    )


def _is_in_use(pair: Purchase) -> bool:
    return (
        pair.status == Purchase.Status.ACTIVE
        and not pair.is_gift
        and pair.quantity > pair.quantity_returned
    )
