"""It keeps what was made within its room and gives each back under its own key only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.services.shop.shelf import Shelf


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60)), max_size=60))
def test_never_holds_more_than_it_has_room_for(writes: list[tuple[int, int]]) -> None:
    shelf: Shelf[bytes] = Shelf(room=100)
    for number, size in writes:
        shelf.keep(number, bytes(size), size=size)
        held = [kept for n in range(10) if (kept := shelf.find(n)) is not None]
        assert sum(map(len, held)) <= 100


def test_lets_the_least_used_go_first() -> None:
    shelf: Shelf[str] = Shelf(room=3)
    for key in "abc":
        shelf.keep(key, key)
    shelf.find("a")
    shelf.keep("d", "d")
    assert [shelf.find(key) for key in "abcd"] == ["a", None, "c", "d"]


def test_keeps_nothing_too_large() -> None:
    shelf: Shelf[str] = Shelf(room=100, largest=10)
    shelf.keep("a", "a", size=11)
    assert shelf.find("a") is None


def test_keeps_what_came_first_under_a_key() -> None:
    shelf: Shelf[str] = Shelf(room=10)
    shelf.keep("a", "first")
    shelf.keep("a", "second")
    assert shelf.find("a") == "first"


def test_gives_each_thread_what_belongs_to_its_key() -> None:
    shelf: Shelf[int] = Shelf(room=50)

    def use(start: int) -> bool:
        for number in range(start, start + 2000):
            shelf.keep(number % 97, number % 97)
            found = shelf.find(number % 97)
            if found is not None and found != number % 97:
                return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(use, range(0, 400, 100)))
