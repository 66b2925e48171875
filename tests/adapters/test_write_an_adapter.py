"""The how-to is done to the letter: its four files, put where it says, are a whole adapter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.documents import code_blocks, files_of

PAGE = "how-to/write-an-adapter.md"
ADAPTER = "shop_plugin/adapters/shoebox.py"
TEST = "tests/adapters/test_shoebox.py"
HOW_TO = "docs/how-to/import-a-shoebox-list.md"

# A pytest plugin that adds the folders of the new files to those of the project.
_OVERLAY = """
import sys
from importlib import import_module
from pathlib import Path

for name in ("shop_plugin.adapters", "tests.adapters"):
    import_module(name).__path__.append(str(Path(__file__).parent / name.replace(".", "/")))
"""
_TABLE = """
import overlay
import django
django.setup()
from tests.adapters.test_capabilities import write_table
lines = write_table().splitlines(keepends=True)
print("".join(line for line in lines if line.startswith("shoebox,")), end="")
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the page, in their places."""
    folder = tmp_path_factory.mktemp("newcomer")
    for name, text in files_of(PAGE).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "overlay.py").write_text(_OVERLAY, encoding="utf-8")
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(folder), str(settings.BASE_DIR))),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_needs_four_files(made: Path) -> None:
    assert set(files_of(PAGE)) == {ADAPTER, TEST, HOW_TO}
    assert len(code_blocks(PAGE, "csv")) == 1  # the fourth, to which lines are added


@pytest.mark.slow
def test_it_passes_the_contract_and_its_own_test(made: Path) -> None:
    tried = ("tests/adapters/contract", "tests/exporters/test_round_trip.py", str(made / TEST))
    done = run(made, "-m", "pytest", "-q", "-p", "overlay", "-k", "shoebox", *tried)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "failed" not in done.stdout
    passed = int(done.stdout.rpartition(" passed")[0].split()[-1])
    assert passed >= 15


def test_it_prints_the_lines_of_the_matrix(made: Path) -> None:
    done = run(made, "-c", _TABLE)
    assert done.stdout == code_blocks(PAGE, "csv")[0], done.stderr[-2000:]


def test_it_is_as_tidy_as_the_project(made: Path) -> None:
    files = [str(made / ADAPTER), str(made / TEST)]
    config = ["--config", str(Path(settings.BASE_DIR) / "pyproject.toml")]
    done = run(made, "-m", "ruff", "check", *config, "--ignore", "D1,S,I", *files)
    assert done.returncode == 0, done.stdout
    done = run(made, "-m", "ruff", "format", "--check", *config, *files)
    assert done.returncode == 0, done.stdout
