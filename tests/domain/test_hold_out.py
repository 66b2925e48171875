"""The hold-out group: it ..."""

from __future__ import annotations

import hashlib

import pytest

from shop_plugin.domain.hold_out import is_held_out

HASHES = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(20_000)]


@pytest.mark.parametrize("percent", [1, 5, 20])
def test_it_holds_about_the_share_that_was_asked_for(percent):
    share = sum(is_held_out(item, percent=percent) for item in HASHES) / len(HASHES)
    assert abs(share - percent / 100) < 0.01


def test_it_holds_nobody_at_nought_and_all_at_a_hundred():
    assert not any(is_held_out(item, percent=0) for item in HASHES[:500])
    assert all(is_held_out(item, percent=100) for item in HASHES[:500])


def test_it_keeps_whoever_is_in_it_when_it_grows():
    assert all(is_held_out(item, percent=20) for item in HASHES if is_held_out(item, percent=5))


def test_it_never_holds_somebody_without_an_address():
    assert not is_held_out("", percent=100)


def test_it_draws_the_same_people_on_every_machine():
    drawn = [number for number, item in enumerate(HASHES[:200]) if is_held_out(item, percent=5)]
    assert drawn == [3, 8, 36, 58, 79, 89, 101, 112, 117, 144, 145, 159, 187]
