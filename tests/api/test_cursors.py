"""A cursor goes with the one query it came from, and nobody else can make one."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.signing import Signer
from django.test import Client

from shop_plugin.api.cursors import SALT
from tests.api.conftest import API, Catalogue

QUERY = "per_page=2&sort=newest"


def cursor_of(path: str) -> str:
    return parse_qs(urlsplit(path).query)["cursor"][0]


@pytest.fixture
def cursor(client: Client, catalogue: Catalogue) -> str:
    return cursor_of(client.get(f"{API}listings/?{QUERY}").json()["next"])


def ask(client: Client, query: str, cursor: str):
    return client.get(f"{API}listings/?{query}", {"cursor": cursor, **parse_qs(query)})


def code_of(answer) -> str:
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    return answer.json()["errors"][0]["code"]


def test_leads_there_and_back_again(client: Client, catalogue: Catalogue) -> None:
    first = client.get(f"{API}listings/?{QUERY}").json()
    second = client.get(first["next"]).json()
    back = client.get(second["previous"]).json()
    assert [item["id"] for item in back["results"]] == [item["id"] for item in first["results"]]
    assert (second["page"], second["next"]) == (None, None)
    assert (back["previous"], back["next"] is not None) == (None, True)


def test_gives_the_same_links_in_the_header(client: Client, catalogue: Catalogue) -> None:
    first = client.get(f"{API}listings/?{QUERY}&unit=cm")
    assert f'<{first.json()["next"]}>; rel="next"' in first["Link"]
    second = client.get(first.json()["next"])
    assert f'<{second.json()["previous"]}>; rel="prev"' in second["Link"]
    assert 'rel="next"' not in second["Link"]
    assert "unit=cm" in second.json()["previous"]


@pytest.mark.parametrize(
    "other", ["per_page=2&sort=price", "per_page=3&sort=newest", "per_page=2&sort=newest&q=marlow"]
)
def test_is_refused_for_another_query(client: Client, cursor: str, other: str) -> None:
    answer = client.get(f"{API}listings/?{other}&cursor={cursor}")
    assert code_of(answer) == "cursor_of_another_query"
    assert "begin without one" in answer.json()["errors"][0]["detail"]


def test_holds_for_another_unit(client: Client, cursor: str) -> None:
    assert client.get(f"{API}listings/?{QUERY}&unit=mm&cursor={cursor}").status_code == 200


@pytest.mark.parametrize("place", range(0, 120, 7))
def test_is_refused_with_one_letter_changed(client: Client, cursor: str, place: int) -> None:
    letter = "A" if cursor[place] != "A" else "B"
    changed = cursor[:place] + letter + cursor[place + 1 :]
    answer = client.get(f"{API}listings/", {"per_page": 2, "sort": "newest", "cursor": changed})
    assert code_of(answer) == "cursor_unusable"


def test_is_refused_when_signed_for_something_else(client: Client, cursor: str) -> None:
    forged = Signer(salt="else").sign_object(Signer(salt=SALT).unsign_object(cursor))
    answer = client.get(f"{API}listings/", {"per_page": 2, "sort": "newest", "cursor": forged})
    assert code_of(answer) == "cursor_unusable"


def test_means_nothing_to_facets(client: Client, cursor: str) -> None:
    answer = client.get(f"{API}facets/", {"cursor": cursor})
    assert code_of(answer) == "unknown_parameter"


def test_leads_back_from_past_the_end(client: Client, catalogue: Catalogue) -> None:
    lost = client.get(f"{API}listings/?per_page=3&page=50").json()
    assert (lost["is_past_end"], lost["next"]) == (True, None)
    assert client.get(lost["previous"]).json()["page"] == 2
