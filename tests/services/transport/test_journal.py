"""The journal of hand-overs: it ..."""

from __future__ import annotations

import multiprocessing
import os
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from shop_plugin.services.transport import journal
from shop_plugin.services.transport.journal import (
    JournalLine,
    Word,
    drop_old_files,
    is_journal_kept,
    read_journal,
    read_tail,
    write_line,
)
from tests.shop_settings import SHOP

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
OURS = "0b0f6ad0-0000-4000-8000-000000000001"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.FOOTBACK = {**SHOP, "SPOOL_DIR": str(tmp_path / "spool")}
    return tmp_path / "spool"


def line(word=Word.ENTERED, *, at=AT, shop=OURS, claims=1, notes=("a", "b")):
    return JournalLine(at, word, shop, claims, uuid4(), notes)


def test_reads_back_what_was_written_in_the_order_it_was_written():
    lines = [line(), line(Word.SENT, notes=()), line(Word.SEEN, claims=7)]
    lines.append(JournalLine(AT, Word.SEEN, OURS, 9))
    for one in lines:
        write_line(one)
    assert read_tail(OURS) == lines
    assert list(read_journal(OURS)) == lines


def test_keeps_a_file_a_day_and_reads_the_tail_over_midnight(folder):
    days = [AT - timedelta(days=1), AT, AT + timedelta(days=1)]
    lines = [line(at=at) for at in days]
    for one in lines:
        write_line(one)
    assert sorted(path.name for path in folder.iterdir()) == [
        f"handed-{OURS}-{at:%Y%m%d}.journal" for at in days
    ]
    assert read_tail(OURS) == lines[1:]
    assert list(read_journal(OURS)) == lines


def test_leaves_the_lines_of_other_shops_to_them():
    write_line(line(shop="another"))
    assert read_tail(OURS) == []
    assert len(read_tail("another")) == 1


def test_reads_past_lines_that_are_damaged(folder):
    first, last = line(), line()
    write_line(first)
    path = next(folder.iterdir())
    with path.open("ab") as file:
        file.write(b'{"at":"2026-03-01","word":"ente\n\xff\xfe\n[]\n"text"\nnull\n')
        file.write(b'{"at":"never","word":"sent","shop":"' + OURS.encode() + b'","n":1}\n')
    write_line(last)
    assert read_tail(OURS) == [first, last]
    assert list(read_journal(OURS)) == [first, last]


def test_reads_no_more_of_a_long_file_than_its_end(monkeypatch):
    monkeypatch.setattr(journal, "_TAIL_BYTES", 2_000)
    lines = [line(claims=number) for number in range(100)]
    for one in lines:
        write_line(one)
    tail = read_tail(OURS)
    assert 5 < len(tail) < 20
    assert tail == lines[-len(tail) :]


def _write_many(count):
    for _ in range(count):
        write_line(line(notes=tuple("n" * 24 for _ in range(5))))


def test_never_mixes_the_lines_of_many_workers():
    workers = [
        multiprocessing.get_context("fork").Process(target=_write_many, args=(200,))
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(list(read_journal(OURS))) == 800


def test_says_in_the_log_that_it_cannot_be_written_and_raises_nothing(folder, caplog):
    folder.write_text("a file where the folder should be")
    write_line(line())
    assert "the journal of hand-overs cannot be written" in caplog.text
    assert not is_journal_kept()


def test_believes_nothing_in_a_folder_of_somebody_else(folder, monkeypatch, caplog):
    write_line(line())
    assert is_journal_kept()
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    assert read_tail(OURS) == []
    assert "cannot be read" in caplog.text


def test_drops_files_that_are_older_than_it_keeps(folder):
    for days in (0, 34, 36, 400):
        write_line(line(at=AT - timedelta(days=days)))
    assert drop_old_files(now=AT) == 2
    assert len(list(folder.iterdir())) == 2


def test_is_readable_by_its_own_user_alone(folder):
    write_line(line())
    (path,) = folder.iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0
