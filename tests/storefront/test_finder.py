"""Find my shoe: answers by form, a list with reasons, and nothing in the address."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.http import QueryDict
from django.test import Client, override_settings

from shop_plugin.domain.wording import find_banned_claims
from shop_plugin.models import Listing
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.shopping.finder_answers import FinderAnswers, known_needs
from shop_plugin.services.words.explaining import BACK_RED_FLAGS, FOOT_RED_FLAGS
from tests.factories import ListingFactory, SizeFactory

FIND = "/shoes/find/"
Form = dict[str, object]


def ask(client: Client, **form: object) -> str:
    response = client.post(FIND, form)
    assert response.status_code == 200
    return response.content.decode()


def cards(html: str) -> list[str]:
    return re.findall(r'<h2><a href="[^"]+">([^<]+)</a></h2>', html)


@pytest.fixture
def shoes(catalogue: dict[str, Listing], now: datetime) -> dict[str, Listing]:
    """The small catalogue and two shoes more: one with a pointed toe, one without a heel stated."""
    more = {
        "pointed": ListingFactory(
            title="Pointed flat",
            use_category="flat",
            description=(
                "High arch support and plush cushioning. Heel height 1 in. Pointed toe. Lace-up."
            ),
        ),
        "unheeled": ListingFactory(
            title="Office loafer",
            use_category="dress_leather",
            description="Moderate arch support. Round toe. Slip-on. Wide and regular widths.",
        ),
    }
    SizeFactory(listing=more["pointed"], label="38")
    annotate_stale(now=now)
    assess_stale(now=now)
    return {**catalogue, **more}


def test_asks_first_and_lists_nothing(client: Client, shoes: dict[str, Listing]) -> None:
    html = client.get(FIND).content.decode()
    assert "Nothing hurts" in html
    assert cards(html) == []
    assert str(BACK_RED_FLAGS) in html
    assert str(FOOT_RED_FLAGS) in html
    assert all(f'name="needs" value="{need}"' in html for need in known_needs())
    assert '<option value="eu:38">EU 38</option>' in html


def test_reads_nothing_from_the_address(client: Client, shoes: dict[str, Listing]) -> None:
    html = client.get(FIND + "?needs=bunions&heel=2&size=eu:38").content.decode()
    assert "checked" not in html.replace('name="heel" value="" checked', "")
    html = client.post(FIND + "?needs=bunions", {"heel": "2"}).content.decode()
    assert "Bunions" not in html


def test_lists_all_shoes_by_the_general_guide_where_nothing_hurts(
    client: Client, shoes: dict[str, Listing]
) -> None:
    html = ask(client, nothing="1")
    assert cards(html)[0] == "Corrin walking shoe"
    assert len(cards(html)) == 6
    assert "6 shoes for you" in html
    assert "fb-redflags" not in html, "nobody is warned who said that nothing hurts"


def test_orders_by_the_need_and_says_why(client: Client, shoes: dict[str, Listing]) -> None:
    html = ask(client, needs=["bunions", "plantar_fasciitis"])
    (card,) = (part for part in html.split("<article") if "Pointed flat" in part)
    assert "Limited by bunions: the toe is pointed." in card
    assert "fb-limiting" in card
    assert cards(html)[0] == "Corrin walking shoe"


@pytest.mark.parametrize("need", [item for item in known_needs() if "diabetes" not in item])
def test_says_with_every_need_when_to_see_a_professional(
    client: Client, shoes: dict[str, Listing], need: str
) -> None:
    html = ask(client, needs=need)
    assert "When to see a professional" in html
    flags = BACK_RED_FLAGS if need in ("low_back_pain", "standing_all_day") else FOOT_RED_FLAGS
    assert str(flags) in html
    assert find_banned_claims(re.sub(r"<[^>]+>", " ", html)) == ()


def test_shows_how_little_is_known_beside_back_pain(
    client: Client, shoes: dict[str, Listing]
) -> None:
    html = ask(client, needs="low_back_pain")
    assert "one national guideline advises against them for low back pain" in html
    assert "rocker soles did no better than flat ones" in html


@pytest.mark.parametrize("others", [[], ["bunions"]])
def test_matches_nothing_for_feet_that_need_a_professional(
    client: Client, shoes: dict[str, Listing], others: list[str]
) -> None:
    html = ask(client, needs=["diabetes_or_numb_feet", *others])
    assert "Choose these shoes together with a professional" in html
    assert cards(html) == []
    assert "fb-bar" not in html


def test_matches_nothing_for_a_child_and_speaks_of_growth(
    client: Client, shoes: dict[str, Listing]
) -> None:
    html = ask(client, wearer="child", needs="flat_feet")
    assert "fit counts, and growth" in html
    assert "first walkers every four to six weeks" in html
    assert not re.search(r"\d mm before", html)
    assert cards(html) == []
    assert "?category=kids" in html


def test_reads_an_occasion_as_kinds_of_shoe_and_says_so(
    client: Client, shoes: dict[str, Listing]
) -> None:
    html = ask(client, occasions="formal")
    assert set(cards(html)) == {"Pointed flat", "Office loafer", "Vessel pump"}
    assert "“Office and formal” was read as: Dress shoes, Heels and Flats." in html.replace(
        "&quot;", '"'
    )
    html = ask(client, occasions="formal", drop="category:heel")
    assert set(cards(html)) == {"Pointed flat", "Office loafer"}
    assert 'name="without" value="heel"' in html


def test_keeps_to_a_heel_limit_and_says_what_it_left_out(
    client: Client, shoes: dict[str, Listing]
) -> None:
    html = ask(client, occasions="formal", heel="2")
    assert cards(html) == ["Pointed flat"]
    assert "1 more shoe is left out" in html
    html = ask(client, occasions="formal", heel="2", unstated="heel")
    assert set(cards(html)) == {"Pointed flat", "Office loafer"}


def test_says_of_each_shoe_whether_it_comes_in_the_width(
    client: Client, shoes: dict[str, Listing]
) -> None:
    html = ask(client, width="wide")
    assert "Comes in your width: Wide" in html
    assert "Widths are not stated" in html
    assert len(cards(html)) == 6, "none is left out"


def test_takes_an_answer_off_again(client: Client, shoes: dict[str, Listing]) -> None:
    html = ask(client, needs=["bunions", "neuroma"], heel="1", drop="needs:neuroma")
    assert 'name="needs" value="bunions"' in html
    assert 'name="needs" value="neuroma"' not in html.split("fb-cards")[0]
    html = ask(client, needs="bunions", heel="1", drop="heel:")
    assert 'name="heel" value="1"' not in html


def test_says_which_limit_to_drop_where_nothing_is_found(
    client: Client, shoes: dict[str, Listing]
) -> None:
    html = ask(client, occasions="home", size="eu:38")
    assert "No shoe meets all of this." in html
    assert 'value="category:"' in html
    assert "without “Kind of shoe: Slippers”: 2 shoes" in html
    html = ask(client, occasions="home", size="eu:38", drop="category:")
    assert len(cards(html)) == 2


def test_goes_back_to_the_questions_with_the_answers(
    client: Client, shoes: dict[str, Listing]
) -> None:
    html = ask(client, needs="bunions", heel="2", size="eu:38", ask="1")
    assert 'name="needs" value="bunions" checked' in html
    assert 'name="heel" value="2" checked' in html
    assert '<option value="eu:38" selected>' in html
    assert cards(html) == []


def test_turns_pages_by_form(client: Client, shoes: dict[str, Listing]) -> None:
    with override_settings(FOOTBACK={"PAGE_SIZE": 4}):
        first = ask(client, needs="bunions")
        second = ask(client, needs="bunions", page="2")
        third = ask(client, needs="bunions", page="3")
    assert len(cards(first)) == 4
    assert not set(cards(first)) & set(cards(second))
    assert len(cards(second)) == 2
    assert '<ol class="fb-cards fb-finder-cards" start="5">' in second
    assert "The list is shorter than that by now." in third
    assert 'href="?page' not in first


@pytest.mark.parametrize(
    "form",
    [
        {"needs": "lycanthropy", "heel": "12", "size": "x" * 999, "page": "-1", "wearer": "cats"},
        {"page": "99999999999999999999", "price": "EUR-1-0", "occasions": ["formal", "moon"]},
        {"drop": "page:", "without": "heel", "width": "\x00", "size": "eu:\x00"},
        {"drop": "needs", "price": "DROP TABLE"},
        {"drop": "category:\x00"},
    ],
)
def test_gives_a_page_for_any_form(client: Client, shoes: dict[str, Listing], form: Form) -> None:
    ask(client, **form)


def test_links_to_shoes_without_a_word_of_the_answers(
    client: Client, shoes: dict[str, Listing]
) -> None:
    html = ask(client, needs=["bunions", "neuroma"], size="eu:38", heel="2")
    links = re.findall(r'href="([^"]*)"', html)
    assert f"/shoes/{shoes['pointed'].pk}/" in links
    assert [link for link in links if "?" in link or "bunion" in link] == []


def test_round_trips_its_answers_through_a_form() -> None:
    answers = FinderAnswers(
        needs=("bunions", "neuroma"),
        occasions=("formal",),
        without=("heel",),
        wearer="women",
        heel="2",
        unstated="heel",
        size="eu:38",
        width="wide",
        price="EUR-0-100",
    )
    form = QueryDict(mutable=True)
    for name, value in answers.iter_pairs():
        form.appendlist(name, value)
    assert FinderAnswers.from_form(form) == answers
    assert "bunions" not in answers.criteria().to_query()
