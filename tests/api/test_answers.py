"""It keeps open reads while the catalogue stands still, and nothing else."""

from __future__ import annotations

from shop_plugin.api.answers import LARGEST_BYTES, SHELF, Answer
from shop_plugin.models import Listing
from shop_plugin.services.search.changes import note_changes
from tests.api.conftest import API


def test_keeps_no_giant():
    SHELF.keep("a", Answer(b""), size=LARGEST_BYTES + 1)
    assert SHELF.find("a") is None


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
    assert SHELF._kept == {}
