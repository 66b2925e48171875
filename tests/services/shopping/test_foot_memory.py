"""Feet as a text in a cookie, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.domain.fitting import Feet, Foot
from shop_plugin.services.shopping.foot_memory import FOOT_COOKIE, read_feet, write_feet

_feet = st.builds(
    Foot,
    st.integers(9_000, 35_000).map(lambda steps: steps * 10),
    st.none() | st.integers(4_000, 9_000).map(lambda steps: steps * 10),
)


@given(_feet, _feet | st.none())
def test_it_comes_back_as_it_was(one: Foot, other: Foot | None) -> None:
    for feet in (Feet(one, other), Feet(other, one)):
        written = write_feet(feet)
        assert read_feet({FOOT_COOKIE: written}) == feet
        assert set(written) <= set("0123456789-."), "any browser keeps it as it is"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0-0.0-0",
        "2450",
        "245-98.0-0",
        "99999-0.0-0",
        "24500-9800.24600",
        "٢4500-0.0-0",
        "x" * 5000,
    ],
)
def test_it_reads_nothing_out_of_nonsense(written: str) -> None:
    assert read_feet({FOOT_COOKIE: written}) is None


def test_it_reads_nothing_where_no_cookie_is() -> None:
    assert read_feet({}) is None
