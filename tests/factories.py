"""Rows for tests, one factory per model that tests need."""

from __future__ import annotations

from datetime import UTC, date, datetime

import factory

from shop_plugin import models
from shop_plugin.domain.attributes import FootwearAttributes
from shop_plugin.domain.terms import write_terms

FIXED_NOW = datetime(2026, 6, 16, 10, 0, tzinfo=UTC)


class ListingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Listing
        skip_postgeneration_save = True

    source = "test"
    external_id = factory.Sequence(lambda number: f"shoe-{number}")
    title = factory.Sequence(lambda number: f"Marlow Walker {number}")
    brand = "Marlow"
    use_category = "walking"
    gender = "women"
    age_group = "adult"
    price_minor = 8900
    currency = "EUR"
    availability = "in_stock"
    content_hash = factory.Sequence(lambda number: f"{number:032x}")
    created_at = FIXED_NOW
    updated_at = FIXED_NOW

    @factory.post_generation
    def terms(self: models.Listing, create: bool, extracted: object, **_: object) -> None:
        """Write down the words to find it by, as an import does."""
        if create:
            models.ListingTerms.objects.create(
                listing=self, terms=write_terms(self.title, self.brand, self.description)
            )


class SizeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.ListingSize

    listing = factory.SubFactory(ListingFactory)
    label = "38"
    system = "eu"
    stock = 3


class ProfileFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.FootwearProfile

    listing = factory.SubFactory(ListingFactory)
    snapshot = factory.LazyFunction(lambda: FootwearAttributes().as_snapshot())
    attribute_hash = factory.LazyFunction(lambda: FootwearAttributes().fingerprint())
    resolved_at = FIXED_NOW


class ContactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Contact

    source = "test"
    external_id = factory.Sequence(lambda number: f"person-{number}")
    email = factory.Sequence(lambda number: f"person{number}@example.org")
    unsubscribe_token = factory.Sequence(lambda number: f"token{number:017d}")
    first_name = "Robin"
    language = "en"
    timezone = "UTC"
    created_at = FIXED_NOW


class PurchaseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Purchase

    source = "test"
    external_id = factory.Sequence(lambda number: f"line-{number}")
    order_id = factory.Sequence(lambda number: f"order-{number}")
    contact = factory.SubFactory(ContactFactory)
    listing = factory.SubFactory(ListingFactory)
    title = "Marlow Walker"
    use_category = "walking"
    optout_offered = True
    ordered_at = datetime(2025, 1, 10, 9, 0, tzinfo=UTC)
    wear_start_on = date(2025, 1, 24)
    wear_start_basis = "ordered"
    created_at = FIXED_NOW
    updated_at = FIXED_NOW
