"""What a small shoe shop keeps: products in sizes, orders, and what came back."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Product(models.Model):
    """A shoe as the shop describes it, in whatever words its maker or buyer used."""

    sku = models.CharField(max_length=40, unique=True)
    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    brand = models.CharField(max_length=80)
    category = models.CharField(max_length=120, help_text=_("as on the shelf: Women > Pumps"))
    gender = models.CharField(max_length=10, blank=True)
    description = models.TextField(blank=True)
    language = models.CharField(max_length=8, default="en")
    specs = models.JSONField(default=dict, blank=True, help_text=_("the data sheet, as supplied"))
    fit_votes = models.JSONField(
        default=dict, blank=True, help_text=_("buyers who said small, true, large")
    )
    return_reasons = models.JSONField(
        default=dict, blank=True, help_text=_("pairs that came back too_small, too_big, other")
    )
    sold_lately = models.PositiveIntegerField(
        default=0, help_text=_("pairs sold in the last 30 days")
    )
    seen_lately = models.PositiveIntegerField(
        default=0, help_text=_("looks at its page in the last 30 days")
    )
    price = models.DecimalField(
        max_digits=8, decimal_places=2, validators=[MinValueValidator(Decimal("0"))]
    )
    currency = models.CharField(max_length=3, default="EUR")
    picture = models.URLField(blank=True)
    is_on_sale = models.BooleanField(_("shown in the shop"), default=True)
    added_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        ordering = ["-added_at", "pk"]

    def __str__(self) -> str:
        return f"{self.brand} {self.name}"

    def get_absolute_url(self) -> str:
        """Return the address of the product page."""
        return reverse("store:product", args=[self.slug])

    @property
    def shelf(self) -> str:
        """Return the category as a path for people: "Women › Pumps"."""
        return self.category.replace(" > ", " › ")

    @property
    def has_stock(self) -> bool:
        """Tell whether any size is left."""
        return any(variant.stock for variant in self.variants.all())


class Variant(models.Model):
    """One size of a product, and how many pairs are left."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants")
    sku = models.CharField(max_length=60, unique=True)
    size = models.CharField(max_length=12)
    size_system = models.CharField(max_length=4, default="EU")
    width = models.CharField(max_length=24, blank=True)
    stock = models.PositiveIntegerField(default=0)
    internal_length_mm = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("inside, from the maker's table")
    )
    ball_width_mm = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("inside, at the ball of the foot")
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return " ".join(part for part in (self.size_system, self.size, self.width) if part)


class Order(models.Model):
    """What one customer bought at one time."""

    number = models.CharField(max_length=20, unique=True)
    customer_name = models.CharField(_("your name"), max_length=120)
    customer_email = models.EmailField(_("your e-mail address"))
    language = models.CharField(max_length=8, default="en")
    country = models.CharField(max_length=2, blank=True)
    is_gift = models.BooleanField(_("this is a gift for somebody else"), default=False)
    optout_offered = models.BooleanField(
        default=False, help_text=_("the order form offered to say no to mails about the pair")
    )
    declined_mails = models.BooleanField(
        _("no mails about caring for this pair, please"), default=False
    )
    placed_at = models.DateTimeField(default=timezone.now, db_index=True)
    fulfilled_at = models.DateTimeField(_("sent off"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("arrived"), null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        ordering = ["-placed_at", "pk"]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """Return the address of the confirmation."""
        return reverse("store:order", args=[self.number])

    @property
    def first_name(self) -> str:
        """Return the first word of the customer's name."""
        return self.customer_name.partition(" ")[0]

    @property
    def may_be_mailed(self) -> bool:
        """Tell whether the form offered to say no to mails and the customer did not."""
        return self.optout_offered and not self.declined_mails


class OrderLine(models.Model):
    """So many pairs of one size in an order; ``returned_quantity`` of them came back.

    Whoever changes a line saves its order too, whose ``updated_at`` tells of both.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="order_lines")
    quantity = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    returned_quantity = models.PositiveIntegerField(default=0)
    unit_price = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(returned_quantity__lte=models.F("quantity")),
                name="store_orderline_returned_at_most_bought",
            )
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.variant}"

    @property
    def kept_quantity(self) -> int:
        """Return how many pairs the customer still has."""
        return self.quantity - self.returned_quantity
