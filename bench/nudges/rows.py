"""The shop that is measured: shoes, people and very many pairs, most of them not due for years."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from shop_plugin.models import Consent, Contact, Listing, Message, Nudge, NudgeControl, Purchase
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.people.consent import hash_email
from shop_plugin.services.shop.clock import read_database_clock
from shop_plugin.services.shop.modes import set_mode
from tests.factories import ListingFactory, ProfileFactory, SizeFactory
from tests.nudging import SHOP, add_pair

SHOES = 40
PAIRS_PER_PERSON = 4
LANGUAGES = ("en", "de", "fr", "es")
_CHUNK = 2_000


def set_up(port: int, spool: str) -> None:
    """Migrate, and let the shop be live and in nobody's way."""
    use_shop(port, spool)
    call_command("migrate", verbosity=0)
    now = read_database_clock()
    set_mode(mode="live", now=now)
    NudgeControl.objects.update(live_since=now - timedelta(days=400))


def use_shop(port: int, spool: str) -> None:
    """Let this process send to a server on this machine, as many mails as there are."""
    settings.FOOTBACK = {
        **SHOP,
        "RAMP_START_PER_DAY": 100_000_000,
        "MAX_MAILS_PER_DAY": 100_000_000,
        "SPOOL_DIR": spool,
    }
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 30
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False


def add_shoes() -> list[Listing]:
    """Add shoes of one kind, each with a match and in stock."""
    shoes = []
    for number in range(SHOES):
        shoe = ListingFactory(
            title=f"Harbour Oxford No. {number}",
            use_category="dress_leather",
            url=f"/shoes/harbour-oxford-{number}",
        )
        ProfileFactory(
            listing=shoe,
            match_low=5_000 + 20 * number,
            match_high=8_000,
            grade_low="C",
            grade_high="B",
        )
        SizeFactory(listing=shoe)
        shoes.append(shoe)
    return shoes


def add_pairs_of_later(count: int, shoe: Listing) -> None:
    """Add ``count`` pairs that are due in one to five years, written by the database itself."""
    if not count:
        return
    pair = add_pair(due_on=date(2030, 1, 1), listing=shoe)
    people = max(count // PAIRS_PER_PERSON, 1)
    first = _copy_people(pair.contact, people, "later")
    days = 365 * 4
    due = (
        f"DATE '2030-01-01' + (n % {days})::int"
        if connection.vendor == "postgresql"
        else f"date('2030-01-01', '+' || (n % {days}) || ' days')"
    )
    _copy_pairs(pair, count, "later", {"contact_id": f"{first} + n % {people}", "next_due_on": due})
    _analyze()


def add_pairs_of_today(count: int, shoe: Listing) -> None:
    """Add ``count`` people who may be written to, with one pair each that is due today."""
    pair = add_pair(due_on=read_database_clock().date(), listing=shoe)
    if count > 1:
        first = _copy_people(pair.contact, count - 1, "today")
        _copy(pair.contact.consents.get(), count - 1, {"contact_id": f"{first} + n"})
        _copy_pairs(pair, count - 1, "today", {"contact_id": f"{first} + n"})
    _analyze()


def _copy_people(contact: Contact, count: int, name: str) -> int:
    """Copy a person ``count`` times under keys that follow each other; return the first key."""
    first = Contact.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1
    own = {
        "id": f"n + {first}",
        "external_id": _text(f"'{name}-' || n"),
        "email": _text(f"'{name}' || n || '@example.org'"),
        "email_hash": _text(f"'{name}-' || n"),
        "unsubscribe_token": _text(f"'{name}-' || n"),
    }
    _copy(contact, count, own)
    if connection.vendor == "postgresql":
        # The copied people came with keys of their own, so the counter lags behind.
        table = Contact._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            )
    return first


def _copy_pairs(pair: Purchase, count: int, name: str, changes: dict[str, str]) -> None:
    key = _text(f"'{name}-' || n")
    _copy(pair, count, {"external_id": key, "order_id": key, **changes})


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def add_due_people(count: int, shoes: list[Listing]) -> None:
    """Add ``count`` people with one pair due today each, in four languages, and their mails."""
    now = read_database_clock()
    models = [add_pair(due_on=now.date(), listing=shoe) for shoe in shoes[:count]]
    person, consent = models[0].contact, models[0].contact.consents.get()
    for start in range(len(models), count, _CHUNK):
        numbers = range(start, min(start + _CHUNK, count))
        people = Contact.objects.bulk_create(
            Contact(
                **{
                    **_fields(person),
                    "external_id": f"due-{number}",
                    "email": f"due{number}@example.org",
                    "email_hash": hash_email(f"due{number}@example.org"),
                    "unsubscribe_token": f"D{number:021d}",
                    "language": LANGUAGES[number % len(LANGUAGES)],
                }
            )
            for number in numbers
        )
        Consent.objects.bulk_create(
            Consent(**{**_fields(consent), "contact_id": someone.pk}) for someone in people
        )
        Purchase.objects.bulk_create(
            Purchase(
                **{
                    **_fields(models[someone.pk % len(models)]),
                    "external_id": someone.external_id,
                    "order_id": someone.external_id,
                    "contact_id": someone.pk,
                }
            )
            for someone in people
        )
    plan_nudges(now=now)


def make_ready_again() -> None:
    """Let every mail wait again, as if none had been claimed."""
    with transaction.atomic():
        Message.objects.update(
            state=Message.State.READY,
            token="",
            lease_until=None,
            attempts_made=0,
            handed_at=None,
            sent_at=None,
        )
        Nudge.objects.exclude(message=None).update(state=Nudge.State.QUEUED, reason="")


def _text(expression: str) -> str:
    return f"CAST({expression} AS varchar(191))"


def _fields(row: Any) -> dict[str, Any]:
    fields = [item.attname for item in row._meta.concrete_fields if not item.primary_key]
    return {name: getattr(row, name) for name in fields}


def _copy(row: Any, count: int, changes: dict[str, str]) -> None:
    """Copy a row ``count`` times with some columns as expressions of the copy's number ``n``."""
    columns = [item.column for item in row._meta.concrete_fields if not item.primary_key]
    if "id" in changes:
        columns = ["id", *columns]
    table = row._meta.db_table
    chosen = ", ".join(changes.get(name, f'"{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    numbers = (
        f"generate_series(0, {count - 1}) AS numbers(n)"
        if connection.vendor == "postgresql"
        else "numbers"
    )
    series = (
        ""
        if connection.vendor == "postgresql"
        else "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers "
        f"WHERE n < {count - 1}) "
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) {series}SELECT {chosen} '
            f'FROM "{table}", {numbers} WHERE "{table}"."id" = {row.pk}'
        )
