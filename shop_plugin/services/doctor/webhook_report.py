"""What the doctor says of webhooks: what waits, failed or waits for a person, and who is off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min

from shop_plugin.conf import webhook_connections, webhook_targets
from shop_plugin.models import HostEvent, HostNews, NewsTarget
from shop_plugin.services.doctor.findings import Finding, count_of, notice, ok, problem
from shop_plugin.services.intake.host_deliveries import list_refusals

#: A round comes every minute at the latest; what is due for so long is not looked at.
LONG_WAIT = timedelta(minutes=15)
#: Shops sell every day; a host that says nothing for so long may have given up.
LONG_SILENCE = timedelta(days=7)
_State = HostEvent.State


def report_webhooks(*, now: datetime) -> Iterator[Finding]:
    """Yield what there is to say of hosts that push and of programs that are told."""
    connections = webhook_connections()
    names = ", ".join(sorted(connections)) or "nobody"
    yield ok("webhooks.connections", f"Webhooks are taken from {names}.", names=sorted(connections))
    counts = dict(HostEvent.objects.order_by().values_list("state").annotate(count=Count("pk")))
    yield from _report_refusals(now)
    yield from _report_silence(connections, now)
    yield from _report_waiting(now)
    yield from _report_failed(counts)
    if held := counts.get(_State.HELD, 0):
        yield notice(
            "webhooks.held",
            f"{count_of(held, 'webhook waits', 'webhooks wait')} for a person: somebody asks what "
            "is held about them, or a host asks to erase all of a shop's customers.",
            "Open 'Webhooks of the host' in the admin, filtered by 'waits for a person'. The law "
            "gives a month.",
            held=held,
        )
    yield from _report_targets(now)


#: What to do about each code of a refusal.
_REFUSED_FOR = {
    "unsigned": "Have the host sign them, or see who else posts to this address.",
    "wrong_signature": "Compare the secret in WEBHOOKS with the host's. A new one may stand beside "
    "the old one until all are signed by it.",
    "stale": "Set the clocks of both machines by a time server.",
    "incomplete": "See whether a proxy in between drops the host's headers.",
    "unreadable": "See whether the host's topics and this connection's reader belong together.",
}


def _report_refusals(now: datetime) -> Iterator[Finding]:
    for refusal in list_refusals(now=now):
        yield notice(
            "webhooks.unsigned",
            f"Webhooks of {refusal.connection} were refused as {refusal.code}, last at "
            f"{refusal.hour}:00 UTC; nothing of them is kept.",
            f"{_REFUSED_FOR.get(refusal.code, '')} The log 'footback.webhooks' has each "
            "reason.".strip(),
            connection=refusal.connection,
            reason=refusal.code,
        )


def _report_silence(names: Iterable[str], now: datetime) -> Iterator[Finding]:
    """Yield each host that has not pushed for long: some switch webhooks off that failed."""
    events = HostEvent.objects.filter(connection__in=list(names)).order_by()
    last = dict(events.values_list("connection").annotate(last=Max("received_at")))
    for name in sorted(names):
        days = (now - last[name]).days if name in last else None
        if days is not None and days < LONG_SILENCE.days:
            continue
        since = f"for {days} days" if days is not None else "yet, or not for as long as it is kept"
        yield notice(
            "webhooks.silent",
            f"Nothing has come from {name} {since}.",
            f"If it should: see at the host whether its webhooks lead to .../hooks/{name}/ and are "
            "switched on. WooCommerce switches one off after a few failures; bring what was missed "
            "in with a file.",
            connection=name,
        )


def _report_waiting(now: datetime) -> Iterator[Finding]:
    due = HostEvent.objects.filter(state=_State.WAITING, not_before__lte=now)
    found = due.aggregate(count=Count("pk"), oldest=Min("not_before"))
    count, oldest = found["count"], found["oldest"]
    if oldest is not None and now - oldest > LONG_WAIT:
        minutes = int((now - oldest).total_seconds() // 60)
        yield problem(
            "webhooks.waiting",
            f"{count_of(count, 'webhook is', 'webhooks are')} due and not carried out, the oldest "
            f"for {minutes} minutes.",
            "Let beat ring 'footback.host_events', or run 'manage.py footback_run' from cron.",
            due=count,
            minutes=minutes,
        )
    else:
        yield ok("webhooks.waiting", f"{count_of(count, 'webhook is', 'webhooks are')} due.")


def _report_failed(counts: dict[str, int]) -> Iterator[Finding]:
    failed, refused = counts.get(_State.FAILED, 0), counts.get(_State.REFUSED, 0)
    if failed or refused:
        yield problem(
            "webhooks.failed",
            f"{count_of(failed, 'webhook', 'webhooks')} failed for good, and "
            f"{refused:,} could not be read.",
            "Look at their errors under 'Webhooks of the host' in the admin; 'Try again' once the "
            "cause is mended, before their content is deleted (KEEP_FAILED_BODIES_DAYS).",
            failed=failed,
            refused=refused,
        )


def _report_targets(now: datetime) -> Iterator[Finding]:
    targets = webhook_targets()
    if not targets:
        return
    known = {row.name: row for row in NewsTarget.objects.filter(name__in=list(targets))}
    for name in sorted(targets):
        state = known.get(name)
        waiting = HostNews.objects.filter(target=name, state=HostNews.State.WAITING).count()
        told = f"Target {name}: {count_of(waiting, 'webhook waits', 'webhooks wait')}"
        if state is not None and state.off_since is not None:
            yield problem(
                "webhooks.target",
                f"Target {name} is switched off since {state.off_since:%Y-%m-%d %H:%M} "
                f"(last answer: {state.last_code}).",
                "Mend it, then switch it on under 'Targets of webhooks' in the admin.",
                target=name,
                waiting=waiting,
            )
        elif state is not None and state.failures:
            yield notice(
                "webhooks.target",
                f"{told}; it failed {state.failures} times in a row (last: {state.last_code}).",
                "They are tried again by themselves.",
                target=name,
                waiting=waiting,
            )
        else:
            yield ok("webhooks.target", f"{told}.", target=name, waiting=waiting)
