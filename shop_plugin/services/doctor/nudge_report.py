"""The doctor's questions about nudges: the mode, the queue, the pulse of the job."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count

from shop_plugin.conf import get_settings
from shop_plugin.domain.breakers import COMPLAINTS_TO_STOP, COMPLAINTS_TO_WARN, Breaker
from shop_plugin.domain.mail_reports import Fate
from shop_plugin.domain.nudge_gates import HOST_ERROR
from shop_plugin.models import Contact, Message, Nudge, NudgeControl, Purchase
from shop_plugin.services.doctor.catalogue_report import ORDER_KINDS, report_runs
from shop_plugin.services.doctor.findings import Finding, count_of, notice, ok, problem
from shop_plugin.services.nudges.auditing import audit_nudges
from shop_plugin.services.nudges.breakers import count_figures
from shop_plugin.services.nudges.forecasting import forecast_nudges
from shop_plugin.services.nudges.provider_reports import count_reports
from shop_plugin.services.people.host_hooks import CONTACT_FOR_USER
from shop_plugin.services.shop.clock import shop_day
from shop_plugin.services.shop.modes import ModeInForce, find_missing, get_mode, read_control
from shop_plugin.services.transport.journal import is_journal_kept
from shop_plugin.services.transport.smtp import is_anymail_used
from shop_plugin.services.transport.spool import list_spooled

SILENT_PULSE = timedelta(minutes=10)
RECENT = timedelta(days=7)
SHOWN_REASONS = 4
MODE_WORDS = {
    "off": "off: nothing is sent",
    "dry_run": "dry run: everything is planned, nothing is sent",
    "redirect": "redirect: every mail goes to one inbox",
    "live": "live: mails go to customers",
}


def report_nudges(*, now: datetime) -> Iterator[Finding]:
    """Yield what there is to say about orders, the mode, the queue and the job's pulse."""
    pairs = Purchase.objects.filter(status=Purchase.Status.ACTIVE).count()
    people = Contact.objects.filter(is_mailable=True, erased_at=None).exclude(email="").count()
    yield ok(
        "orders.size",
        f"{count_of(pairs, 'order line', 'order lines')} in use, "
        f"{count_of(people, 'customer', 'customers')} with an address.",
        purchases=pairs,
        contacts=people,
    )
    yield from report_runs(kinds=ORDER_KINDS, noun="orders", now=now)
    mode = get_mode()
    yield from _report_mode(mode, now)
    yield _report_pulse(mode, now)
    yield from _report_queue(now)
    yield from _report_reports(now)
    yield _report_laws(now)
    if pairs:
        yield _report_today(mode, now)


def _report_mode(mode: ModeInForce, now: datetime) -> Iterator[Finding]:
    text = f"Nudges are in {MODE_WORDS[mode.name]}."
    if mode.breaker:
        yield problem(
            "nudges.breaker",
            f"The breaker {mode.breaker} made the mailer fall silent: "
            f"{_say_figures(mode.breaker)}.",
            _REMEDY_OF_RESTORED if mode.breaker == Breaker.RESTORED else _REMEDY_OF_BREAKER,
            breaker=mode.breaker,
        )
    elif mode.why == "stopped":
        yield notice(
            "nudges.mode",
            "Somebody pulled the kill switch: nothing is sent.",
            "Set a mode in the admin under nudge control when it may go on.",
            mode=mode.name,
            why=mode.why,
        )
    elif mode.why == "environment_changed":
        yield problem(
            "nudges.mode",
            "The database or the site is not the one for which sending was allowed "
            "(a copy, a restored backup, a new address): nothing is sent.",
            "If this is the real shop, confirm the mode in the admin under nudge control.",
            mode=mode.name,
            why=mode.why,
        )
    else:
        yield ok("nudges.mode", text, mode=mode.name, why=mode.why)
    yield from _report_complaints(now)
    yield from _report_hooks(now)
    missing = find_missing(mode.name)
    if missing:
        yield problem(
            "nudges.incomplete",
            f"Mails would leave incomplete: {'; '.join(missing)}.",
            "Correct the settings; see docs/reference/settings.md.",
        )
    if mode.paused_until and mode.paused_until > now:
        yield problem(
            "nudges.paused",
            f"Sending rests until {mode.paused_until:%H:%M} UTC: the mail server failed "
            "several times in a row.",
            "Look at the mail server. Sending goes on by itself.",
        )


_REMEDY_OF_BREAKER = (
    "The admin says what it means, under nudge control, and takes the typed word to go on."
)
_REMEDY_OF_RESTORED = (
    "Run 'manage.py footback_reconcile --journal' on each machine that sends mails, then set the "
    "mode in the admin under nudge control (docs/how-to/restore-a-backup.md)."
)


