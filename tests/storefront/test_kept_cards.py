"""It draws a card once, and draws it anew at once when anything it shows has changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from shop_plugin.models import FootwearProfile, Listing, ListingSize
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.shopping import cards as cards_service
from shop_plugin.templatetags import footback_browse

BROWSE = "/shoes/"
Change = Callable[[Listing, datetime], object]


@pytest.fixture(autouse=True)
def _empty_shelves() -> None:
    _forget()


def _forget() -> None:
    cards_service._SHELF.clear()
    footback_browse._SHELF.clear()


def card_of(client: Client, title: str, query: str = "", **headers: str) -> str:
    html = client.get(BROWSE + query, headers=headers).content.decode()
    found = re.findall(r"<article.*?</article>", html, re.DOTALL)
    return next(card for card in found if title in card)


def set_listing(**values: object) -> Change:
    return lambda shoe, now: Listing.objects.filter(pk=shoe.pk).update(**values)


def read_anew(text: str) -> Change:
    def change(shoe: Listing, now: datetime) -> None:
        Listing.objects.filter(pk=shoe.pk).update(description=text, content_hash="f" * 32)
        annotate_listings(listing_ids=[shoe.pk], now=now)
        assess_listings(listing_ids=[shoe.pk], now=now)

    return change


CHANGES: Mapping[str, Change] = {
    "price": set_listing(price_minor=9_950),
    "currency": set_listing(currency="GBP"),
    "no price": set_listing(price_minor=None),
    "brand": set_listing(brand="Kestrel"),
    "kind": set_listing(brand="", use_category="boot"),
    "picture": set_listing(image_url="/media/corrin.jpg"),
    "colour": set_listing(raw_attributes={"colour": "red"}),
    "sold out": lambda shoe, now: ListingSize.objects.filter(listing=shoe).update(stock=0),
    "other size": lambda shoe, now: ListingSize.objects.filter(listing=shoe, label="38").update(
        label="43"
    ),
    "facts and match": read_anew("Pointed toe, no cushioning, 4 inch heel."),
    "match gone": lambda shoe, now: FootwearProfile.objects.filter(pk=shoe.pk).update(
        assessed_hash=""
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_shows_a_change_at_once(
    client: Client, catalogue: dict[str, Listing], now: datetime, what: str
) -> None:
    title = "Corrin walking shoe"
    before = card_of(client, title)
    CHANGES[what](catalogue["walker"], now)
    after = card_of(client, title)
    assert after != before
    _forget()
    assert card_of(client, title) == after, "as if nothing had been kept"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"accept-language": "en"}, {"accept-language": "de"}),
        ({"accept-language": "fr"}, {"accept-language": "es"}),
        ({"cookie": "footback_unit=cm"}, {"cookie": "footback_unit=in"}),
    ],
)
def test_keeps_languages_and_units_apart(
    client: Client,
    catalogue: dict[str, Listing],
    first: dict[str, str],
    second: dict[str, str],
) -> None:
    title = "Vessel pump"
    seen = [card_of(client, title, **headers) for headers in (first, second, first, second)]
    assert seen[:2] == seen[2:]
    assert seen[0] != seen[1]


def test_takes_the_size_looked_for_along(client: Client, catalogue: dict[str, Listing]) -> None:
    plain = card_of(client, "Corrin walking shoe")
    sized = card_of(client, "Corrin walking shoe", "?size=eu:38")
    assert "?size=" not in plain
    assert f'href="/shoes/{catalogue["walker"].pk}/?size=eu%3A38"' in sized


def test_draws_a_card_once(
    client: Client, catalogue: dict[str, Listing], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get(BROWSE)

    def refuse(*args: object) -> None:
        raise AssertionError("drawn again")

    monkeypatch.setattr(footback_browse, "_draw", refuse)
    assert client.get(BROWSE).content.decode().count("<article") == 4


@pytest.mark.parametrize("part", ["card", "grade", "compare_pick"])
def test_draws_a_shops_own_card_anew_each_time(
    client: Client,
    catalogue: dict[str, Listing],
    settings: Any,
    tmp_path: Path,
    part: str,
) -> None:
    client.get(BROWSE)
    own = tmp_path / "footback" / "partials"
    own.mkdir(parents=True)
    (own / f"{part}.html").write_text("<article>{% now 'u' %}</article>")
    engine: dict[str, Any] = django_settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [str(tmp_path), *engine["DIRS"]]}]
    one, other = (client.get(BROWSE).content.decode() for _ in range(2))
    moments = [re.findall(r"<article>(\d{6})</article>", html) for html in (one, other)]
    assert len(moments[0]) == 4
    assert moments[0] != moments[1]


def test_gives_a_shops_own_card_all_that_the_page_knows(
    client: Client, catalogue: dict[str, Listing], settings: Any, tmp_path: Path
) -> None:
    own = tmp_path / "footback" / "partials"
    own.mkdir(parents=True)
    (own / "card.html").write_text("<article>{{ request.path }} {{ card.title }}</article>")
    engine: dict[str, Any] = django_settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [str(tmp_path), *engine["DIRS"]]}]
    html = client.get(BROWSE).content.decode()
    assert "<article>/shoes/ Vessel pump</article>" in html
