"""Which model took the place of one that is not offered any more, as the host says it."""

from __future__ import annotations

from dataclasses import dataclass

from shop_plugin.models import Listing, ListingSize

#: A successor may have one itself; so far the chain is followed.
LONGEST_CHAIN = 5


@dataclass(frozen=True, slots=True)
class Successor:
    """The model to be had now. ``is_in_size`` is ``None`` where no size was asked for."""

    listing: Listing
    is_in_size: bool | None


def find_successor(listing: Listing, *, size: str = "") -> Successor | None:
    """Return what the host says took the place of a model, or ``None``.

    Either the old model names its ``successor``, or the new one what it
    ``replaces``, by the host's id in the same source. A successor that is gone
    itself is followed to its own; one that is recalled is never told. ``size``
    is a label in the system that the old model uses. Two queries where there
    is none, at most twelve.
    """
    seen, current = {listing.pk}, listing
    for _ in range(LONGEST_CHAIN):
        found = _next(current)
        if found is None or found.pk in seen:
            return None
        if not found.is_withdrawn and not found.is_recalled:
            return Successor(found, _is_in_size(listing, found, size) if size else None)
        seen.add(found.pk)
        current = found
    return None


def _next(listing: Listing) -> Listing | None:
    models = (
        Listing.objects.filter(source=listing.source)
        .select_related("profile")
        .defer("description", "raw_attributes")
    )
    if listing.successor:
        named = models.filter(external_id=listing.successor).first()
        if named is not None:
            return named
    # The second condition is that of the index.
    followers = models.filter(replaces=listing.external_id).exclude(replaces="")
    return followers.order_by("-pk").first()


def _is_in_size(old: Listing, new: Listing, size: str) -> bool:
    systems = set(old.sizes.filter(label=size).values_list("system", flat=True))
    stocked = ListingSize.objects.filter(listing=new, label=size, stock__gt=0)
    return (stocked.filter(system__in=systems) if systems else stocked).exists()
