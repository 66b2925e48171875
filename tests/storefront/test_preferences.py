"""All pairs and settings behind the link of a mail: the preference page ..."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from shop_plugin.models import (
    AuditEntry,
    Consent,
    Contact,
    Message,
    Nudge,
    Purchase,
    Suppression,
)
from shop_plugin.services.nudges.delivery import deliver_messages
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.people.consent import make_unsubscribe_token
from shop_plugin.services.shop.languages import language_of
from shop_plugin.signals import contact_subscribed
from tests.factories import ContactFactory, ListingFactory, ProfileFactory
from tests.nudging import EVA, add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


class BrowserLikeClient(Client):
    """A client that goes where a form's answer sends it, as browsers do."""

    def post(self, *args, **options):
        return super().post(*args, **{"follow": True, **options})


@pytest.fixture
def client() -> BrowserLikeClient:
    return BrowserLikeClient()


@pytest.fixture
def now():
    """The page takes the time from the clock, so these tests live in the present."""
    return timezone.now()


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


@pytest.fixture
def person() -> Contact:
    return add_person(first_name="Robinette")


@pytest.fixture
def pair(person, now) -> Purchase:
    listing = ListingFactory(use_category="running", title="Harbour Runner")
    ProfileFactory(listing=listing, snapshot=EVA.as_snapshot())
    return add_pair(due_on=now.date() + timedelta(days=60), listing=listing, contact=person)


def path_of(person) -> str:
    return f"/f/p/{person.unsubscribe_token}/"


def page_of(response) -> str:
    return " ".join(response.content.decode().split())


def form_of(pair, response, **fields) -> dict:
    """Return what the forms of the pair's card send, with a choice of one's own."""
    card = response.content.decode().partition(f'id="pair-{pair.pk}"')[2].partition("</article>")[0]
    seen = re.search(r'name="seen" value="(\d+)"', card)
    entry = re.search(r'name="entry" value="(\d+)"', card)
    hidden = {"pair": str(pair.pk), "do": "answer"}
    if seen:
        hidden["seen"] = seen[1]
    if entry:
        hidden["entry"] = entry[1]
    return {**hidden, **fields}


def everything() -> tuple:
    models = (Purchase, Nudge, Message, AuditEntry, Consent, Suppression, Contact)
    return tuple(list(model.objects.order_by("pk").values()) for model in models)


def test_shows_the_pairs_and_no_more_of_the_person_than_a_letter(client, person, pair):
    response = client.get(path_of(person))
    page = page_of(response)
    assert response.status_code == 200
    assert "Harbour Runner" in page
    assert "for R." in page
    assert person.email not in page
    assert "Robinette" not in page
    assert not response.cookies
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex"
    assert "no-store" in response["Cache-Control"]


def test_loads_nothing_from_elsewhere_and_runs_no_script(client, person, pair):
    page = page_of(client.get(path_of(person)))
    assert "<script" not in page
    assert "style=" not in page
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', page) == []


@pytest.mark.proof("S01")
@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete"])
def test_changes_nothing_when_a_scanner_opens_it(client, person, pair, method):
    before = everything()
    for _ in range(3):
        getattr(client, method)(f"{path_of(person)}?do=stop&pair={pair.pk}&answer=stop")
    assert everything() == before


@pytest.mark.parametrize(
    "form",
    [
        None,
        {"do": "pace", "mails_per_year": "2", "days_between": "90"},
        {"do": "pace", "mails_per_year": "", "days_between": ""},
        {"do": "pace", "mails_per_year": "77"},
        {"do": "language", "language": "en"},
        {"do": "undo_settings"},
        {"do": "nonsense"},
        {"do": "answer", "pair": "1", "answer": "stop"},
        {"do": "undo", "pair": "1", "entry": "1"},
        {"do": "start"},
        {"do": "stop"},
    ],
)
def test_answers_an_unknown_token_as_one_without_pairs(client, form):
    nobody = add_person(first_name="")
    send = client.get if form is None else client.post
    known, unknown = (
        send(f"/f/p/{token}/", form)
        for token in (nobody.unsubscribe_token, make_unsubscribe_token())
    )
    assert known.status_code == unknown.status_code
    assert known.content == unknown.content
    for response in (known, unknown):
        del response.headers["Expires"]  # the moment of the answer, which may be a second later
    assert dict(known.headers) == dict(unknown.headers)


