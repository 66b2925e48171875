"""Writing the mail: compose_mail ..."""

from __future__ import annotations

import calendar
import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.conf import global_settings
from django.utils import translation
from django.utils.formats import date_format

from shop_plugin.domain.nudge_policy import Stage
from shop_plugin.models import Message, Nudge, Suppression
from shop_plugin.services.nudges.delivery import deliver_messages
from shop_plugin.services.nudges.handing import load_nudges
from shop_plugin.services.nudges.letters import explain_note, write_notes
from shop_plugin.services.nudges.mailing import compose_mail
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.shop.languages import language_of
from shop_plugin.services.wear.bar import wear_bar
from tests.factories import ListingFactory, ProfileFactory, SizeFactory
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db

BANNED = re.compile(
    r"\b(cure|treat|heal|reliev|relief|prevent|eliminat|medical|clinical|doctor|posture|back-safe"
    r"|hurry|last chance|only today|pain|injur)",
    re.IGNORECASE,
)


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


def compose(now, **changes):
    plan_nudges(now=now)
    message = Message.objects.select_related("contact").get()
    return compose_mail(message, nudges=load_nudges([message.pk])[message.pk], now=now, **changes)


def html_of(mail) -> str:
    return mail.alternatives[0][0]


def test_names_the_pair_its_month_its_range_and_what_that_rests_on(now):
    add_pair(due_on=now.date(), listing=ListingFactory(title="Harbour Oxford", use_category="heel"))
    mail = compose(now)
    assert mail.subject.startswith("Worth a look: your Harbour Oxford from ")
    for part in (mail.body, html_of(mail)):
        assert "Harbour Oxford" in part
        assert re.search(r"Bought in \w+ \d{4}\.", part)
        assert "Estimated from 90 to 250 days of wear, 3 a week, as you told us." in part
        assert "our own estimate" in part
        assert "Repair comes first here" in part
        assert "https://marlow.example/repairs/" in part
        assert "Press with your thumb".lower() in part.lower()


MONTH = r"(?:<strong[^>]*>)?(\w+ \d{4})(?:</strong>)?"


def test_names_both_ends_of_a_range_that_is_known_well_enough(now):
    pair = add_pair(due_on=now.date(), stage=Stage.REPLACE)
    ends = [
        f"{pair.wear_start_on + timedelta(days=days):%B %Y}"
        for days in (pair.life_low_days, pair.life_high_days)
    ]
    mail = compose(now)
    for part in (mail.body, html_of(mail)):
        assert re.findall(f"usually wear out between {MONTH} and {MONTH}", part)[-1] == (*ends,)
        assert "not known well" not in part
    assert f'align="right">{ends[1]}</td>' in re.sub(r' style="[^"]*"', "", html_of(mail))


def test_names_no_end_where_it_is_not_known(now):
    pair = add_pair(due_on=now.date(), use_category="heel")
    assert pair.life_high_days > 4 * pair.life_low_days
    begin = pair.wear_start_on + timedelta(days=pair.life_low_days)
    end = pair.wear_start_on + timedelta(days=pair.life_high_days)
    mail = compose(now)
    for part in (mail.body, html_of(mail)):
        assert (
            re.search(f"From {MONTH} on such a pair may be worn out", part)[1] == f"{begin:%B %Y}"
        )
        assert "How long it really lasts is not known well" in part
        assert "wear out between" not in part
        assert f"{end:%B %Y}" not in part
    assert "the end is open" in re.search(r'aria-label="([^"]*)"', html_of(mail))[1]
    assert "end not known" in html_of(mail)


@pytest.mark.parametrize("days_late", [0, 20, 3000])
def test_lets_the_bar_of_an_open_range_go_on_beyond_today(now, days_late):
    pair = add_pair(due_on=now.date(), use_category="heel")
    nudge = Nudge(purchase=pair, stage=1, due_on=now.date())
    (note,) = write_notes([nudge], today=now.date() + timedelta(days=days_late))
    assert sum(piece.percent for piece in note.bar) == 100
    assert note.bar[0].is_worn
    assert not note.bar[-1].is_worn
    assert note.bar[-1].is_in_range
    assert note.bar[-1].percent >= 19


def test_says_repair_or_replace_at_the_second_stage_only(now):
    add_pair(due_on=now.date(), stage=Stage.REPLACE)
    mail = compose(now)
    assert mail.subject.startswith("Repair or replace: your ")
    assert "probably worn by now" in mail.body


