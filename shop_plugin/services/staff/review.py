"""What staff decide about a listing: set a fact, take it back, judge a reading.

Each decision is one transaction: the observation, the resolved profile, the
Guide match and the audit entry change together or not at all. So the next
page view of the storefront shows it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from shop_plugin.conf import get_settings
from shop_plugin.domain.attributes import (
    ATTRIBUTES,
    FootwearAttributes,
    SourceKind,
    Span,
    Value,
    value_from_plain,
    value_to_plain,
)
from shop_plugin.domain.resolution import contains_value
from shop_plugin.domain.scoring import Assessment, Verdict
from shop_plugin.models import FootwearProfile, Listing, Observation
from shop_plugin.services.bulk.audit_log import AuditNote, write_audit_notes
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings, find_assessment
from shop_plugin.services.evidence.resolving import resolve_listings
from shop_plugin.services.staff.decision_log import Move, record_decision

STAFF_RULE = "staff.tag"
STAFF_CONFIDENCE = 1000  # a verified measurement; domain reference, section 2


class Decision(StrEnum):
    """What a person may say of a reading."""

    ACCEPT = "accept"
    REJECT = "reject"
    CANNOT_TELL = "cannot_tell"


class SecondPersonNeeded(Exception):
    """With the two-person rule on, a value in force is not taken back by one person alone.

    The argument is the attribute.
    """


class ListingChanged(Exception):
    """Somebody, or a new import, changed the listing after it was looked at."""


@dataclass(frozen=True, slots=True)
class Tag:
    """What staff say of one attribute. ``value`` of ``None`` takes the staff value back."""

    attribute: str
    value: Value | None
    original: str = ""


@dataclass(frozen=True, slots=True)
class ReviewOutcome:
    """What a decision changed.

    ``changed`` names the attributes whose evidence changed; ``outranked``
    those of them for which a source above staff (a lab, the maker) is
    believed instead. The matches are ``None`` where none was computed.
    """

    listing_id: int
    changed: tuple[str, ...]
    outranked: tuple[str, ...]
    match_before: Assessment | None
    match_after: Assessment | None


def tag_listing(
    *,
    listing_id: int,
    attribute: str,
    value: Value,
    original: str,
    author: AbstractBaseUser | None,
    now: datetime,
    seen: str = "",
    reason: str = "",
) -> ReviewOutcome:
    """Set one attribute of a listing as staff, and bring profile and match up to date.

    An earlier staff value of the attribute becomes superseded and stays
    readable. Setting the value that is already set changes nothing. ``seen``
    is the :func:`fingerprint_evidence` of what the author looked at.

    With the two-person rule on, the value waits for somebody else's approval
    (:mod:`~shop_plugin.services.staff.two_persons`) and what was in force stays.

    :raises KeyError: for a key that is no attribute.
    :raises Listing.DoesNotExist: for an id that is no listing.
    :raises ListingChanged: when the evidence is not what ``seen`` names.
    :raises SecondPersonNeeded: when a value in force would be taken back, with the rule on.
    """
    tag = Tag(attribute=attribute, value=value, original=original)
    return save_tags(
        listing_id=listing_id, tags=(tag,), author=author, now=now, seen=seen, reason=reason
    )


def withdraw_tag(
    *,
    listing_id: int,
    attribute: str,
    author: AbstractBaseUser | None,
    now: datetime,
    seen: str = "",
) -> ReviewOutcome:
    """Take the staff value of an attribute back, so that the other sources speak again.

    Raises as :func:`tag_listing` does; without a staff value nothing changes.
    """
    tag = Tag(attribute=attribute, value=None)
    return save_tags(listing_id=listing_id, tags=(tag,), author=author, now=now, seen=seen)


def save_tags(
    *,
    listing_id: int,
    tags: Sequence[Tag],
    author: AbstractBaseUser | None,
    now: datetime,
    seen: str = "",
    reason: str = "",
) -> ReviewOutcome:
    """Set or take back several attributes of a listing at once: all of them or none.

    ``reason`` stands in the audit entry, cut to what fits. Raises as :func:`tag_listing` does.
    """
    for tag in tags:
        if tag.attribute not in ATTRIBUTES:
            raise KeyError(tag.attribute)

    def apply(listing: Listing) -> list[Change]:
        done = (_apply_tag(listing=listing, tag=tag, author=author, now=now) for tag in tags)
        return [change for change in done if change]

    return decide_listing(
        listing_id=listing_id, seen=seen, author=author, now=now, apply=apply, reason=reason
    )


def decide_suggestion(
    *,
    observation_id: int,
    decision: Decision,
    author: AbstractBaseUser | None,
    now: datetime,
    seen: str = "",
) -> ReviewOutcome:
    """Judge what was read from a text or a feed.

    An accepted reading counts, a rejected one does not; of "cannot tell" it
    does not count and nobody is asked again while the text stays. A decision
    may be changed later.

    :raises Observation.DoesNotExist: for an id that is no reading, or one that
        was superseded, or a staff value (which is taken back instead).
    :raises ListingChanged: when the evidence is not what ``seen`` names.
    """
    reading = _open_readings().get(pk=observation_id)

    def apply(listing: Listing) -> list[Change]:
        current = _open_readings().get(pk=observation_id)
        return [_apply_decision(reading=current, decision=decision)]

    return decide_listing(
        listing_id=reading.listing_id, seen=seen, author=author, now=now, apply=apply
    )


def review_again(
    *, listing_ids: Sequence[int], author: AbstractBaseUser | None, now: datetime
) -> int:
    """Read, resolve and assess listings afresh; return how many. Staff values stay."""
    with transaction.atomic():
        known = list(Listing.objects.filter(pk__in=listing_ids).values_list("pk", flat=True))
        annotate_listings(listing_ids=known, now=now)
        _refresh(known, now)
        notes = (AuditNote("reassess", name_subject(pk)) for pk in known)
        write_audit_notes(notes, actor=author, now=now)
    return len(known)


def name_subject(listing_id: int) -> str:
    """Return the ``subject`` of audit entries about a listing."""
    return f"listing:{listing_id}"


def fingerprint_evidence(listing_id: int) -> str:
    """Return a short text that changes when the evidence about a listing changes.

    It covers what the host says and every observation that is not superseded,
    by value; reading the same text again with the same result keeps it.

    :raises Listing.DoesNotExist: for an id that is no listing.
    """
    content_hash = Listing.objects.values_list("content_hash", flat=True).get(pk=listing_id)
    evidence = (
        Observation.objects.filter(listing_id=listing_id)
        .exclude(state=Observation.State.SUPERSEDED)
        .values_list(
            "attribute", "source_kind", "rule", "low_milli", "high_milli", "options", "state"
        )
    )
    return fingerprint_sayings(content_hash, evidence)


def fingerprint_sayings(content_hash: str, evidence: Iterable[tuple[Any, ...]]) -> str:
    """Return the fingerprint of evidence that was loaded already.

    Each tuple is the attribute, the kind of source, the rule, the ends or
    options, and the state of an observation that is not superseded.
    """
    canonical = json.dumps([content_hash, sorted(evidence, key=str)])
    return hashlib.blake2b(canonical.encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Change:
    """One changed piece of evidence, as the audit entry tells it.

    ``before`` and ``after`` are plain values; ``is_staff_value`` where ``after`` is what staff say.
    ``moves`` are the observations that changed their state, by which the change can be undone.
    """

    action: str
    attribute: str
    before: Any
    after: Any
    is_staff_value: bool = False
    moves: tuple[Move, ...] = ()


def decide_listing(
    *,
    listing_id: int,
    seen: str,
    author: AbstractBaseUser | None,
    now: datetime,
    apply: Callable[[Listing], list[Change]],
    reason: str = "",
    is_undo: bool = False,
) -> ReviewOutcome:
    """Lock a listing, let ``apply`` change its evidence, and bring all that follows up to date.

    Observations, profile, match and audit entries change together or not at all. What a
    person decides can be undone (:mod:`~shop_plugin.services.staff.undoing`), an undo cannot.

    :raises Listing.DoesNotExist: for an id that is no listing.
    :raises ListingChanged: when the evidence is not what ``seen`` names.
    """
    with transaction.atomic():
        listing = Listing.objects.select_for_update(of=("self",)).get(pk=listing_id)
        if seen and seen != fingerprint_evidence(listing_id):
            raise ListingChanged(listing_id)
        old_facts, old_match = _known(listing_id), find_assessment(listing_id=listing_id)
        changes = apply(listing)
        if not changes:
            return ReviewOutcome(listing_id, (), (), old_match, old_match)
        _refresh([listing_id], now)
        facts, match = _known(listing_id), find_assessment(listing_id=listing_id)
        notes = (
            AuditNote(
                change.action,
                name_subject(listing_id),
                before=_describe(change.attribute, change.before, old_facts, old_match),
                after=_describe(change.attribute, change.after, facts, match),
            )
            for change in changes
        )
        write_audit_notes(notes, actor=author, now=now, reason=reason)
        if author is not None and not is_undo:
            record_decision(
                author=author,
                listing_id=listing_id,
                attributes=[change.attribute for change in changes],
                moves=[move for change in changes for move in change.moves],
                is_gain=_can_be_graded(match) and not _can_be_graded(old_match),
                now=now,
            )
    return ReviewOutcome(
        listing_id=listing_id,
        changed=tuple(change.attribute for change in changes),
        outranked=tuple(
            change.attribute
            for change in changes
            if change.is_staff_value and _is_outranked(facts.get(change.attribute), change.after)
        ),
        match_before=old_match,
        match_after=match,
    )


def _apply_tag(
    *, listing: Listing, tag: Tag, author: AbstractBaseUser | None, now: datetime
) -> Change | None:
    said = Observation.objects.filter(
        listing=listing, attribute=tag.attribute, source_kind=SourceKind.STAFF.value
    ).order_by("-pk")
    if get_settings().TWO_PERSON_RULE:
        return _propose_tag(listing, tag, said, author, now)
    standing = list(said.filter(state=Observation.State.ACCEPTED))
    before = plain_columns(standing[0]) if standing else None
    after = _plain(tag.value)
    if before == after:
        return None
    moves = retire(standing)
    if tag.value is None:
        return Change("withdraw_tag", tag.attribute, before, None, moves=moves)
    made = _store(listing, tag, tag.value, Observation.State.ACCEPTED, author, now)
    return Change("tag", tag.attribute, before, after, is_staff_value=True, moves=(*moves, made))


def _propose_tag(
    listing: Listing,
    tag: Tag,
    said: QuerySet[Observation],
    author: AbstractBaseUser | None,
    now: datetime,
) -> Change | None:
    """Let a value wait beside what is in force; it replaces what its author proposed before."""
    standing = said.filter(state=Observation.State.ACCEPTED).first()
    waiting = list(said.filter(state=Observation.State.SUGGESTED))
    own = [item for item in waiting if item.author_id == _key(author)]
    before = plain_columns(standing) if standing else None
    after = _plain(tag.value)
    if after is not None and any(plain_columns(item) == after for item in waiting):
        return None
    if after == before or after is None:
        if own:
            proposed = plain_columns(own[0])
            return Change("withdraw_proposal", tag.attribute, proposed, None, moves=retire(own))
        if after != before:
            raise SecondPersonNeeded(tag.attribute)
        return None
    assert tag.value is not None
    moves = retire(own)
    made = _store(listing, tag, tag.value, Observation.State.SUGGESTED, author, now)
    return Change("propose_tag", tag.attribute, before, after, moves=(*moves, made))


def _store(
    listing: Listing,
    tag: Tag,
    value: Value,
    state: Observation.State,
    author: AbstractBaseUser | None,
    now: datetime,
) -> Move:
    made = Observation.objects.create(
        listing=listing,
        attribute=tag.attribute,
        original=tag.original[:200],
        source_kind=SourceKind.STAFF.value,
        rule=STAFF_RULE,
        confidence=STAFF_CONFIDENCE,
        content_hash=listing.content_hash,
        state=state,
        author_id=_key(author),
        observed_at=now,
        **_columns(value),
    )
    return Move(made.pk, "", state.value)


def retire(observations: Sequence[Observation]) -> tuple[Move, ...]:
    """Mark observations as superseded; return what moved."""
    moves = tuple(
        Move(item.pk, item.state, Observation.State.SUPERSEDED.value) for item in observations
    )
    Observation.objects.filter(pk__in=[move.observation_id for move in moves]).update(
        state=Observation.State.SUPERSEDED
    )
    return moves


def _apply_decision(*, reading: Observation, decision: Decision) -> Change:
    states = {
        Decision.ACCEPT: Observation.State.ACCEPTED,
        Decision.REJECT: Observation.State.REJECTED,
        Decision.CANNOT_TELL: Observation.State.UNCLEAR,
    }
    before = {"reading": plain_columns(reading), "rule": reading.rule, "state": reading.state}
    move = Move(reading.pk, reading.state, states[decision].value)
    reading.state = states[decision]
    reading.save(update_fields=["state"])
    after = {**before, "state": reading.state}
    return Change(f"{decision.value}_reading", reading.attribute, before, after, moves=(move,))


def _can_be_graded(match: Assessment | None) -> bool:
    return match is not None and match.verdict is not Verdict.NOT_ENOUGH


def _key(author: AbstractBaseUser | None) -> int | None:
    return None if author is None else author.pk


def _open_readings() -> Any:
    return Observation.objects.exclude(source_kind=SourceKind.STAFF.value).exclude(
        state=Observation.State.SUPERSEDED
    )


def _refresh(listing_ids: Sequence[int], now: datetime) -> None:
    resolve_listings(listing_ids=listing_ids, now=now)
    assess_listings(listing_ids=listing_ids, now=now)


def _known(listing_id: int) -> FootwearAttributes:
    snapshot = (
        FootwearProfile.objects.filter(pk=listing_id).values_list("snapshot", flat=True).first()
    )
    return FootwearAttributes.from_snapshot(snapshot) if snapshot else FootwearAttributes()


def _describe(
    attribute: str, evidence: Any, facts: FootwearAttributes, match: Assessment | None
) -> dict[str, Any]:
    return {
        "attribute": attribute,
        "evidence": evidence,
        "believed": _plain(facts.get(attribute)),
        "verdict": match.verdict.value if match else None,
        "match": [match.low, match.high] if match else None,
    }


def _is_outranked(believed: Value | None, tagged: list[Any]) -> bool:
    # A believed value may be narrower than the tag, or wider (widths on offer add up).
    value = value_from_plain(tagged)
    return believed is None or not (
        contains_value(believed, value) or contains_value(value, believed)
    )


def _columns(value: Value) -> dict[str, Any]:
    if isinstance(value, Span):
        return {"low_milli": value.low, "high_milli": value.high}
    return {"options": ",".join(sorted(value.members))}


def _plain(value: Value | None) -> list[int] | list[str] | None:
    return None if value is None else value_to_plain(value)


def plain_columns(item: Observation) -> list[Any]:
    """Return the value of an observation as it stands in audit entries."""
    if item.options:
        return sorted(item.options.split(","))
    return [item.low_milli, item.high_milli]
