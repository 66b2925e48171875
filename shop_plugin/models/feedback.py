"""What readers of the shop's pages say of the facts; never who they are."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.attributes import ATTRIBUTES
from shop_plugin.models.listing import Listing


class ValueReport(models.Model):
    """A reader's word that a value is wrong. Nothing of the reader is kept.

    ``said`` counts readers who said the same in the same words. ``shown`` is
    what the page said then.
    """

    class State(models.TextChoices):
        OPEN = "open", _("waits")
        FIXED = "fixed", _("fixed")
        NOT_WRONG = "not_wrong", _("not wrong")
        CANNOT_TELL = "cannot_tell", _("cannot tell")

    listing = models.ForeignKey(
        Listing, on_delete=models.CASCADE, related_name="value_reports", verbose_name=_("listing")
    )
    attribute = models.CharField(
        max_length=32,
        blank=True,
        choices=[(key, key) for key in ATTRIBUTES],
        help_text=_("empty: something else"),
        verbose_name=_("attribute"),
    )
    shown = models.CharField(max_length=200, blank=True, verbose_name=_("what the page said"))
    text = models.CharField(max_length=300, verbose_name=_("what the reader says"))
    language = models.CharField(max_length=8, blank=True, verbose_name=_("language"))
    said = models.PositiveIntegerField(default=1, verbose_name=_("readers"))
    state = models.CharField(
        max_length=12, choices=State.choices, default=State.OPEN, verbose_name=_("state")
    )
    note = models.CharField(max_length=300, blank=True, verbose_name=_("note"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("answered by"),
    )
    reported_at = models.DateTimeField(verbose_name=_("reported at"))
    answered_at = models.DateTimeField(null=True, blank=True, verbose_name=_("answered at"))

    class Meta:
        verbose_name = _("report of a wrong value")
        verbose_name_plural = _("reports of wrong values")
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "attribute", "text"],
                condition=models.Q(state="open"),
                name="footback_valuereport_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["reported_at"],
                name="footback_valuereport_open",
                condition=models.Q(state="open"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.attribute or '?'}: {self.text}"
