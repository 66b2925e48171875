"""The navigation: what is mounted, and where one is."""

from __future__ import annotations

import re

from django.template import Context, Template
from django.test import Client, override_settings
from django.urls import reverse

from shop_plugin.models import Listing

NAV = '{% include "footback/partials/site_nav.html" %}'


def entries(html: str) -> dict[str, str]:
    """Return each entry's ``aria-current`` by its address."""
    nav = re.search(r'<nav class="fb-nav".*?</nav>', html, re.DOTALL)
    assert nav is not None
    found = re.findall(r'<a href="([^"]+)"(?: aria-current="([^"]+)")?>', nav[0])
    return dict(found)


def test_marks_the_page_one_is_on(client: Client, catalogue: dict[str, Listing]) -> None:
    browse = reverse("footback:browse")
    shown = entries(client.get(browse).content.decode())
    assert shown[browse] == "page"
    assert [url for url, current in shown.items() if current] == [browse]


def test_marks_the_way_back_from_a_shoe(client: Client, catalogue: dict[str, Listing]) -> None:
    address = reverse("footback:listing", args=[catalogue["walker"].pk])
    assert entries(client.get(address).content.decode())[reverse("footback:browse")] == "true"


@override_settings(ROOT_URLCONF="tests.storefront.no_urls")
def test_leaves_out_what_a_host_does_not_mount() -> None:
    assert Template(NAV).render(Context()).strip() == ""


def test_needs_no_request() -> None:
    shown = entries(Template(NAV).render(Context()))
    assert reverse("footback:browse") in shown
    assert set(shown.values()) == {""}
