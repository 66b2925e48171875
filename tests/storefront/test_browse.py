"""The list: filters, counts, cards, order, and what it says when nothing is found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.contrib.staticfiles import finders
from django.test import Client, override_settings
from django.urls import reverse

from shop_plugin.models import Listing
from shop_plugin.services.words.explaining import DISCLAIMER
from tests.factories import ListingFactory

BROWSE = "/shoes/"


def page(client: Client, query: str = "", **headers: str) -> str:
    response = client.get(BROWSE + query, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def cards(html: str) -> list[str]:
    return re.findall(r'<h2><a href="[^"]+">([^<]+)</a></h2>', html)


def facet(html: str, key: str) -> dict[str, int]:
    group = re.search(rf'data-fb-facet="{key}".*?</details>', html, re.DOTALL)
    assert group is not None, key
    items = re.findall(
        r'value="([^"]*)".*?fb-facet-count">(\d+)<', group[0].replace("\n", " "), re.DOTALL
    )
    return {value: int(count) for value, count in items}


def test_lists_what_is_sold_with_the_sure_matches_first(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    found = cards(page(client))
    assert found[0] == "Corrin walking shoe"
    assert set(found) == {
        "Corrin walking shoe",
        "Vessel pump",
        "Plain sneaker",
        "Conker first walker",
    }
    assert "Old flat" not in found, "withdrawn"


@pytest.mark.parametrize(
    "key",
    ["grade", "arch", "cushioning", "heel", "category", "brand", "gender", "price", "size"],
)
def test_counts_what_a_click_gives(client: Client, catalogue: dict[str, Listing], key: str) -> None:
    counts = facet(page(client), key)
    assert counts
    for value, count in counts.items():
        chosen = page(client, f"?{key}={value}".replace("&amp;", "%26").replace(" ", "+"))
        assert len(cards(chosen)) == count, value


def test_keeps_not_checked_apart_from_no(client: Client, catalogue: dict[str, Listing]) -> None:
    html = page(client)
    counts = facet(html, "arch")
    assert counts["unknown"] == 2
    assert counts["0"] == 1
    assert re.search(r'<li class="fb-facet-unknown"><label><input[^>]*name="arch"', html)


def test_says_on_a_card_why_and_what_is_not_known(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = page(client, "?category=heel")
    (card,) = re.findall(r"<article.*?</article>", html, re.DOTALL)
    assert "Astrid &amp; Vale" in card
    assert "fb-tone-limit" in card
    assert "Not stated:" in card
    assert "Cushioning" in card
    assert 'role="img" aria-label="Guide match between' in card
    assert card.count("fb-shoe ") == 1, "the side view stands in for a photograph"


def test_shows_the_shops_picture_where_there_is_one(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    Listing.objects.filter(external_id="pump").update(image_url="https://shop.example/pump.jpg")
    html = page(client, "?category=heel")
    assert '<img src="https://shop.example/pump.jpg" alt="" loading="lazy"' in html


def test_never_scores_a_childs_shoe(client: Client, catalogue: dict[str, Listing]) -> None:
    html = page(client, "?category=kids")
    (card,) = re.findall(r"<article.*?</article>", html, re.DOTALL)
    assert "Children’s shoes are not scored" in card
    assert "fb-bar" not in card
    assert "fb-letter" not in card


def test_takes_a_chosen_filter_off_by_its_chip(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = page(client, "?brand=Corrin&category=walking")
    assert cards(html) == ["Corrin walking shoe"]
    chips = re.findall(r'<a class="fb-chip" href="([^"]+)">', html)
    assert sorted(chips) == ["/shoes/?brand=Corrin", "/shoes/?category=walking"]
    assert set(cards(page(client, "?brand=Corrin"))) == {"Corrin walking shoe", "Plain sneaker"}


def test_says_which_filter_to_drop_when_nothing_is_left(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = page(client, "?category=heel&brand=Corrin")
    assert cards(html) == []
    assert "No shoe has all of this." in html
    assert "without “Brand: Corrin”: 1 shoe" in html
    assert "without “Kind of shoe: Heels”: 2 shoes" in html


def test_says_what_to_do_on_a_page_that_does_not_exist(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = page(client, "?page=99")
    assert "This page does not exist any more." in html
    assert 'href="/shoes/"' in html


def test_says_that_the_shop_is_still_empty(client: Client, db: None) -> None:
    assert "There are no shoes here yet." in page(client)


def test_leaves_out_what_it_does_not_understand_and_says_so(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = page(client, "?heel=tall&colour=%3Cscript%3Ered")
    assert len(cards(html)) == 4
    assert "<code>heel=tall</code>" in html
    assert "<script>red" not in html


def test_pages_through_a_long_list(client: Client, db: None, settings: object) -> None:
    settings.FOOTBACK = {"PAGE_SIZE": 2}  # type: ignore[attr-defined]
    ListingFactory.create_batch(5)
    seen = []
    address = ""
    for _ in range(3):
        html = page(client, address)
        seen += cards(html)
        after = re.search(r'rel="next" href="/shoes/([^"]+)"', html)
        address = after[1] if after else ""
    assert len(seen) == len(set(seen)) == 5
    assert address == "", "the last page has no next"


def test_sorts_by_price(client: Client, catalogue: dict[str, Listing]) -> None:
    found = cards(page(client, "?sort=-price"))
    assert found.index("Vessel pump") < found.index("Corrin walking shoe")
    assert "Sort: Price, highest first" in page(client, "?sort=-price")


@override_settings(LANGUAGES=[("en", "English"), ("de", "Deutsch")])
@pytest.mark.parametrize(
    ("language", "band"), [("en", "Up to 1 in"), ("de", "2,5 cm"), ("en-GB", "Up to 2.5 cm")]
)
def test_shows_heel_bands_in_the_readers_unit(
    client: Client, catalogue: dict[str, Listing], language: str, band: str
) -> None:
    response = client.get(BROWSE, headers={"accept-language": language})
    assert band in response.content.decode()


def test_keeps_a_chosen_unit_and_leaves_the_address_clean(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    response = client.get(BROWSE + "?category=heel&unit=mm")
    assert response.status_code == 302
    assert response["Location"] == "/shoes/?category=heel"
    assert client.cookies["footback_unit"].value == "mm"
    assert "51 mm" in page(client)


def test_forgets_a_unit_that_does_not_exist(client: Client, catalogue: dict[str, Listing]) -> None:
    response = client.get(BROWSE + "?unit=furlong")
    assert response["Location"] == "/shoes/"
    assert "footback_unit" not in client.cookies


def test_tells_caches_what_changes_the_page(client: Client, catalogue: dict[str, Listing]) -> None:
    vary = client.get(BROWSE)["Vary"]
    assert "Cookie" in vary
    assert "Accept-Language" in vary


def test_answers_only_to_reading(client: Client, db: None) -> None:
    assert client.post(BROWSE).status_code == 405
    assert client.head(BROWSE).status_code == 200


def test_weighs_less_than_150_kb_with_its_style_and_script(client: Client, db: None) -> None:
    ListingFactory.create_batch(
        24, description="Plush cushioning, some arch support, lace-up, round toe", brand="Corrin"
    )
    html = client.get(BROWSE).content
    assert html.count(b"<article") == 24
    weight = len(html)
    for name in ("footback/footback.css", "footback/footback.js"):
        path = finders.find(name)
        assert path is not None
        weight += Path(path).stat().st_size
    assert weight < 150_000


def test_carries_no_inline_script_or_style(client: Client, catalogue: dict[str, Listing]) -> None:
    for address in (BROWSE, reverse("footback:listing", args=[catalogue["walker"].pk])):
        html = client.get(address).content.decode()
        assert "style=" not in html
        assert "<style" not in html
        assert not re.search(r"<script(?![^>]*\bsrc=)", html)
        assert not re.search(r"\son\w+=", html)


def test_draws_each_shoe_in_the_colour_it_states(client: Client, db: None) -> None:
    ListingFactory(title="Moor boot", raw_attributes={"Colour": "dusty pink"})
    ListingFactory(title="Low loafer in cognac")
    html = page(client)
    assert html.count("fb-tint-pink") == 1
    assert html.count("fb-tint-tan") == 1


def test_leaves_empty_fields_out_of_the_address(client: Client, db: None) -> None:
    response = client.get(BROWSE + "?q=&arch=2&brand=&arch=1&strange=x")
    assert (response.status_code, response["Location"]) == (302, "/shoes/?arch=2&arch=1&strange=x")
    assert client.get(BROWSE + "?q=")["Location"] == BROWSE
    assert client.get(BROWSE + "?q=+&arch=2").status_code == 200


def test_explains_how_to_read_a_card(client: Client, catalogue: dict[str, Listing]) -> None:
    html = page(client)
    assert "How to read the match and the drawings" in html
    assert 'aria-label="An example, between 56 and 80 of 100"' in html


def test_does_not_repeat_the_grade_in_the_sentence_under_it(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = page(client)
    assert "Anything from" in html
    assert "Not enough information:" not in html


@pytest.mark.parametrize("address", [BROWSE, "listing"])
def test_shows_the_disclaimer_once(
    client: Client, catalogue: dict[str, Listing], address: str
) -> None:
    if address == "listing":
        address = reverse("footback:listing", args=[catalogue["walker"].pk])
    assert client.get(address).content.decode().count(str(DISCLAIMER)) == 1


def test_offers_how_many_shoes_a_page_has(client: Client, catalogue: dict[str, Listing]) -> None:
    assert "Shoes on a page" not in page(client), "all of them fit on the smallest"
    ListingFactory.create_batch(30)
    html = page(client, "?arch=3&arch=unknown&per_page=48")
    html = html[html.index("Shoes on a page") :]
    choices = re.findall(r'<a href="[^"]*per_page=(\d+)[^"]*" rel="nofollow"', html)
    assert choices == ["24", "48", "96"]
    assert re.search(r'per_page=48" rel="nofollow" aria-current="true">48<', html)


def test_says_when_a_choice_leaves_out_what_nobody_checked(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    assert "include them too" not in page(client)
    assert "Not checked: include them too" in page(client, "?arch=3")


@pytest.mark.django_db
def test_tells_staff_and_nobody_else_how_an_empty_shop_is_filled(client: Client) -> None:
    html = page(client)
    assert "There are no shoes here yet." in html
    assert "footback_sync" not in html
    client.force_login(get_user_model().objects.create_user("sam", is_staff=True))
    assert "python manage.py footback_sync" in page(client)


@pytest.mark.django_db
def test_leads_on_from_what_is_not_there(client: Client) -> None:
    for address in ("/shoes/987654/", "/shoes/learn/gout/"):
        response = client.get(address)
        html = response.content.decode()
        assert response.status_code == 404
        assert re.search(r'<form [^>]*role="search"[^>]*action="/shoes/"', html)
        assert 'class="fb-chip" href="/shoes/learn/"' in html


def test_offers_no_filter_that_finds_nothing(client: Client, catalogue: dict[str, Listing]) -> None:
    html = page(client, "?category=heel&q=nothingofthekind&heel_max=50mm")
    offered = re.findall(r'data-fb-facet="(\w+)"', html)
    assert offered == ["heel", "category"], "what is chosen can be taken back, the rest is gone"
    assert facet(html, "heel") == {}
    assert 'name="heel_max" value="' in html, "what was typed stays"


@pytest.mark.parametrize(("language", "shown"), [("de", "1,5"), ("en-US", "1.5")])
def test_writes_typed_numbers_back_in_the_readers_digits(
    client: Client, catalogue: dict[str, Listing], language: str, shown: str
) -> None:
    client.cookies["footback_unit"] = "cm"
    headers = {"accept-language": language}
    html = page(client, "?heel_min=15mm&price_max=1.5", **headers)
    assert f'name="heel_min" value="{shown}"' in html
    assert f'name="price_max" value="{shown}"' in html
    again = client.get(f"{BROWSE}?heel_min={shown}&price_max={shown}", headers=headers, follow=True)
    assert f'name="heel_min" value="{shown}"' in again.content.decode()
    assert f'name="price_max" value="{shown}"' in again.content.decode()


def test_names_a_range_of_grades_briefly_in_german(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = page(client, "?category=walking", **{"accept-language": "de"})
    grades = re.findall(r'fb-grade">.*?<span>([^<]+)</span></span>', html)
    assert grades
    assert all(len(grade) < 30 for grade in grades), grades
