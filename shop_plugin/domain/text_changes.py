"""What differs between two versions of a text, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
# Past this the words in between are not compared with each other: it would take time with the
# square of their number, and nobody reads so many marks.
_MOST_COMPARED = 1500


class Piece(NamedTuple):
    """A piece of a text; ``is_changed`` where the other version does not have it."""

    text: str
    is_changed: bool


class Difference(NamedTuple):
    """Two versions in pieces. The pieces of each, joined, are that version again."""

    before: tuple[Piece, ...]
    after: tuple[Piece, ...]

    @property
    def is_any(self) -> bool:
        """Tell whether the versions differ."""
        return any(piece.is_changed for piece in (*self.before, *self.after))


def compare_texts(before: str, after: str) -> Difference:
    """Return both versions with the words marked that only one of them has."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    head = _common_start(old, new)
    tail = _common_start(old[head:][::-1], new[head:][::-1])
    old_end, new_end = len(old) - tail, len(new) - tail
    start, end = "".join(old[:head]), "".join(old[old_end:])
    middle = _compare(old[head:old_end], new[head:new_end])
    return Difference(
        _join([Piece(start, False), *(piece for piece, _ in middle if piece), Piece(end, False)]),
        _join([Piece(start, False), *(piece for _, piece in middle if piece), Piece(end, False)]),
    )


def _common_start(first: list[str], second: list[str]) -> int:
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count


def _compare(old: list[str], new: list[str]) -> list[tuple[Piece | None, Piece | None]]:
    if max(len(old), len(new)) > _MOST_COMPARED:
        return [(Piece("".join(old), True), Piece("".join(new), True))]
    return list(_pairs(old, new))


def _pairs(old: list[str], new: list[str]) -> Iterator[tuple[Piece | None, Piece | None]]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        is_changed = tag != "equal"
        one, other = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        yield (
            Piece(one, is_changed) if one else None,
            Piece(other, is_changed) if other else None,
        )


def _join(pieces: list[Piece]) -> tuple[Piece, ...]:
    joined: list[Piece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if joined and joined[-1].is_changed == piece.is_changed:
            joined[-1] = Piece(joined[-1].text + piece.text, piece.is_changed)
        else:
            joined.append(piece)
    return tuple(joined)
