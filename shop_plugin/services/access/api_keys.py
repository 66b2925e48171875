"""Keys of programs: made, recognised, replaced with an overlap, taken back.

A key reads ``fbk_PREFIX_SECRET``. The secret has 256 bits, so that its plain
SHA-256 is enough to keep: there is nothing to guess.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shop_plugin.models import ApiKey, AuditEntry
from shop_plugin.services.words.attributes import Text

MARK = "fbk"
PREFIX_BYTES = 4
SECRET_BYTES = 32
LONGEST_TOKEN = 100
# A key in use is written down once a minute, not once a request.
USE_IS_NOTED_EVERY = timedelta(minutes=1)


class Scope(StrEnum):
    """What a key may be allowed to do."""

    FACTS = "facts:write"
    CATALOG = "catalog:write"
    ORDERS = "orders:write"
    NUDGES = "nudges:read"
    CONTACTS = "contacts:erase"

    @classmethod
    def _missing_(cls, value: object) -> Scope | None:
        # As keys of earlier versions have it written down; they go on working.
        return cls.CATALOG if value == "catalogue:write" else None


SCOPE_LABELS: Mapping[Scope, Text] = {
    Scope.FACTS: _("set and take back facts of listings"),
    Scope.CATALOG: _("bring listings in, change and withdraw them"),
    Scope.ORDERS: _("bring order lines in and change them"),
    Scope.NUDGES: _("read what became of nudges"),
    Scope.CONTACTS: _("erase people's data for good"),
}
# What the key's user must be allowed to do besides: the same as in the admin.
SCOPE_PERMISSIONS: Mapping[Scope, tuple[str, ...]] = {
    Scope.FACTS: ("footback.change_listing",),
    Scope.CATALOG: ("footback.add_listing", "footback.change_listing"),
    Scope.ORDERS: ("footback.add_purchase", "footback.change_purchase"),
    Scope.NUDGES: ("footback.view_nudge",),
    Scope.CONTACTS: ("footback.erase_contact",),
}
LONGEST_SOURCE = 64


class KeyNotFound(LookupError):
    """No key in force has this prefix."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. ``token`` is what the program sends; nobody can read it again."""

    key: ApiKey
    token: str


def create_key(
    *,
    name: str,
    scopes: Iterable[Scope],
    user: AbstractBaseUser,
    now: datetime,
    source: str = "",
    expires_at: datetime | None = None,
    actor: AbstractBaseUser | None = None,
) -> NewKey:
    """Make a key for a program that acts in the name of ``user``.

    With a ``source`` it is for the rows of that source alone.

    :raises ValueError: without a name, without a scope, with a source that no
        row can have, or with an end in the past.
    """
    allowed = sorted(set(scopes))
    if not name.strip() or not allowed:
        raise ValueError("a key needs a name and at least one scope")
    if source != source.strip() or len(source) > LONGEST_SOURCE:
        raise ValueError(f"a key's source has at most {LONGEST_SOURCE} characters and no blank end")
    if expires_at is not None and expires_at <= now:
        raise ValueError("a key cannot have ended before it begins")
    prefix, secret = secrets.token_hex(PREFIX_BYTES), secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        key = ApiKey.objects.create(
            name=name.strip()[:100],
            prefix=prefix,
            secret_hash=_digest(secret),
            scopes=" ".join(allowed),
            source=source,
            user_id=user.pk,
            created_at=now,
            expires_at=expires_at,
        )
        _write_down("create_api_key", key, actor=actor, now=now)
    return NewKey(key, f"{MARK}_{prefix}_{secret}")


def find_key(*, token: str, now: datetime) -> ApiKey | None:
    """Return the key in force that a program sent, with its user, or ``None``."""
    mark, _bar, rest = token[:LONGEST_TOKEN].partition("_")
    prefix, _bar, secret = rest.partition("_")
    if mark != MARK or not prefix.isalnum() or not prefix.isascii():
        return None
    key = _in_force(now).filter(prefix=prefix).select_related("user").first()
    if key is None or not hmac.compare_digest(key.secret_hash, _digest(secret)):
        return None
    return key if key.user.is_active else None


def note_use(*, key: ApiKey, now: datetime) -> None:
    """Write down that a key was used, at most once a minute."""
    if key.last_used_at is None or now - key.last_used_at >= USE_IS_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


def has_scope(*, key: ApiKey, scope: Scope) -> bool:
    """Tell whether the key and its user may both do this."""
    return scope in scopes_of(key) and key.user.has_perms(SCOPE_PERMISSIONS[scope])


def scopes_of(key: ApiKey) -> tuple[Scope, ...]:
    """Return what the key may do as far as its user may."""
    return tuple(Scope(name) for name in key.scopes.split())


def find_idle_scopes(key: ApiKey) -> tuple[Scope, ...]:
    """Return the scopes of a key that its user may not use."""
    return tuple(scope for scope in scopes_of(key) if not has_scope(key=key, scope=scope))


def rotate_key(
    *, prefix: str, now: datetime, overlap: timedelta, actor: AbstractBaseUser | None = None
) -> NewKey:
    """Make the key that replaces another; the old one goes on working for ``overlap``.

    The new one has the same name, scopes, source and user, and lasts as long
    as the old one was meant to.

    :raises KeyNotFound: when no key in force has this prefix.
    :raises ValueError: for a negative overlap.
    """
    if overlap < timedelta(0):
        raise ValueError("an overlap cannot be negative")
    with transaction.atomic():
        old = _in_force(now).select_for_update(of=("self",)).filter(prefix=prefix).first()
        if old is None:
            raise KeyNotFound(prefix)
        lasts = None if old.expires_at is None else now + (old.expires_at - old.created_at)
        new = create_key(
            name=old.name,
            scopes=scopes_of(old),
            source=old.source,
            user=old.user,
            now=now,
            expires_at=lasts,
            actor=actor,
        )
        end = now + overlap
        old.expires_at = end if old.expires_at is None else min(end, old.expires_at)
        old.save(update_fields=["expires_at"])
        _write_down("rotate_api_key", old, actor=actor, now=now)
    return new


def revoke_key(*, prefix: str, now: datetime, actor: AbstractBaseUser | None = None) -> ApiKey:
    """Take a key back at once and for good.

    :raises KeyNotFound: when no key in force has this prefix.
    """
    with transaction.atomic():
        key = _in_force(now).select_for_update(of=("self",)).filter(prefix=prefix).first()
        if key is None:
            raise KeyNotFound(prefix)
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        _write_down("revoke_api_key", key, actor=actor, now=now)
    return key


def describe_state(key: ApiKey, *, now: datetime) -> str:
    """Return "active", "expired", "revoked" or "user inactive"."""
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= now:
        return "expired"
    return "active" if key.user.is_active else "user inactive"


def _in_force(now: datetime) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(revoked_at__isnull=True).filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _write_down(action: str, key: ApiKey, *, actor: AbstractBaseUser | None, now: datetime) -> None:
    AuditEntry.objects.create(
        action=action,
        subject=f"api_key:{key.prefix}",
        after={
            "name": key.name,
            "scopes": key.scopes.split(),
            "source": key.source,
            "user": str(key.user),
        },
        actor_id=None if actor is None else actor.pk,
        at=now,
    )
