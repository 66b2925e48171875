from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from shop_plugin.adapters.csv_records import LONGEST_RECORD, MOST_COLUMNS, CsvTable, Record
from shop_plugin.adapters.files import TextFile
from shop_plugin.domain.ports import UnusableSource


def table(tmp_path: Path, data: str | bytes) -> CsvTable:
    path = tmp_path / "rows.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return CsvTable(TextFile(), path)


def codes(records: list[Record]) -> list[tuple[int, str]]:
    return [(record.line, record.code) for record in records]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_it_recognises_the_separator(tmp_path: Path, delimiter: str) -> None:
    found = table(tmp_path, f"id{delimiter}title\nM-1{delimiter}Marlow\n")
    assert found.header == ["id", "title"]
    assert [record.cells for record in found] == [["M-1", "Marlow"]]


def test_it_names_the_last_line_of_a_record_with_line_breaks(tmp_path: Path) -> None:
    found = list(table(tmp_path, 'id,title\nM-1,"Marlow\nWalker"\n\nM-2,Next\n'))
    assert [(record.line, record.cells[0]) for record in found] == [(3, "M-1"), (5, "M-2")]


@pytest.mark.proof("S08")
def test_it_refuses_a_header_of_more_columns_than_a_shop_has(tmp_path: Path) -> None:
    header = ",".join(f"c{number}" for number in range(MOST_COLUMNS + 1))
    with pytest.raises(UnusableSource, match="2001 columns"):
        table(tmp_path, f"{header}\n")


@pytest.mark.proof("S08")
def test_it_refuses_a_record_that_grows_over_many_lines(tmp_path: Path) -> None:
    # Every line and every cell is short enough by itself; together they are the whole file.
    cell = '"' + ("soft " * 4_000 + "\n") * 20 + '"'
    columns = ",".join(f"c{number}" for number in range(100))
    path = tmp_path / "rows.csv"
    path.write_text(f"{columns}\nM-1,b\n{','.join([cell] * 100)}\n")
    assert path.stat().st_size > 9 * LONGEST_RECORD
    tracemalloc.start()
    found = [record._replace(cells=record.cells[:2]) for record in CsvTable(TextFile(), path)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found[0].cells == ["M-1", "b"]
    assert "record_too_long" in {record.code for record in found}
    assert peak < 40_000_000


@pytest.mark.proof("S08")
def test_it_refuses_a_line_of_100_megabytes_in_little_memory_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    with path.open("wb") as file:
        file.write(b"id,title\nM-1,")
        for _ in range(100):
            file.write(b"a" * 1_000_000)
        file.write(b"\nM-2,\x00Next\n")
    tracemalloc.start()
    found = list(CsvTable(TextFile(), path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert codes(found) == [(2, "line_too_long"), (3, "")]
    assert found[1].cells == ["M-2", "Next"]
    assert peak < 20_000_000


def test_it_says_which_record_has_a_separator_too_many(tmp_path: Path) -> None:
    found = list(table(tmp_path, "id,title\nM-1,a,b\nM-2,c\n"))
    assert codes(found) == [(2, "too_many_columns"), (3, "")]


def test_it_reads_what_is_there_of_a_file_that_is_cut(tmp_path: Path) -> None:
    found = list(table(tmp_path, b'id,title\nM-1,Marlow\nM-2,"Nex\xc3'))
    assert codes(found)[0] == (2, "")
    assert "not_decodable" in {record.code for record in found}
