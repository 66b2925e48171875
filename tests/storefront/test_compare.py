"""The page of the comparison: shareable, forgiving, and the same without JavaScript."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from shop_plugin.models import Listing


def compare(client: Client, query: str = "") -> str:
    response = client.get(f"/shoes/compare/?{query}" if query else "/shoes/compare/")
    assert response.status_code == 200
    return response.content.decode()


def names(catalogue: dict[str, Listing], *keys: str) -> str:
    return "&".join(f"shoe={catalogue[key].pk}" for key in keys)


def test_lays_two_shoes_over_each_other_to_one_scale(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = compare(client, names(catalogue, "walker", "pump"))
    overlay = re.search(r'<figure class="fb-overlay">.*?</figure>', html, re.DOTALL)
    assert overlay is not None
    assert 'aria-label="Two side views to one scale. Corrin walking shoe: Side view' in overlay[0]
    shifts = [float(found) for found in re.findall(r"translate\(0 ([\d.]+)\)", overlay[0])]
    assert len(shifts) == 2
    assert min(shifts) == 0, "the taller drawing stays where it is"
    assert "fb-overlay" not in compare(client, names(catalogue, "walker", "pump", "mystery"))


def test_draws_every_match_on_one_scale(client: Client, catalogue: dict[str, Listing]) -> None:
    html = compare(client, names(catalogue, "walker", "pump", "mystery"))
    bars = re.search(r'<ul class="fb-bars">.*?</ul>', html, re.DOTALL)
    assert bars is not None
    assert bars[0].count('viewBox="0 0 300') == 3


def test_shows_only_what_differs_by_a_link(client: Client, catalogue: dict[str, Listing]) -> None:
    query = names(catalogue, "pump", "mystery")
    html = compare(client, query)
    link = re.search(r'href="(\?[^"]*only=differences)"', html)
    assert link is not None
    short = compare(client, link[1].removeprefix("?").replace("&amp;", "&"))
    rows, fewer = (len(re.findall(r'<th scope="row">', page)) for page in (html, short))
    assert 1 < fewer < rows
    assert len(re.findall(r'<tr class="fb-differs">', short)) == fewer - 1


def test_takes_a_shoe_off_and_adds_one_by_links(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    walker, pump = catalogue["walker"].pk, catalogue["pump"].pk
    html = compare(client, names(catalogue, "walker", "pump"))
    assert f'href="?shoe={walker}">Take off<span class="fb-sr"> Vessel pump' in html
    html = compare(client, f"shoe={walker}&find=vessel")
    assert f'href="?shoe={walker}&amp;shoe={pump}">Add' in html
    alone = compare(client, f"shoe={walker}")
    assert 'href="/shoes/compare/">Take off' in alone


def test_says_what_it_could_not_show(client: Client, catalogue: dict[str, Listing]) -> None:
    html = compare(client, names(catalogue, "walker", "walker") + "&shoe=x&shoe=987654321")
    assert "A part of the address names no shoe" in html
    assert "shown once" in html
    assert "There is no shoe under 1 of the numbers" in html


def test_marks_a_shoe_that_is_not_sold_any_more(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = compare(client, names(catalogue, "walker", "gone"))
    assert html.count("does not sell this shoe any more") == 1


def test_keeps_its_endless_addresses_out_of_search_engines(client: Client, db: None) -> None:
    assert '<meta name="robots" content="noindex">' in compare(client)


def test_begins_with_a_search(client: Client, db: None) -> None:
    html = compare(client)
    assert "Look for a shoe" in html
    assert "<table" not in html
    assert "No other shoe has these words" in compare(client, "find=zebra")


def test_shows_what_a_stranger_wrote_as_text(client: Client, catalogue: dict[str, Listing]) -> None:
    Listing.objects.update(title='<script>x</script>"><b>', brand="<i>")
    html = compare(client, names(catalogue, "walker", "pump") + '&find="><script>y')
    assert "<script>x" not in html
    assert "<script>y" not in html
    assert "<i>" not in html


@pytest.mark.parametrize("query", ["shoe=%00", "find=%00", "only=", "shoe=1e5&only=x", "unit=mm"])
def test_gives_a_page_for_any_address(client: Client, db: None, query: str) -> None:
    assert client.get(f"/shoes/compare/?{query}").status_code in (200, 302)


def test_has_the_tray_only_until_shoes_stand_beside_each_other(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    walker = catalogue["walker"].pk
    assert "data-fb-tray" in client.get("/shoes/compare/").content.decode()
    assert "data-fb-tray" not in client.get(f"/shoes/compare/?shoe={walker}").content.decode()


def test_offers_the_control_on_cards_and_on_the_page_of_a_shoe(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = client.get("/shoes/").content.decode()
    walker = catalogue["walker"].pk
    assert f'name="shoe" value="{walker}" form="fb-compare"' in html
    assert '<form class="fb-tray" id="fb-compare" method="get" action="/shoes/compare/"' in html
    html = client.get(f"/shoes/{walker}/").content.decode()
    assert f'href="/shoes/compare/?shoe={walker}"' in html
