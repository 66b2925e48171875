"""Every file format: in order, again, in bounded memory, and never stopped by one bad row."""

from __future__ import annotations

import itertools
import pickle
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings

from shop_plugin.adapters.base import UnusableSource
from shop_plugin.domain.capabilities import Capability
from shop_plugin.domain.ports import (
    FileFormat,
)
from shop_plugin.domain.records import ReadRow
from tests.adapters.adapter_cards import classes_for
from tests.adapters.contract import FileSample
from tests.adapters.contract.finding import ADAPTERS, SOURCE, claiming, name_of, samples_of

LONG_ROWS = 3_000
SLACK_BYTES = 1_500_000

FILE_CLAIMS = (
    (Capability.LISTINGS_FROM_FILES, "read_listings", "listings"),
    (Capability.PURCHASES_FROM_FILES, "read_purchases", "purchases"),
)
FILE_READERS = [
    pytest.param(module, method, attribute, id=f"{name_of(module)}-{attribute}")
    for capability, method, attribute in FILE_CLAIMS
    for module in claiming(capability)
]
UNCLAIMED_FILES = [
    (module, method)
    for capability, method, _attribute in FILE_CLAIMS
    for module in ADAPTERS
    if capability in module.CARD.cannot and classes_for(module, FileFormat)
]
each_file = pytest.mark.parametrize(("module", "method", "attribute"), FILE_READERS)


def sample_of(module: ModuleType, attribute: str) -> FileSample:
    found = getattr(samples_of(module), attribute)
    assert isinstance(found, FileSample)
    return found


def reader(module: ModuleType) -> Any:
    return classes_for(module, FileFormat)[0]()


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "sample"
    path.write_bytes(content)
    return path


def read(module: ModuleType, method: str, path: Path, **options: Any) -> Iterator[ReadRow[Any]]:
    rows: Iterator[ReadRow[Any]] = getattr(reader(module), method)(path, source=SOURCE, **options)
    return rows


@each_file
def test_it_reads_every_row_once_in_order_and_the_same_again(
    module: ModuleType, method: str, attribute: str, tmp_path: Path
) -> None:
    path = write(tmp_path, sample_of(module, attribute).long(25))
    rows = list(read(module, method, path))
    assert [row.problems for row in rows if row.record is None] == []
    assert len({row.record.external_id for row in rows if row.record}) == len(rows) == 25
    assert {row.record.source for row in rows if row.record} == {SOURCE}
    lines = [row.line for row in rows]
    assert lines == sorted(lines)
    assert lines[0] >= 1
    assert rows == list(read(module, method, path))


@each_file
def test_it_takes_a_file_up_again_after_any_line(
    module: ModuleType, method: str, attribute: str, tmp_path: Path
) -> None:
    path = write(tmp_path, sample_of(module, attribute).long(12))
    rows = list(read(module, method, path))
    for done in (0, rows[0].line, rows[5].line, rows[-1].line):
        left = list(read(module, method, path, skip_lines=done))
        assert left == [row for row in rows if row.line > done]


@each_file
def test_it_reports_a_bad_row_and_reads_the_others(
    module: ModuleType, method: str, attribute: str, tmp_path: Path
) -> None:
    sample = sample_of(module, attribute)
    path = write(tmp_path, sample.of(sample.row(1), sample.bad_row, sample.row(2), sample.row(3)))
    rows = list(read(module, method, path))
    assert sum(row.record is not None for row in rows) == 3
    refused = [row for row in rows if row.record is None]
    assert refused
    for row in refused:
        assert row.line >= 1
        assert row.problems
        assert all(problem.code and problem.reason for problem in row.problems)


@each_file
def test_it_says_of_what_it_cannot_use_which_file_it_was(
    module: ModuleType, method: str, attribute: str, tmp_path: Path
) -> None:
    foreign = (
        b"",
        b"\x1f\x8b\x08\x00" + b"\x00" * 40,
        b"PK\x03\x04" + b"\x00" * 40,
        "id,title".encode("utf-16"),
        *sample_of(module, attribute).not_mine,
    )
    for content in foreign:
        path = write(tmp_path, content)
        with pytest.raises(UnusableSource, match="sample"):
            list(read(module, method, path))
    with pytest.raises(UnusableSource, match="nowhere"):
        list(read(module, method, tmp_path / "nowhere"))
    with pytest.raises(UnusableSource, match="cannot be read"):
        list(read(module, method, tmp_path))


@each_file
def test_it_lets_nothing_out_but_rows_and_unusable_source_however_a_file_is_damaged(
    module: ModuleType, method: str, attribute: str, tmp_path: Path
) -> None:
    sample = sample_of(module, attribute)
    whole = sample.of(sample.row(1), sample.bad_row, sample.row(2))
    step = max(len(whole) // 60, 1)
    harm: Iterator[bytes] = itertools.chain(
        (whole[:end] for end in range(0, len(whole), step)),
        (whole[:at] + b"\x00\xff\r" + whole[at:] for at in range(0, len(whole), step)),
        (
            whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :]
            for at in range(0, len(whole), step)
        ),
    )
    for content in harm:
        path = write(tmp_path, content)
        with suppress(UnusableSource):
            rows = list(read(module, method, path))
            assert all(row.record is not None or row.problems for row in rows)


@each_file
def test_it_holds_no_more_of_a_long_file_than_of_a_short_one(
    module: ModuleType, method: str, attribute: str, tmp_path: Path
) -> None:
    sample = sample_of(module, attribute)

    def peak_of(count: int) -> int:
        path = write(tmp_path, sample.long(count))
        tracemalloc.start()
        try:
            assert sum(row.record is not None for row in read(module, method, path)) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    short, long = peak_of(30), peak_of(LONG_ROWS)
    assert long < short + SLACK_BYTES


@each_file
def test_it_reads_on_a_second_core_that_knows_no_django(
    module: ModuleType, method: str, attribute: str, tmp_path: Path
) -> None:
    path = write(tmp_path, sample_of(module, attribute).long(3))
    script = (
        "import pickle, sys; from pathlib import Path\n"
        "from shop_plugin import adapters\n"
        f"adapters.__path__.append({str(Path(str(module.__file__)).parent)!r})\n"
        f"made = pickle.loads({pickle.dumps(reader(module))!r})\n"
        f"rows = list(made.{method}(Path({str(path)!r}), source='other'))\n"
        "print(len(rows), 'django' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=settings.BASE_DIR,
        env={"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["3", "False"], done.stderr


@pytest.mark.parametrize(
    ("module", "method"), UNCLAIMED_FILES, ids=[f"{name_of(a)}-{b}" for a, b in UNCLAIMED_FILES]
)
def test_it_says_aloud_what_it_does_not_read(
    module: ModuleType, method: str, tmp_path: Path
) -> None:
    samples = samples_of(module)
    content = (samples.listings or samples.purchases).long(2)  # type: ignore[union-attr]
    with pytest.raises(UnusableSource, match=r"\w+ \w+ \w+"):
        list(read(module, method, write(tmp_path, content)))
