"""A measurement in a process of its own, which prints what it found as its last line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any


def run_child(module: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Any:
    """Run a module and return the JSON of its last line; end as it ended where it failed."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=dict(environment),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.returncode)
    return json.loads(done.stdout.splitlines()[-1])
