"""The queue of what readers reported: a member of staff sees at once who is right."""

from __future__ import annotations

import pytest
from django.urls import reverse

from shop_plugin.models import ValueReport
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db

LIST = "admin:footback_valuereport_changelist"


@pytest.fixture
def report(now):
    shoe = ListingFactory(
        title="Marlow Walker",
        description="A calm walker with a heel of 4 cm. Nothing else.",
        url="https://shop.example/marlow-walker",
    )
    annotate_listings(listing_ids=[shoe.pk], now=now)
    assess_listings(listing_ids=[shoe.pk], now=now)
    return ValueReport.objects.create(
        listing=shoe, attribute="heel_height_mm", text="It is 6 cm.", shown="3 cm", reported_at=now
    )


def screen(admin_client, report):
    url = reverse("admin:footback_valuereport_change", args=[report.pk])
    return " ".join(admin_client.get(url).content.decode().split())


def test_shows_what_is_believed_now_and_the_words_it_is_read_from(admin_client, report, settings):
    settings.FOOTBACK = {**settings.FOOTBACK, "LENGTH_UNIT": "cm"}
    content = screen(admin_client, report)
    assert "<dd>3 cm</dd>" in content
    assert "Believed now</dt><dd>4 cm" in content
    assert "<b>heel of 4 cm</b>" in content
    assert 'href="https://shop.example/marlow-walker"' in content


def test_says_that_nothing_is_believed_where_nobody_states_it(admin_client, report):
    report.attribute = "drop_mm"
    report.save()
    assert "Believed now</dt><dd>not stated" in screen(admin_client, report)


def test_has_no_value_to_show_for_what_is_no_fact(admin_client, report):
    report.attribute = ""
    report.save()
    assert "Believed now" not in screen(admin_client, report)


def test_says_that_nothing_waits(admin_client, report):
    waiting = admin_client.get(reverse(LIST)).content.decode()
    assert "Nothing here" not in waiting
    found = admin_client.get(reverse(LIST), {"state": "fixed"}).content.decode()
    assert "Nothing here with what is chosen." in found
    ValueReport.objects.all().delete()
    assert "Nothing here yet." in admin_client.get(reverse(LIST)).content.decode()
