"""Every host in this process: in few queries, in one order, past one bad object."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop_plugin.domain.capabilities import Capability
from shop_plugin.domain.records import ReadRow
from tests.adapters.contract import ModelSample
from tests.adapters.contract.finding import claiming, name_of, samples_of

MODEL_READERS = [
    pytest.param(module, method, attribute, id=f"{name_of(module)}-{attribute}")
    for capability, method, attribute in (
        (Capability.LISTINGS_FROM_MODELS, "iter_listings", "catalogue"),
        (Capability.PURCHASES_FROM_MODELS, "iter_purchases", "orders"),
    )
    for module in claiming(capability)
]
each_model = pytest.mark.parametrize(("module", "method", "attribute"), MODEL_READERS)


def model_sample_of(module: ModuleType, attribute: str) -> ModelSample:
    found = getattr(samples_of(module), attribute)
    assert isinstance(found, ModelSample)
    if not found.is_here():
        pytest.skip(f"the models of {name_of(module)} are not installed here; run {found.run}")
    return found


def iterate(sample: ModelSample, method: str, **options: Any) -> Iterator[ReadRow[Any]]:
    rows: Iterator[ReadRow[Any]] = getattr(sample.source(), method)(**options)
    return rows


@each_model
@pytest.mark.django_db
def test_it_hands_over_every_object_once_and_the_same_again(
    module: ModuleType, method: str, attribute: str
) -> None:
    sample = model_sample_of(module, attribute)
    sample.fill(7)
    rows = list(iterate(sample, method))
    assert [row.problems for row in rows if row.record is None] == []
    assert len({row.record.external_id for row in rows if row.record}) == len(rows) == 7
    assert len({row.record.source for row in rows if row.record}) == 1
    assert rows == list(iterate(sample, method))


@each_model
@pytest.mark.django_db
def test_it_asks_nothing_before_the_first_row_and_no_more_for_more_rows(
    module: ModuleType, method: str, attribute: str
) -> None:
    sample = model_sample_of(module, attribute)
    sample.fill(3)
    with CaptureQueriesContext(connection) as few:
        rows = iterate(sample, method)
        assert len(few) == 0
        list(rows)
    sample.fill(20)
    with CaptureQueriesContext(connection) as many:
        list(iterate(sample, method))
    assert len(many) == len(few)


@each_model
@pytest.mark.django_db
def test_it_reports_a_bad_object_and_reads_the_others(
    module: ModuleType, method: str, attribute: str
) -> None:
    sample = model_sample_of(module, attribute)
    sample.fill(3)
    sample.spoil()
    rows = list(iterate(sample, method))
    assert sum(row.record is not None for row in rows) == 3
    (refused,) = [row for row in rows if row.record is None]
    assert all(problem.code and problem.reason for problem in refused.problems)


@each_model
@pytest.mark.django_db
def test_it_leaves_out_what_did_not_change_since_a_time_or_reads_all(
    module: ModuleType, method: str, attribute: str
) -> None:
    sample = model_sample_of(module, attribute)
    sample.fill(3)
    rows = list(iterate(sample, method))
    assert list(iterate(sample, method, since=datetime(2000, 1, 1, tzinfo=UTC))) == rows
    later = list(iterate(sample, method, since=datetime.now(UTC) + timedelta(days=1)))
    assert later in ([], rows)
