"""A reader says that a value is wrong; staff answer."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from shop_plugin.models import AuditEntry, Listing, ValueReport
from shop_plugin.services.people.retention import keep_house
from shop_plugin.services.shopping import value_reports
from shop_plugin.services.shopping.value_reports import (
    LONGEST_TEXT,
    Taken,
    report_value,
    shorten_report,
)
from shop_plugin.services.staff.value_reports import AlreadyAnswered, answer_report

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_counted():
    caches["default"].clear()


@pytest.fixture
def shoe(catalogue: dict[str, Listing]) -> Listing:
    return catalogue["walker"]


@pytest.fixture
def address(shoe: Listing) -> str:
    return reverse("footback:value_report", args=[shoe.pk])


def send(client: Client, address: str, **fields: str):
    return client.post(address, {"fact": "heel_height_mm", "text": "It is 6 cm.", **fields})


def test_keeps_what_is_said_and_nothing_of_who_says_it(client, shoe, address) -> None:
    response = send(client, address)
    assert response.status_code == 302
    assert "Thank you" in client.get(response.url).content.decode()
    report = ValueReport.objects.get()
    assert (report.listing, report.attribute) == (shoe, "heel_height_mm")
    assert (report.text, report.shown, report.language) == ("It is 6 cm.", "1 in", "en")
    columns = {field.name for field in ValueReport._meta.fields}
    assert not columns & {"user", "contact", "address", "ip", "email", "session"}
    assert not client.cookies.get("sessionid")


def test_is_linked_from_the_page_of_the_shoe_and_chooses_a_fact(client, shoe, address) -> None:
    page = client.get(reverse("footback:listing", args=[shoe.pk])).content.decode()
    assert address in page
    form = client.get(address + "?fact=cushioning").content.decode()
    assert '<option value="cushioning" selected>' in form
    assert "<script" not in form.partition("<main")[2]


def test_counts_the_same_words_once(client, address) -> None:
    for _ in range(3):
        send(client, address)
    send(client, address, text="It is 7 cm.")
    assert list(ValueReport.objects.order_by("pk").values_list("said", flat=True)) == [3, 1]


def test_takes_out_what_somebody_may_be_reached_by() -> None:
    said = "  Heel 6 cm,\ncall +49 170 1234567 or robin@example.org, see https://x.example/a\x00 "
    assert shorten_report(said) == "Heel 6 cm, call … or …, see …"
    assert len(shorten_report("x" * 5000)) == LONGEST_TEXT
    assert shorten_report("38/30 mm, not 28/20 mm") == "38/30 mm, not 28/20 mm"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": ""}, "look at what is marked"),
        ({"text": "robin@example.org"}, "Say in a few words"),
        ({"fact": "nonsense"}, "look at what is marked"),
        ({"text": "x" * 301}, "look at what is marked"),
    ],
)
def test_says_what_is_missing_and_loses_nothing(client, address, fields, words) -> None:
    response = send(client, address, **fields)
    content = response.content.decode()
    assert words in content
    assert 'aria-invalid="true"' in content
    if len(fields.get("text", "")) > 1:
        assert fields["text"] in content
    assert ValueReport.objects.count() == 0


def test_needs_a_token_and_a_shoe(shoe, address) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert send(strict, address).status_code == 403
    assert Client().get(reverse("footback:value_report", args=[987_654])).status_code == 404


def test_thanks_a_machine_and_keeps_nothing_of_it(client, address) -> None:
    assert send(client, address, website="https://spam.example").status_code == 302
    assert ValueReport.objects.count() == 0


def test_slows_down_whoever_reports_too_much(client, address, settings) -> None:
    settings.FOOTBACK = {**settings.FOOTBACK, "REPORT_RATE": "2/hour"}
    for number in range(2):
        assert send(client, address, text=f"It is {number} cm.").status_code == 302
    response = send(client, address, text="It is 9 cm.")
    assert response.status_code == 429
    assert "It is 9 cm." in response.content.decode()
    other = Client(REMOTE_ADDR="198.51.100.7")
    assert send(other, address, text="It is 9 cm.").status_code == 302


def test_fills_the_table_with_no_more_than_anybody_reads(shoe, now, monkeypatch) -> None:
    monkeypatch.setattr(value_reports, "MOST_OPEN", 2)

    def report(text: str) -> Taken:
        return report_value(
            listing_id=shoe.pk, attribute="", text=text, language="en", client=text, now=now
        )

    assert [report("a"), report("b"), report("c")] == [Taken.KEPT, Taken.KEPT, Taken.TOO_MANY]
    assert report("a") is Taken.KEPT, "the same words only count"


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_speaks_the_readers_language(client, address, language) -> None:
    page = client.get(address, headers={"accept-language": language}).content.decode()
    assert f'lang="{language}"' in page
    assert "Report a wrong value" not in page


def make(shoe: Listing, now, **fields) -> ValueReport:
    return ValueReport.objects.create(
        listing=shoe, **{"attribute": "cushioning", "text": "Hard.", "reported_at": now, **fields}
    )


def test_is_answered_once_and_audited(shoe, now) -> None:
    user = get_user_model().objects.create_user("alex")
    report = make(shoe, now)
    answer_report(report_id=report.pk, answer="fixed", note=" seen ", author=user, now=now)
    report.refresh_from_db()
    assert (report.state, report.note, report.answered_by) == ("fixed", "seen", user)
    entry = AuditEntry.objects.get(action="answer_report")
    assert (entry.subject, entry.after["state"]) == (f"listing:{shoe.pk}", "fixed")
    with pytest.raises(AlreadyAnswered):
        answer_report(report_id=report.pk, answer="not_wrong", note="", author=user, now=now)
    with pytest.raises(ValueError, match="no answer"):
        answer_report(report_id=report.pk, answer="open", note="", author=user, now=now)


def test_leads_staff_through_the_queue(admin_client, shoe, now) -> None:
    first, second = make(shoe, now), make(shoe, now, text="Soft.")
    listed = admin_client.get(reverse("admin:footback_valuereport_changelist")).content.decode()
    assert "Hard." in listed
    assert "Soft." in listed
    url = reverse("admin:footback_valuereport_change", args=[first.pk])
    assert "2 reports wait." in admin_client.get(url).content.decode()
    response = admin_client.post(url, {"answer": "not_wrong", "note": "measured"})
    assert response.url.endswith(f"/{second.pk}/change/")
    listed = admin_client.get(reverse("admin:footback_valuereport_changelist")).content.decode()
    assert "Hard." not in listed
    screen = reverse("admin:footback_listing_change", args=[shoe.pk])
    content = admin_client.get(screen).content.decode()
    assert "Readers say a value is wrong" in content
    assert "a reader’s report answered" in content
    assert "error" in admin_client.post(url, {"answer": "fixed"}, follow=True).content.decode()


def test_lets_nobody_answer_who_may_not(client, shoe, now) -> None:
    report = make(shoe, now)
    user = get_user_model().objects.create_user("lee", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_valuereport"))
    client.force_login(user)
    url = reverse("admin:footback_valuereport_change", args=[report.pk])
    assert 'name="answer"' not in client.get(url).content.decode()
    assert client.post(url, {"answer": "fixed"}).status_code == 403


def test_is_forgotten_some_time_after_its_answer(shoe, now) -> None:
    make(shoe, now.replace(year=2020), text="still open")
    make(shoe, now, state="fixed", answered_at=now.replace(year=2020))
    assert keep_house(now=now, apply=True).value_reports == 1
    assert ValueReport.objects.get().text == "still open"
