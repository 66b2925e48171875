"""S08: files that are meant to do harm are refused, in bounded memory, and say why.

Each runs in a process of its own whose address space is limited, so that a
file that is built up in memory fails there and not here. The clock only ends
what hangs; how long a refusal takes is measured elsewhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.adapters.sheets.files import (
    PARTS,
    SHEET_START,
    TEXTS_START,
    cell,
    lying_bomb,
    workbook,
    workbook_of_pieces,
)

MOST_MEMORY = 512 * 1024 * 1024
HANGS_AFTER = 120  # seconds, on a machine with other things to do
CHILD = """
import json, resource, sys
from shop_plugin.adapters.sheets.csv import CsvSheet
from shop_plugin.adapters.sheets.xlsx import XlsxSheet
from shop_plugin.domain.sheets import SheetLimits, SheetUnusable
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
with open(sys.argv[1], "rb") as file:
    reader = XlsxSheet() if file.read(2) == b"PK" else CsvSheet()
    code, rows = "", 0
    try:
        for line in reader.read(file, limits=SheetLimits()):
            rows += 1
    except SheetUnusable as error:
        code = error.code
used = resource.getrusage(resource.RUSAGE_SELF)
# Not ru_maxrss, which begins with what the parent had when it forked.
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({"code": code, "rows": rows, "peak": int(status["VmHWM"].split()[0]) * 1024,
                  "seconds": round(used.ru_utime + used.ru_stime, 2)}))
