"""Limits that hold for one person's pair."""

from __future__ import annotations

import pytest

from shop_plugin.domain.attributes import FootwearAttributes, Options, Span, UseCategory
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.personal import FitVerdict, limit_personally
from shop_plugin.domain.scoring import Verdict, assess

GUIDE = load_guide()
BEST = FootwearAttributes(
    heel_height_mm=Span.exactly(10_000),
    arch_support=Options.of("3"),
    cushioning=Options.of("3"),
    toe_shape=Options.of("round"),
    fastening=Options.of("lace_up"),
    heel_counter=Options.of("3"),
    torsional_stiffness=Options.of("3"),
    base_stability=Options.of("3"),
    width_options=Options.of("regular", "wide", "narrow"),
)


@pytest.mark.parametrize(
    ("fit", "share_used", "high", "code"),
    [
        (FitVerdict.TOO_TIGHT, 0, 4900, "FIT_TOO_TIGHT"),
        (FitVerdict.TOO_LOOSE, 0, 5900, "FIT_TOO_LOOSE"),
        (FitVerdict.FITS, 0, 9800, "FIT_OK"),
        (FitVerdict.UNKNOWN, 1000, 5400, "WORN_PAST_LIFE"),
        (FitVerdict.TOO_TIGHT, 1500, 4900, "WORN_PAST_LIFE"),
    ],
)
def test_it_limits_the_match_of_one_pair(fit, share_used, high, code):
    match = assess(BEST, guide=GUIDE)
    mine = limit_personally(match, guide=GUIDE, fit=fit, share_used=share_used)

    assert (match.low, match.high) == (9800, 9800)
    assert (mine.low, mine.high) == (high, high)
    assert mine.grade_high == GUIDE.grade(high)
    assert code in {reason.code for reason in mine.reasons}


def test_it_limits_nothing_by_what_is_not_known():
    match = assess(BEST, guide=GUIDE)

    assert limit_personally(match, guide=GUIDE, share_used=999) == match


def test_it_never_raises_a_match():
    poor = assess(
        FootwearAttributes(arch_support=Options.of("0"), cushioning=Options.of("0")), guide=GUIDE
    )

    assert limit_personally(poor, guide=GUIDE, fit=FitVerdict.TOO_LOOSE).high == poor.high


def test_it_leaves_alone_what_is_not_scored():
    child = assess(FootwearAttributes(use_category=UseCategory.KIDS), guide=GUIDE)
    mine = limit_personally(child, guide=GUIDE, fit=FitVerdict.TOO_TIGHT)

    assert mine.verdict is Verdict.NOT_SCORED_CHILD
    assert mine.low is None


def test_it_refuses_a_negative_share():
    with pytest.raises(ValueError, match="below nothing"):
        limit_personally(assess(BEST, guide=GUIDE), guide=GUIDE, share_used=-1)