def test_counts_the_pairs_of_a_digest_in_its_subject_the_furthest_worn_first(now):
    person = add_person()
    first = add_pair(due_on=now.date(), contact=person)
    worn = add_pair(due_on=now.date(), contact=person, stage=Stage.REPLACE)
    mail = compose(now)
    assert mail.subject == "2 pairs of yours may be worth a look"
    assert mail.body.index(worn.title) < mail.body.index(first.title)


def test_carries_one_click_unsubscribe_and_every_header_of_an_automatic_list(now):
    pair = add_pair(due_on=now.date())
    mail = compose(now)
    message = Message.objects.get()
    parsed = message_from_bytes(mail.message().as_bytes(), policy=policy.default)
    link = f"https://marlow.example/f/u/{pair.contact.unsubscribe_token}/?lang=en"
    assert parsed["List-Unsubscribe"] == f"<{link}>"
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert parsed["List-Id"] == "Shoe care notes <nudges.marlow.example>"
    assert parsed["Message-ID"] == f"<fb.{message.uuid}@marlow.example>"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert parsed["Feedback-ID"] == "nudge:footback:marlow.example"
    assert len(link) <= 78
    assert link in mail.body
    assert link in html_of(mail)
    assert "1 Quay Street" in mail.body


def test_loads_nothing_from_elsewhere_and_carries_no_pixel(now):
    add_pair(due_on=now.date())
    html = html_of(compose(now))
    assert not re.search(r"<img|<link|<script|@import|url\(|src=", html)
    assert len(html.encode()) < 80_000
    assert "prefers-color-scheme: dark" in html
    assert re.search(r'class="inside" style="[^"]*font-size: ?16px', html)


def test_frightens_nobody_and_promises_nothing(now):
    add_pair(due_on=now.date())
    add_pair(due_on=now.date(), stage=Stage.REPLACE)
    plan_nudges(now=now)
    messages = list(Message.objects.select_related("contact"))
    assert len(messages) == 2
    for message in messages:
        mail = compose_mail(message, nudges=load_nudges([message.pk])[message.pk], now=now)
        text = re.sub(r"<style.*?</style>", "", html_of(mail), flags=re.DOTALL)
        assert not BANNED.search(mail.subject + mail.body + text)


@pytest.mark.proof("S09")
@pytest.mark.parametrize(
    "title",
    [
        "Tern\r\nBcc: victim@example.org",
        "<script>alert(1)</script>",
        '"><b onmouseover=x>',
        "gnp.\u202eexe\u200b",
        "n\x00ul",
        "x" * 400_000,
    ],
)
def test_is_not_led_astray_by_a_title_or_a_name(now, title):
    person = add_person(first_name=title[:90].replace("\x00", ""))
    pair = add_pair(due_on=now.date(), contact=person)
    message_title = title[:500].replace("\x00", "")
    type(pair).objects.filter(pk=pair.pk).update(title=message_title)
    mail = compose(now)
    parsed = message_from_bytes(mail.message().as_bytes(), policy=policy.default)
    assert parsed["Bcc"] is None
    assert mail.recipients() == [person.email]
    html = html_of(mail)
    assert "<script" not in html
    assert "<b onmouseover" not in html
    assert len(mail.subject) <= 120
    for sign in ("\u202e", "\u200b", "\r"):
        assert sign not in mail.subject + mail.body + html


