"""The demo shop's pages for when something goes wrong: in its own look, and with a way on."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation
from django.test import Client, RequestFactory
from django.views.defaults import bad_request

from footback_shop.store import views as shop


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize(
    ("language", "heading"),
    [("en", "The form was not sent."), ("de", "Das Formular wurde nicht gesendet.")],
)
def test_says_that_a_form_without_its_proof_was_not_sent(
    client: Client, db: None, language: str, heading: str
) -> None:
    response = client.post("/login/", {"username": "x"}, headers={"accept-language": language})
    html = response.content.decode()
    assert response.status_code == 403
    assert heading in html
    assert f'<html lang="{language}">' in html
    assert 'href="/shoes/"' in html


def test_says_that_something_broke_without_asking_the_database(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr(shop, "render", fail)
    response = client.get("/repairs/")
    html = response.content.decode()
    assert response.status_code == 500
    assert "Something broke on our side." in text(html)
    assert "canary" not in html
    assert "footback/footback" in html


def test_answers_a_wrong_host_name_in_plain_words(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["shop.example"]
    response = client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "We did not understand this request." in response.content.decode()


@pytest.mark.urls("tests.adapters.test_anymail_reports")
def test_says_so_also_where_the_shops_own_addresses_are_missing() -> None:
    request = RequestFactory().get("/")
    response = bad_request(request, SuspiciousOperation())
    assert response.status_code == 400
    assert 'href="/"' in response.content.decode()
