"""The doctor tells who may write, how often one may ask, and who counts it."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from shop_plugin.services.access.api_keys import Scope, create_key, revoke_key
from shop_plugin.services.doctor.api_report import report_api
from shop_plugin.services.doctor.findings import Level

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
    settings.FOOTBACK = dict.fromkeys(("API_RATE_READ", "API_RATE_MATCH", "API_RATE_WRITE"), rate)
    (rates,) = [item for item in report_api(now=now) if item.code == "api.rates"]
    assert rates.level is level
    assert (rate or "without limit") in rates.text
