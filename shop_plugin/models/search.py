"""What search reads beside listing and profile: words, and the log of changes."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from shop_plugin.models.listing import Listing


class ListingTerms(models.Model):
    """The words by which a listing is found: ``domain.terms.write_terms`` of its texts."""

    listing = models.OneToOneField(
        Listing, on_delete=models.CASCADE, primary_key=True, related_name="terms"
    )
    terms = models.TextField()

    def __str__(self) -> str:
        return f"words of listing {self.listing_id}"


class SearchChange(models.Model):
    """Some listings may be found differently now. Written in the transaction that changes them.

    The log is a set, not a sequence: on PostgreSQL a lower ``id`` may be
    committed after a higher one, so a reader remembers which rows it has
    applied and never only how far it came.
    """

    listing_ids = models.BinaryField(help_text=_("a 64-bit roaring bitmap"))
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        # Also the narrow index that SQLite counts by, since the table itself holds the bitmaps.
        indexes = [models.Index(fields=["noted_at"], name="footback_searchchange_noted")]

    def __str__(self) -> str:
        return f"change {self.pk}"


class SearchLog(models.Model):
    """How many rows were pruned from the log of changes: one row, number 1."""

    pruned = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.pruned} changes pruned"


class SearchSnapshot(models.Model):
    """The search index in memory, written down: what a fresh process begins with.

    ``state_number`` and ``seen`` say which changes it holds for sure; it may
    hold later ones too, which does no harm, for applying a change again
    changes nothing.
    """

    state_number = models.PositiveBigIntegerField()
    seen = models.BinaryField(help_text=_("the keys of the changes it holds, as a roaring bitmap"))
    listings = models.PositiveBigIntegerField()
    size_bytes = models.PositiveBigIntegerField()
    built_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"snapshot of {self.listings} listings, {self.built_at:%Y-%m-%d %H:%M}"


class SearchSnapshotPart(models.Model):
    """Some megabytes of a snapshot."""

    snapshot = models.ForeignKey(SearchSnapshot, on_delete=models.CASCADE, related_name="parts")
    position = models.PositiveIntegerField()
    body = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "position"], name="footback_searchsnapshot_part"
            )
        ]

    def __str__(self) -> str:
        return f"part {self.position}"
