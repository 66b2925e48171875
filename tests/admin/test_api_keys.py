"""Staff make, replace and revoke keys; a key is shown once and gives no more than its maker has."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from shop_plugin.models import ApiKey
from shop_plugin.services.access.api_keys import Scope, create_key, find_key

pytestmark = pytest.mark.django_db
LIST = reverse("admin:footback_apikey_changelist")
ADD = reverse("admin:footback_apikey_add")


@pytest.fixture
def staff(client):
    """Return a function that logs somebody in with these permissions."""

    def log_in(*names: str):
        user = get_user_model().objects.create_user("staff", password="x", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
        client.force_login(user)
        return user

    return log_in


def test_shows_a_new_key_once_and_makes_it_write_as_its_maker(client, staff) -> None:
    user = staff("add_apikey", "view_apikey")
    page = client.post(ADD, {"name": "Till", "scopes": ["facts:write"], "days": "30"})
    token = re.search(r'id="fba-token">([^<]+)<', page.content.decode())[1]
    assert "no-store" in page["Cache-Control"]
    assert find_key(token=token, now=timezone.now()).user == user
    shown = client.get(reverse("admin:footback_apikey_change", args=[ApiKey.objects.get().pk]))
    assert token not in shown.content.decode()
    assert ApiKey.objects.get().secret_hash not in shown.content.decode()


def test_makes_no_key_without_permission_or_scope(client, staff) -> None:
    staff("view_apikey")
    assert client.post(ADD, {"name": "a", "scopes": ["facts:write"]}).status_code == 403
    client.logout()
    get_user_model().objects.all().delete()
    staff("add_apikey")
    assert "This field is required" in client.post(ADD, {"name": "a"}).content.decode()
    assert not ApiKey.objects.exists()


def test_replaces_only_a_key_of_ones_own(client, staff) -> None:
    user = staff("add_apikey", "change_apikey", "view_apikey")
    other = get_user_model().objects.create_superuser("boss", password="x")
    now = timezone.now()
    mine = create_key(name="mine", scopes=[Scope.FACTS], user=user, now=now)
    theirs = create_key(name="theirs", scopes=[Scope.FACTS], user=other, now=now)
    page = client.post(LIST, {"action": "replace", "_selected_action": [theirs.key.pk]})
    assert page.status_code == 302
    assert ApiKey.objects.count() == 2
    page = client.post(LIST, {"action": "replace", "_selected_action": [mine.key.pk]})
    token = re.search(r'id="fba-token">([^<]+)<', page.content.decode())[1]
    assert find_key(token=token, now=timezone.now()).name == "mine"
    assert find_key(token=mine.token, now=timezone.now())


def test_revokes_at_once(client, staff) -> None:
    user = staff("change_apikey", "view_apikey")
    new = create_key(name="mine", scopes=[Scope.FACTS], user=user, now=timezone.now())
    client.post(LIST, {"action": "revoke", "_selected_action": [new.key.pk]})
    assert find_key(token=new.token, now=timezone.now()) is None
    assert "revoked" in client.get(LIST).content.decode()


def test_offers_no_action_to_who_may_only_look(client, staff) -> None:
    user = staff("view_apikey")
    new = create_key(name="mine", scopes=[Scope.FACTS], user=user, now=timezone.now())
    client.post(LIST, {"action": "revoke", "_selected_action": [new.key.pk]})
    assert find_key(token=new.token, now=timezone.now())


def test_binds_a_key_to_a_source_and_shows_what_its_maker_may_not(client, staff) -> None:
    staff("add_apikey", "view_apikey", "view_nudge")
    page = client.get(ADD).content.decode()
    for scope in Scope:
        assert f'value="{scope.value}"' in page
    data = {"name": "Host", "scopes": ["orders:write", "nudges:read"], "source": " north "}
    page = client.post(ADD, data)
    token = re.search(r'id="fba-token">([^<]+)<', page.content.decode())[1]
    key = find_key(token=token, now=timezone.now())
    assert (key.source, key.scopes) == ("north", "nudges:read orders:write")
    shown = client.get(LIST).content.decode()
    assert "nudges:read, orders:write (its user may not)" in shown
