"""What became of nudges, in the order of changes: whatever changes one, list_nudges ..."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from shop_plugin.models import Nudge, Purchase
from shop_plugin.services.nudges.delivery import deliver_messages
from shop_plugin.services.nudges.outcomes import (
    MOST_NUDGES,
    SETTLED_AFTER,
    find_nudge,
    list_nudges,
)
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.people.consent import unsubscribe_contact
from tests.nudging import add_pair, open_shop
from tests.services.pairs.test_answers import in_threads, needs_row_locks

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = datetime.fromisoformat("2020-01-01T00:00:00Z")


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


@pytest.fixture
def pair(now) -> Purchase:
    pair = add_pair(due_on=now.date())
    plan_nudges(now=now)
    return pair


def later() -> datetime:
    return timezone.now() + SETTLED_AFTER + timedelta(seconds=5)


def told(**filters: object) -> list[tuple[str, str]]:
    found = list_nudges(now=later(), limit=MOST_NUDGES, since=LONG_AGO, **filters)
    return [(item.state, item.reason) for item in found.nudges]


def age() -> None:
    """Let all that was told so far be long ago."""
    Nudge.objects.update(changed_at=LONG_AGO - timedelta(days=1))


def test_tells_of_a_new_one(pair):
    assert told() == [("queued", "")]


def test_tells_of_one_that_was_sent(pair, now):
    age()
    deliver_messages(now=now, budget_seconds=5)
    assert told() == [("sent", "")]
    (item,) = list_nudges(now=later(), limit=1).nudges
    assert (item.sent_at, item.waits_until, item.message) == (
        pair.nudges.get().message.sent_at,
        None,
        pair.nudges.get().message.uuid,
    )


def test_tells_of_one_that_was_cancelled_with_its_mail(pair, now):
    age()
    unsubscribe_contact(contact_id=pair.contact_id, source="test", now=now)
    assert told() == [("cancelled", "unsubscribed")]


def test_tells_of_one_that_was_grouped_in_bulk(pair, now):
    nudge = Nudge.objects.get()
    age()
    nudge.refresh_from_db()
    nudge.reason = "min_gap"
    Nudge.objects.bulk_update([nudge], ["reason"])
    assert told() == [("queued", "min_gap")]


def test_tells_of_one_that_older_code_wrote(pair):
    (number,) = Nudge.objects.values_list("pk", flat=True)
    columns = (
        "purchase_id, stage, cycle, state, reason, due_on, is_backfilled, not_before, created_at"
    )
    copied = columns.replace("cycle,", "cycle + 1,")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO footback_nudge ({columns}) "
            f"SELECT {copied} FROM footback_nudge WHERE id = %s",
            [number],
        )
    uuids = set(Nudge.objects.values_list("uuid", flat=True))
    assert len(uuids) == 2
    assert {uuid.version for uuid in uuids} == {4}
    assert len(told()) == 2


def test_finds_one_by_its_id_and_only_for_its_source(pair):
    uuid = pair.nudges.get().uuid
    found = find_nudge(uuid=uuid, only_source=pair.source)
    assert found == list_nudges(now=later(), limit=1).nudges[0]
    assert find_nudge(uuid=uuid, only_source="another") is None
    assert told(only_source="another") == []


@pytest.mark.parametrize("limit", [0, MOST_NUDGES + 1])
def test_gives_no_more_than_it_says(limit):
    with pytest.raises(ValueError, match="at a time"):
        list_nudges(now=later(), limit=limit)


@needs_row_locks
def test_steps_over_nothing_that_is_committed_late(pair, now):
    """One writer holds its change open while another's is committed and would be told."""
    other = add_pair(due_on=now.date())
    plan_nudges(now=now)
    written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            pair.nudges.update(reason="slow")
            written.set()
            assert may_commit.wait(timeout=15)

    def reader() -> list[str]:
        assert written.wait(timeout=15)
        other.nudges.update(reason="quick")
        seen = list_nudges(now=timezone.now(), limit=10).nudges
        may_commit.set()
        return [item.reason for item in seen]

    _, seen = in_threads(slow, reader)
    assert seen == []  # neither is settled yet; both come, in their order
    reasons = [item.reason for item in list_nudges(now=later(), limit=10).nudges]
    assert reasons == ["slow", "quick"]
