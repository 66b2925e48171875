"""What the commands share: a progress bar, and errors that say in one line what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from django.core.management.base import CommandError
from django.db import DatabaseError, OperationalError
from tqdm import tqdm

from shop_plugin.domain.ports import UnusableSource
from shop_plugin.services.bulk.job_runs import RunTaken
from shop_plugin.services.intake.catalogue import NoCatalogueSource

# Exit statuses, the same for every command (docs/reference/commands.md).
FAILED = 1
SOME_ROWS_REFUSED = 3


@contextmanager
def show_progress(
    *, stream: TextIO, total: int | None, what: str, verbosity: int
) -> Iterator[tqdm]:
    """Give a bar to move on; it is shown on a terminal only, and not with ``--verbosity 0``."""
    is_shown = verbosity > 0 and hasattr(stream, "isatty") and stream.isatty()
    with tqdm(
        total=total, desc=what, unit=" rows", file=stream, disable=not is_shown, leave=False
    ) as bar:
        yield bar


@contextmanager
def plain_errors(*, again: str) -> Iterator[None]:
    """Turn what may go wrong at the edges into one line and exit status 1.

    ``again`` says what happens when the command is run once more.
    """
    try:
        yield
    except (UnusableSource, RunTaken, NoCatalogueSource, ImportError) as error:
        raise CommandError(_one_line(error), returncode=FAILED) from error
    except OperationalError as error:
        raise CommandError(
            f"The database is locked or cannot be reached ({_one_line(error)}). {again}",
            returncode=FAILED,
        ) from error
    except DatabaseError as error:
        raise CommandError(
            f"The database refused the work ({_one_line(error)}). {again}", returncode=FAILED
        ) from error


def _one_line(error: BaseException) -> str:
    text: Any = error.args[0] if error.args else error
    return " ".join(str(text).split()) or type(error).__name__
