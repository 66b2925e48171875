"""Texts that changed since staff looked at them."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from shop_plugin.domain.attributes import Options
from shop_plugin.models import AuditEntry, Listing, Observation
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.earlier_texts import keep_reviewed_texts
from shop_plugin.services.staff.review import Tag, save_tags
from tests.admin.tagging import DESCRIPTION, said_by_staff, see, send, suggest, url_of

pytestmark = pytest.mark.django_db


def test_says_that_the_text_changed_since_staff_looked(tagger, listing):
    send(tagger, listing, arch_support="3")
    assert "text changed since" not in see(tagger, listing).content.decode()
    Listing.objects.filter(pk=listing.pk).update(content_hash="f" * 32)
    assert "text changed since" in see(tagger, listing).content.decode()


def change_text(listing, text, now):
    keep_reviewed_texts(listing_ids=[listing.pk], now=now)
    Listing.objects.filter(pk=listing.pk).update(description=text, content_hash="e" * 32)
    annotate_listings(listing_ids=[listing.pk], now=now)


def test_shows_both_texts_and_confirms_with_one_click(tagger, listing, now):
    save_tags(
        listing_id=listing.pk, tags=[Tag("arch_support", Options.of("2"))], author=None, now=now
    )
    change_text(listing, DESCRIPTION.replace("calm", "quick"), now)
    content = see(tagger, listing).content.decode()
    assert "<del>calm</del>" in content
    assert "<ins>quick</ins>" in content
    key = said_by_staff(listing, "arch_support").pk
    assert send(tagger, listing, confirm=str(key)).status_code == 302
    content = see(tagger, listing).content.decode()
    assert "<del>" not in content
    assert "confirmed for the new text" in content
    assert AuditEntry.objects.filter(action="confirm_tag").count() == 1


def test_keeps_an_accepted_value_whose_words_are_gone(tagger, listing, now):
    suggest(listing, now, state="accepted", quote="holds the arch", field="description")
    change_text(listing, "Nothing of it.", now)
    content = see(tagger, listing).content.decode()
    assert "<del>holds the arch</del>" in content
    lost = Observation.objects.get(state="superseded", attribute="arch_support")
    send(tagger, listing, keep=str(lost.pk))
    assert said_by_staff(listing, "arch_support").options == "2"


def test_does_not_confirm_for_whoever_may_only_look(client, listing, now):
    user = get_user_model().objects.create_user("lee", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_listing"))
    client.force_login(user)
    save_tags(
        listing_id=listing.pk, tags=[Tag("arch_support", Options.of("2"))], author=None, now=now
    )
    change_text(listing, "Another text.", now)
    assert 'name="confirm"' not in see(client, listing).content.decode()
    assert client.post(url_of(listing), {"confirm": "1"}).status_code == 403
