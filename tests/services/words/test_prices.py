"""Prices as people write them: the reader's digits, a sign where it is sure, else the code."""

from __future__ import annotations

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.services.words.prices import describe_price_range, find_price, format_price

NB = "\u00a0"


@pytest.mark.parametrize(
    ("language", "minor", "currency", "text"),
    [
        ("en", 12_090, "EUR", "€120.90"),
        ("en", 8_900, "GBP", "£89"),
        ("en-us", 4_995, "USD", "$49.95"),
        ("en", 129_900, "INR", "₹1,299"),
        ("en", 8_000, "JPY", "¥8,000"),
        ("en", 8_995, "CHF", f"89.95{NB}CHF"),
        ("en", 10_500, "KWD", f"10.500{NB}KWD"),
        ("de", 12_090, "EUR", f"120,90{NB}€"),
        ("de", 129_900, "USD", f"1.299{NB}$"),
        ("fr", 8_900, "EUR", f"89{NB}€"),
        ("nl", 12_090, "EUR", f"€{NB}120,90"),
        ("es-mx", 8_900, "MXN", "$89"),
        ("he", 8_900, "ILS", f"89{NB}ILS"),
        ("pl", 8_900, "PLN", f"89{NB}zł"),
        ("en", 8_900, "PLN", f"89{NB}PLN"),
    ],
)
def test_writes_the_currency_as_the_reader_does(
    language: str, minor: int, currency: str, text: str
) -> None:
    with translation.override(language):
        assert format_price(minor, currency) == text


@pytest.mark.parametrize(
    ("language", "canadian", "american"),
    [("en", "CA$50", "$50"), ("en-ca", "$50", "US$50"), ("fr-ca", f"50{NB}$", f"50{NB}US$")],
)
def test_never_lets_one_sign_mean_two_dollars(language: str, canadian: str, american: str) -> None:
    with translation.override(language):
        assert format_price(5_000, "CAD") == canadian
        assert format_price(5_000, "USD") == american


def test_leaves_an_amount_bare_where_no_currency_is_stated() -> None:
    assert format_price(8_900, "") == "89.00"


def test_knows_no_price_where_none_is_stated() -> None:
    assert find_price(None, "EUR") is None
    found = find_price(0, "EUR")
    assert found is not None
    assert found.text == "€0"


@pytest.mark.parametrize(
    ("language", "currency", "shown"),
    [
        ("en", "EUR", ("under €50", "€50 to €60", "from €1,000")),
        ("en", "CHF", (f"under 50{NB}CHF", f"50 to 60{NB}CHF", f"from 1,000{NB}CHF")),
        ("de", "EUR", (f"unter 50{NB}€", f"50 bis 60{NB}€", f"ab 1.000{NB}€")),
    ],
)
def test_writes_ranges_in_the_same_way(
    language: str, currency: str, shown: tuple[str, str, str]
) -> None:
    with translation.override(language):
        assert shown == (
            describe_price_range(currency, 0, 50),
            describe_price_range(currency, 50, 60),
            describe_price_range(currency, 1000, None),
        )


CURRENCIES = ("EUR", "GBP", "USD", "CAD", "AUD", "NZD", "HKD", "INR", "JPY", "CNY", "MXN", "CHF")
LANGUAGES = ("en", "en-ca", "en-au", "en-nz", "en-hk", "de", "fr-ca", "es-mx", "nl", "zh-hans")


@given(
    minor=st.integers(min_value=0, max_value=10**9),
    two=st.lists(st.sampled_from(CURRENCIES), min_size=2, max_size=2, unique=True),
    language=st.sampled_from(LANGUAGES),
)
def test_never_writes_two_currencies_alike(minor: int, two: list[str], language: str) -> None:
    with translation.override(language):
        assert format_price(minor, two[0]) != format_price(minor, two[1])
