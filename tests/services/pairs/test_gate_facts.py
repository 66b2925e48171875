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


@pytest.mark.parametrize(
    "wished",
    [
        [(None, None)],
        [(30, None), (None, 2)],
        [(30, 6), (90, 2), (None, None)],
        [(0, 0), (60, 1)],
    ],
)
def test_reads_what_a_person_wishes_from_the_accounts_at_hand(
    wished, now, django_assert_num_queries
):
    accounts = [
        add_person(email="ada@example.org", own_days_between=days, own_mails_per_year=mails)
        for days, mails in wished
    ]
    stranger = add_person(own_days_between=365, own_mails_per_year=0)
    asked = load_people([accounts[0]], now=now)
    with django_assert_num_queries(3):
        assert load_people([accounts[0]], now=now, accounts=accounts) == asked
    accounts = [*accounts, stranger]
    assert load_people([accounts[0]], now=now, accounts=accounts) == asked
