"""What buyers said of the sizes: nothing is concluded from few, and shares keep their interval."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.domain.fit_votes import (
    MOST_SAID,
    FitCounts,
    Runs,
    VoteKind,
    find_minority,
    judge_votes,
    read_counts,
    share_of,
)

NUMBERS = st.integers(1, MOST_SAID)
COUNTS = st.builds(FitCounts, *[st.integers(0, 200)] * 3)


@st.composite
def parts(draw: st.DrawFn) -> tuple[int, int]:
    number = draw(NUMBERS)
    return draw(st.integers(0, number)), number


@given(parts())
def test_it_keeps_a_share_within_its_interval(given_share: tuple[int, int]) -> None:
    part, number = given_share
    share = share_of(part, number)
    assert 0 <= share.low <= 1000 * part / number <= share.high <= 1000


@given(parts())
def test_it_agrees_with_the_formula_of_wilson(given_share: tuple[int, int]) -> None:
    part, number = given_share
    z, p = 1.96, part / number
    middle = (p + z * z / (2 * number)) / (1 + z * z / number)
    half = z * sqrt(p * (1 - p) / number + z * z / (4 * number**2)) / (1 + z * z / number)
    share = share_of(part, number)
    assert share.low <= 1000 * (middle - half) + 1e-6 < share.low + 1.01
    assert share.high >= 1000 * (middle + half) - 1e-6 > share.high - 1.01


@given(parts())
def test_it_treats_both_answers_alike(given_share: tuple[int, int]) -> None:
    part, number = given_share
    share, others = share_of(part, number), share_of(number - part, number)
    assert (share.low, share.high) == (1000 - others.high, 1000 - others.low)


@given(st.integers(0, 100), st.integers(1, 100), st.integers(2, 50))
def test_it_is_surer_with_more_people(part: int, rest: int, times: int) -> None:
    few = share_of(part, part + rest)
    many = share_of(part * times, (part + rest) * times)
    assert few.low <= many.low <= many.high <= few.high


@pytest.mark.parametrize(
    ("votes", "runs"),
    [
        (FitCounts(), Runs.TOO_FEW),
        (FitCounts(small=4), Runs.TOO_FEW),
        (FitCounts(small=5), Runs.SMALL),
        (FitCounts(6, 4, 1), Runs.SMALL),
        (FitCounts(4, 1, 5), Runs.MIXED),
        (FitCounts(0, 3, 6), Runs.LARGE),
        (FitCounts(2, 8, 1), Runs.TRUE),
        (FitCounts(2, 4, 2), Runs.MIXED),
    ],
)
def test_it_says_how_sizes_run_only_where_enough_buyers_agree(votes: FitCounts, runs: Runs) -> None:
    assert judge_votes(votes) is runs


@given(COUNTS)
def test_it_mirrors_small_and_large(votes: FitCounts) -> None:
    mirror = {Runs.SMALL: Runs.LARGE, Runs.LARGE: Runs.SMALL}
    turned = FitCounts(votes.large, votes.neither, votes.small)
    assert judge_votes(turned) is mirror.get(judge_votes(votes), judge_votes(votes))
    minority = find_minority(votes)
    assert find_minority(turned) is (mirror[minority] if minority else None)


@pytest.mark.parametrize(
    ("votes", "side"),
    [
        (FitCounts(7, 20, 1), Runs.SMALL),
        (FitCounts(4, 20, 0), None),
        (FitCounts(7, 20, 4), None),
        (FitCounts(1, 20, 7), Runs.LARGE),
        (FitCounts(7, 1, 1), None),
    ],
)
def test_it_names_the_side_that_stands_out_beside_a_majority(
    votes: FitCounts, side: Runs | None
) -> None:
    assert find_minority(votes) is side


@pytest.mark.parametrize("nothing", [None, "", {}, [], {"small": 0}, {"large": ""}])
def test_it_takes_nothing_said_for_nothing_and_not_for_no(nothing: object) -> None:
    assert read_counts(VoteKind.VOTES, nothing) is None


def test_it_reads_counts_as_numbers_or_texts() -> None:
    assert read_counts(VoteKind.VOTES, {"small": 7.0, "true": " 20 "}) == FitCounts(7, 20, 0)
    assert read_counts(VoteKind.RETURNS, {"too_big": 2, "other": 1}) == FitCounts(0, 1, 2)
    assert read_counts(VoteKind.VOTES, {"large": MOST_SAID}) == FitCounts(large=MOST_SAID)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.dictionaries(st.text() | st.just("small"), inner),
    )
)
def test_it_never_fails_whatever_a_host_hands_over(value: object) -> None:
    counts = read_counts(VoteKind.VOTES, value)
    if isinstance(counts, FitCounts):
        assert 0 < counts.number <= 3 * MOST_SAID
