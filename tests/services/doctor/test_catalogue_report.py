from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shop_plugin.services.doctor.catalogue_report import report_catalogue
from shop_plugin.services.doctor.findings import Finding
from tests.factories import ListingFactory

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def second_ids() -> list[Finding]:
    found = report_catalogue(now=NOW)
    return [finding for finding in found if finding.code == "catalogue.second_ids"]


def test_it_counts_the_products_that_orders_may_name_by_an_id_that_is_not_known() -> None:
    ListingFactory(source="north", alias="7001")
    ListingFactory(source="north", alias="")
    ListingFactory(source="north", alias="")
    (finding,) = second_ids()
    assert "2 of 3 listings of 'north' have no second id yet" in finding.text
    assert finding.numbers == {"source": "north", "unnamed": 2}


def test_it_says_nothing_of_hosts_that_have_no_second_ids_or_told_all_of_them() -> None:
    ListingFactory(source="plain", alias="")
    ListingFactory(source="north", alias="7001")
    ListingFactory(source="gone", alias="7002")
    ListingFactory(source="gone", alias="", is_withdrawn=True)
    assert second_ids() == []
