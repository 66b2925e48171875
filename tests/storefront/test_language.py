"""The language of a page: chosen by the reader, or brought along by the link of a mail."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.http import HttpResponse
from django.template import Context, Template
from django.test import Client, RequestFactory, override_settings
from django.utils import translation

from shop_plugin.models import Listing
from shop_plugin.storefront.language import in_language_of_link
from tests.messages.leftovers import find_leftovers

pytestmark = pytest.mark.django_db

SWITCH = "/shoes/language/"


def switch_of(page: str) -> str:
    (form,) = re.findall(r'<form class="fb-languages".*?</form>', page, re.S)
    return form


def test_offers_every_language_by_its_own_name_and_marks_the_one_shown(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    form = switch_of(client.get("/shoes/?category=heel").content.decode())
    names = re.findall(r'value="(\w+)" lang="(\w+)"[^>]*>(\w+)<', form)
    assert names == [
        ("en", "en", "English"),
        ("de", "de", "Deutsch"),
        ("fr", "fr", "Français"),
        ("es", "es", "Español"),
    ]
    assert re.findall(r'lang="(\w+)" aria-current="true"', form) == ["en"]
    assert 'name="next" value="/shoes/?category=heel"' in form


@pytest.mark.parametrize(
    ("language", "words"),
    [("de", "Alle Schuhe"), ("fr", "Toutes les chaussures"), ("es", "Todo el calzado")],
)
def test_keeps_the_choice_and_returns_to_the_page(
    client: Client, catalogue: dict[str, Listing], language: str, words: str
) -> None:
    response = client.post(SWITCH, {"language": language, "next": "/shoes/?category=heel"})
    assert (response.status_code, response["Location"]) == (302, "/shoes/?category=heel")
    page = client.get("/shoes/", headers={"accept-language": "en"})
    assert words in page.content.decode()
    assert page["Content-Language"] == language
    assert {"Cookie", "Accept-Language"} <= set(re.split(r",\s*", page["Vary"]))


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"]
)
def test_never_leads_to_another_site(client: Client, target: str) -> None:
    response = client.post(
        SWITCH, {"language": "de", "next": target}, headers={"referer": "https://evil.example/x"}
    )
    assert response["Location"] == "/"


@pytest.mark.parametrize("language", ["tlh", "", "../de", "de\x00"])
def test_keeps_no_language_that_is_not_offered(client: Client, language: str) -> None:
    response = client.post(SWITCH, {"language": language, "next": "/shoes/"})
    assert response.status_code == 302
    assert not response.cookies


def test_changes_nothing_on_a_get(client: Client) -> None:
    response = client.get(SWITCH + "?language=de&next=/shoes/")
    assert response.status_code == 302
    assert not response.cookies


def test_puts_no_cookie_and_no_token_into_a_page_that_is_only_read(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    response = client.get("/shoes/")
    assert not response.cookies
    assert "csrf" not in response.content.decode()


@override_settings(LANGUAGES=[("en", "English"), ("ja", "Japanese")])
def test_shows_no_switch_where_there_is_no_choice(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    assert "fb-languages" not in client.get("/shoes/").content.decode()


@override_settings(ROOT_URLCONF="tests.storefront.no_urls")
def test_shows_no_switch_where_the_pages_are_not_mounted() -> None:
    template = Template("{% load footback_languages %}{% footback_language_switch %}")
    assert template.render(Context({"request": None})).strip() == ""


def test_stands_on_a_host_page_without_request_in_its_context() -> None:
    template = Template("{% load footback_languages %}{% footback_language_switch %}")
    form = switch_of(template.render(Context()))
    assert "next" not in form
    assert form.count("<button") == 4


@pytest.mark.parametrize(
    ("query", "spoken"),
    [("?lang=de", "de"), ("?lang=fr-CA", "fr"), ("?lang=tlh", "es"), ("", "es"), ("?lang=", "es")],
)
def test_takes_the_language_of_a_mail_from_its_link(query: str, spoken: str) -> None:
    @in_language_of_link
    def view(request: object) -> HttpResponse:
        return HttpResponse(translation.get_language())

    with translation.override("es"):
        response = view(RequestFactory().get("/f/u/x/" + query))
        assert translation.get_language() == "es"
    assert response.content.decode() == spoken
    assert response.headers.get("Content-Language", "es") == spoken


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_answers_an_unsubscribe_link_in_the_language_of_its_mail(
    client: Client, method: str, language: str
) -> None:
    response = getattr(client, method)(
        f"/f/u/x/?lang={language}", headers={"accept-language": "en"}
    )
    page = response.content.decode()
    assert f'<html lang="{language}"' in page
    assert response["Content-Language"] == language
    assert find_leftovers(page, language) == []


@pytest.mark.parametrize("language", ["de", "fr", "es"])
@pytest.mark.parametrize(
    "query", ["", "?q=pump", "?category=heel&grade=A&arch=3", "?page=9", "?nonsense=1"]
)
def test_shows_a_list_without_an_english_sentence(
    client: Client, catalogue: dict[str, Listing], language: str, query: str
) -> None:
    page = client.get(f"/shoes/{query}", headers={"accept-language": language}).content.decode()
    assert find_leftovers(page, language) == []


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_shows_every_shoe_without_an_english_sentence(
    client: Client, catalogue: dict[str, Listing], language: str
) -> None:
    for listing in catalogue.values():
        page = client.get(
            f"/shoes/{listing.pk}/", headers={"accept-language": language}
        ).content.decode()
        own = (listing.title, listing.description)
        left = find_leftovers(page, language)
        assert [text for text in left if not any(text in words for words in own)] == []


@pytest.mark.parametrize(
    ("language", "own"), [("de", "Schuhberater"), ("en", "Shoe finder, please")]
)
def test_takes_a_single_text_from_the_shops_own_catalogue(
    client: Client, catalogue: dict[str, Listing], tmp_path: Path, language: str, own: str
) -> None:
    folder = tmp_path / language / "LC_MESSAGES"
    folder.mkdir(parents=True)
    texts = polib.POFile()
    texts.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    texts.append(polib.POEntry(msgid="Find my shoe", msgstr=own))
    texts.save_as_mofile(str(folder / "django.mo"))
    with override_settings(LOCALE_PATHS=[*settings.LOCALE_PATHS, tmp_path]):
        page = client.get("/shoes/", headers={"accept-language": language}).content.decode()
    assert f">{own}</a>" in page
    assert {"de": "Leitfaden-Abgleich", "en": "Guide match"}[language] in page
