"""The plugin's own row per product of the host, its sizes, and what buyers said of them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.attributes import AgeGroup, Gender, UseCategory
from shop_plugin.domain.fit_votes import VoteKind


class Listing(models.Model):
    """One product of the host shop, mirrored; the host's tables stay untouched."""

    class Availability(models.TextChoices):
        IN_STOCK = "in_stock", _("in stock")
        OUT_OF_STOCK = "out_of_stock", _("out of stock")
        PREORDER = "preorder", _("pre-order")
        UNKNOWN = "unknown", _("not stated")

    source = models.CharField(max_length=64, verbose_name=_("source"))
    external_id = models.CharField(max_length=191, verbose_name=_("external id"))
    alias = models.CharField(
        max_length=191,
        blank=True,
        help_text=_("a second id under which the host speaks of it, in orders say"),
        verbose_name=_("second id"),
    )
    title = models.CharField(max_length=500, verbose_name=_("title"))
    description = models.TextField(blank=True, verbose_name=_("description"))
    language = models.CharField(max_length=8, blank=True, verbose_name=_("language"))
    brand = models.CharField(max_length=200, blank=True, verbose_name=_("brand"))
    category_text = models.CharField(
        max_length=500,
        blank=True,
        help_text=_("as the host says it"),
        verbose_name=_("category text"),
    )
    use_category = models.CharField(
        max_length=20,
        choices=[(item.value, item.value) for item in UseCategory],
        default=UseCategory.OTHER.value,
        verbose_name=_("use category"),
    )
    gender = models.CharField(
        max_length=8,
        choices=[(item.value, item.value) for item in Gender],
        default=Gender.UNKNOWN.value,
        verbose_name=_("gender"),
    )
    age_group = models.CharField(
        max_length=8,
        choices=[(item.value, item.value) for item in AgeGroup],
        default=AgeGroup.UNKNOWN.value,
        verbose_name=_("age group"),
    )
    price_minor = models.BigIntegerField(
        null=True,
        blank=True,
        help_text=_("in the smallest unit of the currency"),
        verbose_name=_("price minor"),
    )
    currency = models.CharField(max_length=3, blank=True, verbose_name=_("currency"))
    url = models.CharField(max_length=1000, blank=True, verbose_name=_("url"))
    image_url = models.CharField(max_length=1000, blank=True, verbose_name=_("image url"))
    availability = models.CharField(
        max_length=12,
        choices=Availability.choices,
        default=Availability.UNKNOWN,
        verbose_name=_("availability"),
    )
    raw_attributes = models.JSONField(default=dict, blank=True, verbose_name=_("raw attributes"))
    is_withdrawn = models.BooleanField(
        default=False, help_text=_("gone from the host's catalogue"), verbose_name=_("is withdrawn")
    )

    is_recalled = models.BooleanField(
        default=False,
        help_text=_("the host calls it back: no mail speaks of it, nothing recommends it"),
        verbose_name=_("is recalled"),
    )
    successor = models.CharField(
        max_length=191,
        blank=True,
        help_text=_("the host's id of the model that took its place"),
        verbose_name=_("successor"),
    )
    replaces = models.CharField(
        max_length=191,
        blank=True,
        help_text=_("the host's id of the model whose place it took"),
        verbose_name=_("replaces"),
    )

    record_hash = models.CharField(
        max_length=32,
        blank=True,
        help_text=_("of all the host said; tells what changed"),
        verbose_name=_("record hash"),
    )
    content_hash = models.CharField(
        max_length=32,
        help_text=_("of what facts are read from; price and stock are no part of it"),
        verbose_name=_("content hash"),
    )
    annotated_hash = models.CharField(
        max_length=64,
        blank=True,
        help_text=_("content hash and extractor version of the last reading; empty: never read"),
        verbose_name=_("annotated hash"),
    )
    created_at = models.DateTimeField(verbose_name=_("created at"))
    updated_at = models.DateTimeField(verbose_name=_("updated at"))

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        permissions = [("approve_listing", _("Can approve what others said of a listing"))]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="footback_listing_identity"
            ),
            models.CheckConstraint(
                condition=models.Q(price_minor__isnull=True) | models.Q(price_minor__gte=0),
                name="footback_listing_price_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="footback_listing_newest"),
            # Holds all that facets filter and count by, so that the wide rows stay untouched.
            models.Index(
                fields=["use_category", "gender", "brand", "currency", "price_minor"],
                name="footback_listing_facets",
                condition=models.Q(is_withdrawn=False),
            ),
            models.Index(
                fields=["brand"],
                name="footback_listing_brand",
                condition=models.Q(is_withdrawn=False),
            ),
            models.Index(
                fields=["currency", "price_minor"],
                name="footback_listing_price",
                condition=models.Q(is_withdrawn=False),
            ),
            models.Index(
                fields=["source", "replaces"],
                name="footback_listing_replaces",
                condition=~models.Q(replaces=""),
            ),
            models.Index(
                fields=["source", "alias"],
                name="footback_listing_alias",
                condition=~models.Q(alias=""),
            ),
            models.Index(
                fields=["id"],
                name="footback_listing_withdrawn",
                condition=models.Q(is_withdrawn=True),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ListingSize(models.Model):
    """One size of a listing, with its width where the host states one."""

    # The constraint's index begins with the listing; one of its own would be written for nothing.
    listing = models.ForeignKey(
        Listing, on_delete=models.CASCADE, related_name="sizes", db_index=False
    )
    label = models.CharField(max_length=24)
    system = models.CharField(max_length=12, blank=True)
    width = models.CharField(max_length=24, blank=True)
    stock = models.PositiveIntegerField(default=0)
    internal_length_um = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("length inside the shoe, in micrometres; empty: unknown")
    )
    ball_width_um = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text=_("width inside at the ball of the foot, in micrometres; empty: unknown"),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "label", "system", "width"], name="footback_size_identity"
            )
        ]
        indexes = [
            models.Index(
                fields=["system", "label", "listing"],
                name="footback_size_in_stock",
                condition=models.Q(stock__gt=0),
            )
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (self.system.upper(), self.label, self.width) if part)


class FitVote(models.Model):
    """What buyers said of a listing's sizes: one row of votes, one of reasons of returns.

    Counts of people who said too small, too large, and neither: of votes
    "true to size", of returns another reason. ``updated_at`` is when the shop
    last said so.
    """

    # The constraint's index begins with the listing; one of its own would be written for nothing.
    listing = models.ForeignKey(
        Listing, on_delete=models.CASCADE, related_name="fit_votes", db_index=False
    )
    kind = models.CharField(max_length=8, choices=[(item.value, item.value) for item in VoteKind])
    small = models.PositiveIntegerField()
    neither = models.PositiveIntegerField()
    large = models.PositiveIntegerField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "kind"], name="footback_fitvote_identity")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.small}, {self.neither}, {self.large}"


class ListingDemand(models.Model):
    """How much a listing is asked for: pairs sold and looks at its page in one period.

    The period is the shop's, the same for all listings. No row: the host says nothing.
    """

    listing = models.OneToOneField(
        Listing, on_delete=models.CASCADE, primary_key=True, related_name="demand"
    )
    sales = models.PositiveIntegerField()
    views = models.PositiveIntegerField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.sales} sold, {self.views} views"
