"""django-post_office's seconds: mails put into its queue, many at once, and sent by its command.

The mails were written by somebody else; the time for that is added by who
asks. It does less than footback: no gates, no fence, one commit for a hundred
mails.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from bench.faults.databases import django_database
from bench.nudges.sink import read_mails


def main() -> None:
    """Queue the mails of a folder anew and send them; print the seconds as the last line."""
    url, port, folder, count = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        DATABASES={"default": django_database(url)},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        SECRET_KEY="bench",
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        EMAIL_TIMEOUT=30,
        POST_OFFICE={
            "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
            "MESSAGE_ID_ENABLED": True,
            "MESSAGE_ID_FQDN": "marlow.example",
            "LOG_LEVEL": 0,
        },
    )
    django.setup()
    logging.disable(logging.INFO)  # it tells of every batch, however quiet it is asked to be
    from post_office.models import Email  # noqa: PLC0415  (Django is set up only now)

    call_command("migrate", verbosity=0)
    rows = [
        Email(
            from_email="Marlow Shoes <care@marlow.example>",
            to=[mail.recipient],
            subject=mail.subject,
            message=mail.text,
            html_message=mail.html,
            message_id=mail.message_id,
            status=2,
            priority=2,
        )
        for mail in read_mails(folder)
    ][:count]
    begun = time.perf_counter()
    Email.objects.bulk_create(rows, batch_size=500)
    call_command("send_queued_mail", lockfile=str(folder / "lock"), log_level=0)
    seconds = time.perf_counter() - begun
    left = Email.objects.exclude(status=0).count()
    if left:
        raise SystemExit(f"{left} mails were left in django-post_office's queue")
    sys.stdout.write(json.dumps({"seconds": seconds}) + "\n")


if __name__ == "__main__":
    main()
