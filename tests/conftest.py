"""What every test gets: a fixed clock and closed sockets outside loopback."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest


@pytest.fixture
def now() -> datetime:
    """A fixed aware time: a Tuesday, 10:00 UTC."""
    return datetime(2026, 6, 16, 10, 0, tzinfo=UTC)
