"""A small catalogue that went through the whole pipeline, for the API to show."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from shop_plugin.models import Listing
from shop_plugin.services.access.api_keys import SCOPE_PERMISSIONS, Scope, create_key
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from tests.factories import ListingFactory, SizeFactory

API = "/api/footback/v1/"
# What the scopes need, all of them.
ALL_PERMISSIONS = tuple(
    sorted({name.partition(".")[2] for names in SCOPE_PERMISSIONS.values() for name in names})
)


@dataclass(frozen=True)
class Catalogue:
    """The listings of the catalogue, by what they stand for."""

    walker: Listing
    pump: Listing
    silent: Listing
    withdrawn: Listing
    kids: Listing


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Let no test's requests count against another's."""
    cache.clear()


@pytest.fixture
def catalogue(db: None, now: datetime) -> Catalogue:
    """Return five read and assessed listings."""
    walker = ListingFactory(
        title="Marlow Fenwalker",
        description=(
            "Laces, a round toe and a thickly cushioned sole. Excellent arch support. "
            "Heel height: 1 inch."
        ),
        use_category="walking",
        url="https://shop.example/fenwalker",
    )
    SizeFactory(listing=walker, label="39", stock=0)
    SizeFactory(listing=walker, label="38", stock=2)
    pump = ListingFactory(
        title="Orla Pointed Pump",
        description="A pointed toe pump on a 3.5 inch heel.",
        brand="Orla",
        use_category="heel",
        price_minor=12900,
        url="javascript:alert(1)",
    )
    silent = ListingFactory(
        title="Plain shoe", brand="", gender="unknown", price_minor=None, currency=""
    )
    withdrawn = ListingFactory(title="Gone shoe", is_withdrawn=True)
    kids = ListingFactory(title="Little Hopper", use_category="kids", age_group="kids")
    ids = [item.pk for item in (walker, pump, silent, withdrawn, kids)]
    annotate_listings(listing_ids=ids, now=now)
    assess_listings(listing_ids=ids, now=now)
    return Catalogue(walker, pump, silent, withdrawn, kids)


@pytest.fixture
def get(client: Client) -> Callable[..., dict[str, object]]:
    """Return a function that reads a resource and expects a status."""

    def read(path: str, *, status: int = 200) -> dict[str, object]:
        response = client.get(API + path)
        assert response.status_code == status, response.content
        expected = "application/json" if status == 200 else "application/problem+json"
        assert response["Content-Type"] == expected
        return response.json()

    return read


@pytest.fixture
def make_key(db: None) -> Callable[..., str]:
    """Return a function that makes a key whose user has exactly these permissions."""

    def make(
        *scopes: Scope, permissions: tuple[str, ...] = ALL_PERMISSIONS, source: str = ""
    ) -> str:
        user, _made = get_user_model().objects.get_or_create(username="till")
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        now = timezone.now()
        new = create_key(name="Till", scopes=scopes, user=user, now=now, source=source)
        return f"Bearer {new.token}"

    return make


@pytest.fixture
def send(client: Client) -> Callable[..., HttpResponse]:
    """Return a function that sends JSON to the API and returns the answer."""

    def send(
        method: str,
        path: str,
        body: object = None,
        *,
        key: str = "",
        match: str = "",
        once: str = "",
    ) -> HttpResponse:
        headers = {"Authorization": key, "If-Match": match, "Idempotency-Key": once}
        return client.generic(
            method,
            API + path,
            data=b"" if body is None else json.dumps(body),
            content_type="application/json",
            headers={name: value for name, value in headers.items() if value},
        )

    return send
