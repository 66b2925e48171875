"""Right fit: two measures become a size, kept in the reader's browser and nowhere else."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.test import Client

from shop_plugin.models import Listing
from shop_plugin.services.shopping.foot_memory import FOOT_COOKIE
from tests.factories import SizeFactory

FIT = "/shoes/fit/"


def measure(client: Client, query: str = "", **form: str) -> str:
    """Post a form, follow the redirect and return the page."""
    response = client.post(FIT + query, {"unit": "cm", **form}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_explains_how_to_measure_with_a_drawing(client: Client, db: None) -> None:
    html = client.get(FIT).content.decode()
    assert "Stand on a sheet of paper" in html
    assert re.search(r'<svg class="fb-foot-drawing"[^>]*role="img" aria-label="A foot', html)
    assert "About your size" not in html


def test_says_the_size_of_the_longer_foot_in_every_system(client: Client, db: None) -> None:
    html = measure(client, left_length="24,3", right_length="24.7")
    sizes = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", html))
    assert sizes == {"EU": "39", "UK": "6", "US women": "8", "US men": "7", "Mondopoint": "245"}
    assert "24.7 cm" in html


def test_understands_inches_and_fractions(client: Client, db: None) -> None:
    html = measure(client, unit="in", left_length="9 5/8", right_length="9½")
    assert "<dd>38.5</dd>" in html
    assert 'value="9.625"' in html, "the unit is remembered, the length comes back in it"


def test_says_what_to_do_with_feet_that_differ(client: Client, db: None) -> None:
    html = measure(client, left_length="24.2", right_length="24.7")
    assert "Your feet differ by 5 mm, half a size or more." in html


def test_remembers_lengths_in_a_cookie_for_these_pages_alone(client: Client, db: None) -> None:
    measure(client, left_length="24.5", left_width="9.8", right_length="24.7")
    cookie = client.cookies[FOOT_COOKIE]
    assert cookie.value == "24500-9800.24700-0"
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/shoes/", "Lax", True)
    assert 'value="24.5"' in client.get(FIT).content.decode()


def test_forgets_on_request(client: Client, db: None) -> None:
    measure(client, left_length="24.5")
    html = measure(client, forget="1", left_length="24.5")
    assert client.cookies[FOOT_COOKIE].value == ""
    assert "About your size" not in html
    assert 'value="24.5"' not in html


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Write down how long at least one foot is."),
        ({"left_length": "long"}, "This is no length. Write a number such as 24.5."),
        ({"left_length": "245"}, "Perhaps the unit is mm? Choose it above."),
        ({"left_length": "4"}, "Perhaps the unit is in? Choose it above."),
        ({"left_length": "99"}, "A foot is between 9 cm and 35 cm long."),
        ({"left_width": "9.8"}, "The length is needed beside the width."),
        ({"left_length": "9", "left_width": "12"}, "A foot is longer than it is wide."),
        ({"left_length": "24-25"}, "This is no length."),
        ({"left_length": "24.5", "unit": "furlong"}, "Please look at what is marked below."),
    ],
)
def test_says_what_is_wrong_and_keeps_what_was_written(
    client: Client, db: None, form: dict[str, str], said: str
) -> None:
    html = measure(client, **form)
    assert said in html
    assert all(f'value="{text}"' in html for name, text in form.items() if name != "unit")
    assert FOOT_COOKIE not in client.cookies


def test_goes_back_to_the_shoe_that_asked(client: Client, catalogue: dict[str, Listing]) -> None:
    shoe = catalogue["walker"].pk
    form = {"unit": "cm", "left_length": "24.5", "back": "1"}
    assert client.post(f"{FIT}?shoe={shoe}", form)["Location"] == f"/shoes/{shoe}/#fb-sizes-fit"


@pytest.mark.parametrize("shoe", ["", "x", "-1", "9" * 40, "https://evil.example", "٣"])
def test_goes_nowhere_else(client: Client, db: None, shoe: str) -> None:
    response = client.post(
        FIT, {"unit": "cm", "left_length": "24.5", "back": "1"}, query_params={"shoe": shoe}
    )
    assert response["Location"] == "/shoes/fit/#fb-your-size"


@pytest.mark.parametrize("cookie", ["nonsense", "99999-1.0-0", "<script>"])
def test_minds_no_cookie_it_did_not_write(client: Client, db: None, cookie: str) -> None:
    client.cookies[FOOT_COOKIE] = cookie
    assert "About your size" not in client.get(FIT).content.decode()


class TestOnTheShoe:
    """The product page says how each size fits, where the browser remembers feet."""

    @pytest.fixture
    def walker(self, catalogue: dict[str, Listing], now: datetime) -> Listing:
        walker = catalogue["walker"]
        walker.sizes.filter(label="38").update(internal_length_um=252_000)
        walker.sizes.filter(label="39").update(internal_length_um=260_000)
        SizeFactory(listing=walker, label="40", internal_length_um=None)
        return walker

    def test_asks_for_measures_where_there_are_none(self, client: Client, walker: Listing) -> None:
        html = client.get(f"/shoes/{walker.pk}/").content.decode()
        assert f'href="/shoes/fit/?shoe={walker.pk}"' in html
        assert "Room before your toes" not in html

    def test_judges_every_size_and_limits_the_match(self, client: Client, walker: Listing) -> None:
        measure(client, left_length="24.7", right_length="24.6")
        html = client.get(f"/shoes/{walker.pk}/").content.decode()
        table = html[html.index("fb-fit-sizes") : html.rindex("</table>")]
        pattern = r'<th scope="row">(EU \d+).*?fb-fit-verdict fb-fit-(\w+)'
        rows = dict(re.findall(pattern, table, re.DOTALL))
        assert rows == {"EU 38": "too_tight", "EU 39": "fits", "EU 40": "unknown"}
        assert "Your size here is EU 39; it is not in stock now." in html
        assert "1 size is too tight or too loose" in html
        (tight,) = (row for row in table.split("<tr") if "too_tight" in row)
        assert "fb-letter-D" in tight, "49 points at most"

    def test_shows_nothing_for_a_shoe_without_sizes(
        self, client: Client, catalogue: dict[str, Listing]
    ) -> None:
        html = client.get(f"/shoes/{catalogue['pump'].pk}/").content.decode()
        assert "fb-sizes-fit" not in html
