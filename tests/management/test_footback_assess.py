from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from shop_plugin.domain.guide import load_guide
from shop_plugin.management.commands import footback_assess
from shop_plugin.models import FootwearProfile
from tests.factories import ProfileFactory

pytestmark = pytest.mark.django_db


def assess(*options: str) -> str:
    out = StringIO()
    call_command("footback_assess", *options, stdout=out)
    return out.getvalue()


def test_it_assesses_what_is_stale_and_says_by_which_formula() -> None:
    ProfileFactory.create_batch(3)
    matches = len(load_guide().conditions)
    assert assess() == f"3 listings assessed by fb-1.0: {matches} matches written\n"
    assert not FootwearProfile.objects.filter(verdict="").exists()
    assert assess().startswith("0 listings")
    assert assess("--all").startswith("3 listings")


def test_it_is_quiet_when_told() -> None:
    ProfileFactory()
    assert assess("--verbosity", "0") == ""


def test_it_says_in_one_line_that_the_database_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**options: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(footback_assess, "assess_stale", fail)
    with pytest.raises(CommandError, match="The database is locked") as caught:
        assess()
    assert caught.value.returncode == 1
