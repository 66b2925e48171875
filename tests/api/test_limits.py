"""It lets a client ask so often and no more, whoever the client says it is."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.api.conftest import API

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def limits(settings):
    settings.FOOTBACK = {"API_RATE_READ": "3/hour", "API_RATE_WRITE": "2/hour"}
    return settings


def ask(client: Client, **meta: str):
    return client.get(f"{API}facets/", **meta)


def test_refuses_one_too_many_and_says_when_to_come_again(client: Client) -> None:
    answers = [ask(client) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0]["RateLimit-Policy"] == '"read";q=3;w=3600'
    assert answers[0]["RateLimit"].startswith('"read";r=2;t=')
    last = answers[-1]
    assert last["Content-Type"] == "application/problem+json"
    assert 1 <= int(last["Retry-After"]) <= 3600
    assert last["Cache-Control"] == "no-store"
    assert last["RateLimit"].startswith('"read";r=0;')


def test_counts_what_is_not_found_refused_or_not_modified(client: Client) -> None:
    tag = ask(client)["ETag"]
    assert ask(client, HTTP_IF_NONE_MATCH=tag).status_code == 304
    client.get(f"{API}nowhere/")
    assert client.get(f"{API}listings/?x=1").status_code == 429


def test_counts_guesses_of_a_key_as_writing(client: Client) -> None:
    answers = [
        client.post(f"{API}listings/", headers={"Authorization": f"Bearer fbk_{n}_x"})
        for n in range(3)
    ]
    assert answers[-1].status_code == 429
    assert ask(client).status_code == 200


def test_gains_nobody_anything_to_write_the_header_himself(client: Client) -> None:
    answers = [ask(client, HTTP_X_FORWARDED_FOR=f"198.51.100.{n}") for n in range(4)]
    assert answers[-1].status_code == 429


def test_tells_clients_apart_behind_a_trusted_proxy(client: Client, limits) -> None:
    limits.FOOTBACK = {**limits.FOOTBACK, "TRUSTED_PROXIES": 1}
    for number in range(5):
        assert ask(client, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}").status_code == 200
    made_up = [
        ask(client, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}, 192.0.2.1") for number in range(4)
    ]
    assert made_up[-1].status_code == 429


def test_knows_no_limit_where_none_is_set(client: Client, limits) -> None:
    limits.FOOTBACK = {"API_RATE_READ": ""}
    answers = [ask(client) for _ in range(10)]
    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit" not in answers[0]
