"""What allows a shop to write, where and for how long: the table of bases ..."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.domain.consent_rules import (
    ConsentBasis,
    basis_in_force,
    find_end_of_consent,
    load_consent_rules,
    read_consent_rules,
)

BOUGHT = datetime(2024, 3, 1, tzinfo=UTC)
EXPRESS, SOFT, IMPLIED, NONE = (
    ConsentBasis.EXPRESS,
    ConsentBasis.SOFT_OPT_IN,
    ConsentBasis.CASL_IMPLIED,
    ConsentBasis.NONE,
)
ROW = """
[bases.{basis}]
needs_offer = true
law = "a law"
source = "{source}"
as_of = 2026-01-01
says = "so"
{term}
[given_by_order]
[read_as]
"""


def test_it_names_law_and_source_and_date_of_every_basis():
    rules = load_consent_rules()
    assert set(rules.bases) == set(ConsentBasis) - {NONE}
    for rule in rules.bases.values():
        assert rule.law
        assert rule.source.startswith("https://")
        assert rule.as_of <= date(2026, 12, 31)
        assert rule.says


def test_it_allows_nothing_without_a_basis():
    assert load_consent_rules().rule(NONE, country="DE") is None


@pytest.mark.parametrize(
    ("basis", "country", "end"),
    [
        (IMPLIED, "CA", BOUGHT + timedelta(days=730)),
        (SOFT, "ca", BOUGHT + timedelta(days=730)),
        (SOFT, "DE", None),
        (SOFT, "", None),
        (EXPRESS, "CA", None),
        (NONE, "CA", None),
    ],
)
def test_it_ends_implied_consent_two_years_after_the_last_purchase(basis, country, end):
    assert find_end_of_consent(basis, country=country, last_purchase_at=BOUGHT) == end
    assert find_end_of_consent(basis, country=country, last_purchase_at=None) is None


def test_it_says_which_basis_an_order_gives():
    rules = load_consent_rules()
    assert rules.basis_of_order(country="ca") is IMPLIED
    assert rules.basis_of_order(country="AT") is SOFT
    assert rules.basis_of_order(country="") is SOFT


@pytest.mark.parametrize(
    ("history", "held"),
    [
        ([], NONE),
        ([SOFT], SOFT),
        ([EXPRESS, SOFT], EXPRESS),
        ([SOFT, EXPRESS], EXPRESS),
        ([EXPRESS, NONE], NONE),
        ([EXPRESS, NONE, SOFT], SOFT),
        ([IMPLIED, SOFT], SOFT),
    ],
)
def test_it_holds_the_strongest_since_the_last_withdrawal(history, held):
    assert basis_in_force(history) is held


@given(st.lists(st.sampled_from(ConsentBasis)), st.lists(st.sampled_from(ConsentBasis)))
def test_it_forgets_what_was_before_a_withdrawal(before, after):
    assert basis_in_force([*before, NONE, *after]) is basis_in_force(after)


@pytest.mark.parametrize(
    ("basis", "source", "term", "told"),
    [
        ("hearsay", "https://law.example", "", "hearsay"),
        ("express", "a friend", "", "source"),
        ("express", "https://law.example", "ends_after_days = 0", "at least a day"),
        ("express", "https://law.example", "ends_after_days = 9", "last purchase"),
    ],
)
def test_it_refuses_a_table_with_faults(basis, source, term, told):
    with pytest.raises(ValueError, match=told):
        read_consent_rules(ROW.format(basis=basis, source=source, term=term))
