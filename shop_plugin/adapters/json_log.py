"""Log lines as JSON, for whoever collects them: one object a line, its event by name.

Set as a formatter of the host's ``LOGGING`` (docs/how-to/go-live-with-nudges.md).
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import PurePath
from traceback import extract_tb


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON.

    Of an error its kind and place are told and not its words: a mail server's
    answer may repeat an address.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: at, level, logger, event and its facts, or text."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        event = getattr(record, "event", "")
        if event:
            line |= {"event": event, **getattr(record, "facts", {})}
        else:
            line["text"] = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            frames = extract_tb(record.exc_info[2])
            line["where"] = [
                f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames[-3:]
            ]
        return json.dumps(line, ensure_ascii=False, default=str)
