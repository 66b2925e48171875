"""Two requests with one key at once: one works, the other waits for its answer or is told so."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Barrier, Event

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection, transaction

from shop_plugin.models import ApiKey, AuditEntry, IdempotencyRecord
from shop_plugin.services.access.api_keys import Scope, create_key
from shop_plugin.services.access.idempotency import (
    KeyTaken,
    StillWorking,
    StoredAnswer,
    answer_once,
    digest_request,
)
from tests.services.pairs.test_answers import in_threads, needs_row_locks

pytestmark = pytest.mark.django_db(transaction=True)
ANSWER = StoredAnswer(200, '{"created":1}')


@pytest.fixture
def key(now: datetime) -> ApiKey:
    user = get_user_model().objects.create_user("till")
    return create_key(name="Till", scopes=[Scope.ORDERS], user=user, now=now).key


def note(now: datetime) -> None:
    AuditEntry.objects.create(action="worked", subject="test", at=now)


def worked() -> int:
    return AuditEntry.objects.filter(action="worked").count()


def ask(key: ApiKey, now: datetime, work, digest: str = "a") -> object:
    try:
        return answer_once(api_key=key, key="k", request_digest=digest, now=now, work=work)
    except (StillWorking, KeyTaken, OperationalError) as error:
        return type(error)


@needs_row_locks
def test_tells_the_second_that_the_first_is_at_work_and_then_its_answer(key, now) -> None:
    begun, may_end = Event(), Event()

    def work() -> StoredAnswer:
        note(now)
        begun.set()
        assert may_end.wait(timeout=15)
        return ANSWER

    def second() -> object:
        assert begun.wait(timeout=15)
        said = ask(key, now, work)
        may_end.set()
        return said

    first_said, second_said = in_threads(lambda: ask(key, now, work), second)
    assert (first_said, second_said) == ((ANSWER, False), StillWorking)
    assert ask(key, now, work) == (ANSWER, True)
    assert worked() == 1


@needs_row_locks
@pytest.mark.parametrize("trial", range(5))
def test_works_once_however_many_come_at_the_same_moment(key, now, trial) -> None:
    barrier = Barrier(6)

    def work() -> StoredAnswer:
        note(now)
        return ANSWER

    def come() -> object:
        barrier.wait(timeout=15)
        return ask(key, now, work)

    said = in_threads(*[come] * 6)
    assert said.count((ANSWER, False)) == 1
    assert set(said) <= {(ANSWER, False), (ANSWER, True), StillWorking}
    assert worked() == 1


@needs_row_locks
def test_is_free_at_once_when_the_process_at_work_dies(key, now) -> None:
    begun, may_die = Event(), Event()

    def dies() -> StoredAnswer:
        note(now)
        begun.set()
        assert may_die.wait(timeout=15)
        # As when the process is killed: the server sees the connection go and takes all back.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return ANSWER

    def other() -> object:
        assert begun.wait(timeout=15)
        waits = ask(key, now, lambda: ANSWER)
        may_die.set()
        return waits

    died, waited = in_threads(lambda: ask(key, now, dies), other)
    assert (died, waited) == (OperationalError, StillWorking)
    assert worked() == 0

    def work() -> StoredAnswer:
        note(now)
        return ANSWER

    assert ask(key, now, work) == (ANSWER, False)
    assert worked() == 1


def test_takes_back_all_that_was_written_where_the_work_fails(key, now) -> None:
    def fails() -> StoredAnswer:
        note(now)
        raise LookupError

    with pytest.raises(LookupError):
        ask(key, now, fails)
    assert (worked(), IdempotencyRecord.objects.count()) == (0, 0)


def test_holds_inside_a_transaction_of_the_hosts_own(key, now) -> None:
    with transaction.atomic():
        assert ask(key, now, lambda: ANSWER) == (ANSWER, False)
        assert ask(key, now, lambda: ANSWER) == (ANSWER, True)
        assert ask(key, now, lambda: ANSWER, digest="b") is KeyTaken


def test_knows_no_key_any_more_after_a_day(key, now) -> None:
    ask(key, now, lambda: ANSWER)
    later = now + timedelta(hours=24)
    assert ask(key, later, lambda: ANSWER, digest="b") == (ANSWER, False)
    assert ask(key, later, lambda: ANSWER, digest="a") is KeyTaken


def test_tells_requests_apart_by_a_digest_that_needs_our_key(settings) -> None:
    parts = {"method": "POST", "address": "/orders/", "body": b'{"email":"ada@example.org"}'}
    digest = digest_request(**parts)
    others = [
        digest_request(**{**parts, "method": "PUT"}),
        digest_request(**{**parts, "address": "/listings/"}),
        digest_request(**{**parts, "body": b"{}"}),
    ]
    settings.SECRET_KEY = "another"
    others.append(digest_request(**parts))
    assert len({digest, *others}) == 5


def test_deletes_what_is_over_as_new_requests_come(key, now) -> None:
    IdempotencyRecord.objects.bulk_create(
        IdempotencyRecord(
            api_key=key, key=f"old-{n}", request_digest="a", at=now - timedelta(hours=24 - n // 2)
        )
        for n in range(3)
    )
    ask(key, now, lambda: ANSWER)
    assert set(IdempotencyRecord.objects.values_list("key", flat=True)) == {"k", "old-2"}