@pytest.mark.parametrize("token", ["x", "a" * 500, "%00", "%0d%0a", "' OR 1=1 --", "ünïcode"])
def test_answers_a_token_that_cannot_be_like_any_unknown_one(client, token):
    strange = client.post(f"/f/p/{token}/", {"do": "stop"})
    unknown = client.post(f"/f/p/{make_unsubscribe_token()}/", {"do": "stop"})
    assert (strange.status_code, strange.content) == (200, unknown.content)
    assert not Suppression.objects.exists()


def test_opens_every_account_with_the_address_of_the_mailbox(client, person, pair, now):
    twin = add_person(email=person.email.upper())
    add_pair(due_on=now.date() + timedelta(days=9), contact=twin)
    page = page_of(client.get(path_of(person)))
    assert page.count("<article") == 2


@pytest.mark.proof("S20")
def test_still_works_after_the_secret_key_was_changed(client, person, pair, settings):
    settings.SECRET_KEY = "another" * 10
    assert "Harbour Runner" in page_of(client.get(path_of(person)))
    client.post(path_of(person), {"do": "stop"})
    assert Suppression.objects.get().email_hash == person.email_hash


def test_is_closed_for_somebody_who_was_erased(client, person, pair, now):
    Contact.objects.filter(pk=person.pk).update(erased_at=now)
    assert "Harbour Runner" not in page_of(client.get(path_of(person)))


@pytest.mark.parametrize(
    ("fields", "told", "changed"),
    [
        ({"answer": "days", "days": "5"}, "how often you wear it", {"days_per_week": 5}),
        ({"answer": "still_fine"}, "Noted: still fine", {"personal_factor": 1150}),
        ({"answer": "replaced"}, "you replaced it", {"status": "retired"}),
        ({"answer": "not_worn"}, "you do not wear it", {"status": "retired"}),
        ({"answer": "given_away"}, "with somebody else", {"status": "given_away"}),
        ({"answer": "stop"}, "No more notes about this pair", {"status": "stopped"}),
    ],
)
def test_does_what_is_asked_of_a_pair_and_takes_it_back(
    client, pair, person, fields, told, changed
):
    path = path_of(person)
    before = {name: getattr(pair, name) for name in changed}
    response = client.post(path, form_of(pair, client.get(path), **fields))
    assert response.status_code == 200
    assert told in page_of(response)
    pair.refresh_from_db()
    assert {name: getattr(pair, name) for name in changed} == changed
    undone = client.post(path, form_of(pair, response, do="undo"))
    assert "Taken back." in page_of(undone)
    pair.refresh_from_db()
    assert {name: getattr(pair, name) for name in changed} == before


@pytest.mark.parametrize("days", [30, 60, 90])
def test_lets_a_pair_wait(client, pair, person, now, days):
    path = path_of(person)
    fields = {"answer": "snooze", "days": str(days)}
    client.post(path, form_of(pair, client.get(path), **fields))
    pair.refresh_from_db()
    assert pair.snoozed_until == now.date() + timedelta(days=days)


def test_takes_the_first_day_of_wear(client, pair, person):
    path = path_of(person)
    day = pair.wear_start_on + timedelta(days=5)
    fields = {"answer": "started", "on": day.isoformat()}
    page = page_of(client.post(path, form_of(pair, client.get(path), **fields)))
    pair.refresh_from_db()
    assert (pair.wear_start_on, pair.wear_start_basis) == (day, "confirmed")
    assert f'value="{day.isoformat()}"' in page


