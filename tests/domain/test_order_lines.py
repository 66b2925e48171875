from __future__ import annotations

import pytest

from shop_plugin.domain.order_lines import find_doubt


@pytest.mark.parametrize(
    ("title", "variant", "language"),
    [
        ("Marlow Walker", "38 / Black", "en"),
        ("Marlow Walker", "M 9 / W 10.5", "en"),
        ("Marlow Walker", "EU 38,5", "de-DE"),
        ("Cosy slippers", "M", "en"),
        ("Chelsea boot", "", ""),
        ("Lammfell-Hausschuhe", "L", "de"),
        ("Sandales en cuir", "", "fr"),
        ("Zapatillas de casa", "M", "es"),
        ("Marlow Walker", "38", "xx-not-a-language"),
    ],
)
def test_it_has_no_doubt_of_what_may_be_a_pair(title: str, variant: str, language: str) -> None:
    assert find_doubt(title=title, variant=variant, language=language) == ""


@pytest.mark.parametrize(
    ("title", "variant", "language"),
    [
        ("Logo T-Shirt", "M / Black", "en"),
        ("Slim jeans", "32 / 34", "en"),
        ("Wool socks", "39-42", "en"),
        ("Leather belt", "90", "en"),
        ("Shoe tree", "42", "en"),
        ("Lavender", "", "en"),
        ("Gift wrapping", "", "en"),
        ("Insoles", "Default Title", "en"),
        ("Wollsocken", "39-42", "de"),
    ],
)
def test_it_says_why_a_line_is_no_pair(title: str, variant: str, language: str) -> None:
    assert find_doubt(title=title, variant=variant, language=language) != ""


@pytest.mark.parametrize("title", ["", "x" * 1_000_000, "\x00", "=1+1"])
def test_it_has_an_answer_for_any_title(title: str) -> None:
    assert find_doubt(title=title, variant="38" * 100_000) in {
        "",
        "neither its title nor a size says that it is a pair of shoes",
    }
