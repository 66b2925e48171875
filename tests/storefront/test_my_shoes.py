"""Pairs behind a login, and who may see whose: "My shoes" ..."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from shop_plugin.models import AuditEntry, Contact, Purchase, Suppression
from tests.factories import ListingFactory
from tests.nudging import add_pair, add_person, open_shop
from tests.storefront.test_preferences import BrowserLikeClient, everything, form_of, page_of

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/shoes/mine/"


def verified_address(user):
    """The host has verified every address here."""
    return user.email


def customer_number(user):
    return user.username


@pytest.fixture
def now():
    """The page takes the time from the clock, so these tests live in the present."""
    return timezone.now()


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now, CONTACT_FOR_USER=f"{__name__}.verified_address")


@pytest.fixture
def by_number(settings):
    settings.FOOTBACK = {**settings.FOOTBACK, "CONTACT_FOR_USER": f"{__name__}.customer_number"}


def add_shopper(now, title: str) -> tuple[Contact, Purchase]:
    person = add_person()
    listing = ListingFactory(use_category="dress_leather", title=title)
    return person, add_pair(due_on=now.date() + timedelta(days=40), listing=listing, contact=person)


def sign_in(person: Contact, *, checks_csrf: bool = False) -> Client:
    users = get_user_model().objects
    user = users.filter(username=person.external_id).first() or users.create_user(
        person.external_id, email=person.email.upper()
    )
    client = BrowserLikeClient(enforce_csrf_checks=checks_csrf)
    client.force_login(user)
    return client


def test_shows_a_signed_in_shopper_their_pairs(now):
    person, pair = add_shopper(now, "Harbour Derby")
    response = sign_in(person).get(PAGE)
    page = page_of(response)
    assert "Harbour Derby" in page
    assert f'href="/shoes/{pair.listing_id}/"' in page
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"


def test_changes_a_pair_and_takes_it_back(now):
    person, pair = add_shopper(now, "Harbour Derby")
    client = sign_in(person)
    response = client.post(PAGE, form_of(pair, client.get(PAGE), answer="days", days="6"))
    pair.refresh_from_db()
    assert pair.days_per_week == 6
    client.post(PAGE, form_of(pair, response, do="undo"))
    pair.refresh_from_db()
    assert pair.days_per_week == 3
    assert set(AuditEntry.objects.values_list("reason", flat=True)) >= {"my shoes page"}


def test_asks_for_the_token_of_the_session(now):
    person, pair = add_shopper(now, "Harbour Derby")
    client = sign_in(person, checks_csrf=True)
    form = {"do": "answer", "pair": pair.pk, "seen": "0", "answer": "stop"}
    assert client.post(PAGE, form).status_code == 403
    token = client.get(PAGE).context["csrf_token"]
    assert client.post(PAGE, {**form, "csrfmiddlewaretoken": str(token)}).status_code == 200


def forms(pair: Purchase) -> list[dict[str, object]]:
    entry = AuditEntry.objects.create(
        action="answer",
        subject=f"purchase:{pair.pk}",
        before={"status": "active"},
        after={"status": "active", "answer": "still_fine", "days": None, "message": None},
        at=pair.created_at,
    )
    own = {"pair": pair.pk, "seen": 0}
    return [
        {"do": "undo", "pair": pair.pk, "entry": entry.pk},
        {"do": "answer", **own, "answer": "days", "days": 2},
        {"do": "answer", **own, "answer": "snooze", "days": 60},
        {"do": "answer", **own, "answer": "started", "on": pair.ordered_at.date().isoformat()},
        *(
            {"do": "answer", **own, "answer": answer}
            for answer in ("still_fine", "worn_out", "replaced", "given_away", "not_worn")
        ),
        *({"do": "answer", **own, "answer": answer} for answer in ("stop", "kept", "again")),
    ]


def test_never_lets_one_person_see_or_touch_the_pair_of_another(now):
    shoppers = [add_shopper(now, f"Pair of {name}") for name in ("Ada", "Bea", "Cy")]
    every_form = {pair.pk: forms(pair) for _person, pair in shoppers}
    for (own, own_pair), (_other, foreign) in permutations(shoppers, 2):
        ways = [
            (Client(), f"/f/p/{own.unsubscribe_token}/"),
            (sign_in(own), PAGE),
        ]
        for client, path in ways:
            page = page_of(client.get(path))
            assert own_pair.title in page
            assert foreign.title not in page
            before = everything()
            for form in every_form[foreign.pk]:
                assert client.post(path, form).status_code == 404, form
            assert everything() == before


def test_shows_nobody_s_pairs_to_somebody_without_a_login(client, now):
    _person, pair = add_shopper(now, "Harbour Derby")
    page = page_of(client.get(PAGE))
    assert "Harbour Derby" not in page
    assert "Each note we write about a pair has a link" in page
    for form in forms(pair):
        assert client.post(PAGE, form).status_code == 404
    for do in ("stop", "start", "pace", "language", "undo_settings"):
        assert client.post(PAGE, {"do": do, "agree": "yes"}).status_code == 404
    assert not Suppression.objects.exists()


def test_shows_nothing_where_the_shop_names_no_customers(settings, now):
    person, _pair = add_shopper(now, "Harbour Derby")
    settings.FOOTBACK = {**settings.FOOTBACK, "CONTACT_FOR_USER": ""}
    assert "Harbour Derby" not in page_of(sign_in(person).get(PAGE))


@pytest.mark.parametrize("email", ["", "stranger@example.org"])
def test_shows_an_empty_page_to_a_user_who_bought_nothing(now, email):
    add_shopper(now, "Harbour Derby")
    client = Client()
    client.force_login(get_user_model().objects.create_user("new", email=email))
    page = page_of(client.get(PAGE))
    assert "No pair is in use here." in page
    assert "Harbour Derby" not in page


def test_opens_by_a_customer_number_that_account_alone_and_no_mail_settings(now, by_number):
    person, pair = add_shopper(now, "Harbour Derby")
    # Somebody else's order as a guest with the same address: an account may claim any address.
    guest = add_person(email=person.email)
    add_pair(
        due_on=now.date() + timedelta(days=9),
        listing=ListingFactory(use_category="heel", title="Secret Pump"),
        contact=guest,
    )
    client = sign_in(person)
    page = page_of(client.get(PAGE))
    assert "Harbour Derby" in page
    assert "Secret Pump" not in page
    assert "set through the link at the foot" in page
    assert person.unsubscribe_token not in page
    assert client.post(PAGE, {"do": "stop"}).status_code == 404
    assert client.post(PAGE, form_of(pair, client.get(PAGE), answer="stop")).status_code == 200


def test_shows_nothing_where_two_sources_know_the_number(now, by_number):
    person, _pair = add_shopper(now, "Harbour Derby")
    twin, _other = add_shopper(now, "Harbour Boot")
    Contact.objects.filter(pk=twin.pk).update(source="elsewhere", external_id=person.external_id)
    page = page_of(sign_in(person).get(PAGE))
    assert "Harbour" not in page


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_changes_nothing_when_it_is_only_opened(now, method):
    person, pair = add_shopper(now, "Harbour Derby")
    client = sign_in(person)
    before = everything()
    getattr(client, method)(f"{PAGE}?do=answer&pair={pair.pk}&answer=stop")
    assert everything() == before
