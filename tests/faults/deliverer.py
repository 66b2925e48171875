"""Workers that die. Run as a program of its own: ``python -m tests.faults.deliverer COMMAND``.

It prepares an outbox, forks workers that deliver over SMTP, all at once or one
that dies at a chosen point, lets the leases of the dead run out, delivers the
rest, and prints the states as one JSON line. Kills at random moments are
those of ``bench.faults``.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import smtplib
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import django
from django.conf import settings

POINTS = (
    "in_sweep",
    "after_claim",
    "after_rcpt",
    "in_fence",
    "after_fence",
    "in_data",
    "after_250",
    "in_record",
)


def configure(port: int) -> None:
    """Mail to the sink on that port.

    ``DATABASE_URL`` names the database and ``FOOTBACK_TEST_SPOOL`` the folder of the spool.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "footback_shop.settings")
    django.setup()
    from django.urls import get_resolver

    from tests.nudging import SHOP

    # Loaded once before the forks: a worker that is killed while it still imports proves nothing.
    assert get_resolver().url_patterns

    settings.FOOTBACK = {
        **SHOP,
        "RAMP_START_PER_DAY": 100_000,
        "MAX_MAILS_PER_DAY": 100_000,
        "SPOOL_DIR": os.environ["FOOTBACK_TEST_SPOOL"],
    }
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 10


def prepare(count: int) -> None:
    """Make ``count`` people with one due pair each; the sweep is left to the workers."""
    from django.core.management import call_command
    from django.db import transaction

    from shop_plugin.models import NudgeControl
    from shop_plugin.services.shop.clock import read_database_clock
    from shop_plugin.services.shop.modes import set_mode
    from tests.factories import ContactFactory, ListingFactory, PurchaseFactory
    from tests.nudging import add_pair

    call_command("migrate", verbosity=0)
    for factory in (ContactFactory, ListingFactory, PurchaseFactory):
        # Numbers go on from what another process has prepared here before.
        factory.reset_sequence(factory._meta.model.objects.count())
    now = read_database_clock()
    set_mode(mode="live", now=now)
    NudgeControl.objects.update(live_since=now - timedelta(days=400))
    listing = ListingFactory(use_category="dress_leather")
    with transaction.atomic():
        for _ in range(count):
            add_pair(due_on=now.date(), listing=listing)


def sweep() -> None:
    """Write down what is due, and its messages."""
    from shop_plugin.services.nudges.planning import plan_nudges
    from shop_plugin.services.shop.clock import read_database_clock

    plan_nudges(now=read_database_clock())


def work() -> None:
    """Run rounds until nothing is due and nothing waits."""
    from shop_plugin.models import Message, Nudge
    from shop_plugin.services.nudges.ticking import run_tick
    from shop_plugin.services.shop.clock import read_database_clock

    while (
        Message.objects.filter(state__in=["ready", "retry_wait", "claimed"]).exists()
        or not Message.objects.exists()
        or Nudge.objects.filter(state="due").exists()
    ):
        run_tick(now=read_database_clock())
        time.sleep(0.01)


def fork(job: Callable[[], None]) -> int:
    """Run a job in a child with a database connection of its own; return its process id."""
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            job()
        except BaseException as error:
            sys.stderr.write(f"worker: {error!r}\n")
            os._exit(1)
        os._exit(0)
    return child


def die() -> None:
    """Die as if the power were cut."""
    os.kill(os.getpid(), signal.SIGKILL)


def work_and_die_at(point: str) -> None:
    """Deliver until a point is reached for the first time, then die there."""
    from shop_plugin.services.nudges import delivery, grouping, handing
    from shop_plugin.services.transport import smtp

    if point == "in_sweep":
        grouping._join = lambda *_: die()
    elif point == "after_claim":
        delivery.compose_mail = lambda *_, **__: die()
    elif point == "after_rcpt":
        delivery.pass_fence = lambda *_, **__: die()
    elif point == "in_fence":
        handing.is_clear = lambda verdicts: die()
    elif point == "after_fence":
        smtp._FencedConnection._write_down = lambda *_: die()
    elif point == "in_data":
        send = smtplib.SMTP.send
        smtplib.SMTP.send = lambda self, text: (
            (send(self, text[:200]), die()) if len(text) > 1000 else send(self, text)
        )
    elif point == "after_250":
        delivery.record_outcome = lambda *_, **__: die()
    elif point == "in_record":
        finish = handing._apply
        handing._apply = lambda *arguments: (finish(*arguments), die())
    work()


def end_leases() -> None:
    """Let the leases of dead workers run out, without waiting a quarter of an hour."""
    from django.utils import timezone

    from shop_plugin.models import Message

    past = timezone.now() - timedelta(days=1)
    Message.objects.filter(state__in=["claimed", "handing"]).update(lease_until=past)


def finish() -> None:
    """Deliver what the dead left, and wait for it."""
    from shop_plugin.services.nudges.ticking import run_tick
    from shop_plugin.services.shop.clock import read_database_clock

    end_leases()
    run_tick(now=read_database_clock())
    work()


def ask_for_a_page() -> dict[str, object]:
    """Ask the API, which counts requests in the cache; return its status and its limit."""
    from django.test import Client
    from django.urls import reverse

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.FOOTBACK = {**settings.FOOTBACK, "API_RATE_READ": "50/day"}
    answer = Client().get(reverse("footback:api-facets"))
    return {"status": answer.status_code, "limit": answer.headers.get("RateLimit")}


def count_nudges() -> int:
    """Return how many notes were written down."""
    from shop_plugin.models import Nudge

    return Nudge.objects.count()


def report(**more: object) -> None:
    """Print the state of every message by its Message-ID."""
    from shop_plugin.models import Message

    states = {
        f"<fb.{message.uuid}@marlow.example>": message.state for message in Message.objects.all()
    }
    sys.stdout.write(json.dumps({"states": states, **more}) + "\n")


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["points", "parallel", "prepare", "finish", "page"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mails", type=int, default=300)
    options = parser.parse_args()
    configure(options.port)
    if options.command == "points":
        ends = {}
        for point in POINTS:
            prepare(1)
            if point != "in_sweep":
                sweep()
            os.waitpid(fork(lambda point=point: work_and_die_at(point)), 0)
            ends[point] = _newest_state()
            finish()
            ends[point] += f" -> {_newest_state()}"
        report(points=ends)
        return
    if options.command == "page":
        sys.stdout.write(json.dumps(ask_for_a_page()) + "\n")
        return
    if options.command == "finish":
        finish()
        report()
        return
    prepare(options.mails)
    if options.command == "prepare":
        report()
        return
    children = [fork(work) for _ in range(4)]
    if any(os.waitpid(child, 0)[1] for child in children):
        raise SystemExit("a worker failed")
    finish()
    report(nudges=count_nudges())


def _newest_state() -> str:
    from shop_plugin.models import Message

    return Message.objects.order_by("-pk").values_list("state", flat=True).first() or "none"


if __name__ == "__main__":
    main()
