"""Answers kept by a process while the catalogue stands still.

An answer is kept under its ETag, which stands for the state number and all
else that words it; so a kept answer is never out of date, and nothing has to
be thrown away when something changes. Only open reads are kept, which are the
same for everybody. The memory is bounded in bytes; the least used go first.
"""

from __future__ import annotations

from dataclasses import dataclass

from shop_plugin.services.shop.shelf import Shelf

MOST_BYTES = 16 * 1024 * 1024
# One answer that is larger would push out too many others.
LARGEST_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A rendered answer: its body and, for lists, its Link header."""

    body: bytes
    link: str = ""


SHELF: Shelf[Answer] = Shelf(room=MOST_BYTES, largest=LARGEST_BYTES)
