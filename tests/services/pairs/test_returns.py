"""Returns told as acts of their own: record_returns and count_returns ..."""

from __future__ import annotations

from datetime import datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from shop_plugin.domain.host_changes import ReturnRecord
from shop_plugin.models import Purchase, ReturnedPairs
from shop_plugin.services.pairs.returns import count_returns, find_uncounted, record_returns
from tests.factories import PurchaseFactory

pytestmark = pytest.mark.django_db


def tell(*acts: ReturnRecord, now: datetime) -> set[tuple[str, str]]:
    return record_returns(source="test", returns=acts, now=now)


def test_it_counts_an_act_once_and_with_the_most_pairs_it_is_told_with(now: datetime) -> None:
    tell(ReturnRecord("R-1", "L-1", 1), ReturnRecord("R-1", "L-1", 2), now=now)
    tell(ReturnRecord("R-1", "L-1", 1), now=now)
    assert ReturnedPairs.objects.get().quantity == 2


def test_it_waits_for_the_line_of_a_return(now: datetime) -> None:
    keys = tell(ReturnRecord("R-1", "L-1", 1), now=now)
    assert count_returns(keys=keys, now=now) == set()
    assert find_uncounted() == []
    pair = PurchaseFactory(external_id="L-1")
    assert find_uncounted() == [("test", "L-1")]
    assert count_returns(keys=find_uncounted(), now=now) == {pair.contact_id}
    pair.refresh_from_db()
    assert (pair.quantity_returned, pair.status) == (1, Purchase.Status.RETURNED)
    assert find_uncounted() == []


def test_it_leaves_what_is_cancelled_cancelled(now: datetime) -> None:
    PurchaseFactory(external_id="L-1", status=Purchase.Status.CANCELLED)
    count_returns(keys=tell(ReturnRecord("R-1", "L-1", 1), now=now), now=now)
    assert Purchase.objects.get().status == Purchase.Status.CANCELLED


def test_it_takes_no_more_queries_for_more_lines(
    now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(40):
        PurchaseFactory(external_id=f"L-{number}")
    keys = tell(*(ReturnRecord(f"R-{n}", f"L-{n}", 1) for n in range(40)), now=now)
    with django_assert_max_num_queries(10):
        assert len(count_returns(keys=keys, now=now)) == 40
