"""Yes, no or cannot tell; and two people who said different things."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from shop_plugin.domain.attributes import Options
from shop_plugin.models import FootwearProfile, Observation, WorkHold
from shop_plugin.services.evidence.assessment import find_assessment
from shop_plugin.services.staff.review import Tag, save_tags
from tests.admin.tagging import said_by_staff, see, send, suggest, tag_arch, url_of
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("word", "state", "believed"),
    [("accept", "accepted", "2"), ("reject", "rejected", None), ("cannot_tell", "unclear", None)],
)
def test_decides_a_suggestion(tagger, listing, now, word, state, believed):
    item = suggest(listing, now)
    content = see(tagger, listing).content.decode()
    assert f'value="{item.pk}:{word}"' in content
    assert send(tagger, listing, decide=f"{item.pk}:{word}").status_code == 302
    item.refresh_from_db()
    assert item.state == state
    assert FootwearProfile.objects.get(pk=listing.pk).arch_support == believed


@pytest.mark.parametrize("decide", ["x", "1:", ":accept", "999999:accept", "-1:reject"])
def test_survives_a_decision_that_means_nothing(tagger, listing, decide):
    response = send(tagger, listing, decide=decide)
    assert response.status_code == 302
    assert "This reading is gone." in tagger.get(response.url).content.decode()


def test_decides_nothing_of_another_listing(tagger, listing, now):
    item = suggest(ListingFactory(), now)
    send(tagger, listing, decide=f"{item.pk}:accept")
    item.refresh_from_db()
    assert item.state == "suggested"


def test_decides_nothing_that_a_colleague_has_open(tagger, colleague, listing, now):
    item = suggest(listing, now)
    see(colleague, listing)
    response = tagger.post(url_of(listing), {"decide": f"{item.pk}:accept"})
    content = tagger.get(response.url).content.decode()
    assert "Billie has had this listing open since" in content
    item.refresh_from_db()
    assert item.state == "suggested"


def test_shows_both_entries_and_touches_nothing_that_one_left_alone(tagger, listing, now):
    seen = see(tagger, listing).context["seen"]
    billie = get_user_model().objects.create_user("billie")
    theirs = [tag_arch("1"), Tag("cushioning", Options.of("2"), "2")]
    save_tags(listing_id=listing.pk, tags=theirs, author=billie, now=now)
    entry = {
        "arch_support": "3",
        "shown_arch_support": "",
        "cushioning": "",
        "shown_cushioning": "",
    }
    response = send(tagger, listing, seen=seen, **entry)
    assert [(row.label, row.mine, row.theirs, row.who) for row in response.context["conflict"]] == [
        ("Arch support", "high", "mild", "billie")
    ]
    form = response.context["form"]
    assert (form["arch_support"].value(), form["cushioning"].value()) == ("3", "2")
    shown = form.shown
    sent = {"arch_support": "3", "cushioning": "2", **shown(), "shown_heel_height_mm": ""}
    send(tagger, listing, seen=response.context["seen"], **sent)
    assert said_by_staff(listing, "arch_support").options == "3"
    assert said_by_staff(listing, "cushioning").author == billie


def test_shows_what_waits_first_with_its_quote_and_what_the_match_would_be(tagger, listing, now):
    item = suggest(listing, now, quote="a cushioned footbed", options="3")
    response = see(tagger, listing)
    (question,) = response.context["questions"]
    assert (question.observation_id, question.label, question.text) == (
        item.pk,
        "Arch support",
        "high",
    )
    send(tagger, listing, decide=f"{item.pk}:accept")
    after = find_assessment(listing_id=listing.pk)
    assert f"{(after.low + 50) // 100}" in question.outlook
    assert see(tagger, listing).context["questions"] == []


class TestTwoPersons:
    @pytest.fixture(autouse=True)
    def rule(self, settings):
        settings.FOOTBACK = {"TWO_PERSON_RULE": True}

    def reviewer(self, name="rita"):
        user = get_user_model().objects.create_user(name, is_staff=True)
        names = ["view_listing", "change_listing", "approve_listing"]
        user.user_permissions.add(*Permission.objects.filter(codename__in=names))
        other = Client()
        other.force_login(user)
        return other

    def test_lets_a_reviewer_approve_what_a_tagger_said(self, tagger, listing):
        send(tagger, listing, arch_support="3", save="1")
        WorkHold.objects.all().delete()
        content = see(tagger, listing).content.decode()
        assert "Two people decide here" in content
        assert "Waits for a reviewer." in content
        waiting = Observation.objects.get(source_kind="staff")
        WorkHold.objects.all().delete()
        rita = self.reviewer()
        url = reverse("admin:footback_listing_changelist")
        assert "1 value for a second person" in rita.get(url, {"todo": "second"}).content.decode()
        send(rita, listing, decide=f"{waiting.pk}:accept")
        assert FootwearProfile.objects.get(pk=listing.pk).arch_support == "3"

    def test_lets_a_tagger_approve_nothing(self, tagger, colleague, listing):
        send(tagger, listing, arch_support="3", save="1")
        WorkHold.objects.all().delete()
        waiting = Observation.objects.get(source_kind="staff")
        response = colleague.post(url_of(listing), {"decide": f"{waiting.pk}:accept"})
        assert response.status_code == 403
        assert FootwearProfile.objects.get(pk=listing.pk).arch_support is None

    def test_lets_nobody_approve_their_own(self, listing):
        rita = self.reviewer()
        send(rita, listing, arch_support="3", save="1")
        waiting = Observation.objects.get(source_kind="staff")
        assert "somebody else approves it" in see(rita, listing).content.decode()
        response = send(rita, listing, decide=f"{waiting.pk}:accept")
        assert "You said this yourself" in rita.get(response.url).content.decode()
        assert FootwearProfile.objects.get(pk=listing.pk).arch_support is None
