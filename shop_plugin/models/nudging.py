"""Pairs that were bought, what is due about them, and the outbox. The rows are the queue."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.models.listing import Listing
from shop_plugin.models.people import Contact


class Purchase(models.Model):
    """One order line: when wear starts and how long the pair may be expected to last."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("in use")
        RETURNED = "returned", _("returned or refunded")
        CANCELLED = "cancelled", _("cancelled")
        REPLACED = "replaced", _("replaced")
        RETIRED = "retired", _("not worn any more")
        GIVEN = "given_away", _("given away")
        STOPPED = "stopped", _("no reminders wanted for this pair")

    source = models.CharField(max_length=64, verbose_name=_("source"))
    external_id = models.CharField(max_length=191, verbose_name=_("external id"))
    order_id = models.CharField(max_length=191, verbose_name=_("order id"))
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="purchases", verbose_name=_("contact")
    )
    listing = models.ForeignKey(
        Listing, null=True, blank=True, on_delete=models.SET_NULL, related_name="purchases"
    )
    listing_source = models.CharField(
        max_length=64, blank=True, help_text=_("as the order line names it; empty: its own source")
    )
    listing_name = models.CharField(
        max_length=191, blank=True, help_text=_("the host's id of the shoe, as the line names it")
    )
    title = models.CharField(max_length=500, blank=True, verbose_name=_("title"))
    use_category = models.CharField(
        max_length=20,
        choices=[(item.value, item.value) for item in UseCategory],
        default=UseCategory.OTHER.value,
        verbose_name=_("use category"),
    )
    size = models.CharField(max_length=24, blank=True, verbose_name=_("size"))
    quantity = models.PositiveIntegerField(default=1)
    quantity_returned = models.PositiveIntegerField(default=0)
    is_gift = models.BooleanField(default=False, verbose_name=_("is gift"))
    optout_offered = models.BooleanField(default=False)
    ordered_at = models.DateTimeField(verbose_name=_("ordered at"))
    fulfilled_at = models.DateTimeField(null=True, blank=True, verbose_name=_("fulfilled at"))
    delivered_at = models.DateTimeField(null=True, blank=True, verbose_name=_("delivered at"))
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.ACTIVE, verbose_name=_("status")
    )

    wear_start_on = models.DateField(verbose_name=_("wear start on"))
    wear_start_basis = models.CharField(max_length=12, verbose_name=_("wear start basis"))
    days_per_week = models.PositiveSmallIntegerField(
        null=True, blank=True, verbose_name=_("days per week")
    )
    is_kept = models.BooleanField(
        default=False,
        help_text=_("its owner wears it beside newer pairs of its kind"),
        verbose_name=_("is kept"),
    )
    pairs_in_rotation = models.PositiveSmallIntegerField(
        default=1,
        help_text=_("pairs of its kind that are worn in turn, itself included"),
        verbose_name=_("pairs in rotation"),
    )
    personal_factor = models.PositiveSmallIntegerField(
        default=1000, help_text=_("thousandths; grows with each 'still fine'")
    )
    life_low_days = models.PositiveIntegerField(null=True, blank=True)
    life_mid_days = models.PositiveIntegerField(null=True, blank=True)
    life_high_days = models.PositiveIntegerField(null=True, blank=True)
    life_inputs = models.JSONField(default=dict, blank=True)
    cycle = models.PositiveSmallIntegerField(
        default=1, help_text=_("grows with each exchange"), verbose_name=_("cycle")
    )
    next_stage = models.PositiveSmallIntegerField(
        null=True, blank=True, verbose_name=_("next stage")
    )
    next_due_on = models.DateField(null=True, blank=True, verbose_name=_("next due on"))
    snoozed_until = models.DateField(null=True, blank=True, verbose_name=_("snoozed until"))
    record_hash = models.CharField(max_length=32, blank=True, help_text=_("of all the host said"))
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="footback_purchase_identity"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_due_on", "id"],
                name="footback_purchase_due",
                condition=models.Q(status="active", next_due_on__isnull=False),
            ),
            models.Index(fields=["contact", "use_category"], name="footback_purchase_repeat"),
            # A shoe may be told of after its order; then its lines are looked for.
            models.Index(
                fields=["listing_name"],
                name="footback_purchase_shoeless",
                condition=models.Q(listing__isnull=True) & ~models.Q(listing_name=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.ordered_at:%Y-%m})"


