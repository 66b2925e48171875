"""django-post_office under the same killer: its own queue and its own command."""

from __future__ import annotations

import random
import time
from collections import Counter
from functools import partial
from typing import Any

import django
from django.conf import settings

from bench.faults.databases import django_database
from bench.faults.killing import kill_workers, run_workers
from bench.faults.run import LogCounter, Run, count_history, main_of_system

STATES = {0: "sent", 1: "failed", 2: "queued", 3: "requeued", None: "queued"}


def measure(run: Run) -> dict[str, Any]:
    """Queue ``run.mails`` mails and send them under ``run.kills`` kills."""
    _configure(run)
    _prepare(run.mails)
    taken = LogCounter(run.log)
    lock = str(run.folder / "post_office")
    begun = time.monotonic()
    # One worker at a time: its lock file allows no second one on a machine.
    kills = kill_workers(
        work=partial(_work, lock),
        workers=1,
        kills=run.kills,
        mails=run.mails,
        count_done=taken.read,
        dice=random.Random(run.seed),
    )
    run_workers(partial(_work, lock), workers=1)
    seconds = time.monotonic() - begun
    states = _states()
    history = count_history(run.log, known=states, believed_sent=("sent",), named=("failed",))
    return {
        **{key: history[key] for key in ("extra_copies", "silently_lost")},
        "uncertain": 0,  # it knows no such state
        "uncertain_after_reconciliation": 0,
        "arrived": history["arrived"],
        "kills": kills,
        "mails_per_second": round(run.mails / seconds),
        "states": dict(sorted(Counter(states.values()).items())),
    }


def _configure(run: Run) -> None:
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        DATABASES={"default": django_database(run.database_url)},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        SECRET_KEY="bench",
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=run.sink_port,
        EMAIL_TIMEOUT=10,
        POST_OFFICE={
            "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
            "MESSAGE_ID_ENABLED": True,
            "MESSAGE_ID_FQDN": "marlow.example",
            "MAX_RETRIES": 8,
            "LOG_LEVEL": 0,
        },
    )
    django.setup()


def _prepare(count: int) -> None:
    from django.core.management import call_command
    from django.db import connections
    from post_office.models import Email

    call_command("migrate", verbosity=0)
    for start in range(0, count, 1000):
        Email.objects.bulk_create(
            Email(
                from_email="care@marlow.example",
                to=[f"faults{number}@example.org"],
                subject="Worth a look",
                message="How is your pair?\n" * 40,
                html_message="<p>How is your pair?</p>" * 40,
                message_id=f"<po.{number}@marlow.example>",
                status=2,
                priority=2,
            )
            for number in range(start, min(start + 1000, count))
        )
    connections.close_all()


def _work(lock: str) -> None:
    """Do what ``send_queued_mail`` does in cron, over and over until nothing waits."""
    from django.core.management import call_command
    from post_office.models import Email

    while Email.objects.filter(status__in=[2, 3]).exists():
        call_command("send_queued_mail", lockfile=lock, log_level=0)
        Email.objects.filter(status=3).update(scheduled_time=None)
        time.sleep(0.01)


def _states() -> dict[str, str]:
    from post_office.models import Email

    return {
        message_id: STATES[status]
        for message_id, status in Email.objects.values_list("message_id", "status")
    }


if __name__ == "__main__":
    main_of_system(measure)
