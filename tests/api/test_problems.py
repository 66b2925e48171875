"""Every error has one form, says what to do, and tells nothing it should not."""

from __future__ import annotations

import logging

import pytest
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.test import Client

from shop_plugin.api import views
from tests.api.conftest import API

pytestmark = pytest.mark.django_db


def problem_of(answer, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert problem["detail"]
    return problem


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options", "head"])
@pytest.mark.parametrize("path", ["", "nowhere/", "listings", "listings/1", "schema/x/", "%00/"])
def test_says_so_where_no_resource_is(client: Client, method: str, path: str) -> None:
    answer = getattr(client, method)(API + path)
    assert answer.status_code == 404
    if method != "head":
        problem_of(answer, 404)


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml", "image/*", "application/json;q=0"]
)
def test_gives_no_other_form_than_json(client: Client, accept: str) -> None:
    problem_of(client.get(f"{API}facets/", headers={"Accept": accept}), 406)


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/*",
        "text/html, */*;q=0.1",
        "application/problem+json",
        "",
        "nonsense, */*",
    ],
)
def test_gives_json_wherever_it_is_welcome(client: Client, accept: str) -> None:
    assert client.get(f"{API}facets/", headers={"Accept": accept}).status_code == 200


@pytest.fixture
def fault(monkeypatch, client: Client):
    """Return a function that lets the next request fail from within."""

    def fail(error: Exception):
        def broken(*args: object, **kwargs: object) -> None:
            raise error

        monkeypatch.setattr(views, "count_facets", broken)
        return client.get(f"{API}facets/")

    client.raise_request_exception = False
    return fail


@pytest.mark.parametrize("debug", [True, False])
def test_says_nothing_of_a_fault_of_ours_and_writes_it_down(fault, caplog, settings, debug) -> None:
    settings.DEBUG = debug
    told = []

    def hear(sender: object, **rest: object) -> None:
        told.append(sender)

    got_request_exception.connect(hear)
    with caplog.at_level(logging.ERROR, "footback.api"):
        answer = fault(RuntimeError("secret-canary"))
    got_request_exception.disconnect(hear)
    problem_of(answer, 500)
    assert b"canary" not in answer.content
    assert b"Traceback" not in answer.content
    assert "secret-canary" in caplog.text
    assert len(told) == 1


def test_asks_to_come_again_where_the_database_is_away(fault) -> None:
    answer = fault(OperationalError("could not connect to server at 10.0.0.3"))
    problem_of(answer, 503)
    assert answer["Retry-After"] == "5"
    assert b"10.0.0.3" not in answer.content
