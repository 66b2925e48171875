"""The languages that footback speaks: for mails, their links, the API, and the switch on pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from django.conf import global_settings
from django.conf import settings as django_settings
from django.utils.text import capfirst
from django.utils.translation import get_language, get_language_info, to_locale
from django.utils.translation.trans_real import parse_accept_lang_header

from shop_plugin.models import Contact

MOST_ACCEPTED_CHARACTERS = 500
ENGLISH = "en"  # the language of the sentences in the code; it needs no catalogue


@dataclass(frozen=True, slots=True)
class SpokenLanguage:
    """A language that a reader can choose, by its own name ("Deutsch")."""

    code: str
    name: str
    is_current: bool


@cache
def is_spoken(language: str) -> bool:
    """Tell whether footback's own sentences exist in a language: English, or a compiled catalogue.

    Django knows the month names of a hundred languages. A mail in one that
    footback itself does not speak would mix them into English sentences. A
    region ("es-mx") is spoken where its language is.
    """
    base = language.partition("-")[0]
    if base == ENGLISH:
        return True
    folder = files("shop_plugin").joinpath("locale")
    return any(
        folder.joinpath(to_locale(code), "LC_MESSAGES", "django.mo").is_file()
        for code in dict.fromkeys((language, base))
    )


def choose_language(wanted: str) -> str:
    """Return the language to write in: the wanted one, else the shop's, else English.

    Only languages that the shop offers (``LANGUAGES``) and footback speaks are
    taken; "de-at" may be answered in "de".
    """
    return find_language(wanted) or _shop_language()


def negotiate_language(accepted: str) -> str:
    """Return the language to answer in, by an Accept-Language header alone.

    The first wanted language that the shop offers and footback speaks, else
    the shop's, else English.
    """
    wanted = parse_accept_lang_header(accepted.lower()[:MOST_ACCEPTED_CHARACTERS])
    found = (find_language(language) for language, _weight in wanted)
    return next(filter(None, found), "") or _shop_language()


def find_language(wanted: str) -> str:
    """Return the offered and spoken language that is nearest to the wanted one, or ""."""
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
        (code.lower(), _own_name(code, str(name)))
        for code, name in django_settings.LANGUAGES
        if is_spoken(code.lower())
    )


def names_languages() -> bool:
    """Tell whether the shop says which languages it has; Django else offers all it knows."""
    return django_settings.LANGUAGES is not global_settings.LANGUAGES


def list_languages() -> tuple[SpokenLanguage, ...]:
    """Return what the switch on a page offers, in the order of the shop's ``LANGUAGES``.

    Empty where there is no choice, and where the shop has not named its
    languages: nobody has meant all that Django knows.
    """
    if not names_languages():
        return ()
    offered = offered_languages()
    current = get_language() or ENGLISH
    if len(offered) < 2:
        return ()
    return tuple(SpokenLanguage(code, name, code == current) for code, name in offered)


def _own_name(code: str, name: str) -> str:
    """Return how a language calls itself, or the shop's name for one that Django does not know."""
    try:
        return str(capfirst(get_language_info(code)["name_local"]))
    except KeyError:
        return name
