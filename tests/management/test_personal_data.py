"""footback_export, footback_erase, footback_reapply_erasures and footback_retention ..."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from shop_plugin.models import Contact
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db

EMAIL = "ada@example.org"


@pytest.fixture(autouse=True)
def person(settings, now) -> Contact:
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)
    contact = add_person(email=EMAIL)
    add_pair(due_on=now.date(), contact=contact)
    return contact


def run(name: str, *args: object) -> str:
    out = StringIO()
    call_command(name, *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_export_writes_json_to_standard_output_or_to_a_new_file(person, tmp_path):
    assert json.loads(run("footback_export", "--email", EMAIL))["accounts"][0]["email"] == EMAIL
    path = tmp_path / "ada.json"
    run("footback_export", "--contact", str(person.pk), "--out", str(path))
    assert json.loads(path.read_text(encoding="utf-8"))["accounts"][0]["email"] == EMAIL
    with pytest.raises(CommandError, match="exists already"):
        run("footback_export", "--email", EMAIL, "--out", str(path))


def test_export_says_when_there_is_nobody():
    with pytest.raises(CommandError, match="Nothing is held"):
        run("footback_export", "--email", "stranger@example.org")


def test_erase_tells_first_and_erases_when_told_so():
    assert "Would erase 1 accounts with 1 pairs" in run("footback_erase", "--email", EMAIL)
    assert Contact.objects.filter(email=EMAIL).exists()
    said = run("footback_erase", "--email", EMAIL, "--yes-erase")
    assert "Erased: 1 accounts, 1 pairs" in said
    assert EMAIL not in said
    assert "Nothing is held" in run("footback_erase", "--email", EMAIL, "--yes-erase")


def test_erase_needs_to_know_whom():
    with pytest.raises(CommandError, match="--email"):
        run("footback_erase")


def test_reapply_erases_who_is_back(person, tmp_path):
    before = Contact.objects.filter(pk=person.pk).values().get()
    run("footback_erase", "--email", EMAIL, "--yes-erase")
    assert "Erased again: 0 accounts" in run("footback_reapply_erasures")
    Contact.objects.filter(pk=person.pk).update(**before)
    assert "Erased again: 1 accounts" in run("footback_reapply_erasures")
    with pytest.raises(CommandError, match="cannot be read"):
        run("footback_reapply_erasures", "--log", str(tmp_path / "nowhere"))


def test_retention_counts_until_it_is_told_to_delete():
    said = run("footback_retention")
    assert "attempts" in said
    assert "Deleted" in run("footback_retention", "--apply")
