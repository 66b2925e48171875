"""Keys of programs: the secret is kept by nobody, and a key does the smaller of two rights."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from shop_plugin.models import ApiKey, AuditEntry
from shop_plugin.services.access.api_keys import (
    KeyNotFound,
    NewKey,
    Scope,
    create_key,
    find_idle_scopes,
    find_key,
    has_scope,
    note_use,
    revoke_key,
    rotate_key,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def user():
    return get_user_model().objects.create_user("till", password="x")


@pytest.fixture
def new(user, now: datetime) -> NewKey:
    return create_key(name="Till", scopes=[Scope.FACTS], user=user, now=now)


def test_recognises_the_key_and_keeps_no_secret(new: NewKey, now: datetime) -> None:
    assert find_key(token=new.token, now=now) == new.key
    stored = " ".join(str(value) for value in ApiKey.objects.values().get().values())
    assert new.token.rpartition("_")[2] not in stored
    assert new.token not in stored


@pytest.mark.parametrize("place", range(4, 57, 3))
def test_refuses_a_key_with_one_letter_changed(new: NewKey, now: datetime, place: int) -> None:
    letter = "a" if new.token[place] != "a" else "b"
    changed = new.token[:place] + letter + new.token[place + 1 :]
    assert find_key(token=changed, now=now) is None


@pytest.mark.parametrize(
    "token", ["", "fbk", "fbk_", "fbk__", "fbk_\x00_x", "x" * 100_000, "fbk_é_x"]
)
def test_refuses_what_is_no_key(db: None, now: datetime, token: str) -> None:
    assert find_key(token=token, now=now) is None


def test_ends_with_its_time_its_user_and_its_taking_back(user, now: datetime) -> None:
    def make() -> str:
        return create_key(
            name="a", scopes=[Scope.FACTS], user=user, now=now, expires_at=now + HOUR
        ).token

    token = make()
    assert find_key(token=token, now=now + HOUR / 2)
    assert find_key(token=token, now=now + HOUR) is None
    revoke_key(prefix=token.split("_")[1], now=now)
    assert find_key(token=token, now=now) is None
    token = make()
    user.is_active = False
    user.save()
    assert find_key(token=token, now=now) is None


def test_may_do_only_what_key_and_user_both_may(user, new: NewKey, now: datetime) -> None:
    def may(scope: Scope) -> bool:
        key = find_key(token=new.token, now=now)
        assert key is not None
        return has_scope(key=key, scope=scope)

    assert not may(Scope.FACTS)
    for name in ("add_listing", "change_listing"):
        user.user_permissions.add(Permission.objects.get(codename=name))
    assert may(Scope.FACTS)
    assert not may(Scope.CATALOG)


def test_goes_on_with_a_scope_as_it_was_written_before(user, new: NewKey, now: datetime) -> None:
    for name in ("add_listing", "change_listing"):
        user.user_permissions.add(Permission.objects.get(codename=name))
    ApiKey.objects.update(scopes="catalogue:write facts:write")
    key = find_key(token=new.token, now=now)
    assert has_scope(key=key, scope=Scope.CATALOG)
    later = rotate_key(prefix=key.prefix, now=now, overlap=HOUR)
    assert later.key.scopes == "catalog:write facts:write"
    with pytest.raises(ValueError, match="none:write"):
        Scope("none:write")


def test_names_the_scopes_that_its_user_may_not_use(user, now: datetime) -> None:
    user.user_permissions.add(Permission.objects.get(codename="view_nudge"))
    new = create_key(name="a", scopes=list(Scope), user=user, now=now)
    key = find_key(token=new.token, now=now)
    assert set(find_idle_scopes(key)) == set(Scope) - {Scope.NUDGES}


def test_replaces_a_key_with_an_overlap(new: NewKey, now: datetime) -> None:
    later = rotate_key(prefix=new.key.prefix, now=now, overlap=HOUR)
    assert (later.key.name, later.key.scopes) == (new.key.name, new.key.scopes)
    assert find_key(token=new.token, now=now + HOUR / 2)
    assert find_key(token=new.token, now=now + HOUR) is None
    assert find_key(token=later.token, now=now + 1000 * HOUR)


def test_never_lengthens_a_key_by_replacing_it(user, now: datetime) -> None:
    old = create_key(name="a", scopes=[Scope.FACTS], user=user, now=now, expires_at=now + HOUR)
    rotate_key(prefix=old.key.prefix, now=now, overlap=5 * HOUR)
    assert find_key(token=old.token, now=now + HOUR) is None


def test_cannot_replace_or_revoke_what_has_ended(new: NewKey, now: datetime) -> None:
    revoke_key(prefix=new.key.prefix, now=now)
    with pytest.raises(KeyNotFound):
        rotate_key(prefix=new.key.prefix, now=now, overlap=HOUR)
    with pytest.raises(KeyNotFound):
        revoke_key(prefix=new.key.prefix, now=now)


def test_writes_down_who_made_and_ended_it_and_no_secret(user, now: datetime) -> None:
    new = create_key(name="Till", scopes=[Scope.FACTS], user=user, now=now, actor=user)
    revoke_key(prefix=new.key.prefix, now=now, actor=user)
    entries = list(AuditEntry.objects.order_by("pk"))
    assert [entry.action for entry in entries] == ["create_api_key", "revoke_api_key"]
    assert all(entry.actor == user for entry in entries)
    assert all(new.key.secret_hash not in str(entry.after) for entry in entries)


def test_notes_its_use_once_a_minute(new: NewKey, now: datetime) -> None:
    for seconds in (0, 30, 59):
        key = ApiKey.objects.get()
        note_use(key=key, now=now + timedelta(seconds=seconds))
    assert ApiKey.objects.get().last_used_at == now
    note_use(key=ApiKey.objects.get(), now=now + timedelta(seconds=60))
    assert ApiKey.objects.get().last_used_at == now + timedelta(seconds=60)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"scopes": []},
        {"source": "x" * 65},
        {"source": " n"},
        {"expires_at": datetime.fromisoformat("2020-01-01T00:00Z")},
    ],
)
def test_refuses_a_key_for_nothing(user, now: datetime, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a key"):
        create_key(**{"name": "a", "scopes": [Scope.FACTS], "user": user, "now": now, **wrong})
