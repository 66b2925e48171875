"""The staff pages of what is known, and of what another guide would do."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse

from shop_plugin.admin.charts import Bar, Line, draw_bars, draw_trend
from shop_plugin.models import CatalogueDay, GuideReport
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.evidence.completeness import count_today
from shop_plugin.services.evidence.guide_reports import work_on_reports
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db

DAYS = "admin:footback_catalogueday_changelist"
REPORTS = "admin:footback_guidereport_changelist"


@pytest.fixture
def shoe(now):
    made = ListingFactory(
        title="Marlow <Known>", description="Heel height: 2 in. High arch support. Cushioned."
    )
    annotate_listings(listing_ids=[made.pk], now=now)
    assess_listings(listing_ids=[made.pk], now=now)
    return made


def test_says_how_to_begin_before_the_first_count(admin_client):
    assert "footback_completeness" in admin_client.get(reverse(DAYS)).content.decode()


def test_shows_what_is_known_with_chart_table_and_links(admin_client, shoe, now):
    row = count_today(day=now.date(), now=now)
    content = admin_client.get(reverse(DAYS)).content.decode()
    assert '<svg class="fba-chart" role="img"' in content
    assert "The trend begins with the second day." in content
    assert "category=walking&amp;match=not_enough" in content
    CatalogueDay.objects.create(
        day=now.date() - timedelta(days=1), counts=row.counts, counted_at=now
    )
    content = admin_client.get(reverse(DAYS)).content.decode()
    assert "fba-chart-line--1" in content
    assert content.count("<svg") >= 2
    assert "style=" not in re.sub(r"<link[^>]*>", "", content.partition('id="content-main"')[2])


def test_asks_for_a_report_and_shows_it(admin_client, shoe, now):
    response = admin_client.post(reverse(REPORTS), {"line": "heel_line", "by": "-5", "ask": "1"})
    report = GuideReport.objects.get()
    assert (report.by, report.state, str(report.author)) == (-5000, "waiting", "admin")
    assert response.status_code == 302
    content = admin_client.get(response.url).content.decode()
    assert "<progress" in content
    work_on_reports(now=report.asked_at)
    content = admin_client.get(response.url).content.decode()
    assert "listings would show another grade" in content
    assert "<progress" not in content
    listed = admin_client.get(reverse(REPORTS)).content.decode()
    assert "the two-inch line of heels: −5.0 mm" in listed


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Choose a line of the guide."),
        ({"line": "heel_line"}, "Say how far"),
        ({"line": "heel_line", "by": "-40"}, "cannot be moved so"),
        ({"line": "nonsense", "by": "5"}, "Select a valid choice"),
    ],
)
def test_says_what_is_missing_and_keeps_the_entries(admin_client, sent, words):
    content = admin_client.post(reverse(REPORTS), {**sent, "ask": "1"}).content.decode()
    assert words in content
    assert GuideReport.objects.count() == 0


def test_cancels_a_report(admin_client, now):
    report = GuideReport.objects.create(
        kind="sensitivity", subject="heel_line", by=5000, asked_at=now
    )
    url = reverse("admin:footback_guidereport_change", args=[report.pk])
    admin_client.post(url, {"cancel": "1"})
    report.refresh_from_db()
    assert report.state == "cancelled"


def test_lets_only_the_owner_of_the_guide_ask(client, now):
    user = get_user_model().objects.create_user("lee", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename="view_guidereport"))
    client.force_login(user)
    assert "Ask for a report" not in client.get(reverse(REPORTS)).content.decode()
    sent = {"line": "heel_line", "by": "5", "ask": "1"}
    assert client.post(reverse(REPORTS), sent).status_code == 403
    assert client.get(reverse(DAYS)).status_code == 403


def test_charts_say_in_words_what_they_show_and_escape_it():
    bars = draw_bars([Bar("<b>", 50, "5 & 5")], key="k", title="T & T", description="D")
    assert "&lt;b&gt;" in bars
    assert "5 &amp; 5" in bars
    assert '<title id="k-t">T &amp; T</title>' in bars
    trend = draw_trend(
        [Line("a", [0, 100]), Line("b", [50])], days=["1", "2"], key="t", title="", description=""
    )
    assert trend.count("<polyline") == 2


def test_the_screen_of_a_listing_says_how_much_is_known(admin_client, shoe):
    url = reverse("admin:footback_listing_change", args=[shoe.pk])
    content = admin_client.get(url).content.decode()
    assert "3 of 7 facts the guide needs" in content
    assert "nice to have" in content
