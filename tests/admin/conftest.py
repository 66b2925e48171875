"""A shoe that tells little, and people who may tag."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from tests.admin.tagging import DESCRIPTION
from tests.factories import ListingFactory


@pytest.fixture
def listing(now):
    made = ListingFactory(title="Marlow Walker", description=DESCRIPTION)
    annotate_listings(listing_ids=[made.pk], now=now)
    assess_listings(listing_ids=[made.pk], now=now)
    return made


@pytest.fixture
def tagger(client):
    """A client of a person who may tag and nothing else."""
    user = get_user_model().objects.create_user("alex", is_staff=True)
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_listing", "change_listing"])
    )
    client.force_login(user)
    return client


@pytest.fixture
def colleague(client):
    """Another person who may tag, with a client of their own."""
    billie = get_user_model().objects.create_user("billie", is_staff=True)
    billie.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_listing", "change_listing"])
    )
    other = Client()
    other.force_login(billie)
    return other
