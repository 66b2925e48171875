"""Try the lost servers under other versions of Celery, kombu and redis-py.

    python -m bench.faults.versions [--only 5.6.2]

Each combination gets a throwaway environment: the packages of the one that
runs this, and over them those three in the versions named here. In it run the
tests whose fault is a lost broker, a killed worker or an overlapping round, and
those of the tasks. The last line is one JSON object; the exit status is 1 where
a combination that ``pyproject.toml`` allows fails.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ("tests/faults/test_lost_servers.py", "tests/test_tasks.py")
# The database that loses its power has no broker: it is the same under every version.
LEFT_OUT = "not power"


@dataclass(frozen=True, slots=True)
class Combination:
    """Three versions. ``is_allowed`` is whether ``pyproject.toml`` lets them be installed."""

    celery: str
    kombu: str
    redis: str
    is_allowed: bool = True


COMBINATIONS = (
    Combination("5.5.3", "5.5.4", "5.2.1", is_allowed=False),
    Combination("5.6.2", "5.6.0", "5.2.0"),  # the oldest of each
    Combination("5.6.3", "5.6.2", "6.4.0"),
    Combination("5.7.0", "5.7.0", "7.4.1"),
    Combination("5.7.0", "5.7.0", "8.1.0"),
)


def main() -> int:
    """Try every combination, tell how each ended, and return the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="a version of Celery")
    options = parser.parse_args()
    results = []
    for wanted in COMBINATIONS:
        if options.only in ("", wanted.celery):
            ended = try_out(wanted)
            print(wanted, ended, flush=True)
            results.append({**asdict(wanted), "ended": ended})
    print(json.dumps(results))
    failed = [item for item in results if item["is_allowed"] and "passed" not in item["ended"]]
    return int(bool(failed))


def try_out(wanted: Combination) -> str:
    """Make the environment, run the tests in it, and return pytest's last line or what failed."""
    with tempfile.TemporaryDirectory(prefix="fb-versions-") as name:
        folder = Path(name)
        python = _make_environment(folder, wanted)
        if python is None:
            return "cannot be installed"
        done = subprocess.run(
            [str(python), "-m", "pytest", "-q", "-k", LEFT_OUT, *TESTS],
            cwd=ROOT,
            env={key: value for key, value in os.environ.items() if key != "DATABASE_URL"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        print(done.stdout[-6000:], done.stderr[-2000:], flush=True)
        return f"failed: {done.stdout.strip().splitlines()[-1:]}"
    return done.stdout.strip().splitlines()[-1]


def _make_environment(folder: Path, wanted: Combination) -> Path | None:
    venv.create(folder, with_pip=True, symlinks=True)
    python = folder / "bin" / "python"
    here = folder / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    # Looked at after what is installed here, so that the versions named here win.
    (here / "beneath.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pins = [f"celery=={wanted.celery}", f"kombu=={wanted.kombu}", f"redis=={wanted.redis}"]
    made = subprocess.run([str(python), "-m", "pip", "install", "-q", *pins], check=False)
    if made.returncode:
        return None
    found = subprocess.run(
        [str(python), "-c", "import celery, kombu, redis as r; print(celery.__version__, "
         "kombu.__version__, r.__version__)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()  # fmt: skip
    assert found == [wanted.celery, wanted.kombu, wanted.redis], found
    return python


if __name__ == "__main__":
    sys.exit(main())
