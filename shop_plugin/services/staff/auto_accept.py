"""Suggestions that are accepted without a person: only where staff said from when on.

A rule per attribute says how sure a reading must be and how long it waits for
a person first. The evidence must be fresh: the text is the one that was read,
and the version in force read it. What contradicts anything that is accepted,
or another suggestion, waits for a person whatever the rule says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from shop_plugin.conf import get_settings
from shop_plugin.models import AutoAcceptRule, Listing, Observation
from shop_plugin.services.bulk.audit_log import AuditNote, write_audit_notes
from shop_plugin.services.evidence.annotation import fresh_hash
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.evidence.observation_rows import MACHINE_KINDS, load_observations
from shop_plugin.services.evidence.resolving import resolve_listings
from shop_plugin.services.staff.review import name_subject, plain_columns

_STATE = Observation.State
#: The most suggestions that one round accepts; the next takes the rest.
MOST_PER_ROUND = 20_000


@dataclass(frozen=True, slots=True)
class AutoAccepted:
    """What one round did: suggestions that were due, accepted, and left to a person after all."""

    due: int = 0
    accepted: int = 0
    left: int = 0

    def __add__(self, other: AutoAccepted) -> AutoAccepted:
        return AutoAccepted(
            self.due + other.due, self.accepted + other.accepted, self.left + other.left
        )


def rules_in_force() -> list[AutoAcceptRule]:
    """Return the rules that are switched on, by attribute."""
    return list(AutoAcceptRule.objects.filter(is_on=True).order_by("attribute"))


def accept_sure_suggestions(*, now: datetime, dry_run: bool = False) -> AutoAccepted:
    """Accept what the rules allow, a chunk of listings in each transaction; return the counts.

    Two rounds at once are harmless. Without a rule that is on, nothing is
    looked at. Each accepted suggestion has its audit entry with the rule.
    """
    rules = {rule.attribute: rule for rule in rules_in_force()}
    total = AutoAccepted()
    if not rules:
        return total
    for keys in _pages(list(rules.values()), now):
        total += _accept_chunk(keys, rules, now, dry_run=dry_run)
        if total.due >= MOST_PER_ROUND:
            break
    return total


def _due(rules: Sequence[AutoAcceptRule], now: datetime) -> Any:
    allowed = Q(pk=None)
    for rule in rules:
        allowed |= Q(
            attribute=rule.attribute,
            confidence__gte=rule.least_percent * 10,
            observed_at__lte=now - timedelta(hours=rule.delay_hours),
        )
    return Observation.objects.filter(
        allowed,
        state=_STATE.SUGGESTED,
        source_kind__in=sorted(MACHINE_KINDS),
        content_hash=F("listing__content_hash"),
        listing__is_withdrawn=False,
    )


def _pages(rules: Sequence[AutoAcceptRule], now: datetime) -> Iterator[list[int]]:
    size, last = get_settings().CHUNK_SIZE, 0
    due = _due(rules, now).order_by("listing_id").values_list("listing_id", flat=True).distinct()
    while keys := list(due.filter(listing_id__gt=last)[:size]):
        yield keys
        last = keys[-1]


def _accept_chunk(
    keys: Sequence[int], rules: dict[str, AutoAcceptRule], now: datetime, *, dry_run: bool
) -> AutoAccepted:
    with transaction.atomic():
        fresh = {
            pk
            for pk, content, annotated in Listing.objects.select_for_update(of=("self",))
            .filter(pk__in=keys)
            .order_by("pk")
            .values_list("pk", "content_hash", "annotated_hash")
            if annotated == fresh_hash(content)
        }
        due = list(_due([*rules.values()], now).filter(listing_id__in=keys).order_by("pk"))
        chosen = [item for item in due if item.listing_id in fresh] if due else []
        chosen = _uncontradicted(chosen, keys)
        if chosen and not dry_run:
            _accept(chosen, rules, now)
    return AutoAccepted(len(due), len(chosen), len(due) - len(chosen))


def _uncontradicted(due: Sequence[Observation], keys: Sequence[int]) -> list[Observation]:
    said: dict[tuple[int, str], set[Any]] = {}
    states = (_STATE.ACCEPTED, _STATE.SUGGESTED)
    for listing_id, items in load_observations(keys, states=states).items():
        for item in items:
            said.setdefault((listing_id, item.attribute), set()).add(
                (item.low_milli, item.high_milli, item.options)
            )
    return [item for item in due if len(said[item.listing_id, item.attribute]) == 1]


def _accept(chosen: Sequence[Observation], rules: dict[str, AutoAcceptRule], now: datetime) -> None:
    Observation.objects.filter(pk__in=[item.pk for item in chosen]).update(state=_STATE.ACCEPTED)
    listing_ids = sorted({item.listing_id for item in chosen})
    resolve_listings(listing_ids=listing_ids, now=now)
    assess_listings(listing_ids=listing_ids, now=now)
    for attribute in sorted({item.attribute for item in chosen}):
        rule = rules[attribute]
        write_audit_notes(
            (_note(item) for item in chosen if item.attribute == attribute),
            actor=None,
            now=now,
            reason=f"rule: from {rule.least_percent} % sure, after {rule.delay_hours} hours",
        )


def _note(item: Observation) -> AuditNote:
    told = {"reading": plain_columns(item), "rule": item.rule}
    return AuditNote(
        "auto_accept_reading",
        name_subject(item.listing_id),
        {"attribute": item.attribute, "evidence": {**told, "state": _STATE.SUGGESTED.value}},
        {"attribute": item.attribute, "evidence": {**told, "state": _STATE.ACCEPTED.value}},
    )
