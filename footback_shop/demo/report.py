"""What the database holds after the main job, counted, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Q

from shop_plugin.models import FootwearProfile, Listing, Message, Nudge, Observation, Purchase
from shop_plugin.services.shop.modes import get_mode

GRADES = ("A", "B", "C", "D", "E")


def describe_catalogue() -> Iterator[str]:
    """Yield the lines about listings, facts and grades."""
    listings = Listing.objects.filter(is_withdrawn=False)
    profiles = FootwearProfile.objects.filter(listing__is_withdrawn=False)
    facts = Observation.objects.filter(listing__is_withdrawn=False)
    stated = facts.values("listing").distinct().count()
    yield (
        f"{listings.count():,} shoes of {listings.values('brand').distinct().count()} brands; "
        f"{facts.count():,} facts read from {stated:,} of them, each with its source"
    )
    grades = dict(
        profiles.filter(verdict__in=("grade", "range"))
        .values_list("grade_low")
        .annotate(Count("pk"))
    )
    shown = ", ".join(f"{grade} {grades.get(grade, 0)}" for grade in GRADES)
    certain = profiles.filter(verdict="grade").count()
    yield f"graded, at least: {shown} ({certain} certain, the rest a range)"
    others = profiles.aggregate(
        too_little=Count("pk", filter=Q(verdict="not_enough")),
        low=Count("pk", filter=Q(verdict="d_or_lower")),
        children=Count("pk", filter=Q(verdict="not_scored_child")),
    )
    yield (
        f"not graded: {others['too_little']} say too little, {others['low']} say too little but "
        f"cannot be better than D, "
        f"{others['children']} are for children and never scored"
    )
    unknown = profiles.aggregate(
        arch=Count("pk", filter=Q(arch_support__isnull=True)),
        cushioning=Count("pk", filter=Q(cushioning__isnull=True)),
        heel=Count("pk", filter=Q(heel_height_high_um__isnull=True)),
        disputed=Count("pk", filter=~Q(conflicts="")),
    )
    yield (
        f"unknown: arch support of {unknown['arch']}, cushioning of {unknown['cushioning']}, "
        f"heel height of {unknown['heel']}; sources disagree about {unknown['disputed']}"
    )


def describe_purchases() -> Iterator[str]:
    """Yield the lines about who bought what, and what became of it."""
    pairs = Purchase.objects.aggregate(
        all=Count("pk"),
        people=Count("contact", distinct=True),
        active=Count("pk", filter=Q(status=Purchase.Status.ACTIVE)),
        replaced=Count("pk", filter=Q(status=Purchase.Status.REPLACED)),
        returned=Count("pk", filter=Q(status=Purchase.Status.RETURNED)),
        cancelled=Count("pk", filter=Q(status=Purchase.Status.CANCELLED)),
        gifts=Count("pk", filter=Q(is_gift=True)),
    )
    yield f"{pairs['all']:,} purchases by {pairs['people']:,} people"
    yield (
        f"{pairs['active']:,} pairs in use, {pairs['replaced']:,} replaced by a newer pair, "
        f"{pairs['returned']:,} returned, {pairs['cancelled']:,} cancelled; "
        f"{pairs['gifts']:,} were gifts"
    )


def describe_nudges() -> Iterator[str]:
    """Yield the lines about what was sent, what waits and what was left unsaid, with reasons."""
    mode = get_mode()
    yield f"mode: {mode.name.replace('_', ' ')}" + (
        "" if mode.why == "as_set" else f" ({mode.why.replace('_', ' ')})"
    )
    sent = Message.objects.filter(state=Message.State.SENT).count()
    states = dict(Nudge.objects.values_list("state").annotate(Count("pk")))
    yield (
        f"{sum(states.values()):,} notes came due: {states.get('sent', 0):,} sent in {sent:,} "
        f"mails, {states.get('due', 0) + states.get('queued', 0):,} waiting, "
        f"{states.get('skipped', 0) + states.get('cancelled', 0):,} skipped"
    )
    reasons = (
        Nudge.objects.filter(state__in=("skipped", "cancelled"))
        .values_list("reason")
        .annotate(number=Count("pk"))
        .order_by("-number")
    )
    for reason, number in reasons:
        yield f"  skipped {number:,}: {(reason or 'no reason given').replace('_', ' ')}"
    for state in (Message.State.UNCERTAIN, Message.State.FAILED, Message.State.RETRY_WAIT):
        number = Message.objects.filter(state=state).count()
        if number:
            yield f"  {number:,} mails: {state.label}"
