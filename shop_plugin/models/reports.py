"""What is counted of the catalogue day by day, and what another guide would do to it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CatalogueDay(models.Model):
    """How much was known of the shoes on offer on one day, by kind of shoe.

    ``counts`` is what ``services/evidence/completeness.py`` writes: kinds with
    listings, those with a match and known facts, and which facts would help most.
    """

    day = models.DateField(primary_key=True, verbose_name=_("day"))
    counts = models.JSONField(default=dict)
    counted_at = models.DateTimeField(verbose_name=_("counted at"))

    class Meta:
        verbose_name = _("day of the catalogue")
        verbose_name_plural = _("what is known: completeness")

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class GuideReport(models.Model):
    """One comparison of the guide in force with another one, or with one of its lines moved.

    Asked for by a person, computed in the background page by page, kept as an artefact.
    """

    class Kind(models.TextChoices):
        SENSITIVITY = "sensitivity", _("a line of the guide moved")
        RELEASE = "release", _("another formula")

    class State(models.TextChoices):
        WAITING = "waiting", _("waits")
        RUNNING = "running", _("is being computed")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    kind = models.CharField(max_length=12, choices=Kind.choices, verbose_name=_("kind"))
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.WAITING, verbose_name=_("state")
    )
    subject = models.CharField(
        max_length=32, help_text=_("the formula, or the line that moves"), verbose_name=_("subject")
    )
    by = models.IntegerField(
        default=0,
        help_text=_("how far: micrometres, hundredths of a point, or thousandths"),
        verbose_name=_("by"),
    )
    classes_done = models.PositiveIntegerField(default=0)
    classes_total = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True, verbose_name=_("error"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("author"),
    )
    asked_at = models.DateTimeField(verbose_name=_("asked at"))
    beat_at = models.DateTimeField(
        null=True, blank=True, help_text=_("when whoever computes it last gave a sign")
    )
    finished_at = models.DateTimeField(null=True, blank=True, verbose_name=_("finished at"))

    class Meta:
        verbose_name = _("guide report")
        verbose_name_plural = _("guide reports")
        indexes = [
            models.Index(
                fields=["asked_at"],
                name="footback_guidereport_due",
                condition=models.Q(state__in=["waiting", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject} {self.by or ''}".strip()
