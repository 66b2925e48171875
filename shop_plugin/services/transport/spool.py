"""Mails that left while the database was away, noted in files until it is back.

Between the mail server's 250 and our own note of it the database may go. The
worker then tries for a minute, and after that leaves a file of the message's
uuid here; the next round of any worker on this machine takes it in. Without
the file the message would become uncertain. No address and no word of the
mail is in it.
"""

from __future__ import annotations

import json
import logging
import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from shop_plugin.conf import get_settings

logger = logging.getLogger("footback.nudges")

_SUFFIX = ".sent"


@dataclass(frozen=True, slots=True)
class SpooledMail:
    """A mail that the server took: the message, the worker's token, and when it was."""

    uuid: UUID
    token: str
    at: datetime


class UnsafeSpool(OSError):
    """The spool's folder belongs to somebody else, so nothing in it can be believed."""


def spool_folder() -> Path:
    """Return the folder of the spool, whether it exists or not."""
    chosen = get_settings().SPOOL_DIR
    return Path(chosen or Path(tempfile.gettempdir(), f"footback-spool-{os.getuid()}"))


def spool_mail(mail: SpooledMail) -> Path:
    """Write a sent mail down so that it survives a power cut; return the file.

    :raises OSError: when the disk takes nothing either.
    """
    folder = spool_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_owner(folder)
    path = folder / f"{mail.uuid}{_SUFFIX}"
    text = json.dumps({"uuid": str(mail.uuid), "token": mail.token, "at": mail.at.isoformat()})
    handle = os.open(path.with_suffix(".new"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    path.with_suffix(".new").replace(path)
    _sync_folder(folder)
    return path


def list_spooled() -> list[Path]:
    """Return the files that wait in the spool, oldest name first.

    :raises UnsafeSpool: when the folder is somebody else's.
    """
    folder = spool_folder()
    if not folder.is_dir():
        return []
    check_owner(folder)
    return sorted(folder.glob(f"*{_SUFFIX}"))


def replay_spool(take_in: Callable[[SpooledMail], object]) -> int:
    """Hand every spooled mail to ``take_in`` and delete its file after; return how many.

    A file that cannot be read is put aside under ``.damaged`` and told in the
    log; its message then becomes uncertain by its lease. Never raises for
    the folder: sending goes on without it.
    """
    taken = 0
    try:
        paths = list_spooled()
    except OSError:
        logger.exception("the spool of sent mails cannot be read")
        return 0
    for path in paths:
        mail = _read(path)
        if mail is None:
            logger.error("the spool's file %s is damaged and was put aside", path.name)
            with suppress(FileNotFoundError):  # another worker was faster
                path.replace(path.with_suffix(".damaged"))
            continue
        take_in(mail)
        path.unlink(missing_ok=True)
        taken += 1
    return taken


def _read(path: Path) -> SpooledMail | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return SpooledMail(
            UUID(found["uuid"]), str(found["token"]), datetime.fromisoformat(found["at"])
        )
    except (ValueError, TypeError, KeyError, OSError):
        return None


def check_owner(folder: Path) -> None:
    """Refuse a folder in which another user could plant files (the temporary one is shared)."""
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
        raise UnsafeSpool(f"{folder} is not a folder of this user; set FOOTBACK['SPOOL_DIR']")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
