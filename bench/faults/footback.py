"""footback under the killer: the product's own rounds, by Celery workers or without Celery."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections import Counter
from datetime import timedelta
from typing import Any

import django

from bench.faults.killing import fork, kill, kill_workers, run_workers
from bench.faults.run import LogCounter, Run, count_history, main_of_system

QUEUE = "footback-faults"
RING_SECONDS = 0.2
WAITING = ("ready", "retry_wait", "claimed")


def measure(run: Run) -> dict[str, Any]:
    """Send ``run.mails`` mails under ``run.kills`` kills; return what arrived and what is known."""
    _configure(run)
    _prepare(run.mails)
    taken = LogCounter(run.log)
    begun = time.monotonic()
    kills = _kill_while_sending(run, taken)
    _finish(run)
    seconds = time.monotonic() - begun
    states = _states()
    uncertain = sum(state == "uncertain" for state in states.values())
    history = count_history(run.log, known=states, believed_sent=("sent",), named=_NAMED)
    run.calm_the_sink()
    _reconcile(run)
    after = _states()
    end = count_history(run.log, known=after, believed_sent=("sent",), named=_NAMED)
    return {
        "extra_copies": end["extra_copies"],
        "silently_lost": history["silently_lost"] + end["silently_lost"],
        "uncertain": uncertain,
        "uncertain_after_reconciliation": sum(s == "uncertain" for s in after.values()),
        "arrived": end["arrived"],
        "kills": kills,
        "mails_per_second": round(run.mails / seconds),
        "states": dict(sorted(Counter(after.values()).items())),
    }


# What a shop is told of by name: not lost, but known to be open or over.
_NAMED = frozenset(
    {"uncertain", "failed", "abandoned", "cancelled", "expired", "retry_wait", "ready"}
)


def _configure(run: Run) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "footback_shop.settings")
    os.environ["DATABASE_URL"] = run.database_url
    if run.redis_url:
        os.environ["REDIS_URL"] = run.redis_url
    django.setup()
    from django.conf import settings
    from django.urls import get_resolver

    from tests.nudging import SHOP

    # Loaded before the forks: a worker that is killed while it still imports proves nothing.
    assert get_resolver().url_patterns
    settings.FOOTBACK = {
        **SHOP,
        "RAMP_START_PER_DAY": 10_000_000,
        "MAX_MAILS_PER_DAY": 10_000_000,
        "IDEMPOTENCY_HEADER": run.key_header,
        # A killed worker holds its claims for so long; a shop has the time to wait for two minutes.
        "LEASE_SECONDS": 10,
        "CLAIM_BATCH": 5,
        "SPOOL_DIR": str(run.folder / "spool"),
    }
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", run.sink_port
    settings.EMAIL_TIMEOUT = 10
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False


def _prepare(count: int) -> None:
    """Make ``count`` people with one due pair each, all like one template, and their messages."""
    from django.core.management import call_command

    from shop_plugin.models import Consent, Contact, NudgeControl, Purchase
    from shop_plugin.services.nudges.planning import plan_nudges
    from shop_plugin.services.people.consent import hash_email
    from shop_plugin.services.shop.clock import read_database_clock
    from shop_plugin.services.shop.modes import set_mode
    from tests.nudging import add_pair

    call_command("migrate", verbosity=0)
    now = read_database_clock()
    set_mode(mode="live", now=now)
    NudgeControl.objects.update(live_since=now - timedelta(days=400))
    pair = add_pair(due_on=now.date())
    person, consent = pair.contact, pair.contact.consents.get()
    for start in range(1, count, 1000):
        people, pairs, consents = [], [], []
        for number in range(start, min(start + 1000, count)):
            email = f"faults{number}@example.org"
            own = {"external_id": f"faults-{number}", "unsubscribe_token": f"T{number:021d}"}
            fields = {**_fields_of(person), **own, "email": email, "email_hash": hash_email(email)}
            people.append(Contact(**fields))
        Contact.objects.bulk_create(people)
        for someone in people:
            own = {"external_id": someone.external_id, "order_id": someone.external_id}
            pairs.append(Purchase(**{**_fields_of(pair), **own, "contact_id": someone.pk}))
            consents.append(Consent(**{**_fields_of(consent), "contact_id": someone.pk}))
        Purchase.objects.bulk_create(pairs)
        Consent.objects.bulk_create(consents)
    plan_nudges(now=now)


def _fields_of(row: Any) -> dict[str, Any]:
    fields = [item.attname for item in row._meta.concrete_fields if not item.primary_key]
    return {name: getattr(row, name) for name in fields}


def _kill_while_sending(run: Run, taken: LogCounter) -> int:
    _close_connections()
    ringer = fork(_ring) if run.redis_url else 0
    try:
        return kill_workers(
            work=_work_by_celery if run.redis_url else _work_in_rounds,
            workers=run.workers,
            kills=run.kills,
            mails=run.mails,
            count_done=taken.read,
            dice=random.Random(run.seed),
        )
    finally:
        if ringer:
            kill(ringer)


def _work_in_rounds() -> None:
    """Do what ``footback_run`` does, round after round, until nothing waits."""
    from shop_plugin.models import Message
    from shop_plugin.services.nudges.ticking import run_tick
    from shop_plugin.services.shop.clock import read_database_clock

    while Message.objects.filter(state__in=WAITING).exists():
        run_tick(now=read_database_clock())
        time.sleep(0.01)


def _work_to_the_end() -> None:
    """Work until nothing waits, as if the minutes between two tries passed at once."""
    from shop_plugin.models import Message
    from shop_plugin.services.nudges.ticking import run_tick
    from shop_plugin.services.shop.clock import read_database_clock

    while Message.objects.filter(state__in=WAITING).exists():
        now = read_database_clock()
        Message.objects.filter(state="retry_wait").update(not_before=now)
        run_tick(now=now)


def _work_by_celery() -> None:
    """Be a Celery worker of the demo's app that waits for rings on a queue of its own."""
    from footback_shop.celery import app

    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=ERROR"]
    app.worker_main(["worker", "--pool=solo", f"--queues={QUEUE}", *quiet])


def _ring() -> None:
    """Ring for a round, over and over, as two beats with short intervals would."""
    from footback_shop.celery import app

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    while True:
        app.send_task("footback.tick", queue=QUEUE, expires=5)
        time.sleep(RING_SECONDS)


def _finish(run: Run) -> None:
    """Let the dead workers' leases run out without a wait, and send the rest undisturbed."""
    _end_leases()
    _close_connections()
    run_workers(_work_to_the_end, workers=run.workers)


def _end_leases() -> None:
    from django.utils import timezone

    from shop_plugin.models import Message
    from shop_plugin.services.nudges.ticking import run_tick
    from shop_plugin.services.shop.clock import read_database_clock

    past = timezone.now() - timedelta(days=1)
    Message.objects.filter(state__in=["claimed", "handing"]).update(lease_until=past)
    run_tick(now=read_database_clock())


def _reconcile(run: Run) -> None:
    """Read the server's log as a shop would, then send what is proven never to have arrived."""
    from django.core.management import call_command

    for _ in range(3):
        call_command(
            "footback_reconcile", "--maillog", str(run.whole_log()), "--complete", stdout=sys.stderr
        )
        _finish(run)


def _states() -> dict[str, str]:
    from shop_plugin.models import Message

    rows = Message.objects.values_list("uuid", "state")
    return {f"<fb.{uuid}@marlow.example>": state for uuid, state in rows.iterator()}


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()


if __name__ == "__main__":
    main_of_system(measure)
