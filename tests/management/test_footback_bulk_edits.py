"""It works through edits of many listings, and lists, cancels, resumes and undoes them."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from shop_plugin.domain.attributes import Options
from shop_plugin.models import BulkEdit, Observation
from shop_plugin.services.staff.bulk_edits.asking import ask_for_edit, confirm_edit
from shop_plugin.services.staff.bulk_edits.operations import AttributeEdit, Operation
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def confirmed(now):
    edit_id = ask_for_edit(
        listing_ids=[ListingFactory().pk for _ in range(3)],
        edits=[AttributeEdit("arch_support", Operation.REPLACE, Options.of("3"), "3")],
        author=None,
        now=now,
        reason="spring list",
    )
    confirm_edit(edit_id=edit_id, author=None, now=now)
    return edit_id


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("footback_bulk_edits", *arguments, stdout=out)
    return out.getvalue()


def test_works_until_nothing_is_due(confirmed):
    assert run() == "1 chunks done, 0 chunks previewed.\n"
    assert BulkEdit.objects.get(pk=confirmed).state == "done"
    assert json.loads(run("--json")) == {
        "done": 0,
        "failed": 0,
        "is_more": False,
        "previewed": 0,
    }


def test_stops_after_the_given_seconds(confirmed, settings):
    settings.FOOTBACK = {**settings.FOOTBACK, "CHUNK_SIZE": 1}
    assert run("--seconds", "0") == "1 chunks done, 0 chunks previewed. More is due.\n"


def test_lists_edits_with_their_state(confirmed):
    run()
    assert "done        3 of 3, 3 changed  spring list" in run("--list")
    assert json.loads(run("--list", "--json"))["changed"] == 3


def test_undoes_an_edit(confirmed):
    run()
    assert f"undoes edit {confirmed}" in run("--undo", str(confirmed))
    run()
    assert not Observation.objects.filter(source_kind="staff", state="accepted").exists()


def test_cancels_an_edit(confirmed):
    run("--cancel", str(confirmed))
    assert BulkEdit.objects.get(pk=confirmed).state == "cancelled"


@pytest.mark.parametrize("what", ["--resume", "--undo"])
def test_says_when_that_cannot_be_done_now(confirmed, what):
    with pytest.raises(CommandError, match="in a state in which that cannot be done"):
        run(what, str(confirmed))


def test_says_when_there_is_no_such_edit(db):
    with pytest.raises(CommandError, match="There is no edit 4711"):
        run("--undo", "4711")


def test_ends_with_one_when_a_chunk_failed(confirmed, monkeypatch):
    from shop_plugin.services.staff.bulk_edits import chunks

    monkeypatch.setattr(chunks, "assess_listings", lambda **_: 1 / 0)
    with pytest.raises(CommandError, match="A chunk failed") as failed:
        run()
    assert failed.value.returncode == 1
    assert "ZeroDivisionError" in run("--list")
