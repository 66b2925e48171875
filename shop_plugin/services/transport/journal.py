"""The journal of hand-overs: what left, noted in files beside the database and not in it.

A database that is put back as it was an hour ago knows nothing of the mails
of that hour, and would send them again. So each machine that sends mails
keeps in its spool folder, a file a day, a line for each mail that passed the
fence and one for what came of it. No address and no word of a mail is in it:
a line has the message's uuid, keyed hashes of its notes, and how many times
the shop had claimed mails by then.

A journal that cannot be written never keeps a mail back.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from shop_plugin.services.transport.spool import check_owner, spool_folder

logger = logging.getLogger("footback.nudges")

#: Backups that are older are rarely put back.
KEPT_DAYS = 35
# What a round reads of it: some hundred lines.
_TAIL_BYTES = 64_000
# A file of each shop's own: a busy one beside it would push a quiet one out of what is read.
_NAME = "handed-{shop}-{at:%Y%m%d}.journal"


class Word(StrEnum):
    """What a line says of a mail.

    ``seen`` is of none and says how far the database was; ``taken_in`` that a
    restored database was told all that stands before, and counts on from there.
    """

    ENTERED = "entered"
    SENT = "sent"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    SEEN = "seen"
    TAKEN_IN = "taken_in"


#: By its last word, a mail that left, or may have.
MAY_HAVE_LEFT = (Word.ENTERED, Word.SENT, Word.UNKNOWN)


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line. ``shop`` is the database's own id, which its backups share and no other has.

    ``claims`` is how many times mails had been claimed in it; ``notes`` are keyed
    hashes of the message's notes, empty where an earlier line has them.
    """

    at: datetime
    word: Word
    shop: str
    claims: int
    uuid: UUID | None = None
    notes: tuple[str, ...] = ()


def write_line(line: JournalLine) -> None:
    """Add a line to the file of its day. Says it in the log where it cannot."""
    fields = {"at": line.at.isoformat(), "word": line.word, "shop": line.shop, "n": line.claims}
    if line.uuid is not None:
        fields["uuid"] = str(line.uuid)
    if line.notes:
        fields["notes"] = line.notes
    text = json.dumps(fields, separators=(",", ":"))
    try:
        # Begun on a line of its own: what a full disk cut short before must not spoil this one.
        _append(_file_of(line.shop, line.at), f"\n{text}\n")
    except OSError as error:
        _complain(str(error))


def read_tail(shop: str) -> list[JournalLine]:
    """Return the latest lines of a shop, some hundred, in the order in which they were written.

    Empty where there is no journal or it cannot be read.
    """
    lines: list[JournalLine] = []
    try:
        for path in _files(shop)[-2:]:
            with path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(size - _TAIL_BYTES, 0))
                text = file.read().decode(errors="replace")
            lines += _read(text.splitlines(), shop)
    except OSError:
        logger.exception("the journal of hand-overs cannot be read")
    return lines


def read_journal(shop: str) -> Iterator[JournalLine]:
    """Yield every line of a shop that is kept, in the order in which they were written.

    :raises OSError: when a file cannot be read.
    """
    for path in _files(shop):
        with path.open(encoding="utf-8", errors="replace") as file:
            yield from _read(file, shop)


def is_journal_kept() -> bool:
    """Tell whether this machine's journal can be written."""
    try:
        return os.access(_make_folder(), os.W_OK | os.X_OK)
    except OSError:
        return False


def drop_old_files(*, now: datetime) -> int:
    """Delete the files that are older than :data:`KEPT_DAYS`; return how many."""
    oldest = _day_of(_file_of("", now - timedelta(days=KEPT_DAYS)))
    dropped = 0
    with suppress(OSError):
        for path in _files("*"):
            if _day_of(path) < oldest:
                path.unlink(missing_ok=True)
                dropped += 1
    return dropped


@lru_cache(maxsize=8)
def _complain(reason: str) -> None:
    """Say it once in a process, not with every mail; the doctor says it as long as it is so."""
    logger.error("the journal of hand-overs cannot be written: %s", reason)


def _file_of(shop: str, at: datetime) -> Path:
    return spool_folder() / _NAME.format(shop=shop, at=at.astimezone(UTC))


def _day_of(path: Path) -> str:
    return path.stem.rpartition("-")[2]


def _files(shop: str) -> list[Path]:
    folder = spool_folder()
    if not folder.is_dir():
        return []
    check_owner(folder)
    return sorted(folder.glob(f"handed-{shop}-*.journal"))


def _make_folder() -> Path:
    folder = spool_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_owner(folder)
    return folder


def _append(path: Path, text: str) -> None:
    """Write a text at the end in one go, so that lines of many workers never mix."""
    if not path.exists():
        _make_folder()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)


def _read(lines: Iterator[str] | list[str], shop: str) -> Iterator[JournalLine]:
    """Yield what can be read; a line that was cut short by a full disk says nothing."""
    for text in lines:
        with suppress(ValueError, TypeError, KeyError):
            found = json.loads(text)
            if found["shop"] != shop:
                continue
            uuid = found.get("uuid")
            yield JournalLine(
                datetime.fromisoformat(found["at"]),
                Word(found["word"]),
                shop,
                int(found["n"]),
                UUID(uuid) if uuid else None,
                tuple(found.get("notes", ())),
            )
