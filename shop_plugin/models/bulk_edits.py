"""Edits of many listings at once: what is asked, how far it came, and what it takes to undo it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class BulkEdit(models.Model):
    """One edit of many listings: who asked for what and why, and how far it came.

    ``listing_ids`` is frozen when the edit is made: what was previewed is what
    is done, whatever a filter would find later. ``cursor`` counts the listings
    of it that are safely done, in ascending order of their ids.
    """

    class Kind(models.TextChoices):
        OPERATIONS = "operations", _("one set of operations for all")
        VALUES = "values", _("values of their own for each")
        UNDO = "undo", _("undo of another")

    class State(models.TextChoices):
        DRAFT = "draft", _("being filled")
        PREVIEWING = "previewing", _("preview being computed")
        PREVIEWED = "previewed", _("waits for confirmation")
        WAITING = "waiting", _("waits for its turn")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("called off")
        FAILED = "failed", _("failed")

    kind = models.CharField(max_length=10, choices=Kind.choices, verbose_name=_("kind"))
    state = models.CharField(max_length=10, choices=State.choices, verbose_name=_("state"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("author"),
    )
    reason = models.CharField(max_length=300, blank=True, verbose_name=_("reason"))
    criteria = models.CharField(
        max_length=1000,
        blank=True,
        help_text=_("the filter or file that the listings came from, for people"),
        verbose_name=_("criteria"),
    )
    operations = models.JSONField(
        default=dict,
        help_text=_("attribute -> operation, value, text"),
        verbose_name=_("operations"),
    )
    undo_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="undos",
        verbose_name=_("undo of"),
    )
    listing_ids = models.BinaryField(default=bytes, help_text=_("a 64-bit roaring bitmap"))
    total = models.PositiveBigIntegerField(default=0, verbose_name=_("listings"))
    cursor = models.PositiveBigIntegerField(
        default=0,
        help_text=_("listings that are done; a resumed edit goes on behind them"),
        verbose_name=_("done"),
    )
    counts = models.JSONField(default=dict, verbose_name=_("counts"))
    preview_total = models.PositiveBigIntegerField(
        default=0, help_text=_("listings the preview looks at: all, or a sample of very many")
    )
    preview_cursor = models.PositiveBigIntegerField(default=0)
    preview = models.JSONField(default=dict, help_text=_("what the edit would do"))
    failures = models.PositiveSmallIntegerField(
        default=0, help_text=_("tries in a row that failed")
    )
    error = models.TextField(blank=True, verbose_name=_("error"))
    created_at = models.DateTimeField(verbose_name=_("made at"))
    started_at = models.DateTimeField(null=True, blank=True, verbose_name=_("started at"))
    moved_at = models.DateTimeField(
        null=True, blank=True, help_text=_("when it last came on"), verbose_name=_("moved at")
    )
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True, verbose_name=_("finished at"))

    class Meta:
        verbose_name = _("bulk edit")
        verbose_name_plural = _("bulk edits")
        permissions = [
            ("run_bulkedit", _("Can edit many listings at once")),
            ("undo_bulkedit", _("Can undo an edit of many listings")),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="footback_bulkedit_due",
                condition=models.Q(state__in=["previewing", "waiting", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.reason}" if self.reason else f"{self.pk}"


class BulkEditValue(models.Model):
    """What an edit of kind "values" says of one listing.

    ``listing_id`` here and below is a plain number: a listing that is deleted
    leaves what was said and done of it readable, and costs no search here.
    """

    bulk_edit = models.ForeignKey(
        BulkEdit, on_delete=models.CASCADE, related_name="values_to_write", db_index=False
    )
    listing_id = models.BigIntegerField()
    operations = models.JSONField()
    seen = models.CharField(
        max_length=32, blank=True, help_text=_("fingerprint of the evidence that was looked at")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bulk_edit", "listing_id"], name="footback_bulkeditvalue_once"
            )
        ]

    def __str__(self) -> str:
        return f"listing {self.listing_id} of bulk edit {self.bulk_edit_id}"


class BulkEditOutcome(models.Model):
    """What an edit changed of one attribute of one listing, or why it left it.

    ``moves`` are ``[observation, state before, state after]``, all that undoing
    needs. What stayed as it was is counted only.
    """

    class Kind(models.TextChoices):
        CHANGED = "changed", _("changed")
        OUTRANKED = "outranked", _("changed, but a better source is believed")
        REFUSED = "refused", _("left as it was")

    bulk_edit = models.ForeignKey(
        BulkEdit, on_delete=models.CASCADE, related_name="outcomes", db_index=False
    )
    listing_id = models.BigIntegerField()
    attribute = models.CharField(max_length=32)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    code = models.CharField(max_length=24, blank=True)
    moves = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bulk_edit", "listing_id", "attribute"],
                name="footback_bulkeditoutcome_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["bulk_edit", "id"],
                name="footback_bulkedit_refused",
                condition=models.Q(kind="refused"),
            )
        ]

    def __str__(self) -> str:
        return f"listing {self.listing_id}, {self.attribute}: {self.kind}"
