from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from shop_plugin.management.commands import footback_annotate
from shop_plugin.models import Observation
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


def annotate(*options: str) -> str:
    out = StringIO()
    call_command("footback_annotate", *options, stdout=out)
    return out.getvalue()


def test_it_reads_what_is_stale_and_says_what_it_did() -> None:
    ListingFactory(description="2 inch heel.", raw_attributes={"Width": "Lace-Up"})
    ListingFactory()
    out = annotate()
    assert "listings read: 2; observations written: 1, removed: 0; profiles changed: 2" in out
    assert "fields left out, shifted_column: 1" in out
    assert Observation.objects.get().attribute == "heel_height_mm"
    assert annotate().startswith("listings read: 0;")


def test_it_reads_everything_or_one_source_when_told() -> None:
    ListingFactory(source="north")
    ListingFactory(source="south")
    assert annotate("--source", "north").startswith("listings read: 1;")
    assert annotate("--all").startswith("listings read: 2;")


def test_it_tells_how_many_readings_wait_for_a_person() -> None:
    ListingFactory(raw_attributes={"Insole": "Memory Foam"})
    assert "readings that wait for a person: 1" in annotate()


def test_it_says_in_one_line_that_the_database_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**options: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(footback_annotate, "annotate_stale", fail)
    with pytest.raises(CommandError, match="The database is locked") as caught:
        annotate()
    assert caught.value.returncode == 1
