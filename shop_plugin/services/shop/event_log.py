"""What happens to mails, as one log line per change: its name, and ids; no address and no words.

The logger is ``footback.events``, at the level INFO. A line is written after
the change was committed, never before.
"""

from __future__ import annotations

import logging

logger = logging.getLogger("footback.events")


def note_event(name: str, **facts: str | int) -> None:
    """Write one event ("message.sent") with its facts; empty ones are left out.

    Facts are ids, codes, states and numbers. Handlers find them as
    ``record.event`` and ``record.facts``.
    """
    if logger.isEnabledFor(logging.INFO):
        told = {key: value for key, value in facts.items() if value != ""}
        text = " ".join(f"{key}={value}" for key, value in told.items())
        logger.info("%s %s", name, text, extra={"event": name, "facts": told})
