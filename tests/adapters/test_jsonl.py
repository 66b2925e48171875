from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shop_plugin.adapters.files import LONGEST_LINE
from shop_plugin.adapters.jsonl import JsonLines
from shop_plugin.domain.ports import FileFormat, UnusableSource
from shop_plugin.domain.records import ListingRecord, ReadRow
from tests.adapters.contract import FileSample, Samples

SAMPLES = Samples(
    listings=FileSample(
        row=lambda number: (
            json.dumps(
                {"id": f"M-{number}", "title": f"Marlow {number}", "description": "text " * 400}
            ).encode()
            + b"\n"
        ),
        bad_row=b'{"id": "M-0", "title": \n',
        not_mine=(b"id,title\nM-1,Marlow\n", b'[{"id": "M-1"}]\n', b'{\n"id": "M-1"\n}\n'),
    ),
    purchases=FileSample(
        row=lambda number: (
            json.dumps(
                {
                    "id": f"L-{number}",
                    "order_id": "O-1",
                    "ordered_on": "2026-03-01",
                    "title": "x" * 400,
                }
            ).encode()
            + b"\n"
        ),
        bad_row=b'{"id": "L-0", "order_id": "O-1", "ordered_on": "soon"}\n',
        not_mine=(b"order_id,ordered_on\nO-1,2026-03-01\n",),
    ),
)
GOOD = b'{"id": "M-1", "title": "Marlow Walker"}\n'


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    return path


def read(path: Path, **options: Any) -> list[ReadRow[ListingRecord]]:
    return list(JsonLines().read_listings(path, source="demo", **options))


def refusals(rows: list[ReadRow[ListingRecord]]) -> list[tuple[int, str]]:
    return [(row.line, row.problems[0].code) for row in rows if row.record is None]


def test_it_is_a_file_format() -> None:
    assert isinstance(JsonLines(), FileFormat)


def test_it_yields_a_record_per_line_and_skips_blank_ones(tmp_path: Path) -> None:
    rows = read(write(tmp_path, GOOD + b"\n  \n" + GOOD.replace(b"M-1", b"M-2")))
    assert [(row.line, row.record.external_id) for row in rows if row.record] == [
        (1, "M-1"),
        (4, "M-2"),
    ]


def test_it_goes_on_after_every_kind_of_bad_line(tmp_path: Path) -> None:
    huge = b'{"id": "' + b"x" * (LONGEST_LINE + 50) + b'"}\n'
    bad = [b'{"id": "a", \n', b"\xff\xfe\xfa\n", b"[1]\n", b'"text"\n', b"[" * 5000 + b"\n", huge]
    rows = read(write(tmp_path, GOOD + b"".join(bad) + GOOD.replace(b"M-1", b"M-2")))
    assert refusals(rows) == [
        (2, "not_json"),
        (3, "not_decodable"),
        (4, "not_an_object"),
        (5, "not_an_object"),
        (6, "not_json"),
        (7, "line_too_long"),
    ]
    assert rows[-1].record is not None
    assert (rows[-1].line, rows[-1].record.external_id) == (8, "M-2")


def test_it_says_where_a_line_stops_being_json(tmp_path: Path) -> None:
    rows = read(write(tmp_path, GOOD + b'{"id": "a",, "title": 1}\n'))
    assert "at character 12" in rows[1].problems[0].reason
    assert rows[1].raw.startswith('{"id": "a"')


def test_it_reads_a_file_with_a_byte_order_mark_and_without_a_last_newline(tmp_path: Path) -> None:
    rows = read(write(tmp_path, b"\xef\xbb\xbf" + GOOD.rstrip()))
    assert rows[0].record is not None


def test_it_skips_what_was_done_before(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD * 5)
    assert [row.line for row in read(path, skip_lines=3)] == [4, 5]


def test_it_takes_not_a_number_as_a_price_that_cannot_be_read(tmp_path: Path) -> None:
    line = b'{"id": "a", "title": "b", "price": NaN, "raw_attributes": {"x": 1e999}}\n'
    row = read(write(tmp_path, line))[0]
    assert row.record is not None
    assert row.record.price_minor is None
    json.dumps(row.record.raw_attributes, allow_nan=False)


def test_it_reads_another_encoding_when_told(tmp_path: Path) -> None:
    reader = JsonLines()
    reader.encoding = "cp1252"
    path = write(tmp_path, '{"id": "1", "title": "Süß"}\n'.encode("cp1252"))
    rows = list(reader.read_listings(path, source="demo"))
    assert rows[0].record is not None
    assert rows[0].record.title == "Süß"
    assert refusals(read(path)) == [(1, "not_decodable")]


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b'[{"id": "a"},\n{"id": "b"}]\n', "jq -c '.[]'"),
        (b'{\n  "id": "a"\n}\n', "jq -c ."),
        (b"id,title\n1,Marlow\n", "--format csv"),
        (GOOD.decode().encode("utf-16"), "iconv"),
        (b"\x1f\x8b\x08\x00", "unpack"),
    ],
)
def test_it_says_what_to_do_with_a_file_that_is_no_json_lines(
    tmp_path: Path, content: bytes, advice: str
) -> None:
    with pytest.raises(UnusableSource, match=advice.replace("[", r"\[").replace(".", r"\.")):
        read(write(tmp_path, content))


def test_it_says_which_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UnusableSource, match=r"nowhere\.jsonl cannot be read"):
        read(tmp_path / "nowhere.jsonl")


@pytest.mark.parametrize("encoding", ["utf-16", "no-such-encoding"])
def test_it_refuses_an_encoding_it_cannot_read_by_lines(tmp_path: Path, encoding: str) -> None:
    reader = JsonLines()
    reader.encoding = encoding
    with pytest.raises(UnusableSource, match=encoding):
        list(reader.read_listings(write(tmp_path, GOOD), source="demo"))


def test_it_reads_orders(tmp_path: Path) -> None:
    line = b'{"order_id": "o", "ordered_on": "2026-01-02", "listing_id": "M-1", "quantity": 2}\n'
    rows = list(JsonLines().read_purchases(write(tmp_path, line + GOOD), source="demo"))
    assert rows[0].record is not None
    assert rows[0].record.quantity == 2
    assert rows[1].problems[0].field == "order_id"
