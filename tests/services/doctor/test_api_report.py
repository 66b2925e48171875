"""The doctor tells who may write, how often one may ask, and who counts it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from shop_plugin.models import ApiKey
from shop_plugin.services.access.api_keys import Scope, create_key, note_use, revoke_key
from shop_plugin.services.doctor.api_report import report_api
from shop_plugin.services.doctor.findings import Level
from shop_plugin.services.doctor.settings_rules import API_RATES

pytestmark = pytest.mark.django_db


def test_counts_the_keys_in_force(now):
    user = get_user_model().objects.create_user("till")
    made = [create_key(name="a", scopes=[Scope.FACTS], user=user, now=now) for _ in range(2)]
    revoke_key(prefix=made[0].key.prefix, now=now)
    (keys,) = [item for item in report_api(now=now) if item.code == "api.keys"]
    assert keys.numbers["keys"] == 1
    assert "1 API key is in force" in keys.text


@pytest.mark.parametrize(
    ("backend", "rate", "level"),
    [
        ("locmem.LocMemCache", "5/minute", Level.NOTICE),
        ("locmem.LocMemCache", "", Level.OK),
        ("redis.RedisCache", "5/minute", Level.OK),
    ],
)
def test_notices_limits_that_each_process_counts_for_itself(settings, now, backend, rate, level):
    name = f"django.core.cache.backends.{backend}"
    settings.CACHES = {"default": {"BACKEND": name, "LOCATION": "redis://"}}
    settings.FOOTBACK = dict.fromkeys(API_RATES, rate)
    (rates,) = [item for item in report_api(now=now) if item.code == "api.rates"]
    assert rates.level is level
    assert (rate or "without limit") in rates.text


def findings(now, code):
    return [item for item in report_api(now=now) if item.code == code]


@pytest.fixture
def user():
    user = get_user_model().objects.create_user("till")
    user.user_permissions.set(Permission.objects.filter(codename="change_listing"))
    return user


def test_notices_a_key_that_ends_soon_until_it_is_replaced(user, now):
    soon = now + timedelta(days=10)
    new = create_key(name="a", scopes=[Scope.FACTS], user=user, now=now, expires_at=soon)
    (found,) = findings(now, "api.keys_ending")
    assert (found.level, found.numbers["keys"]) == (Level.NOTICE, 1)
    assert str(new.key) in found.text
    create_key(name="a", scopes=[Scope.FACTS], user=user, now=now)
    assert findings(now, "api.keys_ending") == []
    create_key(name="b", scopes=[Scope.FACTS], user=user, now=now, source="n", expires_at=soon)
    assert len(findings(now, "api.keys_ending")) == 1


def test_notices_a_key_that_nobody_uses(user, now):
    new = create_key(name="a", scopes=[Scope.FACTS], user=user, now=now)
    assert findings(now + timedelta(days=29), "api.keys_unused") == []
    later = now + timedelta(days=31)
    assert str(new.key) in findings(later, "api.keys_unused")[0].text
    note_use(key=new.key, now=now)
    assert findings(later, "api.keys_unused") == []


def test_notices_a_key_whose_user_lost_the_right_or_left(user, now):
    create_key(name="a", scopes=[Scope.FACTS], user=user, now=now)
    assert findings(now, "api.keys_without_rights") == []
    other = create_key(name="b", scopes=[Scope.FACTS, Scope.ORDERS], user=user, now=now)
    (found,) = findings(now, "api.keys_without_rights")
    assert (found.numbers["keys"], str(other.key) in found.text) == (1, True)
    get_user_model().objects.update(is_active=False)
    (found,) = findings(now, "api.keys_without_rights")
    assert found.numbers["keys"] == 2
    for key in ApiKey.objects.all():
        revoke_key(prefix=key.prefix, now=now)
    assert findings(now, "api.keys_without_rights") == []
