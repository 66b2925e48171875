"""How a pair is doing, told through the link of a mail: the answer page ..."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from shop_plugin.models import AuditEntry, Contact, Message, Nudge, Purchase
from shop_plugin.services.nudges.delivery import deliver_messages
from shop_plugin.services.nudges.handing import load_nudges
from shop_plugin.services.nudges.mailing import compose_mail
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.pairs.answer_links import LINK_SALT, AnswerLink, sign_link
from tests.factories import ListingFactory, ProfileFactory
from tests.nudging import EVA, add_pair, open_shop

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


def send(pair, now) -> str:
    """Deliver the mail about a pair; return the path of its answer link, as the mail has it."""
    plan_nudges(now=now)
    message = Message.objects.select_related("contact").get(state="ready")
    body = compose_mail(message, nudges=load_nudges([message.pk])[message.pk], now=now).body
    assert deliver_messages(now=now, budget_seconds=5).sent == 1
    return re.search(r"https://marlow\.example(/f/a/[^?\s]+)", body)[1]


@pytest.fixture
def pair(now) -> Purchase:
    """An EVA running shoe that nothing was told of: its range is too wide for a second stage."""
    listing = ListingFactory(use_category="running", title="Harbour Runner")
    ProfileFactory(listing=listing, snapshot=EVA.as_snapshot())
    return add_pair(due_on=now.date(), listing=listing, days_per_week=None)


@pytest.fixture
def path(pair, now) -> str:
    return send(pair, now)


def everything() -> tuple:
    return tuple(
        list(model.objects.order_by("pk").values())
        for model in (Purchase, Nudge, Message, AuditEntry)
    )


def page_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_shows_the_pair_and_a_form_and_nothing_of_the_person(client, pair, path):
    response = client.get(path)
    page = page_of(response)
    assert response.status_code == 200
    assert "Harbour Runner: how is it doing?" in page
    assert "such a pair may be worn out" in page
    assert re.findall(r'type="radio" name="answer" value="(\w+)"', page) == [
        "still_fine",
        "worn_out",
        "not_worn",
        "days",
        "snooze",
        "stop",
    ]
    assert pair.contact.email not in page
    assert pair.contact.first_name not in page
    assert not response.cookies
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert "checked" not in page


def test_is_linked_from_both_parts_of_the_mail_by_a_short_address(pair, now):
    plan_nudges(now=now)
    message = Message.objects.select_related("contact").get()
    mail = compose_mail(message, nudges=load_nudges([message.pk])[message.pk], now=now)
    link = re.search(r"https://marlow\.example/f/a/\S+", mail.body)[0]
    assert f'href="{link}"' in mail.alternatives[0][0]
    assert len(link) <= 120
    assert pair.contact.unsubscribe_token not in link


@pytest.mark.proof("S01")
@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_changes_nothing_when_a_scanner_presses_the_link(client, path, method):
    before = everything()
    for query in ("", "?answer=stop", "?answer=worn_out&days=3"):
        assert getattr(client, method)(path + query).status_code in (200, 405)
    assert everything() == before


def test_works_without_a_cookie_in_a_shop_that_checks_forms(client, pair, path):
    client.handler.enforce_csrf_checks = True
    response = client.post(path, {"answer": "stop"}, headers={"origin": "null"})
    assert response.status_code == 200
    assert not response.cookies
    pair.refresh_from_db()
    assert pair.status == "stopped"


def flipped(path: str) -> list[str]:
    signed = path.removeprefix("/f/a/").rstrip("/")
    return [
        signed[:at] + chr(ord(letter) ^ bit) + signed[at + 1 :]
        for at, letter in enumerate(signed)
        for bit in (1, 2, 4)
        if chr(ord(letter) ^ bit) not in "/?#%"
    ]


@pytest.mark.proof("S03")
def test_never_acts_on_a_link_that_was_changed(client, path):
    before = everything()
    pages = set()
    for signed in flipped(path):
        response = client.post(f"/f/a/{signed}/", {"answer": "worn_out"})
        pages.add((response.status_code, response.content))
    assert len(pages) == 1
    assert pages.pop()[0] == 410
    assert everything() == before


@pytest.mark.proof("S03")
@pytest.mark.parametrize("method", ["get", "post"])
def test_answers_every_link_that_does_not_work_alike(client, pair, path, settings, method):
    link = AnswerLink(pair.pk, Message.objects.get().pk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.time", lambda: timezone.now().timestamp() - 181 * 86400)
        old = sign_link(link)
    wrong = [
        old,
        sign_link(AnswerLink(999_999, 1)),
        signing.dumps({"p": pair.pk, "m": 1}, salt="another"),
        signing.dumps([pair.pk], salt=LINK_SALT),
        signing.dumps({"p": "x", "m": None}, salt=LINK_SALT),
        "x",
        "%00",
        "a:b:c",
        "ünïcode",
        "a" * 3000,
    ]
    answers = [
        getattr(client, method)(f"/f/a/{signed}/", {"answer": "stop"} if method == "post" else {})
        for signed in wrong
    ]
    assert {answer.status_code for answer in answers} == {410}
    assert len({answer.content for answer in answers}) == 1
    assert "Copy the whole address" in page_of(answers[0])
    pair.refresh_from_db()
    assert pair.status == "active"


@pytest.mark.proof("S03")
def test_honours_a_link_signed_with_a_former_key(client, pair, path, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 10
    assert client.post(path, {"answer": "stop"}).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get(path).status_code == 410


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"answer": ""},
        {"answer": "burn"},
        {"answer": "days"},
        {"answer": "days", "days": "0"},
        {"answer": "days", "days": "8"},
        {"answer": "days", "days": "٣"},
        {"answer": "days", "days": "3\x00"},
    ],
)
def test_asks_again_where_nothing_that_can_be_done_was_said(client, path, form):
    before = everything()
    response = client.post(path, form)
    assert response.status_code == 400
    assert 'role="alert"' in page_of(response)
    assert everything() == before


def test_refuses_a_body_that_nobody_needs_to_send(client, path):
    before = everything()
    assert client.post(path, {"answer": "stop", "x": "x" * 9000}).status_code == 413
    assert everything() == before


def test_says_what_was_done_and_what_happens_next_and_takes_it_back(client, pair, path):
    page = page_of(client.post(path, {"answer": "not_worn"}))
    assert "Noted: you do not wear it." in page
    assert "No further note about this pair is planned." in page
    assert 'value="undo"' in page
    assert "checked" in page_of(client.get(path))
    page = page_of(client.post(path, {"answer": "undo"}))
    assert "Taken back." in page
    pair.refresh_from_db()
    assert pair.status == "active"
    assert "checked" not in page_of(client.get(path))


def test_names_the_day_of_the_next_note(client, path):
    page = page_of(client.post(path, {"answer": "snooze"}))
    day = timezone.now().date() + timedelta(days=30)
    assert f"{date_format(day)} or later" in page


@pytest.mark.parametrize("change", [{"status": "returned"}, {"quantity_returned": 1}])
def test_says_that_there_is_nothing_to_answer_for_a_pair_that_went_back(client, pair, path, change):
    Purchase.objects.filter(pk=pair.pk).update(**change)
    before = everything()
    assert "There is nothing to answer any more" in page_of(client.get(path))
    assert "<form" not in page_of(client.get(path))
    assert "There is nothing to answer any more" in page_of(client.post(path, {"answer": "snooze"}))
    assert everything() == before


def test_is_not_led_astray_by_the_name_of_a_pair(client, pair, path):
    Purchase.objects.filter(pk=pair.pk).update(title='<script>x</script>"><b onmouseover=x>')
    for page in (page_of(client.get(path)), page_of(client.post(path, {"answer": "still_fine"}))):
        assert "<script" not in page
        assert "<b on" not in page


def test_keeps_no_name_and_no_address_in_the_history(client, pair, path):
    Contact.objects.filter(pk=pair.contact_id).update(first_name="Robinette")
    client.post(path, {"answer": "days", "days": "5"})
    client.post(path, {"answer": "undo"})
    entries = list(AuditEntry.objects.filter(subject=f"purchase:{pair.pk}").order_by("pk"))
    assert [entry.action for entry in entries] == ["answer", "answer_undone"]
    assert entries[0].after["days"] == 5
    written = str([(entry.before, entry.after, entry.reason) for entry in entries])
    assert "Robinette" not in written
    assert "@" not in written


@pytest.mark.parametrize("length", ["many", "-5"])
def test_refuses_a_body_whose_length_is_none(client, path, length):
    before = everything()
    body = "answer=fine"
    response = client.post(path, body, "application/x-www-form-urlencoded", CONTENT_LENGTH=length)
    assert (response.status_code, everything()) == (400, before)


@pytest.mark.parametrize("answer", ["snooze", "stop", "undo"])
def test_answers_a_form_by_sending_the_browser_to_the_page_itself(client, pair, path, answer):
    response = client.post(f"{path}?lang=de", {"answer": answer}, follow=False)
    assert response.status_code == 303
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex"
    assert "no-store" in response["Cache-Control"]
    assert response["Location"].startswith(f"{path}?lang=de&said=")
    assert pair.contact.email not in response["Location"]
    done, before = page_of(client.get(response["Location"])), everything()
    assert page_of(client.get(response["Location"])) == done, "a reload says the same"
    assert everything() == before
    assert 'lang="de"' in done


def test_says_what_came_of_an_answer_only_while_it_holds_and_for_an_hour(client, pair, path, now):
    address = client.post(path, {"answer": "snooze"}, follow=False)["Location"]
    assert "Noted. We ask again in a month." in page_of(client.get(address))
    with time_machine.travel(now + timedelta(minutes=61)):
        assert "You have answered this note." in page_of(client.get(address))
    client.post(path, {"answer": "still_fine"})
    assert "You have answered this note." in page_of(client.get(address))


def test_says_of_a_pair_that_went_back_since_that_there_is_nothing_to_answer(client, pair, path):
    address = client.post(path, {"answer": "snooze"}, follow=False)["Location"]
    Purchase.objects.filter(pk=pair.pk).update(status="returned")
    page = page_of(client.get(address))
    assert "There is nothing to answer any more" in page
    assert "<form" not in page


def test_leads_from_what_was_taken_back_to_the_questions(client, path):
    client.post(f"{path}?lang=en", {"answer": "snooze"})
    page = page_of(client.post(f"{path}?lang=en", {"answer": "undo"}))
    again = re.search(r'href="([^"]*)">Answer again', page)[1]
    assert again == f"{path}?lang=en"
    assert "How is it doing?" in page_of(client.get(again))


@pytest.mark.parametrize("said", ["x", "a:b:c", "\x00", "9" * 3000])
def test_says_nothing_that_it_did_not_write_itself(client, path, said):
    assert "After a look at the pair:" in page_of(client.get(path, {"said": said}))


def test_reads_nothing_that_another_page_or_another_mail_wrote(client, pair, path, now):
    other = sign_link(AnswerLink(pair.pk, Message.objects.get().pk + 1))
    address = client.post(path, {"answer": "stop"}, follow=False)["Location"]
    query = address.partition("?")[2]
    assert "After a look at the pair:" in page_of(client.get(f"/f/a/{other}/?{query}"))
    preferences = f"/f/p/{pair.contact.unsubscribe_token}/"
    assert 'role="status"' not in page_of(client.get(f"{preferences}?{query}"))
    said = client.post(
        preferences, {"do": "pace", "mails_per_year": "", "days_between": ""}, follow=False
    )["Location"].partition("?")[2]
    assert "You have answered this note." in page_of(client.get(f"{path}?{said}"))