def _say_figures(breaker: str) -> str:
    figures = read_control().stopped_figures or {"count": 0, "of": 0}
    what = {
        "complaints": "marked as spam by {count} people, of {of} mails",
        "bounces": "{count} addresses that do not exist, of {of} mails",
        "refusals": "{count} mails of {of} refused within 15 minutes",
        "volume": "{count} mails on a day that may bring {of} by its forecast",
        "restored": "the database was put back as it was, and of the last {of} mails that left it "
        "knows nothing of {count}",
    }
    return what[breaker].format(**figures)


def _report_hooks(now: datetime) -> Iterator[Finding]:
    """Tell which functions of the host failed lately."""
    waiting = Nudge.objects.filter(state=Nudge.State.DUE, reason=HOST_ERROR).count()
    waiting += Message.objects.filter(
        state__in=(Message.State.READY, Message.State.RETRY_WAIT), reason=HOST_ERROR
    ).count()
    remedy = "It must {what}. Its failures stand in the log 'footback.hooks'."
    if waiting:
        yield problem(
            "hooks.CAN_CONTACT",
            f"FOOTBACK['CAN_CONTACT'] fails: {count_of(waiting, 'note waits', 'notes wait')} "
            "for its answer, none is lost.",
            remedy.format(what="answer True or False for an address and a time"),
            waiting=waiting,
        )
    failures = read_control().hook_failures
    for name in failures.keys() & {CONTACT_FOR_USER}:
        failure = failures[name]
        if failure["hour"] >= f"{now - timedelta(days=1):%Y-%m-%dT%H}":
            yield problem(
                f"hooks.{name}",
                f"FOOTBACK[{name!r}] failed a page, last at {failure['hour']}:00 UTC: "
                f"{failure['what']}.",
                remedy.format(what="answer a text for a user, empty for nobody"),
            )


def _report_complaints(now: datetime) -> Iterator[Finding]:
    figures = count_figures(now=now)
    if figures.complaints >= COMPLAINTS_TO_WARN:
        yield notice(
            "nudges.complaints",
            f"{count_of(figures.complaints, 'person', 'people')} marked one of the last "
            f"{figures.complaint_mails:,} mails as spam; at {COMPLAINTS_TO_STOP} the mailer stops.",
            "Look at what was sent, and whether these people were told that such mails come.",
            complaints=figures.complaints,
            mails=figures.complaint_mails,
        )


