"""A sink, a shop that is live, and messages that wait."""

from __future__ import annotations

import pytest

from shop_plugin.models import Message
from shop_plugin.services.nudges.planning import plan_nudges
from tests.faults.smtp_sink import running_sink
from tests.moves import check_moves, watched_moves
from tests.nudging import add_pair, mail_settings, open_shop


@pytest.fixture
def sink(settings):
    with running_sink() as (sink, port):
        mail_settings(settings, port=port, timeout=0.6)
        yield sink


@pytest.fixture
def shop(settings, now, sink, transactional_db):
    """A shop that is live, whose messages and nudges make only moves that the tables allow."""
    open_shop(settings, now=now)
    with watched_moves() as moves:
        yield
    check_moves(moves)


@pytest.fixture
def waiting(shop, now):
    """Make a number of messages ready to go."""

    def make(count: int = 1) -> list[Message]:
        for _ in range(count):
            add_pair(due_on=now.date())
        plan_nudges(now=now)
        return list(Message.objects.order_by("pk"))

    return make
