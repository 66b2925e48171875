"""What tests of the staff's work share: the address, one look, one entry."""

from __future__ import annotations

from django.urls import reverse

from shop_plugin.domain.attributes import Options
from shop_plugin.models import Observation
from shop_plugin.services.staff.review import Tag

DESCRIPTION = "A calm walker. It has a cushioned footbed & a heel of 1.5 inches. Nothing else."


def url_of(listing, query=""):
    return reverse("admin:footback_listing_change", args=[listing.pk]) + query


def see(client, listing):
    response = client.get(url_of(listing))
    assert response.status_code == 200
    return response


def send(client, listing, query="", **fields):
    seen = fields.pop("seen", None) or see(client, listing).context["seen"]
    return client.post(url_of(listing, query), {"seen": seen, **fields})


def said_by_staff(listing, attribute):
    return Observation.objects.filter(
        listing=listing, attribute=attribute, source_kind="staff", state="accepted"
    ).first()


def suggest(listing, now, **values):
    defaults = {
        "attribute": "arch_support",
        "options": "2",
        "source_kind": "text",
        "rule": "test.rule",
        "confidence": 500,
        "state": "suggested",
        "observed_at": now,
    }
    return Observation.objects.create(listing=listing, **{**defaults, **values})


def tag_arch(level):
    return Tag("arch_support", Options.of(level), level)