def test_acts_once_on_a_double_click_and_a_reload(client, pair, person):
    path = path_of(person)
    form = form_of(pair, client.get(path), answer="still_fine")
    for _ in range(5):
        response = client.post(path, form)
        assert "Noted: still fine" in page_of(response)
    pair.refresh_from_db()
    assert pair.personal_factor == 1150
    assert AuditEntry.objects.filter(action="answer").count() == 1
    undo = form_of(pair, response, do="undo")
    for _ in range(3):
        assert "Taken back." in page_of(client.post(path, undo))
    assert AuditEntry.objects.filter(action="answer_undone").count() == 1


def test_takes_the_same_answer_again_from_a_page_that_knows_of_the_first(client, pair, person):
    path = path_of(person)
    response = client.get(path)
    for factor in (1150, 1322):
        response = client.post(path, form_of(pair, response, answer="still_fine"))
        pair.refresh_from_db()
        assert pair.personal_factor == factor


@pytest.mark.parametrize(
    "fields",
    [
        {"answer": "explode"},
        {"answer": ""},
        {"answer": "days", "days": ""},
        {"answer": "days", "days": "9"},
        {"answer": "days", "days": "1e9"},
        {"answer": "days", "days": "9" * 5000},
        {"answer": "days", "days": "٣"},
        {"answer": "snooze", "days": "365"},
        {"answer": "started", "on": "soon"},
        {"answer": "started", "on": "2999-01-01"},
        {"answer": "started", "on": "1999-01-01"},
        {"answer": "started"},
        {"do": "explode"},
    ],
)
def test_changes_nothing_for_a_form_that_says_nothing_and_says_so(client, pair, person, fields):
    path = path_of(person)
    form = form_of(pair, client.get(path), **fields)
    before = everything()
    response = client.post(path, form)
    expected = 413 if len(fields.get("days", "")) > 4096 else 400
    assert response.status_code == expected
    if expected == 400:
        assert "Nothing was changed." in page_of(response)
    assert everything() == before


@pytest.mark.parametrize("key", ["0", "-1", "x", "9" * 30, "", "\x00"])
def test_finds_no_pair_under_a_key_that_cannot_be(client, pair, person, key):
    form = {"do": "answer", "pair": key, "answer": "stop", "seen": "0"}
    assert client.post(path_of(person), form).status_code == 404


def test_stops_all_notes_and_starts_them_again_only_by_an_express_act(client, person, pair, now):
    path = path_of(person)
    heard = []
    contact_subscribed.connect(
        lambda contact_id, **_: heard.append(contact_id), weak=False, dispatch_uid="test"
    )
    page = page_of(client.post(path, {"do": "stop"}))
    assert "No notes go to this address." in page
    assert Suppression.objects.get().reason == "unsubscribed"
    response = client.post(path, {"do": "start"})
    assert response.status_code == 400
    assert Suppression.objects.exists()
    assert "We write again" in page_of(client.post(path, {"do": "start", "agree": "yes"}))
    contact_subscribed.disconnect(dispatch_uid="test")
    assert not Suppression.objects.exists()
    consent = Consent.objects.order_by("-pk").first()
    assert (consent.basis, consent.wording_version) == ("express", "pairs-1")
    assert heard == [person.pk]
    client.post(path, {"do": "start", "agree": "yes"})
    assert Consent.objects.filter(basis="express").count() == 1


@pytest.mark.parametrize("reason", ["hard_bounce", "complaint", "staff", "erased"])
def test_lets_nobody_lift_what_is_not_their_own_no(client, person, reason, now):
    Suppression.objects.create(email_hash=person.email_hash, reason=reason, at=now)
    page = page_of(client.get(path_of(person)))
    assert "Ask the shop if that should change." in page
    client.post(path_of(person), {"do": "start", "agree": "yes"})
    assert Suppression.objects.get().reason == reason


def test_makes_notes_fewer_and_takes_that_back(client, person, pair, now):
    path = path_of(person)
    page = page_of(client.post(path, {"do": "pace", "mails_per_year": "1", "days_between": "90"}))
    assert "Saved." in page
    person.refresh_from_db()
    assert (person.own_mails_per_year, person.own_days_between) == (1, 90)
    assert "at most once a year, and never sooner than 90 days" in page
    client.post(path, {"do": "undo_settings"})
    client.post(path, {"do": "undo_settings"})
    person.refresh_from_db()
    assert (person.own_mails_per_year, person.own_days_between) == (None, None)


