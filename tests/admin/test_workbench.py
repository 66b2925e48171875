"""The screen of one listing: staff look, say what is so, and go to the next."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from shop_plugin.domain.attributes import Options
from shop_plugin.models import (
    AuditEntry,
    FitVote,
    FootwearProfile,
    Listing,
    Observation,
    WorkHold,
)
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings, find_assessment
from shop_plugin.services.evidence.earlier_texts import keep_reviewed_texts
from shop_plugin.services.staff.review import Tag, save_tags
from tests.factories import ListingFactory, SizeFactory

pytestmark = pytest.mark.django_db

DESCRIPTION = "A calm walker. It has a cushioned footbed & a heel of 1.5 inches. Nothing else."


@pytest.fixture
def listing(now):
    made = ListingFactory(title="Marlow Walker", description=DESCRIPTION)
    annotate_listings(listing_ids=[made.pk], now=now)
    assess_listings(listing_ids=[made.pk], now=now)
    return made


@pytest.fixture
def tagger(client):
    """A client of a person who may tag and nothing else."""
    user = get_user_model().objects.create_user("alex", is_staff=True)
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_listing", "change_listing"])
    )
    client.force_login(user)
    return client


def url_of(listing, query=""):
    return reverse("admin:footback_listing_change", args=[listing.pk]) + query


def see(client, listing):
    response = client.get(url_of(listing))
    assert response.status_code == 200
    return response


def send(client, listing, query="", **fields):
    seen = fields.pop("seen", None) or see(client, listing).context["seen"]
    return client.post(url_of(listing, query), {"seen": seen, **fields})


def said_by_staff(listing, attribute):
    return Observation.objects.filter(
        listing=listing, attribute=attribute, source_kind="staff", state="accepted"
    ).first()


def suggest(listing, now, **values):
    defaults = {
        "attribute": "arch_support",
        "options": "2",
        "source_kind": "text",
        "rule": "test.rule",
        "confidence": 500,
        "state": "suggested",
        "observed_at": now,
    }
    return Observation.objects.create(listing=listing, **{**defaults, **values})


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


def test_never_overwrites_a_colleague_unseen(tagger, listing, now):
    seen = see(tagger, listing).context["seen"]
    billie = get_user_model().objects.create_user("billie")
    save_tags(
        listing_id=listing.pk, tags=[Tag("arch_support", None), _tag("1")], author=billie, now=now
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


def _tag(level):
    return Tag("arch_support", Options.of(level), level)


def test_shows_beside_each_choice_what_the_match_would_become(tagger, listing):
    shown = dict(see(tagger, listing).context["form"].fields["arch_support"].choices)
    send(tagger, listing, arch_support="3")
    after = find_assessment(listing_id=listing.pk)
    assert f"{(after.low + 50) // 100}" in shown["3"]
    assert shown["3"] != shown["0"]
    assert after.grade_low in shown["3"]


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


def test_says_that_the_text_changed_since_staff_looked(tagger, listing):
    send(tagger, listing, arch_support="3")
    assert "text changed since" not in see(tagger, listing).content.decode()
    Listing.objects.filter(pk=listing.pk).update(content_hash="f" * 32)
    assert "text changed since" in see(tagger, listing).content.decode()


def test_tells_the_history_in_words(tagger, listing):
    send(tagger, listing, arch_support="3")
    send(tagger, listing, arch_support="")
    content = see(tagger, listing).content.decode()
    history = content[content.index('class="fba-history"') :]
    assert history.index("Arch support: staff value taken back") < history.index(
        "Arch support set to high"
    )
    assert "alex" in history


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


@pytest.fixture
def colleague(client):
    """Another person who may tag, with a client of their own."""
    billie = get_user_model().objects.create_user("billie", is_staff=True)
    billie.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_listing", "change_listing"])
    )
    other = Client()
    other.force_login(billie)
    return other


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


def test_decides_nothing_that_a_colleague_has_open(tagger, colleague, listing, now):
    item = suggest(listing, now)
    see(colleague, listing)
    response = tagger.post(url_of(listing), {"decide": f"{item.pk}:accept"})
    content = tagger.get(response.url).content.decode()
    assert "Billie has had this listing open since" in content
    item.refresh_from_db()
    assert item.state == "suggested"


def test_marks_in_the_list_what_a_colleague_has_open(tagger, colleague, listing):
    see(colleague, listing)
    url = reverse("admin:footback_listing_changelist")
    assert "open at billie" in tagger.get(url).content.decode()
    assert "open at" not in colleague.get(url).content.decode()


def test_shows_both_entries_and_touches_nothing_that_one_left_alone(tagger, listing, now):
    seen = see(tagger, listing).context["seen"]
    billie = get_user_model().objects.create_user("billie")
    theirs = [_tag("1"), Tag("cushioning", Options.of("2"), "2")]
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
    save_tags(listing_id=listing.pk, tags=[_tag("1")], author=None, now=now)
    response = tagger.post(url_of(listing), {"undo": "1"})
    content = tagger.get(response.url).content.decode()
    assert "Marlow Walker: Arch support cannot be undone here" in content


def test_asks_nobody_again_of_what_cannot_be_told(tagger, colleague, listing):
    response = send(tagger, listing, cannot_tell="1")
    assert response.url == reverse("admin:footback_listing_changelist")
    assert begin(colleague).url == reverse("admin:footback_listing_changelist")
    assert begin(colleague, "todo=unclear").url.startswith(url_of(listing))
    assert AuditEntry.objects.get().action == "cannot_tell_listing"


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


def test_shows_the_shops_picture_and_none_that_a_browser_would_run(tagger, listing):
    Listing.objects.filter(pk=listing.pk).update(image_url="/media/marlow.jpg")
    assert (
        '<img class="fba-picture" src="/media/marlow.jpg"' in see(tagger, listing).content.decode()
    )
    Listing.objects.filter(pk=listing.pk).update(image_url="javascript:alert(1)")
    assert "fba-picture" not in see(tagger, listing).content.decode()


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


def test_finds_what_changed_while_an_entry_was_corrected(tagger, listing, now):
    seen = see(tagger, listing).context["seen"]
    save_tags(listing_id=listing.pk, tags=[_tag("1")], author=None, now=now)
    refused = send(tagger, listing, seen=seen, arch_support="3", heel_height_mm="high")
    assert refused.context["seen"] == seen
    again = send(tagger, listing, seen=refused.context["seen"], arch_support="3")
    assert "Nothing was saved" in again.content.decode()
    assert said_by_staff(listing, "arch_support").options == "1"
