"""It counts exactly, tells clients apart by what cannot be made up, and fails open."""

from __future__ import annotations

import logging

import pytest
from django.core.cache import cache, caches
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.services.access import rate_limits
from shop_plugin.services.access.rate_limits import Rate, find_client, take_place

MINUTE = 60.0
BEGIN = 1_000_000 * MINUTE


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    cache.clear()
    monkeypatch.setattr(rate_limits, "_resting_until", 0.0)


def passes(times: list[float], *, limit: int, client: str = "192.0.2.1") -> list[bool]:
    rate = Rate(limit, 60)
    found = [take_place(scope="read", client=client, rate=rate, now=now) for now in times]
    return [item is not None and item.is_allowed for item in found]


def test_lets_the_limit_pass_and_no_more():
    assert passes([BEGIN] * 7, limit=5) == [True] * 5 + [False] * 2


def test_counts_clients_and_scopes_apart():
    rate = Rate(1, 60)
    for scope, client in (("read", "192.0.2.1"), ("read", "192.0.2.2"), ("match", "192.0.2.1")):
        assert take_place(scope=scope, client=client, rate=rate, now=BEGIN).is_allowed


def test_does_not_let_the_limit_pass_twice_around_the_full_minute():
    assert sum(passes([BEGIN + 59.9] * 10 + [BEGIN + 60.1] * 10, limit=10)) == 10


@given(st.lists(st.floats(0, 240), min_size=1, max_size=120))
def test_lets_at_most_twice_the_limit_pass_in_any_minute_and_never_starves(offsets):
    cache.clear()
    times = sorted(BEGIN + offset for offset in offsets)
    let = [now for now, ok in zip(times, passes(times, limit=5), strict=True) if ok]
    assert let
    for begin in let:
        assert sum(begin <= now < begin + 60 for now in let) <= 10


def test_lets_a_client_in_again_who_never_stopped_trying():
    times = [BEGIN + second for second in range(180)]
    let = [now for now, ok in zip(times, passes(times, limit=10), strict=True) if ok]
    assert any(now > BEGIN + 120 for now in let)


def test_says_how_many_may_follow_and_when_all_may_again():
    rate = Rate(3, 60)
    found = [
        take_place(scope="read", client="192.0.2.1", rate=rate, now=BEGIN + 15) for _ in range(4)
    ]
    assert [item.remaining for item in found] == [2, 1, 0, 0]
    assert {item.reset_seconds for item in found} == {45}


def test_keeps_no_address_in_the_cache():
    passes([BEGIN], limit=5, client="192.0.2.77")
    assert "192.0.2.77" not in str(caches["default"]._cache)


def test_lets_everybody_pass_where_the_cache_is_down(settings, caplog):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    rate = Rate(1, 60)
    with caplog.at_level(logging.WARNING, "footback"):
        found = [take_place(scope="read", client="a", rate=rate, now=BEGIN) for _ in range(50)]
    assert found == [None] * 50
    assert len(caplog.records) == 1
    assert "no rate limit" in caplog.text


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies", "client"),
    [
        ("192.0.2.1", "", 0, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", 0, "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7", 1, "198.51.100.7"),
        ("10.0.0.1", "made.up, 203.0.113.9, 198.51.100.7", 1, "198.51.100.7"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.7, 10.0.0.2", 2, "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7", 3, "198.51.100.7"),
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("10.0.0.1", "nonsense", 1, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7:4711", 1, "198.51.100.7"),
        ("10.0.0.1", "[2001:db8:1:2:3::4]:443", 1, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "", 0, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "", 0, "192.0.2.1"),
        ("", "", 0, "unknown"),
    ],
)
def test_finds_the_client_behind_the_proxies_one_trusts(remote, forwarded, proxies, client):
    found = find_client(remote=remote, forwarded=forwarded, trusted_proxies=proxies)
    assert found == client


@given(st.text(max_size=60), st.integers(1, 3))
def test_gains_a_client_nothing_to_write_the_header_himself(text, proxies):
    hops = ", ".join(["198.51.100.7", *["10.0.0.9"] * (proxies - 1)])
    for forwarded in (f"{text}, {hops}", hops):
        found = find_client(remote="10.0.0.1", forwarded=forwarded, trusted_proxies=proxies)
        assert found == "198.51.100.7"


@pytest.mark.parametrize("text", ["600", "0/minute", "600/fortnight", "-1/minute", " 6/minute"])
def test_refuses_what_is_no_rate(text):
    with pytest.raises(ValueError, match="no rate"):
        Rate.find(text)


def test_takes_an_empty_rate_for_none():
    assert Rate.find("") is None
    assert Rate.find("2/hour") == Rate(2, 3600)
