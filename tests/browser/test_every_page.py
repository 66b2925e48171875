"""Every page there is, by the name of its address: no barrier, nothing wider than the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize

from footback_shop.store.models import Order, Product
from footback_shop.store.orders import Customer, place_order
from footback_shop.store.views import SESSION_ORDERS
from shop_plugin.models import Contact, Listing, Purchase
from shop_plugin.services.learning.texts import GROUPS
from shop_plugin.services.pairs.answer_links import AnswerLink, sign_link
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.factories import ListingFactory
from tests.host.conftest import product as product
from tests.nudging import add_pair, open_shop

MAIL_ID = "20260301T101500.000001Z-0a1b2c3d"


@dataclass(frozen=True, slots=True)
class Scene:
    """What the pages show: shoes, a product and its order, a pair and the person who wears it."""

    catalogue: dict[str, Listing]
    product: Product
    order: Order
    pair: Purchase
    contact: Contact
    session: str


Addresses = Callable[[Scene], list[str]]

# One line per page; some are worth a look in several states.
PAGES: dict[str, Addresses] = {
    "footback:browse": lambda scene: [
        reverse("footback:browse"),
        reverse("footback:browse") + "?arch=3&brand=Corrin&nonsense=1",
        reverse("footback:browse") + "?category=heel&arch=3",
    ],
    "footback:listing": lambda scene: [
        *(reverse("footback:listing", args=[shoe.pk]) for shoe in scene.catalogue.values()),
        reverse("footback:listing", args=[987_654]),
    ],
    "footback:value_report": lambda scene: [
        reverse("footback:value_report", args=[scene.catalogue["walker"].pk]),
        reverse("footback:value_report", args=[scene.catalogue["walker"].pk]) + "?sent=1",
        reverse("footback:value_report", args=[987_654]),
    ],
    "footback:compare": lambda scene: [
        reverse("footback:compare"),
        reverse("footback:compare")
        + f"?shoe={scene.catalogue['walker'].pk}&shoe={scene.catalogue['pump'].pk}",
    ],
    "footback:finder": lambda scene: [reverse("footback:finder")],
    "footback:fit": lambda scene: [reverse("footback:fit")],
    "footback:learn": lambda scene: [reverse("footback:learn")],
    "footback:topic": lambda scene: [
        *(reverse("footback:topic", args=[t.slug]) for group in GROUPS for t in group.topics),
        reverse("footback:topic", args=["not-there"]),
    ],
    "footback:unsubscribe": lambda scene: [
        reverse("footback:unsubscribe", args=[scene.contact.unsubscribe_token])
    ],
    "footback:answer": lambda scene: [
        reverse("footback:answer", args=[sign_link(AnswerLink(scene.pair.pk, 1))]),
        reverse("footback:answer", args=["broken"]),
    ],
    "footback:pairs": lambda scene: [reverse("footback:pairs")],
    "footback:preferences": lambda scene: [
        reverse("footback:preferences", args=[scene.contact.unsubscribe_token])
    ],
    "store:home": lambda scene: [reverse("store:home")],
    "store:product": lambda scene: [scene.product.get_absolute_url()],
    "store:order": lambda scene: [scene.order.get_absolute_url()],
    "store:login": lambda scene: [reverse("store:login")],
    "store:repairs": lambda scene: [reverse("store:repairs")],
    "mailbox:inbox": lambda scene: [reverse("mailbox:inbox")],
    "mailbox:mail": lambda scene: [reverse("mailbox:mail", args=[MAIL_ID])],
}

# Pages that are not there say so with their status; a browser counts that as an error.
GONE = r"status of 4(04|10)"
NOT_THERE = ("987654", "not-there", "broken")

NO_PAGES = {
    "footback:language": "takes a form only",
    "store:return": "takes a form only",
    "store:logout": "takes a form only",
    "mailbox:html": "a mail as somebody else wrote it, shown inside mailbox:mail",
}


@pytest.fixture
def scene(catalogue: dict[str, Listing], product: Product, settings: Any, tmp_path: Path) -> Scene:
    now: datetime = timezone.now()
    order = place_order(
        variant_id=product.variants.get(size="38").pk,
        customer=Customer(name="Robin Ashdown", email="robin@example.org", language="en"),
        now=now,
    )
    open_shop(settings, now=now, CONTACT_FOR_USER=f"{__name__}.email_of")
    pair = add_pair(due_on=now.date(), listing=ListingFactory(use_category="running"))
    letter = EmailMessage()
    letter["Subject"], letter["From"], letter["To"] = (
        "Your pair",
        "care@example.org",
        "r@example.org",
    )
    letter.set_content("Have a look at it.")
    settings.MAILBOX_DIR = tmp_path
    (tmp_path / f"{MAIL_ID}.eml").write_bytes(letter.as_bytes())
    return Scene(catalogue, product, order, pair, pair.contact, _sign_in(pair.contact, order))


def email_of(user: AbstractBaseUser) -> str:
    """Tell the pages which pairs are a shopper's: those of the address, which this shop checked."""
    return str(user.email)  # type: ignore[attr-defined]


