"""The links of a mail: the unsubscribe page ..."""

from __future__ import annotations

import pytest

from shop_plugin.models import Consent, Message, Suppression
from shop_plugin.services.nudges.delivery import deliver_messages
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.people.consent import make_unsubscribe_token
from shop_plugin.signals import contact_unsubscribed
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db(transaction=True)

ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def person(now, settings):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)
    return add_person()


def path_of(token: str) -> str:
    return f"/f/u/{token}/"


@pytest.mark.proof("S01")
@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_changes_nothing_when_a_scanner_presses_the_link(client, person, method):
    for _ in range(3):
        response = getattr(client, method)(path_of(person.unsubscribe_token))
    assert response.status_code in (200, 405)
    assert not Suppression.objects.exists()
    assert list(Consent.objects.values_list("basis", flat=True)) == ["soft_opt_in"]


def test_shows_one_button_that_needs_no_cookie(client, person):
    response = client.get(path_of(person.unsubscribe_token))
    page = response.content.decode()
    assert page.count("<button") == 1
    assert 'method="post"' in page
    assert person.email not in page
    assert person.first_name not in page
    assert not response.cookies
    assert response["Referrer-Policy"] == "no-referrer"


@pytest.mark.proof("S02")
def test_stops_everything_with_one_post_of_the_exact_bytes(client, person, now):
    client.handler.enforce_csrf_checks = True
    heard = []
    contact_unsubscribed.connect(
        lambda contact_id, **_: heard.append(contact_id), weak=False, dispatch_uid="test"
    )
    add_pair(due_on=now.date(), contact=person)
    plan_nudges(now=now)
    response = client.post(path_of(person.unsubscribe_token), ONE_CLICK, content_type=FORM)
    contact_unsubscribed.disconnect(dispatch_uid="test")
    assert response.status_code == 200
    assert not response.cookies
    assert Suppression.objects.get().email_hash == person.email_hash
    assert Consent.objects.order_by("-pk").first().basis == "none"
    assert Message.objects.get().state == "cancelled"
    assert deliver_messages(now=now, budget_seconds=5).sent == 0
    assert heard == [person.pk]


def test_stops_every_account_with_the_same_address(client, person, now):
    twin = add_person(email=person.email.upper())
    client.post(path_of(person.unsubscribe_token), ONE_CLICK, content_type=FORM)
    add_pair(due_on=now.date(), contact=twin)
    assert plan_nudges(now=now).skipped == {"suppressed": 1}


@pytest.mark.proof("S02")
def test_is_idempotent(client, person):
    for _ in range(5):
        client.post(path_of(person.unsubscribe_token), ONE_CLICK, content_type=FORM)
    assert Suppression.objects.count() == 1
    assert Consent.objects.filter(basis="none").count() == 1


@pytest.mark.proof("S02")
@pytest.mark.parametrize("method", ["get", "post"])
def test_answers_an_unknown_token_with_the_same_bytes(client, person, method):
    known = getattr(client, method)(path_of(person.unsubscribe_token))
    unknown = getattr(client, method)(path_of(make_unsubscribe_token()))
    assert (known.status_code, unknown.status_code) == (200, 200)
    assert known.content == unknown.content
    assert dict(known.headers) == dict(unknown.headers)


STRANGE = ["x", "a" * 500, "%00", "abc%00", "%0d%0a", "%1b[2J", "' OR 1=1 --", "ünïcode"]


@pytest.mark.parametrize("token", STRANGE)
def test_answers_a_token_that_cannot_be_like_any_unknown_one(client, person, token):
    strange = client.post(path_of(token), ONE_CLICK, content_type=FORM)
    unknown = client.post(path_of(make_unsubscribe_token()), ONE_CLICK, content_type=FORM)
    assert (strange.status_code, strange.content) == (200, unknown.content)
    assert not Suppression.objects.exists()


def test_does_not_ask_the_database_about_a_token_that_cannot_be(
    client, person, django_assert_num_queries
):
    with django_assert_num_queries(0):
        client.post(path_of("%00"), ONE_CLICK, content_type=FORM)


@pytest.mark.proof("S02")
def test_reads_once_and_writes_nothing_for_an_unknown_token(
    client, person, django_assert_num_queries
):
    """Unlike for a known one. 131 random bits are not found by asking, however long it takes."""
    with django_assert_num_queries(1):
        client.post(path_of(make_unsubscribe_token()), ONE_CLICK, content_type=FORM)


def test_finds_no_page_where_a_token_is_a_path(client, person):
    assert client.post(path_of("..%2f")).status_code == 404


@pytest.mark.proof("S02")
def test_refuses_a_body_that_nobody_needs_to_send(client, person):
    response = client.post(path_of(person.unsubscribe_token), "x" * 20_000, content_type=FORM)
    assert response.status_code == 413
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("length", ["many", "-5"])
def test_refuses_a_body_whose_length_is_none(client, person, length):
    path = path_of(person.unsubscribe_token)
    response = client.post(path, ONE_CLICK, content_type=FORM, CONTENT_LENGTH=length)
    assert response.status_code == 400
    assert not Suppression.objects.exists()


@pytest.mark.proof("S20")
def test_still_stops_a_person_whose_secret_key_was_changed(client, person, settings):
    settings.SECRET_KEY = "another" * 10
    client.post(path_of(person.unsubscribe_token), ONE_CLICK, content_type=FORM)
    assert Consent.objects.order_by("-pk").first().basis == "none"
