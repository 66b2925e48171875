"""Every move of a message or nudge from state to state, as the database sees it. For tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import Model

from shop_plugin.domain.nudge_policy import (
    MessageState,
    NudgeState,
    can_move_message,
    can_move_nudge,
)
from shop_plugin.models import Message, Nudge

Moves = dict[type[Model], set[tuple[str, str]]]


@contextmanager
def watched_moves() -> Iterator[Moves]:
    """Collect each (old state, new state) that this thread's statements write, by model."""
    seen: Moves = {Message: set(), Nudge: set()}

    def watch(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        model = next((item for item in seen if sql.startswith(_update_of(item))), None)
        if model is None:
            return execute(sql, params, many, context)
        before = _states(model)
        result = execute(sql, params, many, context)
        after = _states(model)
        seen[model] |= {(old, after[pk]) for pk, old in before.items() if after.get(pk, old) != old}
        return result

    with connection.execute_wrapper(watch):
        yield seen


def _update_of(model: type[Model]) -> str:
    return f"UPDATE {connection.ops.quote_name(model._meta.db_table)} "


def _states(model: type[Model]) -> dict[int, str]:
    return dict(model._default_manager.order_by().values_list("pk", "state"))


def check_moves(moves: Moves) -> None:
    """Fail for a move that the tables of the domain do not allow."""
    for old, new in moves[Message]:
        assert can_move_message(MessageState(old), MessageState(new)), f"message: {old} -> {new}"
    for old, new in moves[Nudge]:
        assert can_move_nudge(NudgeState(old), NudgeState(new)), f"nudge: {old} -> {new}"
