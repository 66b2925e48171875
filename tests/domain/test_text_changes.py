"""What differs between two texts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from shop_plugin.domain.text_changes import Piece, compare_texts

WORDS = st.lists(st.sampled_from(["heel", "arch", " ", ".", "5 cm", "é", "\n"]), max_size=40)


def changed(pieces: tuple[Piece, ...]) -> list[str]:
    return [piece.text for piece in pieces if piece.is_changed]


def test_marks_the_words_that_differ_and_no_others() -> None:
    found = compare_texts("A firm footbed, heel 3 cm.", "A soft footbed, heel 4 cm.")
    assert changed(found.before) == ["firm", "3"]
    assert changed(found.after) == ["soft", "4"]


def test_marks_what_was_added_and_what_was_taken_away() -> None:
    found = compare_texts("Good arch support.", "Good arch support. Now lighter.")
    assert changed(found.before) == []
    assert changed(found.after) == [" Now lighter."]
    assert changed(compare_texts("gone", "").before) == ["gone"]


@settings(max_examples=200, deadline=None)
@given(before=WORDS.map("".join), after=WORDS.map("".join))
def test_gives_both_texts_back_whole(before: str, after: str) -> None:
    found = compare_texts(before, after)
    assert "".join(piece.text for piece in found.before) == before
    assert "".join(piece.text for piece in found.after) == after
    assert found.is_any == (before != after)


def test_marks_the_whole_middle_of_texts_too_long_to_compare() -> None:
    before, after = "start " + "a b " * 5000 + "end", "start " + "b a " * 5000 + "end"
    found = compare_texts(before, after)
    assert len(found.before) <= 3
    assert "".join(piece.text for piece in found.after) == after
