"""What the screen of one listing shows."""

from __future__ import annotations

import re

import pytest

from shop_plugin.models import FitVote, Listing, Observation
from shop_plugin.services.evidence.annotation import annotate_listings
from tests.admin.tagging import see, send, suggest
from tests.factories import ListingFactory, SizeFactory

pytestmark = pytest.mark.django_db


def test_marks_the_quotes_where_they_stand(admin_client, listing):
    content = see(admin_client, listing).content.decode()
    marks = re.findall(r'<mark title="([^"]+)">([^<]+)<', content)
    read = Observation.objects.filter(listing=listing, field="description")
    assert read.count() >= 2
    joined = {text for _label, text in marks}
    for item in read:
        assert any(item.quote in text or text in item.quote for text in joined)
    assert ("Heel height", "heel of 1.5 inches") in marks


def test_shows_the_whole_text_unchanged_and_escaped(admin_client, listing):
    Listing.objects.filter(pk=listing.pk).update(description="A <b>bold</b> text & a half")
    content = see(admin_client, listing).content.decode()
    assert "A &lt;b&gt;bold&lt;/b&gt; text &amp; a half" in content
    assert "<mark" not in content


def test_shows_match_value_source_rule_confidence_and_quote(admin_client, listing):
    content = see(admin_client, listing).content.decode()
    heel = Observation.objects.get(listing=listing, attribute="heel_height_mm")
    part = content[content.index('data-attribute="heel_height_mm"') :]
    part = part[: part.index("</section>")]
    assert "1½ in" in part
    assert "read from the text" in part
    assert heel.rule in part
    assert f"{heel.confidence // 10}% sure" in part
    assert f"“{heel.quote}”" in part
    assert 'data-standing="believed"' in part


def test_shows_what_buyers_say_of_the_sizes(admin_client, listing, now):
    assert "buyers say" not in see(admin_client, listing).content.decode()
    FitVote.objects.create(
        listing=listing, kind="votes", small=0, neither=2, large=0, updated_at=now
    )
    assert "too few to tell, 2 votes." in see(admin_client, listing).content.decode()


def test_shows_what_the_sizes_measure_inside(admin_client, listing):
    assert "Inside" not in see(admin_client, listing).content.decode()
    SizeFactory(listing=listing, label="39", internal_length_um=257_000)
    SizeFactory(listing=listing, label="38", internal_length_um=250_400)
    SizeFactory(listing=listing, label="40")
    assert "EU 38 250 mm, EU 39 257 mm" in see(admin_client, listing).content.decode()


def test_shows_losers_beside_the_winner(admin_client, listing, now):
    suggest(
        listing, now, attribute="cushioning", options="0", source_kind="maker", state="accepted"
    )
    send(admin_client, listing, reassess="1")
    part = see(admin_client, listing).content.decode().split('data-attribute="cushioning"')[1]
    part = part[: part.index("</section>")]
    assert 'data-standing="believed"' in part
    assert 'data-standing="outranked"' in part


def test_tells_the_history_in_words(tagger, listing):
    send(tagger, listing, arch_support="3")
    send(tagger, listing, arch_support="")
    content = see(tagger, listing).content.decode()
    history = content[content.index('class="fba-history"') :]
    assert history.index("Arch support: staff value taken back") < history.index(
        "Arch support set to high"
    )
    assert "alex" in history


def test_links_no_address_that_a_browser_would_run(admin_client, listing):
    Listing.objects.filter(pk=listing.pk).update(url="javascript:alert(1)")
    assert "javascript:" not in see(admin_client, listing).content.decode()


def test_asks_the_database_no_more_for_more_evidence(
    admin_client, listing, now, django_assert_num_queries, django_assert_max_num_queries
):
    suggest(listing, now, rule="test.first")
    see(admin_client, listing)
    with django_assert_max_num_queries(28) as few:
        see(admin_client, listing)
    for number in range(30):
        suggest(listing, now, rule=f"test.{number}")
    with django_assert_num_queries(len(few.captured_queries)):
        see(admin_client, listing)


def test_says_what_does_not_fit_and_leaves_the_values(admin_client, now):
    made = ListingFactory(description="Platform 2 in, heel 1 in.", use_category="sandal")
    annotate_listings(listing_ids=[made.pk], now=now)
    content = see(admin_client, made).content.decode()
    assert 'data-rule="heel.below_platform"' in content
    assert "The heel (1 in) is lower than the platform (2 in)." in content
    assert "Nothing was changed." in content


def test_says_nothing_of_facts_that_fit(admin_client, listing):
    assert "fba-flags" not in see(admin_client, listing).content.decode()


def test_shows_the_shops_picture_and_none_that_a_browser_would_run(tagger, listing):
    Listing.objects.filter(pk=listing.pk).update(image_url="/media/marlow.jpg")
    assert (
        '<img class="fba-picture" src="/media/marlow.jpg"' in see(tagger, listing).content.decode()
    )
    Listing.objects.filter(pk=listing.pk).update(image_url="javascript:alert(1)")
    assert "fba-picture" not in see(tagger, listing).content.decode()
