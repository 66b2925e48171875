"""The language of a mail: choose_language ..."""

from __future__ import annotations

import pytest
from django.conf import LazySettings, global_settings
from django.utils import translation

from shop_plugin.services.shop import languages
from shop_plugin.services.shop.languages import (
    choose_language,
    find_language,
    is_spoken,
    list_languages,
)


@pytest.fixture(autouse=True)
def offered(settings):
    settings.LANGUAGES = global_settings.LANGUAGES
    is_spoken.cache_clear()
    yield
    is_spoken.cache_clear()


@pytest.fixture
def german(tmp_path, monkeypatch):
    """A footback with a German catalogue and no other."""
    folder = tmp_path / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(b"")
    monkeypatch.setattr(languages, "files", lambda _package: tmp_path)
    return tmp_path / "locale"


@pytest.mark.parametrize("wanted", ["it", "nl", "ja", "tlh", "", "x/../y", "it_IT"])
def test_falls_back_to_english_where_footback_has_no_catalogue(wanted):
    assert choose_language(wanted) == "en"


@pytest.mark.parametrize(
    ("wanted", "chosen"), [("en", "en"), ("en-GB", "en-gb"), ("en_AU", "en-au")]
)
def test_keeps_the_english_of_a_region(wanted, chosen):
    assert choose_language(wanted) == chosen


@pytest.mark.parametrize("wanted", ["de", "DE", "de-at"])
def test_takes_a_language_that_footback_was_translated_into(german, wanted):
    assert choose_language(wanted) == "de"


def test_takes_the_shops_own_language_where_the_persons_is_not_spoken(german, settings):
    settings.LANGUAGE_CODE = "de"
    assert choose_language("fr") == "de"


def test_never_takes_a_shops_language_that_footback_does_not_speak(settings):
    settings.LANGUAGE_CODE = "it"
    assert choose_language("it") == "en"


def test_takes_no_language_that_the_shop_does_not_offer(german, settings):
    settings.LANGUAGES = [("en", "English")]
    assert choose_language("de") == "en"


def test_looks_for_a_catalogue_once_a_language(monkeypatch):
    looked = []
    monkeypatch.setattr(
        languages, "to_locale", lambda language: looked.append(language) or language
    )
    assert [choose_language("ja") for _ in range(5)] == ["en"] * 5
    assert looked == ["ja"]


def test_speaks_a_region_of_a_language_it_was_translated_into():
    assert choose_language("es-MX") == "es-mx"
    assert choose_language("pt-br") == "en"


@pytest.mark.parametrize(
    ("wanted", "found"), [("de", "de"), ("de-at", "de"), ("ja", ""), ("", ""), ("../de", "")]
)
def test_finds_an_offered_language_or_none(wanted, found):
    assert find_language(wanted) == found


def test_lists_what_a_reader_can_choose_from_by_its_own_name(settings):
    settings.LANGUAGES = [("en-gb", "UK"), ("fr", "French"), ("ja", "Japanese"), ("es-mx", "MX")]
    with translation.override("fr"):
        listed = list_languages()
    assert [(item.code, item.name, item.is_current) for item in listed] == [
        ("en-gb", "British English", False),
        ("fr", "Français", True),
        ("es-mx", "Español de Mexico", False),
    ]


def test_names_a_language_that_django_does_not_know_as_the_shop_does(settings, german):
    (german / "gsw" / "LC_MESSAGES").mkdir(parents=True)
    (german / "gsw" / "LC_MESSAGES" / "django.mo").write_bytes(b"")
    settings.LANGUAGES = [("de", "German"), ("gsw", "Schwiizertüütsch")]
    assert [item.name for item in list_languages()] == ["Deutsch", "Schwiizertüütsch"]


def test_lists_nothing_where_there_is_no_choice(settings):
    settings.LANGUAGES = [("en", "English"), ("ja", "Japanese")]
    assert list_languages() == ()


def test_lists_nothing_where_the_shop_has_not_named_its_languages(monkeypatch):
    monkeypatch.setattr(languages, "django_settings", LazySettings())
    languages.django_settings.configure()
    assert len(languages.django_settings.LANGUAGES) > 50
    assert list_languages() == ()
