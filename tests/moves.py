"""Every move of a message or nudge from state to state, as the database sees it. For tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.models import QuerySet

from shop_plugin.domain.nudge_policy import (
    MessageState,
    NudgeState,
    can_move_message,
    can_move_nudge,
)
from shop_plugin.models import Message, Nudge

Moves = dict[type, set[tuple[str, str]]]


@contextmanager
def watched_moves() -> Iterator[Moves]:
    """Collect each (old state, new state) that services write in bulk, by model."""
    seen: Moves = {Message: set(), Nudge: set()}
    update = QuerySet.update

    def watching(self: QuerySet[Any], **changes: Any) -> int:
        if self.model not in seen or "state" not in changes:
            return update(self, **changes)
        before = dict(self.order_by().values_list("pk", "state"))
        count = update(self, **changes)
        after = dict(self.model.objects.filter(pk__in=before).values_list("pk", "state"))
        seen[self.model] |= {(before[pk], new) for pk, new in after.items() if before[pk] != new}
        return count

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QuerySet, "update", watching)
        yield seen


def check_moves(moves: Moves) -> None:
    """Fail for a move that the tables of the domain do not allow."""
    for old, new in moves[Message]:
        assert can_move_message(MessageState(old), MessageState(new)), f"message: {old} -> {new}"
    for old, new in moves[Nudge]:
        assert can_move_nudge(NudgeState(old), NudgeState(new)), f"nudge: {old} -> {new}"