def _sign_in(contact: Contact, order: Order) -> str:
    """Return the session of a shopper who has an account and has just bought something."""
    client = Client()
    client.force_login(get_user_model().objects.create_user("robin", email=contact.email))
    session = client.session
    session[SESSION_ORDERS] = [order.number]
    session.save()
    return str(session.session_key)


def _names(resolver: URLResolver, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield the full name of each address and the module of its view."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inside = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _names(pattern, inside)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield ":".join((*spaces, pattern.name)), pattern.callback.__module__


def test_it_leaves_no_page_out() -> None:
    named = {
        name
        for name, module in _names(get_resolver())
        if not name.startswith("admin:") and not module.startswith("shop_plugin.api")
    }
    assert named - NO_PAGES.keys() == PAGES.keys(), "add the page to PAGES, above"


@pytest.mark.proof("S23")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_it_finds_no_barrier_on_any_page(
    open_page: OpenPage, scene: Scene, viewport: ViewportSize, scheme: str
) -> None:
    page, base = _enter(open_page, scene, viewport, scheme)
    problems: dict[str, list[str]] = {}
    for addresses in PAGES.values():
        for address in addresses(scene):
            answer = page.goto(base + address)
            found = _problems(page, viewport)
            is_missing = any(part in address for part in NOT_THERE)
            if answer is None or (answer.status >= 400) != is_missing:
                found.append("not the page that was meant")
            if found:
                problems[address] = found
    assert problems == {}


@pytest.mark.parametrize(
    "change",
    ["document.documentElement.dir = 'rtl'", "document.documentElement.style.fontSize = '200%'"],
    ids=["from right to left", "text twice as large"],
)
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_it_fits_the_screen_however_it_is_read(
    open_page: OpenPage, scene: Scene, viewport: ViewportSize, change: str
) -> None:
    page, base = _enter(open_page, scene, viewport)
    too_wide = []
    for addresses in PAGES.values():
        for address in addresses(scene):
            page.goto(base + address)
            page.evaluate(change)
            if page.evaluate("document.documentElement.scrollWidth") > viewport["width"]:
                too_wide.append(address)
    assert too_wide == []


def _enter(
    open_page: OpenPage, scene: Scene, viewport: ViewportSize, scheme: str = "light"
) -> tuple[Page, str]:
    """Open the shop, signed in; return the page and the start of every address."""
    page = open_page("/", viewport=viewport, scheme=scheme, forgiven=GONE)
    base = page.url.rstrip("/")
    page.context.add_cookies([{"name": "sessionid", "value": scene.session, "url": base}])
    return page, base


def _problems(page: Page, viewport: ViewportSize) -> list[str]:
    found = [
        f"{item['id']}: {item['nodes'][0]['html'][:160]}"
        for item in Axe().run(page).response["violations"]
    ]
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > viewport["width"]:
        found.append(f"{width} px wide")
    return found
