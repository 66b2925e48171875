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
        OUTLOOK = "nudge_outlook", _("outlook of the nudges")

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    kind = models.CharField(max_length=16, choices=Kind.choices, verbose_name=_("kind"))
    state = models.CharField(
        max_length=8, choices=State.choices, default=State.RUNNING, verbose_name=_("state")
    )
    source = models.CharField(max_length=64, blank=True, verbose_name=_("source"))
    file_name = models.CharField(max_length=500, blank=True, verbose_name=_("file name"))
    file_digest = models.CharField(max_length=64, blank=True)
    lines_done = models.PositiveBigIntegerField(
        default=0, help_text=_("lines that are safely in the database; a resumed run skips them")
    )
    counts = models.JSONField(default=dict)
    error = models.TextField(blank=True, verbose_name=_("error"))
    started_at = models.DateTimeField(verbose_name=_("started at"))
    finished_at = models.DateTimeField(null=True, blank=True, verbose_name=_("finished at"))

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        indexes = [models.Index(fields=["kind", "-started_at"], name="footback_jobrun_latest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.started_at:%Y-%m-%d %H:%M}"


class RefusedRow(models.Model):
    """A row of an import that could not be used: where it stood and why."""

    run = models.ForeignKey(
        JobRun, on_delete=models.CASCADE, related_name="refused_rows", verbose_name=_("run")
    )
    line = models.PositiveBigIntegerField(verbose_name=_("line"))
    field = models.CharField(max_length=100, blank=True, verbose_name=_("field"))
    code = models.CharField(max_length=40, verbose_name=_("code"))
    reason = models.CharField(max_length=500, verbose_name=_("reason"))
    raw = models.TextField(
        blank=True, help_text=_("the start of the row as it stood"), verbose_name=_("raw")
    )

    class Meta:
        verbose_name = _("refused row")
        verbose_name_plural = _("refused rows")
        indexes = [models.Index(fields=["run", "line"], name="footback_refusedrow_line")]

    def __str__(self) -> str:
        return f"line {self.line}, {self.field}: {self.reason}"


class AuditEntry(models.Model):
    """Who changed what, when and why. Append-only; bulk work writes here too."""

    action = models.CharField(max_length=40, verbose_name=_("action"))
    subject = models.CharField(
        max_length=191, help_text=_("what was changed: kind and key"), verbose_name=_("subject")
    )
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True, verbose_name=_("reason"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("actor"),
    )
    at = models.DateTimeField(verbose_name=_("at"))

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["subject", "-at"], name="footback_audit_subject"),
            models.Index(fields=["-at"], name="footback_audit_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
