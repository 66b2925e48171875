"""From one listing to the next: what is free, who has what, and the way back."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from shop_plugin.models import AuditEntry, Listing
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.staff.review import save_tags
from tests.admin.tagging import said_by_staff, see, send, tag_arch, url_of
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


def test_goes_on_to_the_next_of_the_same_list(tagger, listing, now):
    other = ListingFactory(title="Heel", use_category="heel")
    oldest = ListingFactory(title="Walker", use_category="walking")
    order = [shoe.pk for shoe in Listing.objects.order_by("-pk")]
    assert order == [oldest.pk, other.pk, listing.pk]
    query = "?_changelist_filters=category%3Dwalking"
    response = send(tagger, oldest, query, arch_support="3", next="Save and open the next")
    assert response.url == url_of(listing, query)
    assert said_by_staff(oldest, "arch_support").options == "3"


def test_skips_without_saving_and_ends_at_the_list(tagger, listing):
    query = "?_changelist_filters=category%3Dwalking"
    response = send(tagger, listing, query, arch_support="3", skip="1")
    assert response.url == reverse("admin:footback_listing_changelist") + "?category=walking"
    assert said_by_staff(listing, "arch_support") is None
    assert "Nothing of this list is left for you now" in tagger.get(response.url).content.decode()


def begin(client, filters=""):
    url = reverse("admin:footback_listing_begin")
    return client.post(f"{url}?{urlencode({'_changelist_filters': filters})}")


def test_hands_two_people_two_listings(tagger, colleague, listing, now):
    other = ListingFactory()
    annotate_listings(listing_ids=[other.pk], now=now)
    assess_listings(listing_ids=[other.pk], now=now)
    first, second = begin(tagger).url, begin(colleague).url
    assert {first.split("?")[0], second.split("?")[0]} == {url_of(listing), url_of(other)}
    assert begin(tagger).url == first


def test_begins_only_by_a_button_and_only_for_taggers(client, tagger, listing):
    assert tagger.get(reverse("admin:footback_listing_begin")).status_code == 405
    viewer = get_user_model().objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_listing"))
    other = Client()
    other.force_login(viewer)
    assert begin(other).status_code == 403


def test_says_who_has_a_listing_and_lets_one_take_over(tagger, colleague, listing):
    see(tagger, listing)
    content = see(colleague, listing).content.decode()
    assert "<b>alex</b> has had this shoe open since" in content
    assert 'name="save"' not in content
    assert colleague.post(url_of(listing), {"take_over": "1"}).status_code == 302
    assert 'name="save"' in see(colleague, listing).content.decode()
    assert "<b>billie</b> has had this shoe open" in see(tagger, listing).content.decode()
    assert AuditEntry.objects.get(action="take_over").actor.username == "billie"


def test_marks_in_the_list_what_a_colleague_has_open(tagger, colleague, listing):
    see(colleague, listing)
    url = reverse("admin:footback_listing_changelist")
    assert "open at billie" in tagger.get(url).content.decode()
    assert "open at" not in colleague.get(url).content.decode()


def test_undoes_the_last_decision_and_comes_back_to_its_listing(tagger, listing, now):
    other = ListingFactory(title="Other")
    send(tagger, listing, arch_support="3", save="1")
    content = see(tagger, other).content.decode()
    assert "Undo Marlow Walker: Arch support" in content
    assert "Today: 1 decision" in content
    response = tagger.post(url_of(other), {"undo": "1"})
    assert response.url == url_of(listing)
    content = tagger.get(response.url).content.decode()
    assert "Undone: Marlow Walker, Arch support." in content
    assert "Nothing decided yet today." in content
    assert said_by_staff(listing, "arch_support") is None
    response = tagger.post(url_of(listing), {"undo": "1"})
    assert "nothing of yours left to undo" in tagger.get(response.url).content.decode()


def test_explains_what_cannot_be_undone(tagger, listing, now):
    send(tagger, listing, arch_support="3", save="1")
    save_tags(listing_id=listing.pk, tags=[tag_arch("1")], author=None, now=now)
    response = tagger.post(url_of(listing), {"undo": "1"})
    content = tagger.get(response.url).content.decode()
    assert "Marlow Walker: Arch support cannot be undone here" in content


def test_asks_nobody_again_of_what_cannot_be_told(tagger, colleague, listing):
    response = send(tagger, listing, cannot_tell="1")
    assert response.url == reverse("admin:footback_listing_changelist")
    assert begin(colleague).url == reverse("admin:footback_listing_changelist")
    assert begin(colleague, "todo=unclear").url.startswith(url_of(listing))
    assert AuditEntry.objects.get().action == "cannot_tell_listing"


@pytest.mark.parametrize("filters", ["p=99", "nonsense=1", "category=walking&p=99", "p=x"])
def test_goes_on_though_the_page_of_the_list_is_gone_or_means_nothing(tagger, listing, filters):
    other = ListingFactory(title="Walker", use_category="walking")
    query = "?" + urlencode({"_changelist_filters": filters})
    response = send(tagger, other, query, arch_support="3", next="1")
    assert response.status_code == 302
    assert said_by_staff(other, "arch_support").options == "3"
    assert begin(tagger, filters).status_code == 302


def test_comes_back_to_the_list_from_a_shoe_that_is_gone(tagger, listing):
    gone, query = url_of(listing), "?_changelist_filters=category%3Dwalking"
    seen = see(tagger, listing).context["seen"]
    listing.delete()
    response = tagger.post(gone + query, {"seen": seen, "arch_support": "3", "next": "1"})
    assert response.url == reverse("admin:footback_listing_changelist") + "?category=walking"
    assert "This shoe is gone" in tagger.get(response.url).content.decode()