def _report_pulse(mode: ModeInForce, now: datetime) -> Finding:
    last = NudgeControl.objects.values_list("last_tick_at", flat=True).filter(pk=1).first()
    remedy = (
        "Start beat and a worker ('celery -A PROJECT worker' and 'beat'), or run "
        "'manage.py footback_run --once' from cron every minute."
    )
    if mode.name == "off":
        return ok("nudges.pulse", "The nudge job has nothing to do while the mode is off.")
    if last is None:
        report = problem if mode.sends else notice
        return report("nudges.pulse", "The nudge job has never run.", remedy)
    age = now - last
    minutes = max(int(age.total_seconds() // 60), 0)
    if age <= SILENT_PULSE:
        return ok("nudges.pulse", f"The nudge job ran {_ago(minutes)}.", minutes=minutes)
    return problem(
        "nudges.pulse", f"The nudge job ran last {_ago(minutes)}.", remedy, minutes=minutes
    )


def _ago(minutes: int) -> str:
    if minutes < 1:
        return "less than a minute ago"
    if minutes < 120:
        return f"{count_of(minutes, 'minute', 'minutes')} ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} hours ago"
    return f"{minutes // (24 * 60)} days ago"


def _report_queue(now: datetime) -> Iterator[Finding]:
    due = Nudge.objects.filter(state=Nudge.State.DUE).count()
    states = dict(Message.objects.values_list("state").annotate(count=Count("pk")))
    waiting = sum(states.get(state, 0) for state in (Message.State.READY, Message.State.RETRY_WAIT))
    yield ok(
        "nudges.queue",
        f"{count_of(due, 'nudge is', 'nudges are')} due, "
        f"{count_of(waiting, 'mail waits', 'mails wait')} to leave, "
        f"{count_of(states.get(Message.State.SENT, 0), 'was sent', 'were sent')}.",
        due=due,
        **{str(state): count for state, count in sorted(states.items())},
    )
    yield from _report_stuck(now)
    yield from _report_spool()
    uncertain = states.get(Message.State.UNCERTAIN, 0)
    if uncertain:
        yield notice(
            "nudges.uncertain",
            f"Of {count_of(uncertain, 'mail', 'mails')} nobody can know whether it arrived; "
            "none is sent again by itself.",
            "Look them up in the mail server's log by Message-ID, then tell what it proves with "
            "'manage.py footback_reconcile'.",
            uncertain=uncertain,
        )
    failed = Message.objects.filter(
        state=Message.State.FAILED, created_at__gte=now - RECENT
    ).count()
    if failed:
        yield notice(
            "nudges.failed",
            f"The mail server refused {count_of(failed, 'mail', 'mails')} of this week for good.",
            "The admin shows the server's answer with each message.",
            failed=failed,
        )


def _report_reports(now: datetime) -> Iterator[Finding]:
    told = count_reports(since=now - RECENT)
    by_fate = {fate: count for fate, count in told.by_fate.items() if count}
    refused = by_fate.get(Fate.SENDER_REFUSED, 0)
    if refused:
        yield problem(
            "nudges.sender",
            f"{count_of(refused, 'mail was', 'mails were')} refused this week because the "
            "receiving server does not believe the sender.",
            "Set up SPF, DKIM and DMARC for the domain of SENDER, as the mail provider says.",
            refused=refused,
        )
    if by_fate or told.unknown:
        listed = ", ".join(f"{fate.replace('_', ' ')} {n:,}" for fate, n in by_fate.items())
        unknown = f" {told.unknown:,} fit no mail here." if told.unknown else ""
        yield ok(
            "nudges.reports",
            f"The mail provider reported this week: {listed or 'nothing of these mails'}.{unknown}",
            unknown=told.unknown,
            **by_fate,
        )
    elif is_anymail_used() and _count_sent(now):
        yield notice(
            "nudges.reports",
            "Mails leave through a mail provider, and it has reported nothing this week: bounces "
            "and complaints would go unnoticed.",
            "Give the provider the address of anymail's webhook; see "
            "docs/how-to/hear-from-your-mail-provider.md.",
        )


def _count_sent(now: datetime) -> int:
    return Message.objects.filter(state=Message.State.SENT, sent_at__gte=now - RECENT).count()


def _report_today(mode: ModeInForce, now: datetime) -> Finding:
    today = shop_day(now)
    live_since = shop_day(mode.live_since) if mode.live_since else None
    forecast = forecast_nudges(first_day=today, last_day=today, now=now, live_since=live_since)
    stages = ", ".join(f"{count:,} at stage {stage}" for stage, count in forecast.by_stage.items())
    text = (
        f"Today would bring {count_of(forecast.mails, 'mail', 'mails')} to "
        f"{count_of(forecast.people, 'person', 'people')} about "
        f"{count_of(forecast.pairs, 'pair', 'pairs')}"
    )
    text += f" ({stages})." if stages else "."
    if not mode.sends:
        text += f" None leaves in mode {mode.name.replace('_', ' ')}."
    reasons = sorted(forecast.not_sent.items(), key=lambda item: -item[1])[:SHOWN_REASONS]
    if reasons:
        listed = ", ".join(f"{code.replace('_', ' ')} {count:,}" for code, count in reasons)
        text += f" Not written about: {listed}."
    return ok(
        "nudges.today",
        text,
        mails=forecast.mails,
        people=forecast.people,
        pairs=forecast.pairs,
        not_sent=dict(forecast.not_sent),
    )


def _report_stuck(now: datetime) -> Iterator[Finding]:
    stuck = Message.objects.filter(
        state__in=(Message.State.CLAIMED, Message.State.HANDING),
        lease_until__lt=now - SILENT_PULSE,
    ).count()
    if stuck:
        yield problem(
            "nudges.stuck",
            f"{count_of(stuck, 'mail is', 'mails are')} held by a worker that is gone.",
            "Start a worker, or run 'manage.py footback_run --once': it takes them back safely.",
            stuck=stuck,
        )


def _report_laws(now: datetime) -> Finding:
    audit = audit_nudges(now=now)
    if audit.is_clean:
        return ok("nudges.laws", f"All {len(audit.checked)} laws of the mailer hold.")
    broken = "; ".join(f"{item.text} ({item.law}, {item.count:,})" for item in audit.violations)
    return problem(
        "nudges.laws",
        f"What may never be is so: {broken}.",
        "Pull the kill switch in the admin under nudge control, then look at the rows that "
        "'manage.py footback_audit' names. A restored backup or a hand in the tables can do this.",
        broken=[item.law for item in audit.violations],
    )


def _report_spool() -> Iterator[Finding]:
    try:
        waiting = len(list_spooled())
    except OSError as error:
        yield problem(
            "nudges.spool",
            f"The spool of sent mails cannot be used: {error}.",
            "Set FOOTBACK['SPOOL_DIR'] to a folder that only the worker's user can write.",
        )
        return
    if not is_journal_kept():
        yield problem(
            "nudges.journal",
            "The journal of mails that left cannot be written: after a restored backup nothing "
            "would know of them, and they would leave again.",
            "Set FOOTBACK['SPOOL_DIR'] to a folder that only the worker's user can write.",
        )
    elif not get_settings().SPOOL_DIR and get_mode().name == "live":
        yield notice(
            "nudges.journal",
            "The journal of mails that left lies in the system's temporary folder, which a "
            "restart of the machine may clear.",
            "Set FOOTBACK['SPOOL_DIR'] to a folder that stays, on each machine that sends mails.",
        )
    if waiting:
        yield notice(
            "nudges.spool",
            f"{count_of(waiting, 'mail was', 'mails were')} sent while the database was away, and "
            "noted in the spool.",
            "Run a worker on this machine, or 'manage.py footback_run --once': it takes them in.",
            spooled=waiting,
        )
