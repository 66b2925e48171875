"""Order lines become pairs on somebody's feet: who, which shoe, since when, for how long."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import F, Q

from shop_plugin.conf import get_settings, load_purchase_source
from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.categories import classify_category
from shop_plugin.domain.ports import PurchaseSource
from shop_plugin.domain.records import PurchaseRecord
from shop_plugin.models import Contact, JobRun, Listing, Purchase, RefusedRow
from shop_plugin.services.bulk.import_results import refusals_of
from shop_plugin.services.bulk.keys import ids_by_source
from shop_plugin.services.pairs.returns import count_back, returned_quantities
from shop_plugin.services.pairs.shoe_matching import NamedShoe, lock_pairs_of, match_shoes
from shop_plugin.services.people.contacts import contact_key, record_consents, record_contacts
from shop_plugin.services.wear.life import CONFIRMED, set_wear, start_of_wear
from shop_plugin.services.wear.rotation import cut_for_different_people, settle_rotations

# A pair whose wear start moves later by this much was exchanged: its clock starts anew.
EXCHANGE_AFTER = timedelta(days=30)
# A host may commit an order a little after the time it writes on it.
SYNC_OVERLAP = timedelta(minutes=10)

_PURCHASE_KEY = tuple[str, str]
_NOT_REWRITTEN = (
    "id",
    "source",
    "external_id",
    "created_at",
    "days_per_week",
    "personal_factor",
    "is_kept",
    "pairs_in_rotation",
    "snoozed_until",
)
_REWRITTEN = [
    item.name for item in Purchase._meta.concrete_fields if item.name not in _NOT_REWRITTEN
]
# What a person or a newer pair decided stays, whatever the host says again.
_DECIDED = (
    Purchase.Status.RETIRED,
    Purchase.Status.GIVEN,
    Purchase.Status.STOPPED,
    Purchase.Status.REPLACED,
)
# A newer pair replaces the older also after its own end; one that was given away does not.
_MAY_REPLACE = (
    Purchase.Status.ACTIVE,
    Purchase.Status.REPLACED,
    Purchase.Status.RETIRED,
    Purchase.Status.STOPPED,
)


@dataclass(frozen=True, slots=True)
class PurchaseResult:
    """What recording order lines did.

    ``without_listing`` counts lines whose shoe is not known, ``of_erased``
    those of people whose data was erased: nothing is kept of them.
    """

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    people_created: int = 0
    without_listing: int = 0
    replaced: int = 0
    refused: int = 0
    of_erased: int = 0

    def __add__(self, other: PurchaseResult) -> PurchaseResult:
        sums = {
            item.name: getattr(self, item.name) + getattr(other, item.name) for item in fields(self)
        }
        return PurchaseResult(**sums)


def record_purchases(*, rows: Iterable[PurchaseRecord], now: datetime) -> PurchaseResult:
    """Write order lines down as purchases, in chunks of ``CHUNK_SIZE``, each in one transaction.

    Idempotent: a line that says nothing new changes nothing. Lines may come
    in any order and more than once; the last word about a line counts. A
    return, refund or cancellation ends the reminders for the pair, a newer
    pair of the same kind marks the older one replaced.
    """
    result = PurchaseResult()
    remaining = iter(rows)
    while chunk := list(islice(remaining, get_settings().CHUNK_SIZE)):
        with transaction.atomic():
            result += _record_chunk(chunk, now)
    return result


def sync_purchases(*, now: datetime) -> PurchaseResult:
    """Record the order lines that changed since the last sync; nothing without a configured source.

    The run and its refused rows are kept as a :class:`JobRun`. A run that
    fails is marked so, and the next one starts where the last good one did.

    :raises ImportError: when ``PURCHASE_SOURCE`` leads nowhere.
    """
    source = load_purchase_source()
    if source is None:
        return PurchaseResult()
    kind = JobRun.Kind.SYNC_ORDERS
    done = JobRun.objects.filter(kind=kind, source=source.name, state=JobRun.State.DONE)
    last = done.order_by("-started_at").first()
    since = last.started_at - SYNC_OVERLAP if last else None
    run = JobRun.objects.create(kind=kind, source=source.name, started_at=now)
    try:
        result = _pull(source, since=since, run=run, now=now)
    except Exception as error:
        run.state, run.error = JobRun.State.FAILED, f"{type(error).__name__}: {error}"[:2000]
        run.save(update_fields=["state", "error"])
        raise
    _close(run, result, now)
    return result


def _pull(
    source: PurchaseSource, *, since: datetime | None, run: JobRun, now: datetime
) -> PurchaseResult:
    refused: list[RefusedRow] = []

    def records() -> Iterator[PurchaseRecord]:
        for row in source.iter_purchases(since=since):
            if row.record is not None:
                yield row.record
            else:
                refused.extend(refusals_of(run, (row,)))

    result = record_purchases(rows=records(), now=now)
    RefusedRow.objects.bulk_create(refused, batch_size=500)
    return replace(result, refused=len({row.line for row in refused}))


def _close(run: JobRun, result: PurchaseResult, now: datetime) -> None:
    """Mark a run done; one that found nothing and refused nothing leaves only the cursor behind."""
    if not result.rows and not result.refused:
        quiet = JobRun.objects.filter(
            kind=run.kind, source=run.source, state=JobRun.State.DONE, counts={}
        )
        quiet.exclude(pk=run.pk).delete()
        run.counts = {}
    else:
        run.counts = asdict(result)
    run.state, run.finished_at, run.lines_done = JobRun.State.DONE, now, result.rows
    run.save(update_fields=["state", "finished_at", "counts", "lines_done"])


def _record_chunk(chunk: Sequence[PurchaseRecord], now: datetime) -> PurchaseResult:
    latest = {_key(record): record for record in chunk}
    told = returned_quantities(latest)
    latest = {key: _with_returns(record, told.get(key, 0)) for key, record in latest.items()}
    known = _load_purchases(latest)
    hashes = {key: hash_record(record) for key, record in latest.items()}
    news = {
        key: record
        for key, record in latest.items()
        if key not in known or _says_something_new(known[key], record, hashes[key])
    }
    records = list(news.values())
    contacts, people_created = record_contacts(records, now=now)
    news = {
        key: record
        for key, record in news.items()
        if contacts[contact_key(record)].erased_at is None
    }
    of_erased = len(records) - len(news)
    records = list(news.values())
    record_consents(records, contacts)
    shoes = match_shoes(NamedShoe.of(record) for record in records)
    rows = []
    for key, record in news.items():
        purchase = known.get(key) or _new_purchase(key, now)
        purchase.record_hash, purchase.updated_at = hashes[key], now
        _fill(purchase, record, contacts[contact_key(record)], shoes.get(NamedShoe.of(record)))
        rows.append(purchase)
    # Another import may have been faster with the same line; then both say the same.
    Purchase.objects.bulk_create(
        [row for row in rows if row.pk is None], ignore_conflicts=True, batch_size=500
    )
    Purchase.objects.bulk_update(
        [row for row in rows if row.pk is not None], _REWRITTEN, batch_size=200
    )
    replaced = mark_replaced(contact_ids={row.contact_id for row in rows}, now=now)
    return PurchaseResult(
        rows=len(chunk),
        created=len(news.keys() - known.keys()),
        updated=len(news.keys() & known.keys()),
        unchanged=len(chunk) - len(news) - of_erased,
        people_created=people_created,
        without_listing=sum(row.listing_id is None for row in rows),
        replaced=replaced,
        of_erased=of_erased,
    )


def _with_returns(record: PurchaseRecord, told: int) -> PurchaseRecord:
    """Return a line with the pairs that came back by acts of their own, if it says less."""
    returned = count_back(quantity=record.quantity, said=record.quantity_returned, told=told)
    return replace(record, quantity_returned=returned) if told else record


def hash_record(record: PurchaseRecord) -> str:
    """Return 32 hex digits over everything the host said of a line."""
    plain = json.dumps(asdict(record), sort_keys=True, default=str)
    return hashlib.blake2b(plain.encode(), digest_size=16).hexdigest()


def mark_replaced(*, contact_ids: Iterable[int], now: datetime) -> int:
    """Mark pairs for which a newer one of the same kind was bought; undo it where that went back.

    Pairs of one order never replace each other, gifts replace nothing, nor
    does a pair cut for somebody else, nor one whose kind is not known; and a
    pair that its owner wears beside newer ones is not replaced. Returns how
    many were marked.
    """
    people = set(contact_ids)
    worn: dict[tuple[int, str], list[Purchase]] = {}
    pairs = (
        Purchase.objects.filter(contact_id__in=people, status__in=_MAY_REPLACE)
        .filter(is_gift=False, quantity__gt=F("quantity_returned"))
        .exclude(use_category=UseCategory.OTHER)
        .select_related("listing")
        .only(
            "contact_id",
            "use_category",
            "order_id",
            "ordered_at",
            "status",
            "is_kept",
            "listing__gender",
        )
        .order_by("ordered_at", "pk")
    )
    for pair in pairs:
        worn.setdefault((pair.contact_id, pair.use_category), []).append(pair)
    replaced: list[int] = []
    back_in_use: list[int] = []
    for group in worn.values():
        for pair in group:
            is_replaced = not pair.is_kept and any(_replaces(newer, pair) for newer in group)
            if is_replaced and pair.status == Purchase.Status.ACTIVE:
                replaced.append(pair.pk)
            elif not is_replaced and pair.status == Purchase.Status.REPLACED:
                back_in_use.append(pair.pk)
    changed = Purchase.objects.filter(pk__in=replaced)
    changed.update(status=Purchase.Status.REPLACED, updated_at=now)
    Purchase.objects.filter(pk__in=back_in_use).update(
        status=Purchase.Status.ACTIVE, updated_at=now
    )
    settle_rotations(people)
    return len(replaced)


def _replaces(newer: Purchase, older: Purchase) -> bool:
    if newer.ordered_at <= older.ordered_at or newer.order_id == older.order_id:
        return False
    return not cut_for_different_people(newer, older)


def _says_something_new(purchase: Purchase, record: PurchaseRecord, record_hash: str) -> bool:
    if purchase.record_hash != record_hash:
        return True
    # The shoe may have been imported after its order.
    return purchase.listing_id is None and bool(record.listing_id)


def _key(record: PurchaseRecord) -> _PURCHASE_KEY:
    return record.source[:64], record.external_id[:191]


def _load_purchases(keys: Iterable[_PURCHASE_KEY]) -> dict[_PURCHASE_KEY, Purchase]:
    """Return the known pairs of these lines, locked: what their owner just answers is kept.

    With each pair all others of its owner are locked, in the order in which an
    answer locks them.
    """
    asked = Q()
    for source, ids in ids_by_source(keys).items():
        asked |= Q(source=source, external_id__in=ids)
    owners = set(Purchase.objects.filter(asked).order_by().values_list("contact_id", flat=True))
    if not owners:
        return {}
    lock_pairs_of(owners)
    return {
        (row.source, row.external_id): row for row in Purchase.objects.filter(asked).order_by("pk")
    }


def _new_purchase(key: _PURCHASE_KEY, now: datetime) -> Purchase:
    return Purchase(source=key[0], external_id=key[1], created_at=now)


def _fill(
    purchase: Purchase, record: PurchaseRecord, contact: Contact, listing: Listing | None
) -> None:
    purchase.order_id = record.order_id[:191]
    purchase.contact, purchase.listing = contact, listing
    purchase.listing_source = record.listing_source[:64]
    purchase.listing_name = record.listing_id[:191]
    purchase.title = (listing.title if listing else record.title)[:500]
    purchase.use_category = listing.use_category if listing else _category_of(record)
    purchase.size = record.size[:24]
    purchase.quantity = max(record.quantity, 0)
    purchase.quantity_returned = max(record.quantity_returned, 0)
    purchase.is_gift, purchase.optout_offered = record.is_gift, record.optout_offered
    purchase.ordered_at = record.ordered_at
    purchase.fulfilled_at, purchase.delivered_at = record.fulfilled_at, record.delivered_at
    purchase.status = _status_of(purchase, record)
    start = start_of_wear(record)
    is_exchanged = purchase.pk and start.day - purchase.wear_start_on >= EXCHANGE_AFTER
    if is_exchanged:
        purchase.cycle += 1
    if is_exchanged or purchase.wear_start_basis != CONFIRMED:
        purchase.wear_start_on, purchase.wear_start_basis = start.day, start.basis
    set_wear(purchase, listing)


def _category_of(record: PurchaseRecord) -> str:
    """Return the kind of a shoe that is in no catalogue, from what its order line says."""
    return classify_category(record.category, record.title).value


def _status_of(purchase: Purchase, record: PurchaseRecord) -> str:
    if record.is_cancelled:
        return Purchase.Status.CANCELLED
    if record.quantity_returned >= record.quantity:
        return Purchase.Status.RETURNED
    return purchase.status if purchase.status in _DECIDED else Purchase.Status.ACTIVE
