"""What the gates are told of a pair: gate_facts ..."""

from __future__ import annotations

import pytest

from shop_plugin.domain.nudge_policy import Mode
from shop_plugin.models import Purchase
from shop_plugin.services.pairs.gate_facts import PAIR_COLUMNS, gate_facts, load_people
from tests.factories import ListingFactory
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db


def test_needs_no_other_columns_of_a_pair_than_it_names(settings, now, django_assert_num_queries):
    open_shop(settings, now=now)
    person = add_person()
    add_pair(due_on=now.date(), contact=person, listing=ListingFactory())
    pair = Purchase.objects.select_related("listing").only(*PAIR_COLUMNS).get()
    facts = load_people([person], now=now)[person.pk]
    with django_assert_num_queries(0):
        told = gate_facts(facts, pair, due_on=now.date(), mode=Mode.LIVE, live_since=None, now=now)
    whole = gate_facts(
        facts,
        Purchase.objects.select_related("listing").get(),
        due_on=now.date(),
        mode=Mode.LIVE,
        live_since=None,
        now=now,
    )
    assert told == whole
