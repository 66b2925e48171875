"""The addresses that stand in a mail: of a shoe, of an answer, of a person's own pages."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

from django.conf import settings as django_settings
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.translation import get_language

from shop_plugin.conf import get_settings
from shop_plugin.models import Listing, Nudge
from shop_plugin.services.pairs.answer_links import AnswerLink, sign_link
from shop_plugin.services.shop.languages import ENGLISH

LANGUAGE_PARAMETER: Final = "lang"  # in the links of a mail, so that their pages speak its language
_SAMPLE: Final = 7310954  # a number, as some pages take nothing else
_NEEDS_NO_QUOTES = re.compile(r"[A-Za-z0-9_:-]+", re.ASCII)
CAMPAIGNS: Final = {1: "inspect", 2: "replace"}


def listing_link(listing: Listing, *, stage: int) -> str:
    """Return the address of a shoe in the shop, tagged as coming from the mail, naming nobody.

    The host's own page is linked only where it lies on the shop's own host;
    anything else leads to footback's page of the shoe, or nowhere where the
    host does not mount those pages.
    """
    base = get_settings().PUBLIC_BASE_URL
    return _listing_link(listing.url, listing.pk, stage, base, _places())


@lru_cache(maxsize=1_000)
def _listing_link(url: str, pk: int, stage: int, base: str, places: tuple[str, ...]) -> str:
    link = urlsplit(urljoin(base, url)) if url else None
    if link is None or not _is_own_page(link.scheme, link.netloc, base):
        try:
            link = urlsplit(public_link("footback:listing", pk))
        except NoReverseMatch:  # the host does not show footback's own pages
            return ""
    tags = urlencode(
        {
            "utm_source": "footback",
            "utm_medium": "email",
            "utm_campaign": CAMPAIGNS.get(stage, "care"),
        }
    )
    query = f"{link.query}&{tags}" if link.query else tags
    return urlunsplit((link.scheme, link.netloc, link.path, query, ""))


def _is_own_page(scheme: str, netloc: str, base: str) -> bool:
    return scheme in ("http", "https") and netloc == urlsplit(base).netloc


def public_link(name: str, arg: object) -> str:
    """Return the full address of one of footback's pages, as it stands in a mail."""
    around = _find_around(name, get_settings().PUBLIC_BASE_URL, _places())
    text = str(arg)
    if around is None or not _NEEDS_NO_QUOTES.fullmatch(text):
        return urljoin(get_settings().PUBLIC_BASE_URL, reverse(name, args=[arg]))
    return f"{around[0]}{text}{around[1]}"


@lru_cache(maxsize=32)
def _find_around(name: str, base: str, places: tuple[str, ...]) -> tuple[str, str] | None:
    """Return what stands before and after the argument in a page's address, found once.

    ``None`` where the address is not built that way. ``places`` only tells
    one set of addresses from another.
    """
    whole = urljoin(base, reverse(name, args=[_SAMPLE]))
    before, found, after = whole.partition(str(_SAMPLE))
    return (before, after) if found and str(_SAMPLE) not in after else None


def _places() -> tuple[str, ...]:
    """Return what decides where pages are: the host's addresses and the prefix of its server."""
    urls = get_urlconf() or django_settings.ROOT_URLCONF
    return str(urls), get_script_prefix()


def mail_link(name: str, arg: object) -> str:
    """Return the full address of a page behind a mail, in the language that is being written."""
    return f"{public_link(name, arg)}?{LANGUAGE_PARAMETER}={get_language() or ENGLISH}"


def answer_link(nudge: Nudge) -> str:
    """Return the address of the page where a person tells how the pair is doing."""
    if nudge.message_id is None:  # not in a mail: nothing that an answer could refer to
        return ""
    signed = sign_link(AnswerLink(nudge.purchase_id, nudge.message_id))
    return mail_link("footback:answer", signed)