@pytest.mark.proof("S10")
@pytest.mark.parametrize(
    ("url", "is_linked"),
    [
        ("/p/harbour/", True),
        ("https://marlow.example/p/harbour/?colour=tan", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://elsewhere.example/p/", False),
    ],
)
def test_links_the_hosts_page_only_where_it_is_the_shops_own(now, url, is_linked):
    add_pair(due_on=now.date(), listing=ListingFactory(url=url, use_category="heel"))
    body = compose(now).body
    assert ("/p/harbour/" in body) is is_linked
    assert "javascript:" not in body
    assert "data:" not in body
    assert "elsewhere" not in body
    if is_linked:
        assert "utm_source=footback&utm_medium=email&utm_campaign=inspect" in body


def candidate(match_low: int, **changes):
    size = {"label": changes.pop("label", "38"), "stock": changes.pop("stock", 2)}
    listing = ListingFactory(**{"use_category": "heel", "url": "/p/x/", **changes})
    ProfileFactory(listing=listing, match_low=match_low, match_high=9000, grade_low="B")
    SizeFactory(listing=listing, **size)
    return listing


def test_offers_up_to_three_pairs_of_the_kind_in_stock_that_score_as_well(now):
    own = ListingFactory(title="Own", use_category="heel")
    ProfileFactory(listing=own, match_low=6000)
    good = [candidate(score, title=f"Good {score}") for score in (6000, 7000, 8000, 9000)]
    candidate(5999, title="Worse")
    candidate(9000, title="Sold out", stock=0)
    candidate(9000, title="Other size", label="40")
    candidate(9000, title="Other kind", use_category="flat")
    candidate(9000, title="For men", gender="men")
    candidate(9000, title="Withdrawn", is_withdrawn=True)
    candidate(9000, title="For children", age_group="kids")
    add_pair(due_on=now.date(), listing=own)
    body = compose(now).body
    offered = re.findall(r"^- (.*?),", body, flags=re.MULTILINE)
    assert offered == [listing.title for listing in reversed(good[1:])]
    assert "€89," in body


def test_offers_nothing_in_the_place_of_a_pair_that_has_no_match_itself(now):
    own = ListingFactory(title="Own", use_category="heel")
    ProfileFactory(listing=own, match_low=None, match_high=None, grade_low="", grade_high="")
    candidate(9000, title="Good")
    add_pair(due_on=now.date(), listing=own)
    assert "Good" not in compose(now).body


@pytest.mark.parametrize(
    ("country", "told"),
    [
        ("DE", ("480 to 800 km at about 24 km a week", "after 800 km (Cook")),
        ("GB", ("300 to 500 mi at about 15 mi a week", "after 500 mi (Cook")),
    ],
)
def test_counts_in_miles_where_the_persons_country_does(now, country, told):
    pair = add_pair(due_on=now.date(), stage=Stage.REPLACE, contact=add_person(country=country))
    mail = compose(now)
    assert pair.life_inputs["unit"] == "km"
    for part in (mail.body, html_of(mail)):
        assert all(words in part for words in told)


def test_is_sent_without_offers_where_there_are_none(now):
    add_pair(due_on=now.date())
    assert "another pair" not in compose(now).body


def test_goes_to_the_redirect_inbox_alone(now):
    pair = add_pair(due_on=now.date())
    mail = compose(now, redirect_to="trial@marlow.example")
    assert mail.recipients() == ["trial@marlow.example"]
    assert pair.contact.email not in mail.message().as_string()


def test_speaks_english_to_a_person_whose_language_it_does_not_have(now):
    add_pair(due_on=now.date(), contact=add_person(language="tlh"))
    with translation.override("de"):
        assert "Hello Robin" in compose(now).body


@pytest.mark.parametrize("language", ["it", "nl", "ja", "ar"])
def test_never_mixes_two_languages(now, settings, language):
    settings.LANGUAGES = global_settings.LANGUAGES
    add_pair(due_on=now.date(), contact=add_person(language=language))
    with translation.override(language):
        mail = compose(now)
    months = set(calendar.month_name[1:])
    for part in (mail.body, html_of(mail)):
        assert set(re.findall(r"Bought in (\w+) \d{4}", part)) <= months
        assert re.search(r"Bought in \w+ \d{4}", part)
    assert '<html lang="en" dir="ltr"' in html_of(mail)
    assert mail.extra_headers["List-Id"].startswith("Shoe care notes")


@pytest.mark.parametrize("days", [0, 1, 50, 100, 150, 400, 900])
def test_draws_a_wear_bar_that_always_fills_its_width(now, days):
    start = now.date() - timedelta(days=days)
    pieces = wear_bar(start, start + timedelta(days=100), start + timedelta(days=300), now.date())
    assert sum(piece.percent for piece in pieces) == 100
    assert all(piece.percent > 0 for piece in pieces)
    worn = sum(piece.percent for piece in pieces if piece.is_worn)
    assert worn == min(round(100 * days / max(300, days)), 100)


def test_keeps_its_message_id_over_attempts(now):
    add_pair(due_on=now.date())
    plan_nudges(now=now)
    message = Message.objects.select_related("contact").get()
    nudges = load_nudges([message.pk])[message.pk]
    first, second = (compose_mail(message, nudges=nudges, now=now) for _ in range(2))
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_links_what_the_person_can_set_in_both_parts(now):
    pair = add_pair(due_on=now.date())
    mail = compose(now)
    link = f"https://marlow.example/f/p/{pair.contact.unsubscribe_token}/?lang=en"
    assert f"why and how often we write: {link}" in mail.body
    assert f'href="{link}"' in html_of(mail)


def test_says_why_it_comes_now_and_when_the_next_may_follow(now):
    pair = add_pair(due_on=now.date(), stage=Stage.INSPECT, use_category="dress_leather")
    open_end = compose(now)
    told = f"Why now: on {date_format(now.date(), 'DATE_FORMAT')} four fifths of the middle life"
    for part in (open_end.body, html_of(open_end)):
        assert told in part
        assert "No further note about this pair is planned, unless you ask for one." in part
    nudge = Nudge.objects.select_related("purchase").get()
    life = EVA_RUNNER_DAYS
    pair.life_low_days, pair.life_mid_days, pair.life_high_days = life
    nudge.purchase = pair
    due = pair.wear_start_on + timedelta(days=life[1])
    month = date_format(max(due, now.date()), "YEAR_MONTH_FORMAT")
    assert f"One more note about it may come in {month} or later" in explain_note(
        nudge, today=now.date()
    )
    pair.snoozed_until = now.date()
    nudge.due_on = now.date() - timedelta(days=30)
    assert "after what you last told us" in explain_note(nudge, today=now.date())


EVA_RUNNER_DAYS = (200, 400, 600)


def test_is_written_in_the_language_the_person_chose(now):
    person = add_person(language="fr", chosen_language="en")
    assert language_of(person) == "en"


def largest_digest(now, settings, *, language: str, url: str, pairs: int = 5) -> Message:
    """A mail about so many pairs, with all that can be said of each."""
    settings.FOOTBACK = {**settings.FOOTBACK, "MAX_PAIRS_PER_MAIL": pairs}
    person = add_person(language=language, first_name="Ä" * 100)
    for number in range(pairs + 3):
        listing = ListingFactory(
            use_category="dress_leather", url=url, title=f"{number} {'Größe und Güte ' * 9}"
        )
        ProfileFactory(
            listing=listing, match_low=6000, match_high=9000, grade_low="C", grade_high="A"
        )
        SizeFactory(listing=listing)
        if number < pairs:
            add_pair(due_on=now.date(), contact=person, listing=listing, quantity=2)
    plan_nudges(now=now)
    return Message.objects.select_related("contact").get()


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_stays_well_below_what_mail_clients_show_with_five_pairs(now, settings, language):
    message = largest_digest(now, settings, language=language, url="/p/" + "x" * 100)
    nudges = load_nudges([message.pk])[message.pk]
    assert len(nudges) == 5
    mail = compose_mail(message, nudges=nudges, now=now)
    html = mail.alternatives[0][0]
    assert html.count("utm_campaign") == 5 + 3  # each shoe is offered once
    assert len(html.encode()) < 80_000


def test_leaves_out_what_it_offers_before_it_gets_too_large(now, settings):
    message = largest_digest(now, settings, language="de", url="/p/" + "x" * 900, pairs=12)
    mail = compose_mail(message, nudges=load_nudges([message.pk])[message.pk], now=now)
    html = mail.alternatives[0][0]
    assert html.count("utm_campaign") == 12
    assert len(html.encode()) < 80_000


def test_fails_with_its_reason_where_even_that_is_too_large(now, settings):
    largest_digest(now, settings, language="de", url="/p/" + "x" * 900, pairs=30)
    result = deliver_messages(now=now, budget_seconds=30)
    message = Message.objects.get()
    assert (result.failed, message.state, message.reason) == (1, "failed", "too_large")
    assert not Suppression.objects.exists()


def test_offers_each_shoe_once_in_a_mail_and_none_that_it_is_about(now, settings):
    message = largest_digest(now, settings, language="en", url="/p/")
    nudges = load_nudges([message.pk])[message.pk]
    notes = write_notes(nudges, today=now.date())
    offered = [other.name for note in notes for other in note.alternatives]
    assert len(offered) == len(set(offered)) == 3
    assert not {note.name for note in notes} & set(offered)
