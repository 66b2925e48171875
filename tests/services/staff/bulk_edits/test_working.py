"""Working through edits ..."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop_plugin.models import BulkEdit
from shop_plugin.services.staff.bulk_edits import chunks
from shop_plugin.services.staff.bulk_edits.asking import (
    ask_for_edit,
    cancel_edit,
    confirm_edit,
    resume_edit,
    undo_edit,
)
from shop_plugin.services.staff.bulk_edits.operations import Operation
from shop_plugin.services.staff.bulk_edits.reporting import find_edit
from shop_plugin.services.staff.bulk_edits.working import (
    MOST_FAILURES,
    Step,
    do_next_step,
    work_on_bulk_edits,
)
from tests.services.staff.bulk_edits.conftest import arch, in_force

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_chunks(settings):
    settings.FOOTBACK = {**settings.FOOTBACK, "CHUNK_SIZE": 2}


@pytest.fixture
def confirmed(author, now):
    def make(listings, *edits) -> int:
        edit_id = ask_for_edit(
            listing_ids=[listing.pk for listing in listings],
            edits=edits or [arch()],
            author=author,
            now=now,
            reason="test",
        )
        confirm_edit(edit_id=edit_id, author=author, now=now)
        return edit_id

    return make


def test_has_nothing_to_do_without_edits(now):
    assert do_next_step(now=now) is Step.IDLE
    assert work_on_bulk_edits(now=now).is_more is False


def test_does_a_chunk_at_a_time_and_shows_how_far_it_came(shoes, confirmed, now):
    edit_id = confirmed(shoes(5))
    assert do_next_step(now=now) is Step.DONE
    report = find_edit(edit_id=edit_id)
    assert (report.state, report.done, report.total, report.percent) == ("running", 2, 5, 40)
    assert report.moved_at == now
    do_next_step(now=now)
    do_next_step(now=now + timedelta(minutes=1))
    report = find_edit(edit_id=edit_id)
    assert (report.state, report.done, report.changed) == ("done", 5, 5)
    assert report.finished_at == now + timedelta(minutes=1)


def test_stops_when_its_time_is_used_up_and_goes_on_later(shoes, confirmed, now):
    edit_id = confirmed(shoes(5))
    assert work_on_bulk_edits(now=now, budget_seconds=0).is_more
    assert find_edit(edit_id=edit_id).done == 2
    work_on_bulk_edits(now=now)
    assert find_edit(edit_id=edit_id).state == "done"


def test_does_the_older_edit_first_whatever_comes_after(shoes, confirmed, now):
    listings = shoes(3)
    first, second = confirmed(listings, arch(level="1")), confirmed(listings, arch(level="3"))
    do_next_step(now=now)
    assert (find_edit(edit_id=first).done, find_edit(edit_id=second).done) == (2, 0)
    work_on_bulk_edits(now=now)
    assert {row[6] for row in in_force(listings) if row[2] == "staff"} == {"3"}


def test_computes_previews_before_it_goes_on_with_an_edit(shoes, confirmed, author, now):
    listings = shoes(3)
    running = confirmed(listings)
    asked = ask_for_edit(
        listing_ids=[listing.pk for listing in listings],
        edits=[arch()],
        author=author,
        now=now,
        reason="",
    )
    assert do_next_step(now=now) is Step.PREVIEWED
    assert do_next_step(now=now) is Step.PREVIEWED
    assert find_edit(edit_id=asked).state == "previewed"
    assert find_edit(edit_id=running).done == 0


def test_stops_between_chunks_when_cancelled_and_keeps_what_was_done(
    shoes, confirmed, author, now, run_undo
):
    listings = shoes(5)
    evidence = in_force(listings)
    edit_id = confirmed(listings)
    do_next_step(now=now)
    cancel_edit(edit_id=edit_id, author=author, now=now)
    assert find_edit(edit_id=edit_id).is_cancel_asked
    work_on_bulk_edits(now=now)
    report = find_edit(edit_id=edit_id)
    assert (report.state, report.done, report.changed) == ("cancelled", 2, 2)
    assert report.can_undo
    run_undo(edit_id)
    assert in_force(listings) == evidence


def test_never_begins_an_edit_that_was_called_off(shoes, confirmed, author, now):
    edit_id = confirmed(shoes(3))
    cancel_edit(edit_id=edit_id, author=author, now=now)
    assert do_next_step(now=now) is Step.IDLE
    report = find_edit(edit_id=edit_id)
    assert (report.state, report.done, report.can_undo) == ("cancelled", 0, False)


def test_lets_nobody_do_a_chunk_that_another_has_done(shoes, confirmed, now, monkeypatch):
    """Between looking for work and taking it, somebody else does the same chunk."""
    from shop_plugin.services.staff.bulk_edits import working

    edit_id = confirmed(shoes(5))
    take = working._do_chunk

    def be_late(*args, **kwargs):
        take(*args, **kwargs)
        return take(*args, **kwargs)

    monkeypatch.setattr(working, "_do_chunk", be_late)
    assert do_next_step(now=now) is Step.BUSY
    report = find_edit(edit_id=edit_id)
    assert (report.done, report.changed) == (2, 2)


def test_fails_after_some_errors_in_a_row_keeps_what_was_done_and_can_be_resumed(
    shoes, confirmed, author, now, monkeypatch
):
    edit_id = confirmed(shoes(5))
    do_next_step(now=now)
    with monkeypatch.context() as broken:
        broken.setattr(chunks, "assess_listings", lambda **_: 1 / 0)
        for _ in range(MOST_FAILURES):
            assert find_edit(edit_id=edit_id).state == "running"
            assert work_on_bulk_edits(now=now).failed == 1
    report = find_edit(edit_id=edit_id)
    assert (report.state, report.done, report.changed) == ("failed", 2, 2)
    assert "ZeroDivisionError" in report.error
    assert report.can_resume
    resume_edit(edit_id=edit_id, author=author, now=now)
    work_on_bulk_edits(now=now)
    report = find_edit(edit_id=edit_id)
    assert (report.state, report.changed, report.error) == ("done", 5, "")


def test_forgets_an_error_that_passed(shoes, confirmed, now, monkeypatch):
    edit_id = confirmed(shoes(3))
    with monkeypatch.context() as broken:
        broken.setattr(chunks, "assess_listings", lambda **_: 1 / 0)
        do_next_step(now=now)
    assert BulkEdit.objects.get(pk=edit_id).failures == 1
    work_on_bulk_edits(now=now)
    assert BulkEdit.objects.get(pk=edit_id).failures == 0


def test_undoes_in_chunks_and_takes_up_an_undo_that_was_cancelled(
    shoes, confirmed, author, now, run_undo
):
    listings = shoes(5)
    evidence = in_force(listings)
    edit_id = confirmed(listings, arch(Operation.CLEAR_ALL_SOURCES))
    work_on_bulk_edits(now=now)
    undo_id = undo_edit(edit_id=edit_id, author=author, now=now)
    do_next_step(now=now)
    cancel_edit(edit_id=undo_id, author=author, now=now)
    work_on_bulk_edits(now=now)
    again = run_undo(edit_id)
    assert in_force(listings) == evidence
    assert again.left == ()