def test_lets_the_wish_of_one_account_hold_for_the_whole_address(client, person, now):
    twin = add_person(email=person.email)
    add_pair(due_on=now.date(), contact=twin)
    plan_nudges(now=now)
    assert deliver_messages(now=now, budget_seconds=5).sent == 1
    Contact.objects.filter(pk=person.pk).update(own_days_between=180)
    add_pair(due_on=now.date() + timedelta(days=60), contact=twin)
    later = now + timedelta(days=60)
    plan_nudges(now=later)
    assert deliver_messages(now=later, budget_seconds=5).sent == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"mails_per_year": "0"},
        {"mails_per_year": "4"},
        {"days_between": "1"},
        {"days_between": "x"},
    ],
)
def test_offers_no_other_pace(client, person, fields):
    response = client.post(path_of(person), {"do": "pace", **fields})
    assert response.status_code == 400
    person.refresh_from_db()
    assert (person.own_mails_per_year, person.own_days_between) == (None, None)


def test_refuses_a_language_that_is_not_spoken(client, person):
    assert client.post(path_of(person), {"do": "language", "language": "tlh"}).status_code == 400


def test_refuses_a_body_that_nobody_needs_to_send(client, person):
    response = client.post(path_of(person), {"do": "stop", "more": "x" * 20_000})
    assert response.status_code == 413
    assert not Suppression.objects.exists()


def test_shows_no_wear_of_a_child_s_pair_but_when_to_measure(client, person, now):
    listing = ListingFactory(use_category="kids", age_group="kids", title="Conker")
    pair = add_pair(due_on=now.date(), listing=ListingFactory(use_category="heel"), contact=person)
    Purchase.objects.filter(pk=pair.pk).update(listing=listing, title="Conker", use_category="kids")
    page = page_of(client.get(path_of(person)))
    assert "measure instead of waiting" in page
    assert "fbp-gauge" not in page


def test_says_nothing_of_a_pair_that_the_shop_calls_sensitive(client, person, settings, now):
    settings.FOOTBACK = {**settings.FOOTBACK, "SENSITIVE_CATEGORIES": ("diabetic",)}
    listing = ListingFactory(
        use_category="walking", category_text="Shoes > Diabetic", title="Diabetic Comfort 7"
    )
    add_pair(due_on=now.date(), listing=listing, contact=person)
    page = page_of(client.get(path_of(person)))
    assert "Your pair from" in page
    assert "iabetic" not in page
    assert "fbp-gauge" not in page


def test_leaves_out_what_went_back(client, person, pair):
    Purchase.objects.filter(pk=pair.pk).update(status="returned", quantity_returned=1)
    page = page_of(client.get(path_of(person)))
    assert "Harbour Runner" not in page
    assert "No pair is in use here." in page
    assert "may have been cut off on the way" in page


def test_takes_no_more_queries_for_more_pairs(
    client, person, now, django_assert_num_queries, django_assert_max_num_queries
):
    add_pair(due_on=now.date(), contact=person)
    with django_assert_max_num_queries(14) as few:
        client.get(path_of(person))
    for _ in range(12):
        add_pair(due_on=now.date(), contact=person)
    with django_assert_num_queries(len(few.captured_queries)):
        client.get(path_of(person))


def test_shows_the_newest_hundred_pairs_and_says_how_many_more_there_are(client, person, now):
    pair = add_pair(due_on=now.date(), contact=person)
    Purchase.objects.bulk_create(
        Purchase(
            **{
                **{f.attname: getattr(pair, f.attname) for f in Purchase._meta.concrete_fields},
                "id": None,
                "external_id": f"copy-{number}",
                "order_id": f"copy-{number}",
            }
        )
        for number in range(104)
    )
    page = page_of(client.get(path_of(person)))
    assert page.count("<article") == 100
    assert "5 older pairs are not shown." in page


