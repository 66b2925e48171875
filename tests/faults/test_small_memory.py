"""Very many pairs that are due at once: planning and sending ..."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.servers import ROOT

pytestmark = [pytest.mark.own_database, pytest.mark.slow]

#: Pairs that are due. By hand: FOOTBACK_PROOF_ROWS=1000000.
ROWS = int(os.environ.get("FOOTBACK_PROOF_ROWS", "12000"))
FEW = 1_000
MAILS = 40
MOST_MB, MOST_GROWTH_MB = 200, 40


def peak_of(rows: int, folder: Path) -> float:
    """Return the megabytes that a process takes at most which sweeps so many rows, and sends."""
    own = {
        "DATABASE_URL": f"sqlite:///{folder / f'{rows}.sqlite3'}",
        "FOOTBACK_TEST_SPOOL": str(folder / f"spool-{rows}"),
    }
    for command, count in (("add", rows), ("work", MAILS)):
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.due_rows", command, str(count)],
            cwd=ROOT,
            env={**os.environ, **own},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["messages"], found["sent"]) == (rows, MAILS)
    return float(found["peak_mb"])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to ask for the peak")
@pytest.mark.proof("T20")
def test_take_no_more_memory_for_many_than_for_few(tmp_path):
    few, many = peak_of(FEW, tmp_path), peak_of(ROWS, tmp_path)
    assert many <= MOST_MB
    assert many - few <= MOST_GROWTH_MB
