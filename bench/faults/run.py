"""What every system under test is given, and how its history is counted."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.faults.sink import AFTER, count_taken


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one system. ``key_header`` is set where the mail server knows repeats."""

    mails: int
    kills: int
    workers: int
    seed: int
    database_url: str
    redis_url: str
    sink_port: int
    sink_pid: int
    key_header: str
    folder: Path

    @property
    def log(self) -> Path:
        """Return the mail server's log."""
        return self.folder / "mail.log"

    def calm_the_sink(self) -> None:
        """Let the mail server behave from here on."""
        os.kill(self.sink_pid, signal.SIGUSR1)

    def whole_log(self) -> Path:
        """Return a copy of the log that goes on for an hour, as that of a server that runs on."""
        copy = self.folder / "mail.whole.log"
        later = datetime.now(UTC) + AFTER + timedelta(minutes=1)
        last_line = f"{later.isoformat()} sink postfix/qmgr[1]: statistics: nothing since\n"
        copy.write_text(self.log.read_text() + last_line)
        return copy

    def as_text(self) -> str:
        """Return the run as one line for a child's command line."""
        return json.dumps({**asdict(self), "folder": str(self.folder)})

    @classmethod
    def from_text(cls, text: str) -> Run:
        """Return the run that :meth:`as_text` wrote."""
        found = json.loads(text)
        return cls(**{**found, "folder": Path(found["folder"])})


class LogCounter:
    """Counts the mails in a growing log without reading any of it twice."""

    def __init__(self, log: Path) -> None:
        self._log, self._offset, self._count = log, 0, 0

    def read(self) -> int:
        """Return how many mails the log names by now."""
        with self._log.open("rb") as file:
            file.seek(self._offset)
            fresh = file.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._offset += len(whole)
        self._count += whole.count(b"message-id=")
        return self._count


def count_history(
    log: Path,
    *,
    known: Mapping[str, str],
    believed_sent: Collection[str],
    named: Collection[str],
) -> dict[str, int]:
    """Compare the mailboxes with what a system believes of each mail.

    ``known`` has the system's state of each mail by Message-ID. Silently lost
    is a mail that never arrived although its state says that it was sent, or
    is none that tells anybody that it is still open (``named``).
    """
    taken = count_taken(log)
    strangers = set(taken) - set(known)
    if strangers:
        raise SystemExit(f"mails arrived that nobody wrote: {sorted(strangers)[:3]}")
    lost = sum(
        1
        for message_id, state in known.items()
        if message_id not in taken and (state in believed_sent or state not in named)
    )
    return {
        "arrived": len(taken),
        "extra_copies": sum(taken.values()) - len(taken),
        "silently_lost": lost,
    }


def main_of_system(measure: Callable[[Run], dict[str, Any]]) -> None:
    """Run the system named by the command line's JSON, print the result as the last line."""
    result = measure(Run.from_text(sys.argv[1]))
    sys.stdout.write(json.dumps(result) + "\n")