@pytest.mark.proof("S09")
def test_escapes_what_a_title_says(client, person, now):
    listing = ListingFactory(use_category="heel", title='<script>alert("x")</script>')
    add_pair(due_on=now.date(), listing=listing, contact=person)
    assert "<script" not in page_of(client.get(path_of(person)))


@pytest.mark.parametrize(
    ("country", "told"),
    [
        ("DE", "Pairs of this kind last 480 to 800 km, 640 in the middle."),
        ("US", "Pairs of this kind last 300 to 500 mi, 400 in the middle."),
    ],
)
def test_says_how_the_date_came_about(client, person, pair, country, told):
    Contact.objects.filter(pk=person.pk).update(country=country)
    page = page_of(client.get(path_of(person)))
    assert told in page
    assert "by what you told us" in page
    assert "of the cushioning may be left" in page


def test_shows_an_older_pair_that_is_worn_in_turn_with_a_newer_one(client, person, pair, now):
    newer = add_pair(due_on=now.date() + timedelta(days=300), listing=pair.listing, contact=person)
    Purchase.objects.filter(pk=newer.pk).update(title="Second Runner")
    Purchase.objects.filter(pk=pair.pk).update(status="replaced", days_per_week=None)
    path = path_of(person)
    shown = client.get(path)
    assert "By your orders Second Runner took its place." in page_of(shown)
    page = page_of(client.post(path, form_of(pair, shown, answer="kept")))
    assert "you wear both, in turn" in page
    assert "Worn in turn with Second Runner" in page
    assert "Worn in turn with Harbour Runner" in page


def test_keeps_a_contact_without_an_address_or_a_name(client):
    nobody = ContactFactory(email="", email_hash="", first_name="", is_mailable=False)
    assert client.get(path_of(nobody)).status_code == 200
    assert client.post(path_of(nobody), {"do": "stop"}).status_code == 200


def test_writes_in_the_language_that_was_chosen_whatever_the_host_says(client, person, pair, now):
    Contact.objects.filter(pk=person.pk).update(language="fr")
    path = path_of(person)
    page = page_of(client.get(path))
    assert '<option value="fr" lang="fr" selected>' in page
    page = page_of(client.post(path, {"do": "language", "language": "de"}))
    assert '<option value="de" lang="de" selected>' in page
    person.refresh_from_db()
    assert language_of(person) == "de"
    client.post(path, {"do": "undo_settings"})
    person.refresh_from_db()
    assert language_of(person) == "fr"


@pytest.mark.parametrize("length", ["many", "-5"])
def test_refuses_a_body_whose_length_is_none(client, person, length):
    body = "do=stop"
    form = "application/x-www-form-urlencoded"
    response = client.post(path_of(person), body, form, CONTENT_LENGTH=length)
    assert response.status_code == 400
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("fields", [{"answer": "snooze", "days": "30"}, {"do": "stop"}])
def test_answers_a_form_by_sending_the_browser_to_the_page_itself(client, pair, person, fields):
    path = f"{path_of(person)}?lang=de"
    form = form_of(pair, client.get(path), **fields)
    answer = client.post(path, form, follow=False)
    assert answer.status_code == 303
    assert answer["Referrer-Policy"] == "no-referrer"
    target = answer["Location"]
    assert target.startswith(f"{path}&said=")
    before = everything()
    shown = client.get(target)
    assert 'role="status"' in page_of(shown)
    assert everything() == before


def test_says_what_came_of_a_form_only_while_it_holds_and_for_an_hour(client, pair, person, now):
    path = path_of(person)
    stopped = client.post(path, {"do": "stop"}, follow=False)["Location"]
    assert "Done. No more notes to this address." in page_of(client.get(stopped))
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert "Done." not in page_of(client.get(stopped))
    client.post(path, {"do": "start", "agree": "yes"})
    assert "Done." not in page_of(client.get(stopped))


@pytest.mark.parametrize("said", ["x", "a:b:c", "\x00", "9" * 3000])
def test_says_nothing_that_it_did_not_write_itself(client, person, said):
    response = client.get(path_of(person), {"said": said})
    assert response.status_code == 200
    assert "fbp-notice" not in page_of(response)
