"""It writes the search index down, or tells where it differs from the database."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from shop_plugin.models import Listing, SearchSnapshot
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("footback_index", *arguments, stdout=out)
    return out.getvalue()


def test_writes_a_snapshot_and_says_how_large_it_is() -> None:
    ListingFactory.create_batch(2)
    assert "2 listings in 0.0 MB" in run()
    assert SearchSnapshot.objects.get().listings == 2


def test_writes_none_where_none_is_due() -> None:
    assert "no snapshot written: plain SQL answers in this shop" in run("--if-due")


def test_ends_with_four_where_the_index_differs() -> None:
    listing = ListingFactory()
    run()
    assert run("--check") == "exact: 1 listings\n"
    Listing.objects.filter(pk=listing.pk).update(brand="Orla")
    with pytest.raises(SystemExit) as stopped:
        run("--check")
    assert stopped.value.code == 4


def test_writes_words_anew() -> None:
    listing = ListingFactory()
    Listing.objects.filter(pk=listing.pk).update(title="Renamed")
    assert "1 listings have new words" in run("--words")
