"""Which language a mail is written in: one that footback speaks, never two at once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from django.conf import settings as django_settings
from django.utils import translation
from django.utils.translation import to_locale
from django.utils.translation.trans_real import parse_accept_lang_header

from shop_plugin.models import Contact

MOST_ACCEPTED_CHARACTERS = 500
ENGLISH = "en"  # the language of the sentences in the code; it needs no catalogue


@cache
def is_spoken(language: str) -> bool:
    """Tell whether footback's own sentences exist in a language: English, or a compiled catalogue.

    Django knows the month names of a hundred languages. A mail in one that
    footback itself does not speak would mix them into English sentences.
    """
    if language.partition("-")[0] == ENGLISH:
        return True
    return (
        files("shop_plugin")
        .joinpath("locale", to_locale(language), "LC_MESSAGES", "django.mo")
        .is_file()
    )


def choose_language(wanted: str) -> str:
    """Return the language to write in: the wanted one, else the shop's, else English.

    Only languages that the shop offers (``LANGUAGES``) and footback speaks are
    taken; "de-at" may be answered in "de".
    """
    return _find_offered(wanted) or _shop_language()


def negotiate_language(accepted: str) -> str:
    """Return the language to answer in, by an Accept-Language header alone.

    The first wanted language that the shop offers and footback speaks, else
    the shop's, else English.
    """
    wanted = parse_accept_lang_header(accepted.lower()[:MOST_ACCEPTED_CHARACTERS])
    found = (_find_offered(language) for language, _weight in wanted)
    return next(filter(None, found), "") or _shop_language()


def _find_offered(wanted: str) -> str:
    offered = {code.lower() for code, _name in django_settings.LANGUAGES}
    wanted = wanted.strip().lower().replace("_", "-")
    for language in (wanted, wanted.partition("-")[0]):
        if language in offered and is_spoken(language):
            return language
    return ""


def _shop_language() -> str:
    shop: str = django_settings.LANGUAGE_CODE
    return shop if is_spoken(shop) else ENGLISH


def language_of(contact: Contact) -> str:
    """Return the language to write to a person in: their own choice, else what the host says."""
    return choose_language(contact.chosen_language or contact.language)


def offered_languages() -> tuple[tuple[str, str], ...]:
    """Return the languages a person can choose from: (code, its own name), as the shop has them."""
    return tuple(
        (code.lower(), translation.get_language_info(code)["name_local"])
        for code, _name in django_settings.LANGUAGES
        if is_spoken(code.lower())
    )
