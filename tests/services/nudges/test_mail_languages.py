"""A mail in the person's language: compose_mail ..."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.utils import translation

from shop_plugin.domain.nudge_policy import Stage
from shop_plugin.models import Message, Purchase
from shop_plugin.services.nudges.handing import load_nudges
from shop_plugin.services.nudges.mailing import compose_mail
from shop_plugin.services.nudges.planning import plan_nudges
from tests.factories import ListingFactory, ProfileFactory, SizeFactory
from tests.messages.leftovers import find_leftovers
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db

LANGUAGES = ("de", "fr", "es")


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


def compose(now):
    plan_nudges(now=now)
    message = Message.objects.select_related("contact").get()
    return compose_mail(message, nudges=load_nudges([message.pk])[message.pk], now=now)


def parts_of(mail) -> tuple[str, ...]:
    """Return subject, text and HTML; style and addresses are nobody's words."""
    html = re.sub(r"<style>.*?</style>", " ", mail.alternatives[0][0], flags=re.S)
    return tuple(re.sub(r"https?://\S+", " ", part) for part in (mail.subject, mail.body, html))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("stage", "changes"),
    [
        (Stage.INSPECT, {}),
        (Stage.INSPECT, {"use_category": "running"}),
        (Stage.INSPECT, {"use_category": "work_standing"}),
        (Stage.INSPECT, {"use_category": "heel"}),
        (Stage.INSPECT, {"days_per_week": None}),
        (Stage.INSPECT, {"quantity": 2}),
        (Stage.REPLACE, {}),
        (Stage.REPLACE, {"quantity": 2}),
    ],
    ids=str,
)
def test_has_no_english_sentence_at_any_stage(now, language, stage, changes):
    person = add_person(language=language, first_name="Robin")
    own = ListingFactory(title="Zyx 1", use_category=changes.get("use_category", "dress_leather"))
    add_pair(due_on=now.date(), contact=person, stage=stage, **changes)
    other = ListingFactory(title="Zyx 2", use_category=own.use_category, price_minor=8900)
    ProfileFactory(listing=other, match_low=9000, match_high=9000)
    SizeFactory(listing=other, label="38")
    mail = compose(now)
    for part in parts_of(mail):
        assert find_leftovers(part, language) == []
    assert f'<html lang="{language}" dir="ltr"' in mail.alternatives[0][0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", [2, 3])
def test_counts_pairs_as_the_language_does(now, language, number):
    person = add_person(language=language)
    for _ in range(number):
        add_pair(due_on=now.date(), contact=person)
    mail = compose(now)
    word = {"de": "Paare", "fr": "paires", "es": "pares"}[language]
    assert re.search(rf"\b{number}\b.*\b{word}\b", mail.subject)
    assert re.search(rf"\b{number} {word}\b", mail.body)
    for part in parts_of(mail):
        assert find_leftovers(part, language) == []


@pytest.mark.parametrize(
    ("language", "month"),
    [("de", "März 2026"), ("fr", "mars 2026"), ("es", "marzo de 2026"), ("en", "March 2026")],
)
def test_names_months_as_the_language_does(now, language, month):
    pair = add_pair(due_on=now.date(), contact=add_person(language=language))
    Purchase.objects.filter(pk=pair.pk).update(ordered_at=datetime(2026, 3, 5, tzinfo=UTC))
    mail = compose(now)
    assert all(month in part for part in parts_of(mail))


@pytest.mark.parametrize("language", [*LANGUAGES, "en"])
def test_leads_to_pages_of_its_own_language(now, language):
    pair = add_pair(due_on=now.date(), contact=add_person(language=language))
    with translation.override("fr" if language != "fr" else "en"):
        mail = compose(now)
    links = set(re.findall(r"https://marlow\.example/f/[ua]/\S+", mail.body))
    assert len(links) == 2
    assert all(link.endswith(f"/?lang={language}") for link in links)
    assert mail.extra_headers["List-Unsubscribe"] == (
        f"<https://marlow.example/f/u/{pair.contact.unsubscribe_token}/?lang={language}>"
    )


@pytest.mark.parametrize(
    ("language", "price"), [("de", "89 €"), ("fr", "89 €"), ("es", "89 €"), ("en", "€89")]
)
def test_writes_prices_as_the_language_does(now, language, price):
    person = add_person(language=language)
    own = ListingFactory(title="Own", use_category="heel", gender="women")
    ProfileFactory(listing=own, match_low=100, match_high=9000)
    add_pair(due_on=now.date(), contact=person, listing=own)
    offer = ListingFactory(title="Zyx", use_category="heel", price_minor=8900, gender="women")
    ProfileFactory(listing=offer, match_low=9000, match_high=9000, grade_low="A", grade_high="A")
    SizeFactory(listing=offer, label="38", stock=3)
    assert price.replace(" ", "\u00a0") in compose(now).body
