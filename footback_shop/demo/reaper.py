"""Ends the demo's processes when the demo itself was killed and could not.

The demo holds the other end of this program's standard input and writes one
process group per line. A last line ``done`` means they were stopped in good
order. End of input without it means that the demo is gone: every group named
so far is told to stop, and killed five seconds later. Plain Python, nothing
of the project is imported.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

GRACE_SECONDS = 5


def end_groups(groups: list[int]) -> None:
    """Stop every process group, first politely."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for group in groups:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, number)
        if number == signal.SIGTERM:
            time.sleep(GRACE_SECONDS)


def main() -> None:
    """Wait for the end of input."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: list[int] = []
    for line in sys.stdin:
        if line.strip() == "done":
            return
        groups.append(int(line))
    end_groups(groups)


if __name__ == "__main__":
    main()
