"""The outlook in the admin ..."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from shop_plugin.admin import nudge_outlook
from shop_plugin.models import JobRun
from shop_plugin.services.nudges import outlook
from tests.nudging import add_pair, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=timezone.now())


@pytest.fixture
def url():
    return reverse("admin:footback_nudgecontrol_outlook")


def test_says_that_nothing_was_reckoned_yet(admin_client, url):
    assert "Nothing was reckoned yet" in admin_client.get(url).content.decode()


def test_draws_the_days_and_names_what_is_held_back(admin_client, url):
    today = timezone.now().date()
    for days in (3, 3, 12):
        add_pair(due_on=today + timedelta(days=days))
    add_pair(due_on=today + timedelta(days=5), is_gift=True)
    assert admin_client.post(url).status_code == 302
    content = admin_client.get(url).content.decode()
    assert "3 mails, were the mode live" in content
    heights = [int(height) for height in re.findall(r'<rect [^>]*height="(\d+)"', content)]
    assert heights == [120, 60]
    assert "Bought as a gift" in content
    assert "Too few people yet" in content
    assert 'style="' not in content.split('<div id="content-main"')[1]


def test_lets_a_big_shop_reckon_in_the_background(admin_client, url, monkeypatch):
    add_pair(due_on=timezone.now().date())
    monkeypatch.setattr(outlook, "PAIRS_AT_ONCE", 0)
    monkeypatch.setattr(nudge_outlook, "PAIRS_AT_ONCE", 0)
    admin_client.post(url)
    assert not JobRun.objects.filter(kind="nudge_outlook").exists()
    assert "footback_outlook" in admin_client.get(url).content.decode()


def test_is_for_whoever_may_see_the_control(client, url):
    client.force_login(get_user_model().objects.create_user("kim", is_staff=True))
    assert client.get(url).status_code == 403
