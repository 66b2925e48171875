"""What a host pushes (one webhook), and what footback hands back to it, as plain records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shop_plugin.domain.attributes import FootwearAttributes, SourceKind, Value
from shop_plugin.domain.records import ListingRecord, PurchaseRecord, ReadRow

_NO_STATEMENTS = frozenset({SourceKind.CATEGORY, SourceKind.BUYERS})


class RefusedDelivery(Exception):
    """A webhook that is not taken in. ``code`` is stable, the message is for the operator's log.

    ``code`` is ``"unsigned"``, ``"wrong_signature"``, ``"stale"`` (sent too
    long ago or from the future), ``"incomplete"`` (a header is missing) or
    ``"unreadable"`` (the signed body is not what its topic promises).
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook whose signature held.

    ``id`` is the host's, the same when it sends the same again. ``sent_at``
    is aware: when the host says that it happened; ``None`` where it does not.
    A ``is_greeting`` (WooCommerce's ping) is answered and changes nothing.
    """

    id: str
    topic: str
    sent_at: datetime | None = None
    is_greeting: bool = False


@dataclass(frozen=True, slots=True)
class ReturnRecord:
    """Pairs of one order line that came back or were refunded, as one act of the host.

    ``id`` names the act: the same act told twice counts once. ``purchase_id``
    is the :class:`~shop_plugin.domain.records.PurchaseRecord`'s
    ``external_id``; the line itself may be told later than its return.
    """

    id: str
    purchase_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PersonReference:
    """Whom a host speaks of: by its own id, by address, or both."""

    customer_id: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class HostChange:
    """All that one webhook says. What it does not speak of is empty.

    ``withdrawn`` are external ids or aliases of products that are gone,
    ``objections`` people who told the host that they want no more mails, and
    ``objected_at`` when they did, where the host says so.
    ``changed_at`` is when the host's own row changed: of two changes of one
    product or order line the later one holds, whatever comes last.
    """

    listings: tuple[ReadRow[ListingRecord], ...] = ()
    withdrawn: tuple[str, ...] = ()
    purchases: tuple[ReadRow[PurchaseRecord], ...] = ()
    returns: tuple[ReturnRecord, ...] = ()
    erase: tuple[PersonReference, ...] = ()
    export: tuple[PersonReference, ...] = ()
    objections: tuple[PersonReference, ...] = ()
    objected_at: datetime | None = None
    erases_shop: bool = False
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedFacts:
    """What is known of one listing, to be handed back to its host.

    ``attributes`` are what is believed, ``believed_from`` the kind of source
    behind each that is known. There is no score in it and no condition: what
    leaves for a feed or another shop's database must not hold them.
    ``item_ids`` are the host's own ids of the single sizes and colours, where
    its file named each; empty where ``external_id`` is all there is.
    """

    source: str
    external_id: str
    alias: str
    title: str
    size_labels: tuple[str, ...]
    attributes: FootwearAttributes
    believed_from: Mapping[str, SourceKind]
    item_ids: tuple[str, ...] = ()

    def find_statement(self, attribute: str) -> Value | None:
        """Return what is known of this very shoe, ``None`` where nothing is.

        A fact in dispute, one that only the kind of shoe implies, and one that
        only buyers guess are nothing to state in another's name.
        """
        value = self.attributes.get(attribute)
        if value is None or attribute in self.attributes.conflicts:
            return None
        return None if self.believed_from.get(attribute) in _NO_STATEMENTS else value
