"""Which shoe an order line means: by the id or the second id that the host names it by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from shop_plugin.domain.records import PurchaseRecord
from shop_plugin.models import Listing, Purchase
from shop_plugin.services.wear.life import set_wear

_LINKED = (
    "listing",
    "title",
    "use_category",
    "life_low_days",
    "life_mid_days",
    "life_high_days",
    "life_inputs",
    "next_stage",
    "next_due_on",
    "updated_at",
)


class NamedShoe(NamedTuple):
    """A shoe as an order line names it: the line's source, the catalogue's if told, and the id."""

    source: str
    listing_source: str
    name: str

    @classmethod
    def of(cls, line: PurchaseRecord | Purchase) -> NamedShoe:
        """Return how a line of a host, or a stored one, names its shoe."""
        name = line.listing_name if isinstance(line, Purchase) else line.listing_id
        return cls(line.source, line.listing_source, name)


def match_shoes(named: Iterable[NamedShoe]) -> dict[NamedShoe, Listing]:
    """Return the listings that are meant, with their profiles; one query for all.

    A listing is meant in the catalogue that the line names; where it names
    none, in its own source, else anywhere if the id is in use only once. An
    id outweighs the same as another listing's second id.
    """
    wanted = set(named)
    names = {shoe.name for shoe in wanted if shoe.name}
    if not names:
        return {}
    found = list(
        Listing.objects.filter(Q(external_id__in=names) | Q(alias__in=names))
        .select_related("profile")
        .defer("description", "raw_attributes")
        .order_by("-pk")
    )
    known = _by_name(found, names)
    matched = {shoe: _find(shoe, known) for shoe in wanted}
    return {shoe: listing for shoe, listing in matched.items() if listing is not None}


def link_purchases(*, listing_ids: Sequence[int], now: datetime) -> set[int]:
    """Give lines whose shoe was not known theirs, now that these listings are there.

    Returns the contacts whose pairs changed. One indexed query where no line waits.
    """
    with transaction.atomic():
        rows = Listing.objects.filter(pk__in=listing_ids).values_list("external_id", "alias")
        names = {name for row in rows for name in row if name}
        waiting = Purchase.objects.filter(listing=None, listing_name__in=names)
        owners = set(waiting.order_by().values_list("contact_id", flat=True)) if names else set()
        if not owners:
            return set()
        lock_pairs_of(owners)
        pairs = list(waiting.order_by("pk"))
        shoes = match_shoes(NamedShoe.of(pair) for pair in pairs)
        linked = [pair for pair in pairs if NamedShoe.of(pair) in shoes]
        for pair in linked:
            listing = shoes[NamedShoe.of(pair)]
            pair.listing, pair.title = listing, listing.title
            pair.use_category, pair.updated_at = listing.use_category, now
            set_wear(pair, listing)
        Purchase.objects.bulk_update(linked, _LINKED, batch_size=200)
    return {pair.contact_id for pair in linked}


def lock_pairs_of(contact_ids: Collection[int]) -> None:
    """Lock all pairs of these people, in the order in which everybody locks them."""
    pairs = Purchase.objects.filter(contact_id__in=contact_ids).order_by("pk")
    list(pairs.select_for_update().values_list("pk"))


def _by_name(found: Sequence[Listing], names: set[str]) -> dict[tuple[str, str], Listing]:
    """Return the listings by (source, name), and by ("", name) where a name is in use once."""
    known: dict[tuple[str, str], Listing] = {}
    for said in ("alias", "external_id"):
        by_name: dict[str, list[Listing]] = {}
        for listing in found:
            if (name := getattr(listing, said)) in names:
                by_name.setdefault(name, []).append(listing)
        for name, listings in by_name.items():
            known.update({(listing.source, name): listing for listing in listings})
            known.pop(("", name), None)
            if len(listings) == 1:
                known["", name] = listings[0]
    return known


def _find(shoe: NamedShoe, known: dict[tuple[str, str], Listing]) -> Listing | None:
    if shoe.listing_source:
        return known.get((shoe.listing_source, shoe.name))
    return known.get((shoe.source, shoe.name)) or known.get(("", shoe.name))
