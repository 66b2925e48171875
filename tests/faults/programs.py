"""Programs of their own over the database of a test: started, and waited for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
KILLED = -9
Start = Callable[..., "subprocess.Popen[str]"]


def starter_of(module: str, folder: Path) -> Start:
    """Return what starts a module with arguments, over a database that other processes see."""
    if connection.vendor == "sqlite":
        url = f"sqlite:///{folder / 'killed.sqlite3'}"
    else:
        at = connection.settings_dict
        url = f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for a program that has to end well, and return what it printed."""
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err[-3000:]
    return out
