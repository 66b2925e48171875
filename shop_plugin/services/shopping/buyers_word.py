"""What buyers said of a shoe's sizes, in words with the number behind them.

It stands beside a fit and a Guide match and changes neither.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop_plugin.domain.fit_votes import (
    FEWEST_SAID,
    FitCounts,
    Runs,
    Share,
    VoteKind,
    find_minority,
    judge_votes,
    share_of,
)
from shop_plugin.models import FitVote


@dataclass(frozen=True, slots=True)
class BuyersWord:
    """What buyers said of a shoe's sizes; false where nobody said anything.

    ``code`` is a :class:`Runs`, empty without votes; ``share`` is that of
    those who say so, ``None`` where too few did or they disagree. ``texts``
    are the sentences to show, those of votes first. ``votes``,
    ``returns``, ``arch`` and ``width`` are the counts behind them, ``None`` where there are none.
    """

    code: str = ""
    texts: tuple[str, ...] = ()
    votes: FitCounts | None = None
    share: Share | None = None
    returns: FitCounts | None = None
    arch: FitCounts | None = None
    width: FitCounts | None = None

    def __bool__(self) -> bool:
        """Tell whether there is anything to show."""
        return bool(self.texts)


def find_buyers_word(listing_id: int) -> BuyersWord:
    """Return what buyers said of a listing's sizes, in one query."""
    said = {
        kind: FitCounts(*counts)
        for kind, *counts in FitVote.objects.filter(listing_id=listing_id).values_list(
            "kind", *FitCounts._fields
        )
    }
    return word_counts(
        votes=said.get(VoteKind.VOTES),
        returns=said.get(VoteKind.RETURNS),
        arch=said.get(VoteKind.ARCH),
        width=said.get(VoteKind.WIDTH),
    )


def word_counts(
    *,
    votes: FitCounts | None,
    returns: FitCounts | None,
    arch: FitCounts | None = None,
    width: FitCounts | None = None,
) -> BuyersWord:
    """Return counts with their words; reasons of fewer than five returns are not worded."""
    texts = [*_word_votes(votes)] if votes else []
    if returns and returns.number >= FEWEST_SAID:
        texts.append(
            _("Of {number} returns, {small} said too small and {large} too big.").format(
                number=returns.number, small=returns.small, large=returns.large
            )
        )
    texts += [*_word_feature(VoteKind.ARCH, arch), *_word_feature(VoteKind.WIDTH, width)]
    code = judge_votes(votes) if votes else ""
    return BuyersWord(
        code=code,
        texts=tuple(texts),
        votes=votes,
        share=_share(votes, code) if votes and code in _SAID else None,
        returns=returns,
        arch=arch,
        width=width,
    )


def _word_feature(kind: VoteKind, votes: FitCounts | None) -> tuple[str, ...]:
    """Return what buyers said of arch or width: the answer that most gave, with its interval."""
    if votes is None:
        return ()
    if votes.number < FEWEST_SAID:
        text = {
            VoteKind.ARCH: _("Arch support: too few votes to tell ({number})."),
            VoteKind.WIDTH: _("Width: too few votes to tell ({number})."),
        }[kind]
        return (text.format(number=votes.number),)
    name = max(FitCounts._fields, key=lambda item: getattr(votes, item))
    share = share_of(getattr(votes, name), votes.number)
    text = {
        (VoteKind.ARCH, "small"): _(
            "No arch support, say {part} of {number} buyers (interval {low} to {high}%)."
        ),
        (VoteKind.ARCH, "neither"): _(
            "Moderate arch support, say {part} of {number} buyers (interval {low} to {high}%)."
        ),
        (VoteKind.ARCH, "large"): _(
            "Excellent arch support, say {part} of {number} buyers (interval {low} to {high}%)."
        ),
        (VoteKind.WIDTH, "small"): _(
            "Narrow, say {part} of {number} buyers (interval {low} to {high}%)."
        ),
        (VoteKind.WIDTH, "neither"): _(
            "True to width, say {part} of {number} buyers (interval {low} to {high}%)."
        ),
        (VoteKind.WIDTH, "large"): _(
            "Wide, say {part} of {number} buyers (interval {low} to {high}%)."
        ),
    }[kind, name]
    return (
        text.format(
            part=share.part,
            number=share.number,
            low=_percent(share.low),
            high=_percent(share.high),
        ),
    )


# What each answer is counted by.
_SAID = {Runs.SMALL: "small", Runs.TRUE: "neither", Runs.LARGE: "large"}


def _share(votes: FitCounts, runs: str) -> Share:
    return share_of(getattr(votes, _SAID[Runs(runs)]), votes.number)


def _word_votes(votes: FitCounts) -> tuple[str, ...]:
    runs = judge_votes(votes)
    if runs is Runs.TOO_FEW:
        text = ngettext(
            "How the sizes run: too few to tell, {number} vote.",
            "How the sizes run: too few to tell, {number} votes.",
            votes.number,
        )
        return (text.format(number=votes.number),)
    if runs is Runs.MIXED:
        text = _("Buyers disagree on the size: {small} of {number} say small, {large} large.")
        return (text.format(small=votes.small, large=votes.large, number=votes.number),)
    minority = find_minority(votes)
    return tuple(_word_share(votes, item) for item in (runs, minority) if item is not None)


def _word_share(votes: FitCounts, runs: Runs) -> str:
    share = _share(votes, runs)
    text = {
        Runs.SMALL: _("Runs small, say {part} of {number} buyers (interval {low} to {high}%)."),
        Runs.TRUE: _("True to size, say {part} of {number} buyers (interval {low} to {high}%)."),
        Runs.LARGE: _("Runs large, say {part} of {number} buyers (interval {low} to {high}%)."),
    }[runs]
    return text.format(
        part=share.part,
        number=share.number,
        low=_percent(share.low),
        high=_percent(share.high),
    )


def _percent(thousandths: int) -> int:
    return (thousandths + 5) // 10
