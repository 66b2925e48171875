"""The plain way under the same killer: a Celery task a mail, and a flag in the row.

As found in many shops: beat's task looks for rows that are not sent and calls
``delay`` for each; the other task sends the mail and sets the flag.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import Any

import django
from celery import Celery
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, connections, models

from bench.faults.databases import django_database
from bench.faults.killing import fork, kill, kill_workers
from bench.faults.run import LogCounter, Run, count_history, main_of_system

app = Celery("naive")
QUEUE = "naive-faults"
BEAT_SECONDS = 3.0
PATIENCE_SECONDS = 60


def measure(run: Run) -> dict[str, Any]:
    """Send ``run.mails`` mails by one task each under ``run.kills`` kills."""
    reminder = _configure(run)
    _prepare(reminder, run.mails)
    # What an earlier run left in the queue would send this run's mails.
    app.control.purge()
    taken = LogCounter(run.log)
    begun = time.monotonic()
    connections.close_all()
    beat = fork(lambda: _beat(reminder))
    try:
        kills = kill_workers(
            work=_work,
            workers=run.workers,
            kills=run.kills,
            mails=run.mails,
            count_done=taken.read,
            dice=random.Random(run.seed),
        )
        _finish(reminder, run.workers)
    finally:
        kill(beat)
    seconds = time.monotonic() - begun
    states = _states(reminder)
    history = count_history(run.log, known=states, believed_sent=("sent",), named=())
    return {
        **{key: history[key] for key in ("extra_copies", "silently_lost")},
        "uncertain": 0,  # it knows no such state
        "uncertain_after_reconciliation": 0,
        "arrived": history["arrived"],
        "kills": kills,
        "mails_per_second": round(run.mails / seconds),
        "states": dict(sorted(Counter(states.values()).items())),
    }


def _configure(run: Run) -> type[models.Model]:
    settings.configure(
        INSTALLED_APPS=[],
        DATABASES={"default": django_database(run.database_url)},
        USE_TZ=True,
        SECRET_KEY="bench",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=run.sink_port,
        EMAIL_TIMEOUT=10,
    )
    django.setup()
    app.conf.update(
        broker_url=run.redis_url,
        task_default_queue=QUEUE,
        task_ignore_result=True,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
    )

    class Reminder(models.Model):
        id = models.BigAutoField(primary_key=True)
        is_sent = models.BooleanField(default=False)

        class Meta:
            app_label = "faults"

        def __str__(self) -> str:
            return f"{self.pk}: {'sent' if self.is_sent else 'waiting'}"

    @app.task(name="naive.send", autoretry_for=(OSError,), max_retries=8, default_retry_delay=0)
    def send(pk: int) -> None:
        row = Reminder.objects.get(pk=pk)
        if row.is_sent:
            return
        mail = EmailMultiAlternatives(
            "Worth a look",
            "How is your pair?\n" * 40,
            "care@marlow.example",
            [f"faults{pk}@example.org"],
            headers={"Message-ID": f"<nv.{pk}@marlow.example>"},
        )
        mail.attach_alternative("<p>How is your pair?</p>" * 40, "text/html")
        mail.send()
        row.is_sent = True
        row.save()

    return Reminder


def _prepare(reminder: type[models.Model], count: int) -> None:
    with connection.schema_editor() as editor:
        editor.create_model(reminder)
    reminder._default_manager.bulk_create((reminder() for _ in range(count)), batch_size=1000)


def _beat(reminder: type[models.Model]) -> None:
    while True:
        for pk in reminder._default_manager.filter(is_sent=False).values_list("pk", flat=True):
            app.send_task("naive.send", (pk,), queue=QUEUE)
        time.sleep(BEAT_SECONDS)


def _work() -> None:
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=CRITICAL"]
    app.worker_main(["worker", "--pool=solo", f"--queues={QUEUE}", *quiet])


def _finish(reminder: type[models.Model], workers: int) -> None:
    """Let undisturbed workers go on until every flag is set."""
    children = [fork(_work) for _ in range(workers)]
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while reminder._default_manager.filter(is_sent=False).exists():
            if time.monotonic() > deadline:
                break  # what is not sent by now is counted as it stands
            time.sleep(0.2)
    finally:
        for child in children:
            kill(child)


def _states(reminder: type[models.Model]) -> dict[str, str]:
    rows = reminder._default_manager.values_list("pk", "is_sent")
    return {f"<nv.{pk}@marlow.example>": "sent" if is_sent else "waiting" for pk, is_sent in rows}


if __name__ == "__main__":
    main_of_system(measure)
