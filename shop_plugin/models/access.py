"""Which programs may use the API, and what they were answered when they wrote."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ApiKey(models.Model):
    """A key with which a program acts in the name of a user.

    Only the digest of the secret is stored; the key itself is shown once,
    when it is made. It may do what its scopes name and its user may do, the
    smaller of the two, while the user is active. One with a ``source`` reads
    and writes rows of that source alone.
    """

    name = models.CharField(
        max_length=100, help_text=_("the program that uses it"), verbose_name=_("name")
    )
    prefix = models.CharField(
        max_length=12,
        unique=True,
        help_text=_("the part of the key by which it is recognised"),
        verbose_name=_("prefix"),
    )
    secret_hash = models.CharField(max_length=64)
    scopes = models.CharField(
        max_length=200, help_text=_("what it may do, joined by blanks"), verbose_name=_("scopes")
    )
    source = models.CharField(
        max_length=64,
        blank=True,
        help_text=_("the shop or feed whose rows it may read and write; empty: all"),
        verbose_name=_("source"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("in whose name it writes"),
        verbose_name=_("user"),
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("empty: it does not end by itself"),
        verbose_name=_("expires at"),
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("to the minute; empty: never"),
        verbose_name=_("last used at"),
    )

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"


class IdempotencyRecord(models.Model):
    """What a program was answered to a request that it gave a key of its own (Idempotency-Key).

    A row without an answer belongs to a request that is being worked on, or
    was broken off: the one that works holds its lock. ``request_digest`` is
    keyed, and answers hold no address: nothing here tells of a person.
    """

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255, help_text=_("as the program sent it"))
    request_digest = models.CharField(max_length=64, help_text=_("of method, address and body"))
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("idempotency record")
        verbose_name_plural = _("idempotency records")
        constraints = [
            models.UniqueConstraint(fields=["api_key", "key"], name="footback_idempotency_once")
        ]
        indexes = [models.Index(fields=["at"], name="footback_idempotency_age")]

    def __str__(self) -> str:
        return f"{self.api_key_id}: {self.status or 'in progress'}"
