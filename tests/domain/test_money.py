from __future__ import annotations

import pytest

from shop_plugin.domain.money import Price, minor_digits, read_currency, read_price


@pytest.mark.parametrize(
    ("written", "minor", "currency"),
    [
        (89, 8900, ""),
        (89.95, 8995, ""),
        (49.955, 4996, ""),
        ("1,299.00", 129_900, ""),
        ("1.299,00 €", 129_900, "EUR"),
        ("1 299,00 zł", 129_900, "PLN"),
        ("1'299.00 CHF", 129_900, "CHF"),
        ("89,95 €", 8995, "EUR"),
        ("1,299", 129_900, ""),
        ("0.5", 50, ""),
        ("89.00 GBP", 8900, "GBP"),
        ("£30", 3000, "GBP"),
        ("$30", 3000, ""),
        ("Rs. 499", 49_900, ""),
        (0, 0, ""),
    ],
)
def test_it_reads_what_shops_write(written: object, minor: int, currency: str) -> None:
    assert read_price(written) == Price(minor, currency)


def test_it_takes_the_first_of_several_amounts_and_says_so() -> None:
    price = read_price("$49.95MSRP:$110.00", currency="USD")
    assert price == Price(4995, "USD", is_first_of_several=True)


def test_it_counts_yen_and_dinars_in_their_own_minor_units() -> None:
    assert read_price(12_000, currency="JPY").minor == 12_000
    assert read_price("12.5", currency="KWD").minor == 12_500
    assert (minor_digits("JPY"), minor_digits("KWD"), minor_digits("EUR")) == (0, 3, 2)


@pytest.mark.parametrize(
    "written", [-5, "-5", float("nan"), float("inf"), "NaN", "free", True, 1e30, "", [], {}]
)
def test_it_refuses_what_no_price_can_be(written: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_price(written)


def test_it_knows_currencies_by_code_or_unmistakable_sign_only() -> None:
    assert read_currency(" eur ") == "EUR"
    assert read_currency("€") == "EUR"
    assert read_currency("$") == ""
    assert read_currency("not stated by the source") == ""
