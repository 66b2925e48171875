"""What one webhook says, carried out: whole or not at all, in whatever order they come."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from shop_plugin.domain.host_changes import HostChange
from shop_plugin.domain.json_text import dump_json
from shop_plugin.domain.records import ListingRecord, PurchaseRecord, ReadRow, RowProblem
from shop_plugin.models import HostVersion, Listing
from shop_plugin.services.intake.host_versions import (
    Word,
    take_deletions,
    take_words,
    wait_for_words,
    word_of_purchase,
)
from shop_plugin.services.intake.uploads import bring_in
from shop_plugin.services.intake.withdrawals import withdraw_listings
from shop_plugin.services.pairs.purchases import mark_replaced, record_purchases
from shop_plugin.services.pairs.returns import count_returns, record_returns
from shop_plugin.services.people.host_wishes import accounts_of, erase_by_host, object_by_host

MOST_PROBLEMS = 10
_Rows = Sequence[ReadRow[Any]]


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """What carrying a change out did, by what it counts; zeros are left out.

    ``export_of`` are contacts about whom the host asks what is held, and
    ``asks_to_erase_shop`` that all customers of the source shall go: both are
    for a person to do. ``problems`` are the first rows that were refused.
    """

    counts: dict[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    export_of: tuple[int, ...] = ()
    asks_to_erase_shop: bool = False
    source: str = ""

    @property
    def is_nothing(self) -> bool:
        """Tell whether there was nothing in it for a shop of shoes."""
        return not (self.counts or self.export_of or self.asks_to_erase_shop)


def apply_change(
    *, change: HostChange, source: str, at: datetime, reason: str, now: datetime
) -> AppliedChange:
    """Carry out what a host says as of an aware time, in one transaction.

    Of two changes of one product or order line the later one holds; what was
    deleted stays so until something later is said of it. Rows that name
    another source than the connection's are refused: a secret is good for its
    own shop only.

    :raises ErasureLogError: when somebody is to be erased and ``ERASURE_LOG`` cannot be written.
    """
    work = _Work(source=source, at=at, reason=reason, now=now)
    with transaction.atomic():
        work.take_listings(change.listings)
        work.withdraw(change.withdrawn)
        work.take_purchases(change.purchases)
        work.take_returns(change)
        work.follow_wishes(change)
    return AppliedChange(
        counts={name: count for name, count in work.counts.items() if count},
        problems=tuple(work.problems[:MOST_PROBLEMS]),
        export_of=tuple(accounts_of(source=source, people=change.export)),
        asks_to_erase_shop=change.erases_shop,
        source=source,
    )


class _Work:
    """One change on its way."""

    def __init__(self, *, source: str, at: datetime, reason: str, now: datetime) -> None:
        self._source, self._at, self._reason, self._now = source, at, reason, now
        self.counts: Counter[str] = Counter()
        self.problems: list[str] = []

    def take_listings(self, rows: Sequence[ReadRow[ListingRecord]]) -> None:
        records = self._usable(rows, "listings")
        words = [
            (Word(_names(record.external_id, record.alias), _digest(record)), self._at)
            for record in records
        ]
        standings = take_words(kind=HostVersion.Kind.LISTING, source=self._source, words=words)
        pairs = list(zip(records, standings, strict=True))
        news = [record for record, standing in pairs if standing.is_news]
        self.counts["listings_older"] += len(records) - len(news)
        self._follow_renames(news)
        outcomes = bring_in(
            read=[ReadRow(line, record) for line, record in enumerate(news, start=1)],
            source=self._source,
            now=self._now,
        )
        for outcome in outcomes:
            self.counts[f"listings_{outcome.state}"] += 1
        gone = {record.external_id for record, standing in pairs if standing.is_gone}
        self._withdraw(gone & {record.external_id for record in news})

    def withdraw(self, names: Iterable[str]) -> None:
        gone = take_deletions(
            kind=HostVersion.Kind.LISTING,
            source=self._source,
            names={name[:191] for name in names if name},
            at=self._at,
        )
        self._withdraw(gone)

    def take_purchases(self, rows: Sequence[ReadRow[PurchaseRecord]]) -> None:
        records = self._usable(rows, "purchases")
        if shoes := {record.listing_id[:191] for record in records if record.listing_id}:
            wait_for_words(kind=HostVersion.Kind.LISTING, source=self._source, names=shoes)
        words = [(word_of_purchase(record), self._at) for record in records]
        standings = take_words(kind=HostVersion.Kind.PURCHASE, source=self._source, words=words)
        news = [
            record for record, standing in zip(records, standings, strict=True) if standing.is_news
        ]
        self.counts["purchases_older"] += len(records) - len(news)
        if not news:
            return
        done = record_purchases(rows=news, now=self._now)
        for name in ("created", "updated", "unchanged", "of_erased", "without_listing"):
            self.counts[f"purchases_{name}"] += getattr(done, name)

    def take_returns(self, change: HostChange) -> None:
        """Write returns down, and count those of the lines that this change told as well."""
        keys = record_returns(source=self._source, returns=change.returns, now=self._now)
        self.counts["returns"] += len(change.returns)
        if owners := count_returns(keys=keys, now=self._now):
            mark_replaced(contact_ids=owners, now=self._now)
            self.counts["purchases_returned"] += len(owners)

    def follow_wishes(self, change: HostChange) -> None:
        for person in change.objections:
            self.counts["objections"] += 1
            object_by_host(
                source=self._source, person=person, said_at=change.objected_at, now=self._now
            )
        for person in change.erase:
            accounts = erase_by_host(
                source=self._source, person=person, now=self._now, reason=self._reason
            )
            self.counts["people_erased"] += accounts
            self.counts["people_unknown"] += not accounts
        self.counts["people_asking"] += len(change.export)

    def _withdraw(self, names: set[str]) -> None:
        if names:
            done = withdraw_listings(source=self._source, names=names, now=self._now)
            self.counts["listings_withdrawn"] += done

    def _follow_renames(self, records: Sequence[ListingRecord]) -> None:
        """Let a product whose second id is known under another id keep its listing."""
        new_id = {record.alias: record.external_id for record in records if record.alias}
        if not new_id:
            return
        known = Listing.objects.filter(source=self._source, alias__in=new_id)
        taken = set(
            Listing.objects.filter(
                source=self._source, external_id__in=new_id.values()
            ).values_list("external_id", flat=True)
        )
        for pk, external_id, alias in known.values_list("pk", "external_id", "alias"):
            wanted = new_id[alias]
            if external_id == wanted:
                continue
            if wanted in taken:
                # A file told of the new name already; the old one is the same product.
                self._withdraw({external_id})
                continue
            Listing.objects.filter(pk=pk).update(external_id=wanted, updated_at=self._now)
            taken.add(wanted)
            self.counts["listings_renamed"] += 1

    def _usable(self, rows: _Rows, what: str) -> list[Any]:
        """Return the records that may be taken, the last one of each id; note the others."""
        usable: dict[str, Any] = {}
        for row in rows:
            problems = row.problems
            if row.record is not None and row.record.source != self._source:
                problems = (RowProblem("source", "other_source", "is not this connection's"),)
            if row.record is not None and not problems:
                usable[row.record.external_id] = row.record
                continue
            self.counts[f"{what}_refused"] += 1
            self.problems += [
                f"{what}, {row.line}: {item.field} {item.reason}" for item in problems
            ]
        return list(usable.values())


def _names(external_id: str, alias: str) -> tuple[str, ...]:
    return (external_id, alias) if alias and alias != external_id else (external_id,)


def _digest(record: ListingRecord) -> str:
    plain = dump_json(asdict(record))
    return hashlib.blake2b(plain.encode(), digest_size=16).hexdigest()
