"""The mode of the mailer: one page, a kill switch, and live only when typed out."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse

from shop_plugin.domain.breakers import Breaker
from shop_plugin.models import AuditEntry
from shop_plugin.services.shop.modes import get_mode, open_breaker, set_mode

pytestmark = pytest.mark.django_db

READY = {
    "NUDGE_MODE": "live",
    "SHOP_NAME": "Marlow",
    "SENDER": "care@shop.example",
    "POSTAL_ADDRESS": "1 Quay Street, Bristol",
    "PUBLIC_BASE_URL": "https://shop.example",
    "LIST_ID": "care.shop.example",
    "REDIRECT_TO": "team@shop.example",
}


@pytest.fixture
def url():
    return reverse("admin:footback_nudgecontrol_changelist")


@pytest.fixture
def ready(settings):
    settings.FOOTBACK = READY
    settings.EMAIL_TIMEOUT = 60


def client_with(client, *codenames):
    user = get_user_model().objects.create_user("alex", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    client.force_login(user)
    return client


def test_shows_the_mode_in_force_and_why(admin_client, url, settings):
    settings.FOOTBACK = {"NUDGE_MODE": "off"}
    content = admin_client.get(url).content.decode()
    assert 'data-mode="off"' in content
    assert "NUDGE_MODE allows nothing louder" in content


def test_lists_what_is_missing_before_going_live(admin_client, url, settings):
    settings.FOOTBACK = {**READY, "POSTAL_ADDRESS": ""}
    settings.EMAIL_TIMEOUT = 60
    content = admin_client.get(url).content.decode()
    assert "POSTAL_ADDRESS" in content
    assert "&#x27;SENDER&#x27;" not in content


def test_goes_live_when_the_word_is_typed(admin_client, url, ready):
    response = admin_client.post(
        url, {"mode": "live", "confirmation": "LIVE", "reason": "the season starts"}
    )
    assert response.status_code == 302
    assert get_mode().name == "live"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.reason) == ("set_mode", "the season starts")
    assert entry.actor.is_superuser


@pytest.mark.parametrize("typed", ["", "live", "yes"])
def test_stays_quiet_until_the_word_is_typed(admin_client, url, ready, typed):
    response = admin_client.post(url, {"mode": "live", "confirmation": typed})
    assert "Type LIVE in capitals" in response.content.decode()
    assert get_mode().name == "dry_run"
    assert not AuditEntry.objects.exists()


def test_goes_live_only_with_its_own_permission(client, url, ready):
    tester = client_with(client, "change_nudgecontrol", "view_nudgecontrol")
    response = tester.post(url, {"mode": "live", "confirmation": "LIVE"})
    assert "You may not set this mode." in response.content.decode()
    assert get_mode().name == "dry_run"
    assert tester.post(url, {"mode": "redirect"}).status_code == 302
    assert get_mode().name == "redirect"


def test_says_what_is_missing_instead_of_going_live(admin_client, url, ready, settings):
    settings.FOOTBACK = {**READY, "SENDER": ""}
    response = admin_client.post(url, {"mode": "live", "confirmation": "LIVE"})
    assert "SENDER" in response.content.decode()
    assert get_mode().name == "dry_run"


def test_stops_all_mails_at_once_and_says_who(admin_client, url, ready):
    admin_client.post(url, {"mode": "live", "confirmation": "LIVE"})
    response = admin_client.post(url, {"stop": "1"}, follow=True)
    assert "Stopped." in response.content.decode()
    assert (get_mode().name, get_mode().why) == ("off", "stopped")
    assert AuditEntry.objects.filter(action="stop_sending", actor__is_superuser=True).count() == 1
    assert 'name="stop"' not in response.content.decode()


def test_goes_on_after_a_stop_when_a_mode_is_set(admin_client, url, ready):
    admin_client.post(url, {"stop": "1"})
    admin_client.post(url, {"mode": "redirect"})
    assert get_mode().name == "redirect"


def test_lets_a_viewer_look_and_not_change(client, url, ready):
    viewer = client_with(client, "view_nudgecontrol")
    content = viewer.get(url).content.decode()
    assert 'name="stop"' not in content
    assert 'name="mode"' not in content
    assert viewer.post(url, {"stop": "1"}).status_code == 403
    assert get_mode().why != "stopped"


def test_is_closed_to_other_staff(client, url):
    assert client_with(client).get(url).status_code == 403


def test_shows_the_same_page_under_the_rows_own_address(admin_client):
    url = reverse("admin:footback_nudgecontrol_change", args=[1])
    assert "Nudge control" in admin_client.get(url).content.decode()


def test_says_why_it_stopped_by_itself_and_takes_the_breakers_name(admin_client, url, ready, now):
    set_mode(mode="live", now=now)
    open_breaker(breaker="complaints", count=4, of=820, now=now)
    content = admin_client.get(url).content.decode()
    assert "4 of the last 820 mails" in content
    assert "type COMPLAINTS" in content
    refused = admin_client.post(url, {"mode": "live", "confirmation": "LIVE"})
    assert "Type COMPLAINTS in capitals to go on." in refused.content.decode()
    assert get_mode().name == "off"
    admin_client.post(url, {"mode": "live", "confirmation": "COMPLAINTS", "reason": "settled"})
    assert (get_mode().name, get_mode().breaker) == ("live", "")


@pytest.mark.parametrize("breaker", list(Breaker))
def test_has_words_for_every_breaker(admin_client, url, ready, now, breaker):
    set_mode(mode="live", now=now)
    open_breaker(breaker=breaker.value, count=4, of=820, now=now)
    assert f'data-breaker="{breaker}"' in admin_client.get(url).content.decode()
