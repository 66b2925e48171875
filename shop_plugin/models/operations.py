"""Runs of long work, rows that were refused, and who changed what."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class JobRun(models.Model):
    """One run of long work: an import, a sync, a tick. Says how far it came and what it did."""

    class Kind(models.TextChoices):
        IMPORT_LISTINGS = "import_listings", _("import of listings")
        IMPORT_ORDERS = "import_orders", _("import of orders")
        SYNC_LISTINGS = "sync_listings", _("sync of listings")
        SYNC_ORDERS = "sync_orders", _("sync of orders")
        ANNOTATE = "annotate", _("reading of listings")
        ASSESS = "assess", _("assessment")
        TICK = "tick", _("tick of the nudge job")

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    kind = models.CharField(max_length=16, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    source = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=500, blank=True)
    file_digest = models.CharField(max_length=64, blank=True)
    lines_done = models.PositiveBigIntegerField(
        default=0, help_text=_("lines that are safely in the database; a resumed run skips them")
    )
    counts = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "-started_at"], name="footback_jobrun_latest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.started_at:%Y-%m-%d %H:%M}"


class RefusedRow(models.Model):
    """A row of an import that could not be used: where it stood and why."""

    run = models.ForeignKey(JobRun, on_delete=models.CASCADE, related_name="refused_rows")
    line = models.PositiveBigIntegerField()
    field = models.CharField(max_length=100, blank=True)
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=500)
    raw = models.TextField(blank=True, help_text=_("the start of the row as it stood"))

    class Meta:
        indexes = [models.Index(fields=["run", "line"], name="footback_refusedrow_line")]

    def __str__(self) -> str:
        return f"line {self.line}, {self.field}: {self.reason}"


class AuditEntry(models.Model):
    """Who changed what, when and why. Append-only; bulk work writes here too."""

    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=191, help_text=_("what was changed: kind and key"))
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["subject", "-at"], name="footback_audit_subject"),
            models.Index(fields=["-at"], name="footback_audit_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
