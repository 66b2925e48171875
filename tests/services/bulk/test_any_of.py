"""One of very many values with one parameter: AnyOf ..."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from shop_plugin.models import Contact, Listing, Purchase
from shop_plugin.services.bulk.any_of import AnyOf
from shop_plugin.services.bulk.rows import among, one_of
from tests.factories import ListingFactory
from tests.nudging import add_pair, add_person

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["own statement", "in"])
def way(request, monkeypatch):
    if request.param == "in":
        for vendor in ("postgresql", "sqlite"):
            monkeypatch.delattr(AnyOf, f"as_{vendor}")
    return request.param


def test_finds_numbers(way):
    first, _second, third = ListingFactory.create_batch(3)
    found = Listing.objects.filter(AnyOf("pk", [first.pk, third.pk, 10**15]))
    assert set(found) == {first, third}


@pytest.mark.parametrize("title", ["plain", "O'Neill", 'with "quotes"', "50 %", "Größe, {1}", "\\"])
def test_finds_texts_as_they_are(way, title):
    wanted = ListingFactory(title=title)
    ListingFactory(title="another")
    assert Listing.objects.get(one_of("title", [title, "nobody's"])) == wanted


def test_follows_relations_and_stands_beside_other_conditions(way, now):
    people = [add_person() for _ in range(3)]
    pairs = [add_pair(due_on=now.date(), contact=person) for person in people]
    hashes = {people[0].email_hash, people[2].email_hash}
    found = Purchase.objects.filter(one_of("contact__email_hash", hashes))
    assert set(found) == {pairs[0], pairs[2]}
    either = Q(AnyOf("contact_id", [people[1].pk])) | Q(pk=pairs[0].pk)
    assert set(Purchase.objects.filter(either)) == {pairs[0], pairs[1]}
    assert set(Purchase.objects.exclude(AnyOf("contact_id", [people[1].pk]))) == {
        pairs[0],
        pairs[2],
    }


def test_finds_nothing_among_none():
    ListingFactory()
    with CaptureQueriesContext(connection) as queries:
        assert not Listing.objects.filter(among("pk", [])).exists()
    assert len(queries) == 0, "the database is not asked for nothing"


def test_asks_for_a_run_by_its_ends_and_for_others_with_one_parameter(way):
    keys = range(1, 1001)
    _sql, parameters = Listing.objects.filter(among("pk", keys)).query.sql_with_params()
    assert parameters == (1, 1000)
    if way == "own statement":
        gapped = [*keys, 2000]
        _sql, parameters = Contact.objects.filter(among("pk", gapped)).query.sql_with_params()
        assert len(parameters) == 1


def test_can_change_and_delete_what_it_finds(way):
    first, second = ListingFactory.create_batch(2)
    assert Listing.objects.filter(AnyOf("pk", [first.pk])).update(title="changed") == 1
    assert Listing.objects.filter(AnyOf("pk", [second.pk])).delete()[0] >= 1
    assert [item.title for item in Listing.objects.all()] == ["changed"]
