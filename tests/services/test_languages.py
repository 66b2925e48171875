"""The language of a mail: choose_language ..."""

from __future__ import annotations

import pytest
from django.conf import global_settings

from shop_plugin.services import languages
from shop_plugin.services.languages import choose_language, is_spoken


@pytest.fixture(autouse=True)
def offered(settings):
    settings.LANGUAGES = global_settings.LANGUAGES
    is_spoken.cache_clear()
    yield
    is_spoken.cache_clear()


@pytest.fixture
def german(tmp_path, monkeypatch):
    """A footback with a German catalogue, as if somebody had translated it."""
    folder = tmp_path / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(b"")
    monkeypatch.setattr(languages, "files", lambda _package: tmp_path)


@pytest.mark.parametrize("wanted", ["fr", "de", "ja", "tlh", "", "x/../y", "fr_FR"])
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
    settings.LANGUAGE_CODE = "fr"
    assert choose_language("fr") == "en"


def test_takes_no_language_that_the_shop_does_not_offer(german, settings):
    settings.LANGUAGES = [("en", "English")]
    assert choose_language("de") == "en"


def test_looks_for_a_catalogue_once_a_language(monkeypatch):
    looked = []
    monkeypatch.setattr(
        languages, "to_locale", lambda language: looked.append(language) or language
    )
    assert [choose_language("fr") for _ in range(5)] == ["en"] * 5
    assert looked == ["fr"]
