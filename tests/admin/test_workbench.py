"""The screen takes what staff send: once, from whoever may, and over nobody unseen."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from shop_plugin.models import AuditEntry, FootwearProfile, Listing
from shop_plugin.services.evidence.assessment import find_assessment
from shop_plugin.services.staff.review import Tag, save_tags
from tests.admin.tagging import said_by_staff, see, send, suggest, tag_arch, url_of

pytestmark = pytest.mark.django_db


def test_saves_what_staff_know_and_shows_the_new_match(tagger, listing):
    before = find_assessment(listing_id=listing.pk)
    response = send(
        tagger, listing, arch_support="3", cushioning="2", heel_height_mm="2 3/4 in", save="Save"
    )
    assert response.status_code == 302
    said = said_by_staff(listing, "heel_height_mm")
    assert (said.low_milli, said.original, said.author.username) == (69_850, "2 3/4 in", "alex")
    assert said_by_staff(listing, "arch_support").options == "3"
    profile = FootwearProfile.objects.get(pk=listing.pk)
    assert (profile.arch_support, profile.cushioning) == ("3", "2")
    after = find_assessment(listing_id=listing.pk)
    assert after != before
    content = tagger.get(response.url).content.decode()
    assert "Saved: Arch support, Cushioning, Heel height." in content
    assert f"({(after.low + 50) // 100}" in content


def test_never_overwrites_a_colleague_unseen(tagger, listing, now):
    seen = see(tagger, listing).context["seen"]
    billie = get_user_model().objects.create_user("billie")
    save_tags(
        listing_id=listing.pk,
        tags=[Tag("arch_support", None), tag_arch("1")],
        author=billie,
        now=now,
    )
    response = send(tagger, listing, seen=seen, arch_support="3")
    content = response.content.decode()
    assert response.status_code == 200
    assert "Nothing was saved: billie changed this listing" in content
    assert said_by_staff(listing, "arch_support").options == "1"
    assert response.context["form"].data["arch_support"] == "3"
    again = send(tagger, listing, seen=response.context["seen"], arch_support="3")
    assert again.status_code == 302
    assert said_by_staff(listing, "arch_support").options == "3"


def test_reads_and_assesses_again_on_request(tagger, listing):
    Listing.objects.filter(pk=listing.pk).update(description="High arch support.")
    send(tagger, listing, reassess="1")
    profile = FootwearProfile.objects.get(pk=listing.pk)
    assert profile.arch_support is not None
    assert profile.heel_height_high_um is None


def test_lets_a_viewer_look_and_not_change(client, listing, now):
    user = get_user_model().objects.create_user("viewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_listing"))
    client.force_login(user)
    suggest(listing, now)
    content = see(client, listing).content.decode()
    assert 'name="save"' not in content
    assert 'name="decide"' not in content
    assert client.post(url_of(listing), {"arch_support": "3"}).status_code == 403
    assert not AuditEntry.objects.exists()


def test_is_closed_to_others(client, listing):
    assert client.get(url_of(listing)).status_code == 302
    client.force_login(get_user_model().objects.create_user("guest", is_staff=True))
    assert client.get(url_of(listing)).status_code == 403


def test_needs_the_token_against_forged_requests(listing):
    client = Client(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.create_superuser("root"))
    assert client.post(url_of(listing), {"arch_support": "3"}).status_code == 403
    assert said_by_staff(listing, "arch_support") is None


def test_returns_to_the_index_for_a_listing_that_is_gone(admin_client):
    response = admin_client.get(reverse("admin:footback_listing_change", args=[999_999]))
    assert response.status_code == 302


def test_saves_nothing_over_a_colleague_who_took_over_and_keeps_what_was_typed(
    tagger, colleague, listing
):
    seen = see(tagger, listing).context["seen"]
    colleague.post(url_of(listing), {"take_over": "1"})
    response = send(tagger, listing, seen=seen, arch_support="3", heel_height_mm="4 cm", save="1")
    content = response.content.decode()
    assert "billie has had this listing open since" in content
    assert 'value="4 cm"' in content
    assert said_by_staff(listing, "arch_support") is None
    again = send(tagger, listing, seen=seen, arch_support="3", heel_height_mm="4 cm", take_over="1")
    assert again.status_code == 302
    assert said_by_staff(listing, "arch_support").author.username == "alex"


def test_finds_what_changed_while_an_entry_was_corrected(tagger, listing, now):
    seen = see(tagger, listing).context["seen"]
    save_tags(listing_id=listing.pk, tags=[tag_arch("1")], author=None, now=now)
    refused = send(tagger, listing, seen=seen, arch_support="3", heel_height_mm="high")
    assert refused.context["seen"] == seen
    again = send(tagger, listing, seen=refused.context["seen"], arch_support="3")
    assert "Nothing was saved" in again.content.decode()
    assert said_by_staff(listing, "arch_support").options == "1"
