"""Staff at work: who has a listing open, who passed it by, what was decided and can be undone."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.attributes import ATTRIBUTES
from shop_plugin.models.listing import Listing


class WorkHold(models.Model):
    """Who works on a listing now, so that nobody else is handed it. It runs out by itself."""

    listing = models.OneToOneField(
        Listing, on_delete=models.CASCADE, primary_key=True, related_name="hold"
    )
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.listing_id} until {self.until:%H:%M}"


class WorkPass(models.Model):
    """Somebody went on from a listing: for now, or for good as long as its text stays."""

    class Kind(models.TextChoices):
        DONE = "done", _("said what there is to say")
        CANNOT_TELL = "cannot_tell", _("cannot tell from this text")
        SKIPPED = "skipped", _("skipped for now")

    listing = models.ForeignKey(
        Listing, on_delete=models.CASCADE, related_name="passes", db_index=False
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    content_hash = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "author"], name="footback_pass_identity")
        ]

    def __str__(self) -> str:
        return f"{self.listing_id} {self.kind}"


class WorkDecision(models.Model):
    """One thing that one person decided about a listing, with what it takes to undo it.

    ``moves`` holds [observation, state before, state after] of each changed
    observation; the state before is empty for one that the decision made.
    ``is_gain`` where the shoe could not be scored before and can be now.
    """

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="decisions")
    attributes = models.CharField(max_length=400)
    moves = models.JSONField()
    is_gain = models.BooleanField(default=False)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["author", "-at"], name="footback_decision_latest")]

    def __str__(self) -> str:
        return f"{self.listing_id}: {self.attributes}"


class AutoAcceptRule(models.Model):
    """When a suggestion for one attribute is accepted without a person; off by default."""

    attribute = models.CharField(
        max_length=32,
        unique=True,
        choices=[(key, key) for key in ATTRIBUTES],
        verbose_name=_("attribute"),
    )
    is_on = models.BooleanField(default=False, verbose_name=_("accept by itself"))
    least_percent = models.PositiveSmallIntegerField(
        default=95,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("How sure a reading must be, in percent. Below it a person decides."),
        verbose_name=_("from"),
    )
    delay_hours = models.PositiveSmallIntegerField(
        default=24,
        help_text=_("How long a suggestion waits for a person first, in hours."),
        verbose_name=_("after"),
    )

    class Meta:
        verbose_name = _("rule for suggestions")
        verbose_name_plural = _("rules for suggestions")

    def __str__(self) -> str:
        return self.attribute
