"""A person who was erased, looked for in every place there is: the search ..."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from kombu import Producer

from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.people.consent import hash_email
from shop_plugin.services.people.erasure import erase_person
from shop_plugin.services.transport.spool import SpooledMail, spool_mail
from tests.nudging import add_pair, add_person, open_shop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.proof("S19")]

EMAIL, NAME = "ada.canary@example.org", "Adacanary"


@pytest.fixture
def files(tmp_path: Path, settings, now) -> Path:
    settings.EMAIL_TIMEOUT = 5
    open_shop(
        settings,
        now=now,
        SPOOL_DIR=str(tmp_path / "spool"),
        ERASURE_LOG=str(tmp_path / "erased.log"),
    )
    return tmp_path


def whole_database() -> str:
    """Return every row of every table of the database, the host's and Django's included."""
    texts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            texts.append(repr(cursor.fetchall()))
    return "\n".join(texts).casefold()


def test_finds_the_keyed_hash_and_nothing_else(files, now, caplog, monkeypatch):
    published: list[object] = []
    monkeypatch.setattr(Producer, "publish", lambda self, body, **told: published.append(body))
    caplog.set_level(logging.DEBUG)
    person = add_person(email=EMAIL, first_name=NAME, external_id=f"{NAME}-4711")
    token = person.unsubscribe_token
    pair = add_pair(due_on=now.date(), contact=person)
    run_tick(now=now)
    (letter,) = mail.outbox
    assert letter.to == [EMAIL]
    message = pair.nudges.get().message
    spool_mail(SpooledMail(message.uuid, "token", timezone.now()))
    client = Client()
    client.get(f"/f/p/{token}/")
    client.post(f"/f/p/{token}/", {"do": "answer", "pair": pair.pk, "answer": "stop", "seen": 0})
    assert NAME.casefold() in whole_database(), "or the search would find nothing anyway"

    erase_person(email=EMAIL, now=now)

    said = io.StringIO()
    call_command("dumpdata", format="json", stdout=said)
    places = {
        "tables": whole_database(),
        "a dump": said.getvalue().casefold(),
        "files": "\n".join(
            path.read_text(errors="replace") for path in files.rglob("*") if path.is_file()
        ).casefold(),
        "cache": repr(getattr(cache, "_cache", {})).casefold(),
        "broker": repr(published).casefold(),
        "logs": caplog.text.casefold(),
    }
    needles = (EMAIL, EMAIL.partition("@")[0], NAME, token)
    found = {
        place: [needle for needle in needles if needle.casefold() in text]
        for place, text in places.items()
    }
    # Statements are logged at DEBUG, with their values, in a shop that asks for that.
    found["logs"] = [
        record.name
        for record in caplog.records
        if not record.name.startswith("django.db")
        and any(n.casefold() in record.getMessage().casefold() for n in needles)
    ]
    assert found == {place: [] for place in places}
    assert hash_email(EMAIL) in places["tables"]
    assert hash_email(EMAIL) in places["files"]
