"""What an edit would do, computed chunk by chunk and never written to a listing."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from shop_plugin.conf import get_settings
from shop_plugin.domain.attributes import FootwearAttributes
from shop_plugin.domain.scoring import assess
from shop_plugin.models import BulkEdit
from shop_plugin.services.evidence.resolving import Believed, believe, make_resolvable
from shop_plugin.services.shop.guides import guide_in_force
from shop_plugin.services.staff.bulk_edits.chunks import count_plans, name_outcome, plan_chunk
from shop_plugin.services.staff.bulk_edits.listing_sets import sample_from
from shop_plugin.services.staff.bulk_edits.planning import Plan, accepted_after
from shop_plugin.services.staff.bulk_edits.standing import Belief, Standing
from shop_plugin.services.staff.bulk_edits.tallying import GONE, UNCHANGED, Tally

# So many listings are looked at before an edit of more is judged by a sample.
MOST_PREVIEWED = 20_000
MOST_SAMPLES = 25  # rows of the preview that are shown with before and after
MOST_PER_OUTCOME = 15  # so that what is left is seen too where much is changed


def preview_chunk(*, edit_id: int, now: datetime) -> bool:
    """Look at the next listings of an edit that asks for a preview; tell whether it came on.

    Read-only but for the edit's own row, which is moved on only if nobody
    else did so meanwhile: two workers may reckon the same chunk, one counts.
    """
    edit = BulkEdit.objects.get(pk=edit_id)
    if edit.state != BulkEdit.State.PREVIEWING:
        return False
    ids = sample_from(edit, edit.preview_cursor, get_settings().CHUNK_SIZE)
    tally, samples = Tally(edit.preview), list(edit.preview.get("samples", []))
    standings, plans = plan_chunk(edit, ids)
    tally.listings[GONE] += len(ids) - len(standings)
    for pk, made in plans.items():
        standing = standings[pk]
        is_change = any(plan.is_change for plan in made)
        after = _believe_after(standing, made) if is_change else None
        count_plans(tally, made, after)
        if after is not None:
            tally.count_move(standing.belief, after)
        _take_samples(samples, standing, made, after)
    cursor = edit.preview_cursor + len(ids)
    is_done = cursor >= edit.preview_total
    mine = BulkEdit.objects.filter(
        pk=edit_id, state=BulkEdit.State.PREVIEWING, preview_cursor=edit.preview_cursor
    )
    return bool(
        mine.update(
            preview={**tally.as_counts(), "samples": samples},
            preview_cursor=cursor,
            state=BulkEdit.State.PREVIEWED if is_done else BulkEdit.State.PREVIEWING,
            moved_at=now,
            failures=0,
            error="",
        )
    )


def size_of_preview(total: int) -> int:
    """Return how many of so many listings a preview looks at."""
    return min(total, MOST_PREVIEWED)


def _believe_after(standing: Standing, plans: list[Plan]) -> Belief:
    accepted = accepted_after(standing.said, plans)
    found = believe(make_resolvable(standing.frame, accepted))
    return _judge(found, guide_in_force().version, get_settings().HEEL_MODE)


@lru_cache(maxsize=8192)
def _judge(believed: Believed, version: str, heel_mode: str) -> Belief:
    """Return the belief and its general match; many listings come to state the same."""
    snapshot = json.loads(believed.snapshot)
    found = assess(
        FootwearAttributes.from_snapshot(snapshot), guide=guide_in_force(), heel_mode=heel_mode
    )
    return Belief(
        snapshot["values"],
        found.verdict.value,
        found.low,
        found.high,
        found.grade_low,
        believed.flags,
    )


def _take_samples(
    samples: list[dict[str, Any]], standing: Standing, plans: list[Plan], after: Belief | None
) -> None:
    """Keep the first rows of each outcome, as the page shows them."""
    for plan in plans:
        if len(samples) >= MOST_SAMPLES:
            return
        outcome = name_outcome(plan, after)
        alike = sum(row["outcome"] == outcome for row in samples)
        if outcome == UNCHANGED or alike >= MOST_PER_OUTCOME:
            continue
        then = after or standing.belief
        samples.append(
            {
                "listing": standing.listing_id,
                "attribute": plan.attribute,
                "outcome": outcome,
                "code": plan.code,
                "before": standing.belief.describe(plan.attribute),
                "after": then.describe(plan.attribute),
                "grades": [standing.belief.grade, then.grade],
            }
        )