class Message(models.Model):
    """The outbox row: one mail to one person about one or more pairs. Never holds the text."""

    class State(models.TextChoices):
        READY = "ready", _("ready")
        CLAIMED = "claimed", _("claimed by a worker")
        HANDING = "handing", _("being handed over")
        SENT = "sent", _("sent")
        RETRY_WAIT = "retry_wait", _("waits for another try")
        UNCERTAIN = "uncertain", _("nobody can know whether it arrived")
        FAILED = "failed", _("refused for good")
        CANCELLED = "cancelled", _("cancelled before it left")
        EXPIRED = "expired", _("too late to be useful")
        ABANDONED = "abandoned", _("uncertain for 72 hours, given up")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, verbose_name=_("uuid"))
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="messages")
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.READY, verbose_name=_("state")
    )
    token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True, verbose_name=_("lease until"))
    not_before = models.DateTimeField(verbose_name=_("not before"))
    attempts_made = models.PositiveSmallIntegerField(default=0, verbose_name=_("attempts made"))
    handed_at = models.DateTimeField(null=True, blank=True, verbose_name=_("handed at"))
    sent_at = models.DateTimeField(null=True, blank=True, verbose_name=_("sent at"))
    message_id_header = models.CharField(
        max_length=191, blank=True, verbose_name=_("message id header")
    )
    last_code = models.CharField(max_length=40, blank=True, verbose_name=_("last code"))
    reason = models.CharField(max_length=60, blank=True)
    is_redirected = models.BooleanField(default=False, verbose_name=_("is redirected"))
    created_at = models.DateTimeField(verbose_name=_("created at"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        permissions = [("send_test_mail", _("Can send mails to themselves as a test"))]
        indexes = [
            models.Index(
                fields=["not_before", "id"],
                name="footback_message_waiting",
                condition=models.Q(state__in=["ready", "retry_wait"]),
            ),
            models.Index(
                fields=["lease_until"],
                name="footback_message_leased",
                condition=models.Q(state__in=["claimed", "handing"]),
            ),
            models.Index(fields=["contact", "-handed_at"], name="footback_message_caps"),
            # The day's limit, the breakers and what nobody knows about are asked every round.
            models.Index(
                fields=["handed_at"],
                name="footback_message_handed",
                condition=models.Q(handed_at__isnull=False),
            ),
            models.Index(
                fields=["handed_at", "id"],
                name="footback_message_uncertain",
                condition=models.Q(state="uncertain"),
            ),
            models.Index(
                fields=["-handed_at"],
                name="footback_message_latest",
                condition=models.Q(handed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uuid} {self.state}"


class RandomUuid(models.Func):
    """A random UUID that the database makes: rows that older code adds have one too."""

    template = "gen_random_uuid()"
    output_field = models.UUIDField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """Return it as SQLite keeps a UUID, as 32 hex digits; the fixed ones are version 4's."""
        digits = (
            "lower(hex(randomblob(6)) || '4' || substr(hex(randomblob(2)), 2)"
            " || substr('89ab', (random() & 3) + 1, 1) || substr(hex(randomblob(2)), 2)"
            " || hex(randomblob(6)))"
        )
        return self.as_sql(compiler, connection, template=digits, **extra)


class NudgeQuerySet(models.QuerySet["Nudge"]):
    """Nudges; whatever is changed of them is dated by the database's clock."""

    def update(self, **changes: Any) -> int:
        """Change all rows and return how many there were."""
        return super().update(**{"changed_at": Now(), **changes})


class Nudge(models.Model):
    """One thing to say about one pair: unique per purchase, stage and cycle."""

    class State(models.TextChoices):
        DUE = "due", _("due")
        QUEUED = "queued", _("in a message")
        SENT = "sent", _("sent")
        UNCERTAIN = "uncertain", _("nobody can know whether it arrived")
        FAILED = "failed", _("refused for good")
        ABANDONED = "abandoned", _("uncertain for 72 hours, given up")
        SKIPPED = "skipped", _("skipped")
        CANCELLED = "cancelled", _("cancelled")

    uuid = models.UUIDField(
        db_default=RandomUuid(),
        unique=True,
        editable=False,
        help_text=_("by which a host speaks of it"),
        verbose_name=_("uuid"),
    )
    purchase = models.ForeignKey(
        Purchase, on_delete=models.CASCADE, related_name="nudges", verbose_name=_("purchase")
    )
    stage = models.PositiveSmallIntegerField(verbose_name=_("stage"))
    cycle = models.PositiveSmallIntegerField(default=1, verbose_name=_("cycle"))
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.DUE, verbose_name=_("state")
    )
    reason = models.CharField(max_length=60, blank=True, verbose_name=_("reason"))
    due_on = models.DateField(verbose_name=_("due on"))
    is_backfilled = models.BooleanField(
        default=False,
        help_text=_("came due before the shop went live, and was let through by staff"),
        verbose_name=_("is backfilled"),
    )
    not_before = models.DateTimeField(verbose_name=_("not before"))
    message = models.ForeignKey(
        Message,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="nudges",
        verbose_name=_("message"),
    )
    created_at = models.DateTimeField(verbose_name=_("created at"))
    changed_at = models.DateTimeField(
        db_default=Now(), editable=False, verbose_name=_("changed at")
    )

    objects = NudgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("nudge")
        verbose_name_plural = _("nudges")
        constraints = [
            models.UniqueConstraint(
                fields=["purchase", "stage", "cycle"], name="footback_nudge_once"
            )
        ]
        permissions = [("view_nudge_ledger", _("Can see why a person was or was not written to"))]
        indexes = [
            models.Index(
                fields=["not_before", "id"],
                name="footback_nudge_waiting",
                condition=models.Q(state="due"),
            ),
            models.Index(fields=["changed_at", "uuid"], name="footback_nudge_changes"),
        ]

    def __str__(self) -> str:
        return f"stage {self.stage} of {self.purchase_id}: {self.state}"


class Attempt(models.Model):
    """One try at handing a message over. Append-only."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField(verbose_name=_("at"))
    phase = models.CharField(max_length=16, verbose_name=_("phase"))
    code = models.CharField(max_length=40, blank=True, verbose_name=_("code"))
    detail = models.CharField(max_length=300, blank=True, verbose_name=_("detail"))
    milliseconds = models.PositiveIntegerField(default=0, verbose_name=_("milliseconds"))
    worker = models.CharField(max_length=80, blank=True, verbose_name=_("worker"))

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        indexes = [models.Index(fields=["-at"], name="footback_attempt_latest")]

    def __str__(self) -> str:
        return f"{self.phase} {self.code}"


class NudgeControl(models.Model):
    """The one row that says how loud the mailer may be. ``live`` is an explicit act."""

    class Mode(models.TextChoices):
        OFF = "off", _("off")
        DRY_RUN = "dry_run", _("dry run")
        REDIRECT = "redirect", _("all to one inbox")
        LIVE = "live", _("live")

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    mode = models.CharField(
        max_length=8, choices=Mode.choices, default=Mode.DRY_RUN, verbose_name=_("mode")
    )
    live_since = models.DateTimeField(null=True, blank=True, verbose_name=_("live since"))
    is_stopped = models.BooleanField(
        default=False, help_text=_("the kill switch"), verbose_name=_("is stopped")
    )
    fingerprint = models.CharField(max_length=64, blank=True, verbose_name=_("fingerprint"))
    stopped_by = models.CharField(
        max_length=16,
        blank=True,
        help_text=_("the breaker that made the mailer fall silent, until somebody confirms"),
        verbose_name=_("stopped by"),
    )
    stopped_figures = models.JSONField(
        null=True, blank=True, help_text=_("what the breaker counted, of how many")
    )
    watched_since = models.DateTimeField(
        null=True, blank=True, help_text=_("what the breakers count came in after it")
    )
    ramp_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("when the ramp began anew, after complaints"),
        verbose_name=_("ramp since"),
    )
    forecast_on = models.DateField(null=True, blank=True, help_text=_("the day of the forecast"))
    forecast_mails = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("mails that the day should bring")
    )
    hook_failures = models.JSONField(
        default=dict, blank=True, help_text=_("functions of the host that failed pages, by name")
    )
    transport_failures = models.PositiveSmallIntegerField(
        default=0, verbose_name=_("transport failures")
    )
    transport_paused_until = models.DateTimeField(
        null=True, blank=True, verbose_name=_("transport paused until")
    )
    last_tick_at = models.DateTimeField(null=True, blank=True, verbose_name=_("last tick at"))
    shop_id = models.UUIDField(
        db_default=RandomUuid(),
        editable=False,
        help_text=_("of this database; its backups share it and no other has it"),
    )
    claims_made = models.PositiveBigIntegerField(
        db_default=0,
        editable=False,
        help_text=_("how many times mails were claimed; less than a journal knows: put back"),
    )

    class Meta:
        verbose_name = _("nudge control")
        verbose_name_plural = _("nudge control")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="footback_nudgecontrol_one_row")
        ]
        permissions = [("set_nudge_live", _("Can let footback write to real people"))]

    def __str__(self) -> str:
        return self.get_mode_display()
