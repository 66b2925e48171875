"""Webhooks in the admin: lists to read, acts with permissions, and no body anywhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from shop_plugin.models import Contact, HostEvent, HostNews, NewsTarget
from shop_plugin.services.intake.host_events import work_on_host_events
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

BODY = b'{"email": "canary@example.org"}'
LIST = "admin:footback_hostevent_changelist"


def make(now: datetime, state: str, number: int = 1, **values: Any) -> HostEvent:
    given = {"body": BODY, "body_digest": "d", "error": "", **values}
    return HostEvent.objects.create(
        connection="till",
        delivery_id=f"msg_{number}",
        topic="listing.changed",
        received_at=now,
        not_before=now,
        state=state,
        **given,
    )


def staff(*codenames: str) -> Client:
    user = get_user_model().objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


def test_it_shows_what_came_in_and_never_its_body(now: datetime) -> None:
    event = make(now, "failed", error="ZeroDivisionError in read, line 1")
    client = staff("view_hostevent")
    page = reverse("admin:footback_hostevent_change", args=[event.pk])
    for address in (reverse(LIST), reverse(LIST) + "?state__exact=failed", page):
        text = client.get(address).content.decode()
        assert "ZeroDivisionError in read" in text
        assert "canary@" not in text


def test_it_lets_failed_ones_be_tried_again_by_who_may(now: datetime) -> None:
    failed, applied = make(now, "failed"), make(now, "applied", 2, body=None)
    form = {"action": "try_again", "_selected_action": [failed.pk, applied.pk]}
    looker = staff("view_hostevent")
    looker.post(reverse(LIST), form)
    failed.refresh_from_db()
    assert failed.state == "failed"
    get_user_model().objects.all().delete()
    answer = staff("view_hostevent", "change_hostevent").post(reverse(LIST), form, follow=True)
    text = answer.content.decode()
    assert "1 webhook is tried again" in text
    assert "did not fail" in text
    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == ("waiting", 0)


def test_it_leads_to_the_person_who_asks_and_calls_it_done(now: datetime) -> None:
    ada = ContactFactory(external_id="C-77")
    event = make(now, "held", body=None, counts={"export_of": [ada.pk]})
    client = staff("view_hostevent", "change_hostevent")
    page = reverse("admin:footback_hostevent_confirm", args=[event.pk])
    change = client.get(reverse("admin:footback_hostevent_change", args=[event.pk]))
    assert page in change.content.decode()
    text = client.get(page).content.decode()
    assert reverse("admin:footback_contact_change", args=[ada.pk]) in text
    assert client.post(page).status_code == 302
    event.refresh_from_db()
    assert (event.state, event.confirmed_by.username) == ("applied", "clerk")
    assert client.get(page).status_code == 404


def test_it_erases_a_shop_only_for_who_may_erase_and_types_the_word(now: datetime) -> None:
    ContactFactory(source="shop")
    event = make(now, "held", body=None, counts={"erase_shop": "shop"})
    page = reverse("admin:footback_hostevent_confirm", args=[event.pk])
    assert staff("view_hostevent", "change_hostevent").get(page).status_code == 403
    get_user_model().objects.all().delete()
    client = staff("view_hostevent", "change_hostevent", "erase_contact")
    assert "1 customer" in client.get(page).content.decode()
    assert client.post(page, {"confirmation": "yes"}).status_code == 200
    event.refresh_from_db()
    assert event.state == "held"
    assert client.post(page, {"confirmation": "ERASE"}).status_code == 302
    assert work_on_host_events(now=now.replace(year=2030)).applied == 1
    assert not Contact.objects.filter(erased_at=None).exists()


def test_it_shows_targets_and_switches_them_on(now: datetime) -> None:
    target = NewsTarget.objects.create(name="erp", failures=9, off_since=now, last_code="410")
    HostNews.objects.create(
        target="erp", kind="nudge.sent", subject="x", not_before=now, created_at=now
    )
    client = staff("view_hostnews", "view_newstarget", "change_newstarget")
    news = client.get(reverse("admin:footback_hostnews_changelist")).content.decode()
    assert "nudge.sent" in news
    address = reverse("admin:footback_newstarget_changelist")
    form = {"action": "switch_on", "_selected_action": [target.pk]}
    assert "1 target is tried" in client.post(address, form, follow=True).content.decode()
    target.refresh_from_db()
    assert (target.off_since, target.failures) == (None, 0)
