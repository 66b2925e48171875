"""What is told to programs of the shop by webhook: the rows are the outbox."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class HostNews(models.Model):
    """One thing to tell one target, written in the transaction of what it tells.

    It names its subject and holds no text: what is told is read when it
    leaves. While one about a subject waits untried, no second one is written.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits")
        SENT = "sent", _("taken by the target")
        GIVEN_UP = "given_up", _("given up")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, verbose_name=_("uuid"))
    target = models.CharField(max_length=40, verbose_name=_("target"))
    kind = models.CharField(max_length=40, verbose_name=_("kind"))
    subject = models.CharField(max_length=80, verbose_name=_("subject"))
    state = models.CharField(
        max_length=8, choices=State.choices, default=State.WAITING, verbose_name=_("state")
    )
    attempts = models.PositiveSmallIntegerField(default=0, verbose_name=_("tries"))
    not_before = models.DateTimeField(verbose_name=_("not before"))
    last_code = models.CharField(max_length=40, blank=True, verbose_name=_("last code"))
    created_at = models.DateTimeField(verbose_name=_("created at"))
    finished_at = models.DateTimeField(null=True, blank=True, verbose_name=_("finished at"))

    class Meta:
        verbose_name = _("webhook to a target")
        verbose_name_plural = _("webhooks to targets")
        constraints = [
            models.UniqueConstraint(
                fields=["target", "kind", "subject"],
                name="footback_hostnews_one_untried",
                condition=models.Q(state="waiting", attempts=0),
            )
        ]
        indexes = [
            models.Index(
                fields=["target", "not_before", "id"],
                name="footback_hostnews_waiting",
                condition=models.Q(state="waiting"),
            ),
            models.Index(fields=["state", "-created_at"], name="footback_hostnews_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.target}: {self.kind} {self.subject}"


class NewsTarget(models.Model):
    """How a target of webhooks is doing: failing, resting, or switched off. One row per name."""

    name = models.CharField(max_length=40, unique=True, verbose_name=_("name"))
    failures = models.PositiveIntegerField(
        default=0, help_text=_("in a row"), verbose_name=_("failures")
    )
    failing_since = models.DateTimeField(null=True, blank=True, verbose_name=_("failing since"))
    paused_until = models.DateTimeField(null=True, blank=True, verbose_name=_("paused until"))
    off_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("nothing is sent any more until staff switch it on"),
        verbose_name=_("switched off since"),
    )
    last_code = models.CharField(max_length=40, blank=True, verbose_name=_("last code"))
    last_success_at = models.DateTimeField(null=True, blank=True, verbose_name=_("last success at"))

    class Meta:
        verbose_name = _("target of webhooks")
        verbose_name_plural = _("targets of webhooks")

    def __str__(self) -> str:
        return self.name
