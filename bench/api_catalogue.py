"""Fills the scratch database of the API benchmark; Django is set up."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.core.management import call_command, get_commands
from django.db import connection
from django.utils import timezone

from bench.spine_rows import write_file
from shop_plugin.adapters.jsonl import JsonLines
from shop_plugin.models import Listing
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.intake.files import FileKind, import_file


def fill(size: int) -> str:
    """Bring the made-up catalogue in, read and assess it; return the database's name.

    :raises SystemExit: for a database that is not empty.
    """
    call_command("migrate", verbosity=0)
    if Listing.objects.exists():
        raise SystemExit("the database named by DATABASE_URL is not empty; name an empty one")
    now = timezone.now()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shoes.jsonl"
        write_file(path, size)
        import_file(
            path=path, file_format=JsonLines(), kind=FileKind.LISTINGS, source="bench", now=now
        )
    annotate_stale(now=now)
    assess_stale(now=now)
    if "footback_index" in get_commands():
        call_command("footback_index", verbosity=0)
    version = ".".join(str(part) for part in connection.get_database_version())
    return f"{connection.vendor} {version}"
