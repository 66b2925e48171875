"""What hosts push: each webhook a row of a queue, and what makes their order no matter."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class HostEvent(models.Model):
    """One webhook whose signature held: stored before it is answered, applied afterwards.

    The body holds people's addresses. It is kept until it was applied, never
    shown and never logged; its digest stays.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits")
        APPLIED = "applied", _("applied")
        IGNORED = "ignored", _("nothing in it that concerns shoes")
        HELD = "held", _("waits for a person")
        REFUSED = "refused", _("cannot be read")
        FAILED = "failed", _("failed again and again")

    connection = models.CharField(max_length=40, verbose_name=_("connection"))
    delivery_id = models.CharField(max_length=191, verbose_name=_("delivery id"))
    topic = models.CharField(max_length=100, blank=True, verbose_name=_("topic"))
    sent_at = models.DateTimeField(
        null=True, blank=True, help_text=_("as the host says"), verbose_name=_("sent at")
    )
    received_at = models.DateTimeField(verbose_name=_("received at"))
    state = models.CharField(
        max_length=8, choices=State.choices, default=State.WAITING, verbose_name=_("state")
    )
    attempts = models.PositiveSmallIntegerField(default=0, verbose_name=_("tries"))
    not_before = models.DateTimeField(
        help_text=_("while a worker is at it, the end of its lease"), verbose_name=_("not before")
    )
    error = models.CharField(max_length=300, blank=True, verbose_name=_("error"))
    body = models.BinaryField(
        null=True, blank=True, help_text=_("as it was signed; empty once it was applied")
    )
    body_digest = models.CharField(max_length=64, help_text=_("SHA-256 of the body"))
    counts = models.JSONField(default=dict, blank=True, verbose_name=_("what it did"))
    finished_at = models.DateTimeField(null=True, blank=True, verbose_name=_("finished at"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("who of the staff let it be carried out"),
        verbose_name=_("confirmed by"),
    )

    class Meta:
        verbose_name = _("webhook of the host")
        verbose_name_plural = _("webhooks of the host")
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "delivery_id"], name="footback_hostevent_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["not_before", "id"],
                name="footback_hostevent_waiting",
                condition=models.Q(state="waiting"),
            ),
            models.Index(fields=["state", "-received_at"], name="footback_hostevent_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.connection}: {self.topic or self.delivery_id}"


class HostVersion(models.Model):
    """How new the newest word of a host about one of its rows is, so that no older one undoes it.

    ``told_at`` and ``digest`` are of what holds, ``gone_at`` is when the row
    was last deleted there. Kept also of rows that footback never saw.
    """

    class Kind(models.TextChoices):
        LISTING = "listing", _("listing")
        PURCHASE = "purchase", _("purchase")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    source = models.CharField(max_length=64)
    name = models.CharField(max_length=191, help_text=_("the id or the second id at the host"))
    told_at = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=32, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source", "name"], name="footback_hostversion_identity"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}:{self.name}"


class ReturnedPairs(models.Model):
    """Pairs of one order line that came back, as one act of the host; counted once.

    The line may be told later than its return, or never.
    """

    source = models.CharField(max_length=64)
    external_id = models.CharField(max_length=191, help_text=_("of the act"))
    purchase_external_id = models.CharField(max_length=191)
    quantity = models.PositiveIntegerField()
    told_at = models.DateTimeField()
    is_counted = models.BooleanField(
        default=False, help_text=_("the order line is known and says so")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="footback_returnedpairs_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["source", "purchase_external_id"], name="footback_returnedpairs_line"
            ),
            models.Index(
                fields=["id"],
                name="footback_returnedpairs_open",
                condition=models.Q(is_counted=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.source}:{self.purchase_external_id}"
