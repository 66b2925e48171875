"""It keeps answers within its memory and gives each back under its own tag only."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.api.answers import LARGEST_BYTES, SHELF, Answer, AnswerShelf
from shop_plugin.models import Listing
from shop_plugin.services.search.changes import note_changes
from tests.api.conftest import API


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60)), max_size=60))
def test_never_holds_more_than_it_may(writes):
    shelf = AnswerShelf(most_bytes=100)
    for number, size in writes:
        shelf.keep(str(number), Answer(bytes(size)))
        held = [answer for n in range(10) if (answer := shelf.find(str(n)))]
        assert sum(len(answer.body) for answer in held) <= 100


def test_lets_the_least_used_go_first():
    shelf = AnswerShelf(most_bytes=30)
    for tag in "abc":
        shelf.keep(tag, Answer(bytes(10)))
    shelf.find("a")
    shelf.keep("d", Answer(bytes(10)))
    assert shelf.find("b") is None
    assert shelf.find("a") is not None


def test_keeps_no_giant():
    shelf = AnswerShelf()
    shelf.keep("a", Answer(bytes(LARGEST_BYTES + 1)))
    assert shelf.find("a") is None


def test_gives_the_same_answer_again_with_all_its_headers(catalogue, client):
    path = f"{API}listings/?per_page=2"
    first, again = client.get(path), client.get(path)
    assert SHELF.find(first["ETag"]) is not None
    assert again.content == first.content
    assert {**again.headers, "RateLimit": ""} == {**first.headers, "RateLimit": ""}


def test_gives_no_kept_answer_once_the_catalogue_has_changed(catalogue, client):
    path = f"{API}listings/{catalogue.walker.pk}/"
    client.get(path)
    Listing.objects.filter(pk=catalogue.walker.pk).update(title="Fenwalker II")
    note_changes([catalogue.walker.pk])
    assert client.get(path).json()["title"] == "Fenwalker II"


def test_keeps_no_error_and_nothing_of_a_person(catalogue, client):
    client.get(f"{API}listings/?x=1")
    client.post(f"{API}match/", {"conditions": ["bunions"]}, content_type="application/json")
    assert SHELF._answers == {}
