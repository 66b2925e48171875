"""What mail providers report of mails that left. No address and no text of theirs is kept."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop_plugin.models.nudging import Message


class WebhookEvent(models.Model):
    """One report of a provider about one of our mails, taken in once however often it comes."""

    class Fate(models.TextChoices):
        DELIVERED = "delivered", _("delivered")
        BOUNCED = "bounced", _("the address does not exist")
        SOFT_BOUNCED = "soft_bounced", _("bounced for now")
        BLOCKED = "blocked", _("refused for its content or by policy")
        SENDER_REFUSED = "sender_refused", _("the shop's own domain is refused")
        COMPLAINED = "complained", _("marked as spam")
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed at the provider")

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("applied")
        NOTED = "noted", _("noted: an earlier report had said it")
        UNKNOWN = "unknown", _("not applied: no such mail here")
        OTHER_ADDRESS = "other_address", _("not applied: for another address")

    provider = models.CharField(max_length=40, verbose_name=_("provider"))
    event_id = models.CharField(max_length=191, verbose_name=_("event id"))
    fate = models.CharField(max_length=16, choices=Fate.choices, verbose_name=_("fate"))
    outcome = models.CharField(max_length=16, choices=Outcome.choices, verbose_name=_("outcome"))
    code = models.CharField(max_length=12, blank=True, verbose_name=_("code"))
    message = models.ForeignKey(
        Message,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="reports",
        verbose_name=_("message"),
    )
    occurred_at = models.DateTimeField(verbose_name=_("occurred at"))
    received_at = models.DateTimeField(verbose_name=_("received at"))

    class Meta:
        verbose_name = _("provider's report")
        verbose_name_plural = _("providers' reports")
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="footback_webhook_once")
        ]
        indexes = [models.Index(fields=["received_at", "fate"], name="footback_webhook_recent")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.fate}"
