"""Many rows in one statement: insert_rows, update_rows ..."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from shop_plugin.models import Listing, Nudge
from shop_plugin.services.bulk import rows
from shop_plugin.services.bulk.rows import insert_rows, update_rows
from tests.factories import ListingFactory
from tests.nudging import add_pair

pytestmark = pytest.mark.django_db
NUDGE = (
    "purchase_id",
    "stage",
    "cycle",
    "state",
    "reason",
    "due_on",
    "is_backfilled",
    "not_before",
    "created_at",
)


class AnotherDatabase:
    """The connection of the tests, under a name that no statement was written for."""

    vendor = "another"

    def __getattr__(self, name: str) -> Any:
        return getattr(connection, name)


@pytest.fixture(params=["own statement", "the ORM's way"], autouse=True)
def way(request, monkeypatch):
    if request.param != "own statement":
        monkeypatch.setattr(rows, "connection", AnotherDatabase())


def due(pair, now, *, stage: int, reason: str = "") -> tuple[Any, ...]:
    return (pair.pk, stage, 1, "due", reason, now.date(), False, now, now)


def test_insert_leaves_what_is_not_named_to_the_database(now):
    pair = add_pair(due_on=now.date())
    insert_rows(Nudge, NUDGE, [due(pair, now, stage=1), due(pair, now, stage=2)])
    first, second = Nudge.objects.order_by("stage")
    assert first.uuid != second.uuid
    assert first.message is None
    assert abs(first.changed_at - second.changed_at) < timedelta(minutes=1)


def test_insert_leaves_a_row_that_is_there_as_it_is(now):
    pair = add_pair(due_on=now.date())
    unique = ("purchase_id", "stage", "cycle")
    insert_rows(Nudge, NUDGE, [due(pair, now, stage=1, reason="first")], unique=unique)
    later = [due(pair, now, stage=1, reason="second"), due(pair, now, stage=2)]
    insert_rows(Nudge, NUDGE, later, unique=unique)
    assert list(Nudge.objects.order_by("stage").values_list("stage", "reason")) == [
        (1, "first"),
        (2, ""),
    ]


def test_insert_updates_only_what_it_was_told_to(now):
    pair = add_pair(due_on=now.date())
    unique = ("purchase_id", "stage", "cycle")
    insert_rows(Nudge, NUDGE, [due(pair, now, stage=1, reason="first")], unique=unique)
    other = (pair.pk, 1, 1, "skipped", "second", now.date(), True, now, now)
    insert_rows(Nudge, NUDGE, [other], unique=unique, update=("state", "reason"))
    nudge = Nudge.objects.get()
    assert (nudge.state, nudge.reason, nudge.is_backfilled) == ("skipped", "second", False)


def test_update_changes_the_rows_named_and_no_others():
    changed, other = ListingFactory(title="A"), ListingFactory(title="B")
    given = {"Weite": ["H", "Überweite"], "50 %": None}
    update_rows(Listing, "id", ("title", "raw_attributes"), [(changed.pk, "C", given)])
    changed.refresh_from_db()
    other.refresh_from_db()
    assert (changed.title, changed.raw_attributes, other.title) == ("C", given, "B")


def test_update_dates_rows_by_the_clock_of_the_database(now):
    pair, other = add_pair(due_on=now.date()), add_pair(due_on=now.date())
    insert_rows(Nudge, NUDGE, [due(pair, now, stage=1), due(other, now, stage=1)])
    long_ago = now - timedelta(days=900)
    Nudge.objects.update(changed_at=long_ago)
    nudge = Nudge.objects.get(purchase=pair)
    update_rows(
        Nudge, "id", ("state", "reason"), [(nudge.pk, "skipped", "50 %")], dated=("changed_at",)
    )
    nudge.refresh_from_db()
    assert (nudge.state, nudge.reason) == ("skipped", "50 %")
    assert nudge.changed_at - long_ago > timedelta(days=800)
    assert Nudge.objects.get(purchase=other).changed_at == long_ago


def test_nothing_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_rows(Nudge, NUDGE, [])
        update_rows(Nudge, "id", ("state",), [])


def test_a_column_that_is_none_is_named():
    with pytest.raises(LookupError, match="Nudge has no column colour"):
        update_rows(Nudge, "id", ("colour",), [(1, "red")])
