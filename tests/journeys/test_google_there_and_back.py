"""The shop's own Google feed comes in, is read, and measurements go back for every size of it."""

from __future__ import annotations

import csv
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from shop_plugin.domain.wording import find_banned_claims
from shop_plugin.models import Listing, ListingSize
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from tests.exporters import google_xml
from tests.exporters.own_shop import own_products

pytestmark = pytest.mark.django_db

SHOES = own_products()[:60]


def test_it_hands_measurements_back_for_every_item_of_a_feed(tmp_path: Path, now: datetime) -> None:
    feed, supplement = tmp_path / "feed.xml", tmp_path / "supplement.tsv"
    feed.write_bytes(b"".join(google_xml.write_listings(SHOES)))
    for expected in ("created 60, updated 0", "created 0, updated 0, unchanged 60"):
        out = StringIO()
        call_command("footback_import", str(feed), "--source", "google", stdout=out)
        assert expected in out.getvalue()
    assert ListingSize.objects.count() == sum(len(shoe.variants) for shoe in SHOES)
    annotate_stale(now=now)
    assess_stale(now=now)
    assert Listing.objects.exclude(profile__match_low=None).exists()
    err = StringIO()
    arguments = ("--format", "google-supplemental", "--source", "google", "--out", str(supplement))
    call_command("footback_export_feed", *arguments, stderr=err)
    text = supplement.read_text()
    told = {
        row["id"]: row["product_detail"]
        for row in csv.DictReader(StringIO(text), dialect="excel-tab")
    }
    known = {variant.sku for shoe in SHOES for variant in shoe.variants}
    assert told.keys() <= known
    assert len(told) > len(known) // 2
    stated = {
        shoe.variants[0].sku: shoe.specs["Heel height"]
        for shoe in SHOES
        if shoe.specs.get("Heel height", "").endswith(" mm")
    }
    assert stated
    for sku, height in stated.items():
        assert f"Footwear measurements:Heel height:{height}" in told[sku]
    assert find_banned_claims(text) == ()
    assert f"{supplement}: " in err.getvalue()
