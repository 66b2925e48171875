"""It makes, replaces, revokes and lists keys, and prints each once."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from shop_plugin.models import ApiKey
from shop_plugin.services.access.api_keys import find_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def user():
    return get_user_model().objects.create_user("till", password="x")


def make(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    call_command("footback_api_key", "create", "Till", "--user", "till", *options)
    return capsys.readouterr().out.strip()


def test_prints_a_key_that_works_and_nothing_else(capsys) -> None:
    token = make(capsys, "--scope", "facts:write", "--scope", "catalogue:write", "--days", "30")
    key = find_key(token=token, now=timezone.now())
    assert key.scopes == "catalog:write facts:write"
    assert (key.expires_at - key.created_at).days == 30


def test_replaces_and_revokes_by_prefix(capsys) -> None:
    first = make(capsys, "--scope", "facts:write")
    call_command("footback_api_key", "rotate", first.split("_")[1], "--overlap-hours", "0")
    second = capsys.readouterr().out.strip()
    assert find_key(token=first, now=timezone.now()) is None
    assert find_key(token=second, now=timezone.now())
    call_command("footback_api_key", "revoke", second.split("_")[1])
    assert find_key(token=second, now=timezone.now()) is None


def test_lists_every_key_without_its_secret(capsys) -> None:
    token = make(capsys, "--scope", "facts:write")
    call_command("footback_api_key", "list")
    shown = capsys.readouterr().out
    assert ApiKey.objects.get().prefix in shown
    assert "active" in shown
    assert token.rpartition("_")[2] not in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create", "a", "--user", "nobody", "--scope", "facts:write"], "no user 'nobody'"),
        (["create", "a", "--user", "till", "--scope", "facts:write", "--days", "-1"], "ended"),
        (["rotate", "ffffffff"], "No key in force"),
        (["revoke", "ffffffff"], "No key in force"),
    ],
)
def test_says_what_is_wrong(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("footback_api_key", *arguments)


def test_binds_a_key_to_a_source_and_keeps_that_when_it_is_replaced(capsys) -> None:
    first = make(capsys, "--scope", "orders:write", "--source", "north")
    assert find_key(token=first, now=timezone.now()).source == "north"
    call_command("footback_api_key", "rotate", first.split("_")[1])
    second = capsys.readouterr().out.strip()
    assert find_key(token=second, now=timezone.now()).source == "north"
    call_command("footback_api_key", "list")
    assert "orders:write in north" in capsys.readouterr().out


def test_says_what_the_user_lacks_for_the_key(capsys, user) -> None:
    call_command("footback_api_key", "create", "Till", "--user", "till", "--scope", "nudges:read")
    assert "till lacks the permissions for nudges:read: footback.view_nudge" in (
        capsys.readouterr().err
    )


def test_knows_no_other_scope() -> None:
    with pytest.raises(CommandError, match="invalid"):
        call_command("footback_api_key", "create", "a", "--user", "till", "--scope", "all:write")
