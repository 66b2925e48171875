"""Spreadsheets of facts that were handed in: what was found in them, row by row."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SheetImport(models.Model):
    """One spreadsheet of staff values: being checked, waiting for a decision, or done with.

    Nothing of it counts before somebody confirms. What was confirmed is then
    an edit of many listings; ``bulk_edit_id`` names it.
    """

    class State(models.TextChoices):
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("waits for your decision")
        UNUSABLE = "unusable", _("refused as a whole")
        CONFIRMED = "confirmed", _("confirmed")
        DISCARDED = "discarded", _("discarded")

    state = models.CharField(
        max_length=10, choices=State.choices, default=State.CHECKING, verbose_name=_("state")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("author"),
    )
    file_name = models.CharField(max_length=200, verbose_name=_("file name"))
    format_name = models.CharField(max_length=16)
    encoding = models.CharField(max_length=16, blank=True)
    language = models.CharField(max_length=12, help_text=_("in which the reasons are written"))
    content = models.BinaryField(default=bytes, help_text=_("the file, until it is checked"))
    labels = models.JSONField(default=list, help_text=_("the headings of the table"))
    lines_done = models.PositiveIntegerField(
        default=0, help_text=_("the last line that is checked; a resumed check goes on behind it")
    )
    counts = models.JSONField(default=dict, verbose_name=_("counts"))
    problem = models.JSONField(default=dict, help_text=_("why the whole file was refused"))
    bulk_edit_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(verbose_name=_("made at"))
    moved_at = models.DateTimeField(help_text=_("when it last came on"), verbose_name=_("moved at"))

    class Meta:
        verbose_name = _("spreadsheet of facts")
        verbose_name_plural = _("spreadsheets of facts")
        indexes = [
            models.Index(
                fields=["id"],
                name="footback_sheet_due",
                condition=models.Q(state="checking"),
            )
        ]

    def __str__(self) -> str:
        return self.file_name


class SheetImportRow(models.Model):
    """A row of a spreadsheet that would change something, or that cannot be used.

    A row that changes nothing is counted only. ``cells`` are those of the
    file, kept where a person may want to correct them. ``facts`` tell per
    column what stood there, what it was and what it would become, or why not.
    """

    class Kind(models.TextChoices):
        CHANGE = "change", _("would change")
        CONFLICT = "conflict", _("changed since")
        REFUSED = "refused", _("refused")

    sheet = models.ForeignKey(
        SheetImport, on_delete=models.CASCADE, related_name="rows", db_index=False
    )
    line = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    listing_id = models.BigIntegerField(null=True, blank=True)
    title = models.CharField(max_length=200, blank=True)
    cells = models.JSONField(default=list)
    facts = models.JSONField(default=list)
    seen = models.CharField(
        max_length=32, blank=True, help_text=_("fingerprint of the evidence that was looked at")
    )
    is_chosen = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sheet", "line"], name="footback_sheetrow_once")
        ]
        indexes = [models.Index(fields=["sheet", "kind", "line"], name="footback_sheetrow_kind")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.kind}"
