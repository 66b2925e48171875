"""The doctor's questions about the catalogue: how fresh it is, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Q

from shop_plugin.conf import get_settings
from shop_plugin.domain.attributes import SourceKind
from shop_plugin.domain.fit_votes import VoteKind
from shop_plugin.models import FitVote, FootwearProfile, JobRun, Listing, ListingSize, Observation
from shop_plugin.services.doctor.findings import Finding, count_of, notice, ok, problem
from shop_plugin.services.evidence.annotation import stale_listings
from shop_plugin.services.evidence.assessment import formula_in_force, stale_profiles
from shop_plugin.services.staff.auto_accept import rules_in_force

STALE_IMPORT = timedelta(days=7)
HANGING_RUN = timedelta(hours=6)
LISTING_KINDS = (JobRun.Kind.IMPORT_LISTINGS, JobRun.Kind.SYNC_LISTINGS)
ORDER_KINDS = (JobRun.Kind.IMPORT_ORDERS, JobRun.Kind.SYNC_ORDERS)


def report_catalogue(*, now: datetime) -> Iterator[Finding]:
    """Yield what there is to say about listings: their number, freshness and last runs."""
    total = Listing.objects.count()
    if not total:
        yield notice(
            "catalogue.empty",
            "There are no listings yet.",
            "Run 'manage.py footback_sync', or 'manage.py footback_import FILE --source NAME'.",
            listings=0,
        )
        yield from report_runs(kinds=LISTING_KINDS, noun="listings", now=now)
        return
    withdrawn = Listing.objects.filter(is_withdrawn=True).count()
    yield ok(
        "catalogue.size",
        f"{count_of(total, 'listing', 'listings')}"
        + (f", {withdrawn:,} of them no longer offered." if withdrawn else "."),
        listings=total,
        withdrawn=withdrawn,
    )
    yield from report_runs(kinds=LISTING_KINDS, noun="listings", now=now)
    yield _report_reading()
    yield _report_assessing(total)
    yield from _report_knowledge()
    yield from _report_staff()
    yield from _report_insides()
    yield from _report_second_ids()
    yield _report_votes()


def report_runs(*, kinds: tuple[str, ...], noun: str, now: datetime) -> Iterator[Finding]:
    """Yield how the last imports and syncs of a kind went, and whether one hangs."""
    runs = JobRun.objects.filter(kind__in=kinds)
    latest = runs.order_by("-started_at", "-pk").first()
    code = noun.partition(" ")[0]
    if latest is None:
        return
    hanging = runs.filter(state=JobRun.State.RUNNING, started_at__lt=now - HANGING_RUN)
    for run in hanging.order_by("-started_at")[:3]:
        yield notice(
            f"{code}.run_hangs",
            f"The {run.get_kind_display()} of {run.started_at:%Y-%m-%d %H:%M} never ended; "
            f"{run.lines_done:,} lines are safely stored.",
            "Start it again; it goes on where it stopped.",
            run=run.pk,
        )
    if latest.state == JobRun.State.FAILED:
        first_line = (latest.error.splitlines() or [""])[0][:200]
        yield problem(
            f"{code}.last_run_failed",
            f"The last {latest.get_kind_display()} failed: {first_line}",
            "Mend the cause and start it again; what it stored stays.",
            run=latest.pk,
        )
    refused = latest.refused_rows.count()
    if refused:
        yield notice(
            f"{code}.rows_refused",
            f"The last {latest.get_kind_display()} refused {count_of(refused, 'row', 'rows')}.",
            "See the reasons in the admin under job runs.",
            refused=refused,
        )
    done = runs.filter(state=JobRun.State.DONE).order_by("-started_at").first()
    if done is not None:
        yield _report_age(code, noun, done, now)


def _report_age(code: str, noun: str, done: JobRun, now: datetime) -> Finding:
    days = max((now - done.started_at).days, 0)
    text = f"The last complete import or sync of {noun} was " + (
        "today." if not days else f"{count_of(days, 'day', 'days')} ago."
    )
    if now - done.started_at < STALE_IMPORT:
        return ok(f"{code}.last_run", text, days=days)
    return notice(
        f"{code}.last_run",
        text,
        "Run 'manage.py footback_sync' daily, from cron or beat, if the shop changed since.",
        days=days,
    )


def _report_reading() -> Finding:
    stale = stale_listings().aggregate(
        never=Count("pk", filter=Q(annotated_hash="")), changed=Count("pk", ~Q(annotated_hash=""))
    )
    never, changed = stale["never"], stale["changed"]
    if not never and not changed:
        return ok("reading.fresh", "Every listing was read as it stands now.")
    parts = []
    if never:
        parts.append(f"{count_of(never, 'listing was', 'listings were')} never read.")
    if changed:
        parts.append(
            f"{count_of(changed, 'listing', 'listings')} changed since, or an older version of "
            "the extractor read them."
        )
    return problem(
        "reading.stale",
        " ".join(parts),
        "Run 'manage.py footback_annotate'.",
        never_read=never,
        read_before=changed,
    )


def _report_assessing(total: int) -> Finding:
    formula = formula_in_force()
    stale = total - FootwearProfile.objects.count() + stale_profiles().count()
    if not stale:
        return ok(
            "assessment.fresh", f"Every listing is assessed by formula {formula}.", formula=formula
        )
    return problem(
        "assessment.stale",
        f"{count_of(stale, 'listing is', 'listings are')} not assessed by formula {formula} as "
        "known now.",
        "Run 'manage.py footback_assess'.",
        stale=stale,
        formula=formula,
    )


def _report_knowledge() -> Iterator[Finding]:
    unscored = FootwearProfile.objects.filter(
        verdict="not_enough", listing__is_withdrawn=False
    ).count()
    suggested = Observation.objects.filter(state=Observation.State.SUGGESTED)
    waiting = suggested.exclude(source_kind=SourceKind.STAFF.value).count()
    disputed = FootwearProfile.objects.exclude(conflicts="").count()
    if unscored:
        yield notice(
            "knowledge.not_enough",
            f"{count_of(unscored, 'shoe has', 'shoes have')} too few facts for a Guide match.",
            "Tag them in the admin: Listings, filter 'not enough information'.",
            listings=unscored,
        )
    if waiting:
        threshold = get_settings().AUTO_ACCEPT_CONFIDENCE
        yield notice(
            "knowledge.suggestions",
            f"{count_of(waiting, 'suggestion waits', 'suggestions wait')} for a person.",
            "Decide them in the admin: Listings, filter 'suggestions waiting'.",
            suggestions=waiting,
            accepted_from=threshold,
        )
    if disputed:
        yield notice(
            "knowledge.disputed",
            f"On {count_of(disputed, 'listing', 'listings')} sources of equal rank disagree.",
            "Settle them in the admin: Listings, filter 'sources disagree'.",
            listings=disputed,
        )


def _report_staff() -> Iterator[Finding]:
    """Yield who decides: which suggestions count by themselves, and whether two must agree."""
    rules = rules_in_force()
    told = ", ".join(
        f"{rule.attribute} from {rule.least_percent} % after {rule.delay_hours} h" for rule in rules
    )
    yield ok(
        "staff.auto_accept",
        f"Suggestions are accepted without a person: {told}."
        if rules
        else "No suggestion is accepted without a person.",
        rules=[rule.attribute for rule in rules],
    )
    waiting = Observation.objects.filter(
        state=Observation.State.SUGGESTED, source_kind=SourceKind.STAFF.value
    ).count()
    is_on = get_settings().TWO_PERSON_RULE
    if waiting:
        yield notice(
            "staff.two_persons",
            f"{count_of(waiting, 'value of staff waits', 'values of staff wait')} for a second "
            "person.",
            "Approve them in the admin: Listings, filter 'waits for a second person'."
            + ("" if is_on else " The two-person rule is off now; they wait all the same."),
            waiting=waiting,
            is_on=is_on,
        )
    else:
        told = "on: a second person approves" if is_on else "off: one person is enough"
        yield ok("staff.two_persons", f"The two-person rule is {told}.", waiting=0, is_on=is_on)


def _report_insides() -> Iterator[Finding]:
    """Yield how many sizes state what they measure inside; Right fit can judge those alone."""
    sizes = ListingSize.objects.filter(listing__is_withdrawn=False).aggregate(
        total=Count("pk"), known=Count("internal_length_um")
    )
    total, known = sizes["total"], sizes["known"]
    if not total:
        return
    if known:
        said = f"{known:,} of {count_of(total, 'size', 'sizes')} state their length inside."
    else:
        said = "No size states its length inside, so Right fit goes by the number alone."
    yield ok("knowledge.insides", said, sizes=total, known=known)


def _report_second_ids() -> Iterator[Finding]:
    """Yield the sources of which orders may name a product by an id that is not known yet."""
    sources = (
        Listing.objects.filter(is_withdrawn=False)
        .values("source")
        .annotate(total=Count("pk"), unnamed=Count("pk", filter=Q(alias="")))
        .order_by("source")
    )
    for row in sources:
        # Without any second id the host has none; with all of them nothing is missing.
        if 0 < row["unnamed"] < row["total"]:
            yield notice(
                "catalogue.second_ids",
                f"{row['unnamed']:,} of {count_of(row['total'], 'listing', 'listings')} of "
                f"'{row['source']}' have no second id yet: orders that name them by it find no "
                "shoe.",
                "They come with the host's next webhook about each product: change all of them "
                "once there, say by a tag, or import a file that holds both ids.",
                source=row["source"],
                unnamed=row["unnamed"],
            )


def _report_votes() -> Finding:
    """Return how many listings carry what buyers said of their sizes."""
    said = FitVote.objects.filter(listing__is_withdrawn=False)
    votes = said.filter(kind=VoteKind.VOTES).count()
    returns = said.filter(kind=VoteKind.RETURNS).count()
    return ok(
        "knowledge.votes",
        f"{count_of(votes, 'listing carries', 'listings carry')} votes of buyers on the size; "
        f"{count_of(returns, 'carries', 'carry')} reasons of returns.",
        votes=votes,
        returns=returns,
    )
