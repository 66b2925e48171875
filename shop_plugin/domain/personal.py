"""What a match becomes for one person's pair: the chosen size, and how worn the pair is.

Only ever lowers a score. Nothing of it is stored: it is worked out for the
one who asks, and forgotten.
"""

from __future__ import annotations

from dataclasses import replace

from shop_plugin.domain.fitting import FitVerdict
from shop_plugin.domain.guide import Guide
from shop_plugin.domain.lifespan import WHOLE
from shop_plugin.domain.scoring import Assessment, Cap, Reason, verdict_of

__all__ = ["FitVerdict", "limit_personally"]


def limit_personally(
    assessment: Assessment,
    *,
    guide: Guide,
    fit: FitVerdict = FitVerdict.UNKNOWN,
    share_used: int = 0,
) -> Assessment:
    """Return the match with the limits that hold for one person's pair.

    ``share_used`` is the part of its life a pair has behind it, in
    thousandths. What is not known limits nothing, and what is not scored
    stays so.

    :raises ValueError: for a negative share.
    """
    if share_used < 0:
        raise ValueError("no share below nothing can be used")
    if assessment.low is None or assessment.high is None:
        return assessment
    limits = guide.personal_caps
    caps: list[Cap] = []
    reasons: list[Reason] = []
    if fit is FitVerdict.FITS:
        reasons.append(Reason("FIT_OK", {}, "G5"))
    for worst, code, limit in (
        (FitVerdict.TOO_TIGHT, "FIT_TOO_TIGHT", limits.too_tight),
        (FitVerdict.TOO_LOOSE, "FIT_TOO_LOOSE", limits.too_loose),
    ):
        if fit is worst:
            caps.append(Cap(f"CAP_{code}", limit, True, limit))
            reasons.append(Reason(code, {"limit": limit}, "G5"))
    if share_used >= WHOLE:
        limit = limits.worn_past_life
        caps.append(Cap("CAP_WORN_PAST_LIFE", limit, True, limit))
        params = {"pct": share_used * 100 // WHOLE, "limit": limit}
        reasons.append(Reason("WORN_PAST_LIFE", params, "G6"))
    low = min([assessment.low, *(cap.limit for cap in caps)])
    high = min([assessment.high, *(cap.limit for cap in caps)])
    grade_low, grade_high = guide.grade(low), guide.grade(high)
    area = guide.profiles[assessment.condition].evidence_area
    return replace(
        assessment,
        low=low,
        high=high,
        grade_low=grade_low,
        grade_high=grade_high,
        verdict=verdict_of(grade_low, grade_high, high, assessment.coverage, guide),
        caps=(*caps, *assessment.caps),
        reasons=(
            *(
                item._replace(evidence=guide.guidelines[item.guideline].evidence(area))
                for item in reasons
            ),
            *assessment.reasons,
        ),
    )
