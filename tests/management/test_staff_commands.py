"""The commands for staff: roles, and suggestions that need nobody."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from shop_plugin.models import AutoAcceptRule, Observation
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.tasks import suggestions
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


def run(name, *options):
    out = StringIO()
    call_command(name, *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def suggestion():
    listing = ListingFactory()
    now = timezone.now() - timedelta(days=3)
    annotate_listings(listing_ids=[listing.pk], now=now)
    return Observation.objects.create(
        listing=listing,
        attribute="arch_support",
        options="2",
        source_kind="text",
        rule="test.rule",
        confidence=550,
        state="suggested",
        content_hash=listing.content_hash,
        observed_at=now,
    )


def test_it_makes_the_roles_and_says_so_twice():
    assert "footback: tagger: made, 8 permissions." in run("footback_roles")
    assert "footback: tagger: as it should be." in run("footback_roles")


def test_it_says_that_no_rule_is_on(suggestion):
    assert run("footback_suggestions") == "No rule is on: every suggestion waits for a person.\n"


def test_it_counts_first_and_accepts_then(suggestion):
    AutoAcceptRule.objects.create(attribute="arch_support", is_on=True, least_percent=50)
    assert "1 due, 1 would be accepted" in run("footback_suggestions", "--dry-run")
    assert "1 due, 1 accepted, 0 left" in run("footback_suggestions")
    suggestion.refresh_from_db()
    assert suggestion.state == "accepted"


def test_the_task_does_the_same(suggestion):
    AutoAcceptRule.objects.create(attribute="arch_support", is_on=True, least_percent=50)
    assert suggestions() == {"due": 1, "accepted": 1, "left": 0}
