"""It says what buyers said of the sizes, with the number behind it and carefully where few did."""

from __future__ import annotations

from datetime import datetime

import pytest

from shop_plugin.domain.fit_votes import FitCounts
from shop_plugin.models import FitVote
from shop_plugin.services.shopping.buyers_word import BuyersWord, find_buyers_word, word_counts
from tests.factories import ListingFactory


@pytest.mark.parametrize(
    ("votes", "texts"),
    [
        (FitCounts(1, 0, 0), ("How the sizes run: too few to tell, 1 vote.",)),
        (FitCounts(2, 2, 0), ("How the sizes run: too few to tell, 4 votes.",)),
        (FitCounts(18, 6, 1), ("Runs small, say 18 of 25 buyers (interval 52 to 86%).",)),
        (FitCounts(0, 3, 6), ("Runs large, say 6 of 9 buyers (interval 35 to 88%).",)),
        (
            FitCounts(7, 20, 1),
            (
                "True to size, say 20 of 28 buyers (interval 53 to 85%).",
                "Runs small, say 7 of 28 buyers (interval 13 to 43%).",
            ),
        ),
        (
            FitCounts(4, 1, 5),
            ("Buyers disagree on the size: 4 of 10 say small, 5 large.",),
        ),
    ],
)
def test_says_how_sizes_run_with_the_number_behind_it(
    votes: FitCounts, texts: tuple[str, ...]
) -> None:
    assert word_counts(votes=votes, returns=None).texts == texts


def test_tells_returns_apart_from_votes_and_not_of_few() -> None:
    word = word_counts(votes=None, returns=FitCounts(3, 5, 1))
    assert (word.code, word.share) == ("", None)
    assert word.texts == ("Of 9 returns, 3 said too small and 1 too big.",)
    few = word_counts(votes=None, returns=FitCounts(3, 1, 0))
    assert not few
    assert few.returns == FitCounts(3, 1, 0)


@pytest.mark.django_db
def test_finds_both_kinds_of_one_listing(now: datetime) -> None:
    listing, other = ListingFactory(), ListingFactory()
    for kind, counts in (("votes", FitCounts(18, 6, 1)), ("returns", FitCounts(3, 5, 1))):
        FitVote.objects.create(listing=listing, kind=kind, updated_at=now, **counts._asdict())
    word = find_buyers_word(listing.pk)
    assert (word.votes, word.returns) == (FitCounts(18, 6, 1), FitCounts(3, 5, 1))
    assert find_buyers_word(other.pk) == BuyersWord()
