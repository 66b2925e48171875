"""The preview of a mail in the admin, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.test_admin import violations
from tests.factories import ListingFactory, ProfileFactory, SizeFactory
from tests.nudging import add_pair, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_shows_the_mail_as_a_client_would_and_offers_a_test(
    open_page: OpenPage, settings: Any, viewport: Any, scheme: str
) -> None:
    now = timezone.now()
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)
    shoes = [
        ListingFactory(title=f"Harbour Oxford {n}", use_category="dress_leather") for n in range(3)
    ]
    for shoe in shoes:
        ProfileFactory(listing=shoe, match_low=6000, match_high=8000, grade_low="B", grade_high="A")
        SizeFactory(listing=shoe)
    pair = add_pair(due_on=now.date(), listing=shoes[0])
    page = open_page("/admin/login/", viewport=viewport, scheme=scheme)
    user = get_user_model().objects.create_superuser("alex", email="alex@marlow.example")
    client = Client()
    client.force_login(user)
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
    origin = page.evaluate("location.origin")
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": origin}])
    page.goto(f"{origin}/admin/footback/purchase/{pair.pk}/mail/?stage=2&language=de")
    frame = page.frame_locator("iframe")
    assert frame.get_by_role("link", name="Sagen Sie uns, wie es ihm geht").count() == 1
    background = frame.locator("body").evaluate("node => getComputedStyle(node).backgroundColor")
    assert background == ("rgb(25, 22, 19)" if scheme == "dark" else "rgb(246, 242, 234)")
    assert violations(page) == []
    page.get_by_role("button", name="Send it to my own address").click()
    expect(page.get_by_text("A test mail is on its way")).to_have_count(1)
