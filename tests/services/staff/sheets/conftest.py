"""Sheets as people hand them in, and the shoes they speak of."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime

import pytest

from shop_plugin.models import Listing, SheetImport
from shop_plugin.services.staff.sheets.imports import take_in_sheet
from tests.factories import ListingFactory

HandIn = Callable[..., SheetImport]


@pytest.fixture
def shoe() -> Listing:
    return ListingFactory(external_id="W-1", title="Marlow Walker")


@pytest.fixture
def hand_in(now: datetime) -> HandIn:
    """Hand rows of a CSV file in, or the bytes of any file; return the sheet as it is stored."""

    def hand_in(
        rows: Sequence[str] | bytes, *, name: str = "facts.csv", encoding: str = ""
    ) -> SheetImport:
        data = rows if isinstance(rows, bytes) else "\r\n".join(rows).encode()
        pk = take_in_sheet(
            file=io.BytesIO(data), file_name=name, author=None, now=now, encoding=encoding
        )
        return SheetImport.objects.get(pk=pk)

    return hand_in
