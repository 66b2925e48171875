"""The form in which staff say what is so."""

from __future__ import annotations

import re

import pytest

from shop_plugin.models import AuditEntry, FootwearProfile
from shop_plugin.services.evidence.assessment import find_assessment
from tests.admin.tagging import said_by_staff, see, send

pytestmark = pytest.mark.django_db


def test_shows_what_staff_said_in_the_form_again(tagger, listing):
    send(tagger, listing, arch_support="1,2,3", heel_height_mm="7 cm")
    form = see(tagger, listing).context["form"]
    assert form["arch_support"].initial == "1,2,3"
    assert form["heel_height_mm"].initial == "7 cm"


def test_leaves_alone_what_is_sent_back_as_shown(tagger, listing):
    send(tagger, listing, arch_support="3", heel_height_mm="7 cm")
    response = send(tagger, listing, arch_support="3", heel_height_mm="7 cm")
    assert "Nothing was changed." in tagger.get(response.url).content.decode()
    assert AuditEntry.objects.count() == 2


def test_takes_back_what_is_emptied(tagger, listing):
    send(tagger, listing, arch_support="3", heel_height_mm="7 cm")
    send(tagger, listing, arch_support="", heel_height_mm="")
    assert said_by_staff(listing, "arch_support") is None
    assert said_by_staff(listing, "heel_height_mm") is None
    assert FootwearProfile.objects.get(pk=listing.pk).arch_support is None


def test_takes_several_widths_and_lets_all_of_them_go(tagger, listing):
    send(tagger, listing, width_options_sent="1", width_options=["wide", "extra_wide"])
    assert said_by_staff(listing, "width_options").options == "extra_wide,wide"
    send(tagger, listing, width_options_sent="1")
    assert said_by_staff(listing, "width_options") is None


@pytest.mark.parametrize("text", ["70", "high", "9 m"])
def test_refuses_a_length_it_does_not_understand_and_keeps_the_entries(tagger, listing, text):
    response = send(tagger, listing, arch_support="3", heel_height_mm=text)
    content = response.content.decode()
    assert response.status_code == 200
    assert "2 3/4 in, 7 cm or 70 mm" in content
    assert f'value="{text}"' in content
    assert said_by_staff(listing, "arch_support") is None


def test_refuses_an_answer_that_there_is_not(tagger, listing):
    response = send(tagger, listing, arch_support="7")
    assert response.context["form"].errors["arch_support"]
    assert not AuditEntry.objects.exists()


def test_shows_beside_each_choice_what_the_match_would_become(tagger, listing):
    shown = dict(see(tagger, listing).context["form"].fields["arch_support"].choices)
    send(tagger, listing, arch_support="3")
    after = find_assessment(listing_id=listing.pk)
    assert f"{(after.low + 50) // 100}" in shown["3"]
    assert shown["3"] != shown["0"]
    assert after.grade_low in shown["3"]


def test_keeps_each_answer_apart_from_what_the_match_would_become(tagger, listing):
    content = see(tagger, listing).content.decode()
    form = content[content.index('id="fba-tag"') :]
    words = " ".join(re.sub(r"<[^>]+>", "", form).split())
    assert "Staff say nothing, " in words
    assert re.search(r"None, (no grade|[A-E](–[A-E])?), \d+–\d+", words)


def test_says_beside_the_question_what_is_known_and_from_which_words(tagger, listing):
    form = see(tagger, listing).context["form"]
    heel = form.fields["heel_height_mm"].known
    assert (heel.text, heel.source, heel.quote) == (
        "1½ in",
        "read from the text",
        "heel of 1.5 inches",
    )
    assert form.fields["arch_support"].known.text == ""
    content = see(tagger, listing).content.decode()
    assert "<q>heel of 1.5 inches</q>" in content
    assert content.count("Now: not known") == 1


def test_says_nothing_beside_what_staff_say_themselves(tagger, listing):
    send(tagger, listing, arch_support="3")
    form = see(tagger, listing).context["form"]
    assert form.fields["arch_support"].known is None


def test_shows_the_outlook_also_beside_an_entry_that_was_refused(tagger, listing):
    response = send(tagger, listing, arch_support="3", heel_height_mm="high")
    shown = dict(response.context["form"].fields["arch_support"].choices)
    assert "fba-gain" in shown["3"]
