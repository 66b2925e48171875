"""A product or an order that the shop just changed is read at once, not at the next sync.

The shop says that a row changed, by a signal or by one of the two functions
here. Only the row's key is kept. When the transaction was committed the row is
read again through the adapter in force, so that what is taken in is what was
committed; what was rolled back leaves no trace. Inside a request it is done
after the answer was given, outside of one at once. Nothing here ever raises
into the shop: what fails is logged without a word about anybody, kept for the
doctor, and read by the next sync, which reads the same rows anyway.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from traceback import extract_tb

from asgiref.local import Local
from django.db import DatabaseError, close_old_connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from shop_plugin.conf import load_catalogue_source, load_purchase_source
from shop_plugin.domain.ports import PushableSource, PushedItem
from shop_plugin.models import Listing
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.intake.catalogue import import_listings
from shop_plugin.services.intake.withdrawals import withdraw_listings
from shop_plugin.services.pairs.purchases import record_purchases
from shop_plugin.services.people.host_hooks import keep_failure
from shop_plugin.services.shop.clock import read_database_clock

logger = logging.getLogger("footback.intake")

#: So many products or orders at once are taken in; more are left to the sync.
MOST_PUSHED = 200
#: The name under which failures are kept for the doctor.
PUSH = "push"


@dataclass(frozen=True, slots=True)
class PushResult:
    """What became of pushed rows. ``left`` are those that the next sync has to read."""

    listings: int = 0
    withdrawn: int = 0
    purchases: int = 0
    refused: int = 0
    left: int = 0


@dataclass(slots=True)
class _Noted:
    """Keys of what changed, each once, in the order in which it was told."""

    listings: dict[PushedItem, None] = field(default_factory=dict)
    purchases: dict[PushedItem, None] = field(default_factory=dict)

    def add(self, other: _Noted) -> None:
        self.listings |= other.listings
        self.purchases |= other.purchases


class _Commit:
    """What one transaction changed; Django calls it when that was committed."""

    def __init__(self) -> None:
        self.noted = _Noted()

    def __call__(self) -> None:
        request = _request()
        if request is not None:
            request.add(self.noted)
        else:
            _take(self.noted)


_here = Local()


def push_listing(product: object, *, using: str | None = None) -> None:
    """Have a product read again once its transaction is committed. Never raises.

    ``product`` is a row of the model that the catalogue is mapped to, or of
    that of its sizes; deleted or taken off sale, its listing is withdrawn.
    ``using`` names the database of the transaction, the default one if left out.
    """
    _push(product, load_catalogue_source, lambda noted: noted.listings, using)


def push_purchase(line: object, *, using: str | None = None) -> None:
    """Have an order line, or all lines of an order, read again once committed. Never raises."""
    _push(line, load_purchase_source, lambda noted: noted.purchases, using)


def take_pushed(
    *,
    listings: Iterable[PushedItem] = (),
    purchases: Iterable[PushedItem] = (),
    now: datetime,
) -> PushResult:
    """Read rows of the host anew and take them in; products are read for facts and assessed.

    A product that is not there any more, or not meant to be read, is withdrawn.

    :raises Exception: whatever the host's adapter raises; nothing of that kind is written then.
    """
    goods, lines = list(dict.fromkeys(listings)), list(dict.fromkeys(purchases))
    left = sum(len(items) for items in (goods, lines) if len(items) > MOST_PUSHED)
    shoes = _take_listings(goods, now) if 0 < len(goods) <= MOST_PUSHED else PushResult()
    pairs = _take_purchases(lines, now) if 0 < len(lines) <= MOST_PUSHED else PushResult()
    return PushResult(
        listings=shoes.listings,
        withdrawn=shoes.withdrawn,
        purchases=pairs.purchases,
        refused=shoes.refused + pairs.refused,
        left=left,
    )


def is_in_request() -> bool:
    """Tell whether what is pushed here waits for the end of a request."""
    return _request() is not None


def begin_request(**_: object) -> None:
    """Keep what is pushed until the request is over."""
    _here.noted = _Noted()


def end_request(**_: object) -> None:
    """Take in what the request pushed, after its answer was given."""
    noted, _here.noted = _request(), None
    if noted is not None and (noted.listings or noted.purchases):
        _take(noted)
        close_old_connections()  # Django's own turn came before this


def _push(
    item: object,
    load: Callable[[], object],
    choose: Callable[[_Noted], dict[PushedItem, None]],
    using: str | None,
) -> None:
    try:
        source = load()
        if not isinstance(source, PushableSource):
            return
        pushed = source.find_pushed(item)
        if pushed is None:
            logger.error(
                "a %s was pushed, which %s does not read",
                type(item).__name__,
                type(source).__name__,
            )
            return
        connection = transaction.get_connection(using)
        commit = _find_commit(connection) or _Commit()
        is_new = not (commit.noted.listings or commit.noted.purchases)
        choose(commit.noted)[pushed] = None
        if is_new:  # outside of a transaction this calls it at once
            transaction.on_commit(commit, using=using)
    except Exception as error:  # the shop's transaction must not suffer from it
        _tell(error)


def _find_commit(connection: BaseDatabaseWrapper) -> _Commit | None:
    """Return what is called after this transaction, one for all that it changes.

    One that a savepoint registered is still there only where that savepoint
    was kept, and goes with whatever it lies in.
    """
    calls = (entry[1] for entry in reversed(connection.run_on_commit))
    return next((call for call in calls if isinstance(call, _Commit)), None)


def _take(noted: _Noted) -> None:
    try:
        done = take_pushed(
            listings=noted.listings, purchases=noted.purchases, now=read_database_clock()
        )
    except Exception as error:  # the host's adapter is foreign code: it may fail in any way
        _tell(error)
        return
    if done.left:
        logger.info("%d pushed rows are too many at once; the next sync reads them", done.left)
    if done.refused:
        logger.warning("%d pushed rows cannot be used; the next sync says why", done.refused)


def _take_listings(items: list[PushedItem], now: datetime) -> PushResult:
    source = load_catalogue_source()
    if not isinstance(source, PushableSource):
        return PushResult(left=len(items))
    found = list(source.iter_pushed(items))
    done = import_listings(rows=[row for _key, row in found], source=source.name, now=now)
    there = {key for key, _row in found}
    gone = {
        item.external_id
        for item in items
        if item.external_id and item.lookup == "pk" and item.value not in there
    }
    withdrawn = withdraw_listings(source=source.name, names=gone, now=now) if gone else 0
    ids = [row.record.external_id for _key, row in found if row.record is not None]
    keys = list(
        Listing.objects.filter(source=source.name, external_id__in=ids).values_list("pk", flat=True)
    )
    if done.changed:
        annotate_listings(listing_ids=keys, now=now)
        assess_listings(listing_ids=keys, now=now)
    return PushResult(listings=len(ids), withdrawn=withdrawn, refused=done.refused)


def _take_purchases(items: list[PushedItem], now: datetime) -> PushResult:
    source = load_purchase_source()
    if not isinstance(source, PushableSource):
        return PushResult(left=len(items))
    rows = [row for _key, row in source.iter_pushed(items)]
    records = [row.record for row in rows if row.record is not None]
    record_purchases(rows=records, now=now)
    return PushResult(purchases=len(records), refused=len(rows) - len(records))


def _request() -> _Noted | None:
    noted: _Noted | None = getattr(_here, "noted", None)
    return noted


def _tell(error: Exception) -> None:
    """Log a failure and keep it for the doctor: kind and place, for its words may name people."""
    frame = extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__} at {PurePath(frame.filename).name}:{frame.lineno}"
    logger.error("a pushed row could not be taken in (%s); the next sync reads it", what)
    try:
        # Inside the shop's own transaction nothing is written, and the log has to do.
        if not transaction.get_connection().in_atomic_block:
            keep_failure(name=PUSH, what=what, now=read_database_clock())
    except DatabaseError:
        logger.error("the failure could not be kept for the doctor")