"""


def read_apart(path: Path) -> dict[str, int | str | float]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), str(MOST_MEMORY)],
        capture_output=True,
        text=True,
        timeout=HANGS_AFTER,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def million_laughs() -> str:
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
    )
    return f'<?xml version="1.0"?><!DOCTYPE x [{entities}]>' + SHEET_START[21:] + cell("&a9;")


def quadratic() -> str:
    return (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "{"x" * 50_000}">]>'
        + SHEET_START[21:]
        + f"<row>{cell('&a;' * 20_000)}</row>"
    )


def external() -> str:
    return (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        + SHEET_START[21:]
        + f"<row>{cell('&a;')}</row>"
    )


def zeros(size: int) -> Iterator[bytes]:
    block = b" " * 1_000_000
    yield SHEET_START.encode()
    for _ in range(size // len(block)):
        yield block


def same_rows(count: int) -> Iterator[bytes]:
    yield SHEET_START.encode()
    block = b"<row><c><v>1</v></c></row>" * 1000
    for _ in range(count // 1000):
        yield block


def other_rows(count: int) -> Iterator[bytes]:
    yield SHEET_START.encode()
    for _ in range(count // 100):
        row = "".join(f"<row>{cell(os.urandom(8).hex()) * 5}</row>" for _ in range(100))
        yield row.encode()


def many_texts() -> Iterator[bytes]:
    yield TEXTS_START.encode()
    for start in range(0, 2_000_000, 1000):
        yield "".join(f"<si><t>{n}</t></si>" for n in range(start, start + 1000)).encode()


def more_cells() -> Iterator[bytes]:
    yield SHEET_START.encode()
    for _ in range(650):
        yield "".join(f"<row>{cell(os.urandom(3).hex()) * 33}</row>" for _ in range(100)).encode()


def many_names(pattern: str) -> str:
    names = "".join(pattern.replace("?", f"n{os.urandom(6).hex()}") for _ in range(300_000))
    return f"{SHEET_START}<row>{names}</row>"


def deep() -> str:
    return SHEET_START + "<row>" + "<a>" * 200_000


def long_text() -> Iterator[bytes]:
    yield f'{SHEET_START}<row><c t="inlineStr"><is><t>'.encode()
    for _ in range(20):
        yield os.urandom(500_000).hex().encode()


def wide() -> str:
    return "<row>" + cell("a", "XFD1") + "</row>"


def around() -> str:
    cells = "".join(f'<mergeCell ref="{os.urandom(8).hex()}"/>' for _ in range(50_000))
    return f"{SHEET_START}</sheetData>{cells}"


XLSX: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a zip bomb": ("zip_bomb", lambda: workbook_of_pieces(zeros(1_000_000_000))),
    "a zip bomb that lies about its size": ("broken_workbook", lying_bomb),
    "a zip in a zip": (
        "part_too_large",
        lambda: workbook(parts={"xl/media/a.zip": os.urandom(3_000_000)}),
    ),
    "a million laughs": ("entities", lambda: workbook(sheet=million_laughs())),
    "quadratic entities": ("entities", lambda: workbook(sheet=quadratic())),
    "an external entity": ("entities", lambda: workbook(sheet=external())),
    "ten million rows": ("zip_bomb", lambda: workbook_of_pieces(same_rows(10_000_000))),
    "more rows than are read": ("too_many_rows", lambda: workbook_of_pieces(other_rows(300_000))),
    "sixteen thousand columns": ("too_many_columns", lambda: workbook(wide())),
    "a row number beyond any sheet": (
        "too_many_rows",
        lambda: workbook(f'<row r="99999999">{cell("a")}</row>'),
    ),
    "millions of shared texts": (
        "too_many_texts",
        lambda: workbook_of_pieces(many_texts(), "xl/sharedStrings.xml"),
    ),
    "styles without an end": (
        "part_too_large",
        lambda: workbook(parts={"xl/styles.xml": os.urandom(4_500_000)}),
    ),
    "elements without an end": ("too_much_around", lambda: workbook(sheet=deep())),
    "more cells than are read": ("too_many_cells", lambda: workbook_of_pieces(more_cells())),
    "a name for every element": ("broken_workbook", lambda: workbook(sheet=many_names("<?/>"))),
    "a name for every attribute": (
        "broken_workbook",
        lambda: workbook(sheet=many_names('<row ?=""/>')),
    ),
    "a cell of twenty megabytes": (
        "line_too_long",
        lambda: workbook_of_pieces(long_text()),
    ),
    "merged cells without an end": ("too_much_around", lambda: workbook(sheet=around())),
    "one attribute of megabytes": (
        "part_too_large",
        lambda: workbook(sheet=SHEET_START + f'<row a="{os.urandom(1_500_000).hex()}"/>'),
    ),
    "thousands of parts": (
        "too_many_members",
        lambda: workbook(parts={f"xl/media/{n}.png": b"" for n in range(5_000)}),
    ),
    "two parts of one name": (
        "broken_workbook",
        lambda: workbook(parts={"XL/workbook.xml": PARTS["xl/workbook.xml"]}),
    ),
    "links to other files": (
        "external_links",
        lambda: workbook(parts={"xl/externalLinks/externalLink1.xml": "<a/>"}),
    ),
    "macros": ("macros", lambda: workbook(parts={"xl/vbaProject.bin": b"x"})),
    "a zip that is no workbook": ("no_workbook", lambda: PLAIN_ZIP),
    "half a workbook": ("broken_workbook", lambda: workbook("<row/>")[:-40]),
    "no XML": ("broken_workbook", lambda: workbook(sheet="no XML")),
}
PLAIN_ZIP = b"PK\x05\x06" + bytes(18)  # an archive without members
CSV: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a line of a hundred megabytes": ("too_large", lambda: b"id," + b"x" * 100_000_000),
    "a line of nineteen megabytes": ("line_too_long", lambda: b"id\r\n" + b"x" * 19_000_000),
    "ten million rows": ("too_many_rows", lambda: b"a,b,c\r\n" * 10_000_000),
    "millions of short rows": ("too_many_rows", lambda: b"a\n" * 5_000_000),
    "NUL": ("nul", lambda: b"id,title\r\n1,a\x00b\r\n"),
    "a quote that is never closed": ("open_quote", lambda: b'id\r\n"' + b"x\r\n" * 100_000),
    "sixteen thousand columns": ("too_many_columns", lambda: b",".join([b"a"] * 16_384)),
    "another encoding": ("encoding", lambda: "id;Größe\r\n".encode("cp1252")),
    "nothing": ("empty", lambda: b""),
}


@pytest.mark.proof("S08")
@pytest.mark.parametrize("name", XLSX)
def test_refuses_a_workbook_s08(name, tmp_path):
    _refuses(XLSX[name], tmp_path / "bomb.xlsx")


@pytest.mark.proof("S08")
@pytest.mark.parametrize("name", CSV)
def test_refuses_a_table_of_text_s08(name, tmp_path):
    _refuses(CSV[name], tmp_path / "bomb.csv")


def _refuses(case: tuple[str, Callable[[], bytes]], path: Path) -> None:
    code, build = case
    path.write_bytes(build())
    found = read_apart(path)
    assert found["code"] == code
    assert found["peak"] < MOST_MEMORY
