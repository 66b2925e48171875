"""The extractor as a filter: JSON lines in, JSON lines out."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from shop_plugin.domain.extraction.vocabulary import load_vocabulary

ROOT = Path(__file__).resolve().parents[2]


def run(text: str | bytes) -> tuple[list[dict[str, object]], list[str], int]:
    """Return the lines written, the complaints and the exit status."""
    raw = text.encode() if isinstance(text, str) else text
    output, errors = io.StringIO(), io.StringIO()
    status = 0
    try:
        call_command("footback_extract", stdin=io.BytesIO(raw), stdout=output, stderr=errors)
    except SystemExit as stop:
        status = int(stop.code or 0)
    lines = [json.loads(line) for line in output.getvalue().splitlines()]
    return lines, errors.getvalue().splitlines(), status


def test_writes_lengths_as_numbers_in_the_unit_with_their_quote() -> None:
    lines, errors, status = run('{"id": "a1", "title": "Rosa", "description": "A 2¾\\" heel."}\n')
    assert status == 0
    assert errors == []
    assert lines == [
        {
            "id": "a1",
            "observations": [
                {
                    "attribute": "heel_height_mm",
                    "low": 69.85,
                    "high": 69.85,
                    "unit": "mm",
                    "quote": '2¾" heel',
                    "field": "description",
                    "start": 2,
                    "end": 10,
                    "confidence": 0.8,
                    "rule": "en.heel_height.figure",
                }
            ],
        }
    ]


def test_writes_levels_as_whole_numbers_and_other_answers_as_words() -> None:
    lines, _, _ = run('{"id": 7, "title": "Lace-up shoe with arch support"}\n')
    assert lines[0]["id"] == 7
    found = {each["attribute"]: each["levels"] for each in lines[0]["observations"]}  # type: ignore[attr-defined]
    assert found == {"arch_support": [1, 2, 3], "fastening": ["lace_up"]}


def test_answers_every_line_also_where_nothing_is_said() -> None:
    lines, errors, status = run('{"id": 1}\n{"id": 2, "title": null}\n{"title": "Rosa"}\n')
    assert lines == [
        {"id": 1, "observations": []},
        {"id": 2, "observations": []},
        {"id": None, "observations": []},
    ]
    assert (errors, status) == ([], 0)


def test_names_a_bad_line_and_goes_on() -> None:
    lines, errors, status = run(
        b'{"id": 1}\nnonsense\n[1]\n{"id": 2, "title": 5}\n\xff\xfe\n\n{"id": 3}\n'
    )
    assert [line["id"] for line in lines] == [1, 3]
    assert status == 3
    assert errors[0].startswith("line 2: this is not JSON")
    assert errors[1].startswith("line 3: a listing is an object")
    assert errors[2] == 'line 4: "title" must be a text, not 5'
    assert errors[3].startswith("line 5: this is not JSON")
    assert errors[4] == "4 line(s) refused; all others were read."


def test_survives_what_json_may_hold() -> None:
    deep = "[" * 100_000
    lines, errors, status = run(f'{{"id": 1, "title": "\\ud83d 3 in heel"}}\n{deep}\n{{"id": 2}}\n')
    assert [line["id"] for line in lines] == [1, 2]
    assert len(lines[0]["observations"]) == 1  # type: ignore[arg-type]
    assert errors[0].startswith("line 2: this is not JSON")
    assert status == 3


@pytest.mark.parametrize(
    ("language", "count"), [("en", 1), ("", 1), (None, 1), ("de", 0), ("it", 0)]
)
def test_reads_a_language_it_knows(language: str | None, count: int) -> None:
    row = json.dumps({"id": 1, "title": "Flat heel", "language": language})
    lines, _, _ = run(row)
    assert len(lines[0]["observations"]) == count  # type: ignore[arg-type]


def test_streams_without_a_database() -> None:
    """An answer comes before the next line goes in, in a process that has no database."""
    environment = {**os.environ, "DATABASE_URL": "sqlite:////nowhere/at/all.sqlite3"}
    with subprocess.Popen(
        [sys.executable, "manage.py", "footback_extract"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in (1, 2):
            process.stdin.write(b'{"id": %d, "title": "Flat heel"}\n' % number)
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            assert answer["id"] == number
            assert answer["observations"][0]["rule"] in load_vocabulary("en").rule_ids
        process.stdin.close()
        assert process.wait(timeout=60) == 0
