"""A customer's page in the admin: handing out and erasing what is held ..."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse

from shop_plugin.models import AuditEntry, Contact
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(settings, now) -> Contact:
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)
    contact = add_person(email="ada@example.org")
    add_pair(due_on=now.date(), contact=contact)
    return contact


@pytest.fixture
def staff(client):
    """Sign in with the right to see customers, and whatever else is named."""

    def sign_in(*permissions: str):
        user = get_user_model().objects.create_user("kim", is_staff=True)
        names = ("view_contact", *permissions)
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
        client.force_login(user)
        return client

    return sign_in


def url(name: str, person: Contact) -> str:
    return reverse(f"admin:footback_contact_{name}", args=[person.pk])


def test_hands_everything_out_as_a_file_and_notes_who_did_it(person, staff):
    client = staff("export_contact")
    assert "Hand out all that is held" in client.get(url("change", person)).content.decode()
    response = client.post(url("export", person))
    assert response["Content-Disposition"].startswith("attachment")
    assert json.loads(response.content)["accounts"][0]["email"] == "ada@example.org"
    assert AuditEntry.objects.get(action="export").actor.username == "kim"


def test_hands_nothing_out_for_a_get(person, staff):
    assert staff("export_contact").get(url("export", person)).status_code == 405


@pytest.mark.parametrize("name", ["export", "erase"])
@pytest.mark.parametrize("other", ["view_contact_address", "export_contact", "erase_contact"])
def test_asks_for_a_permission_of_its_own(person, staff, name, other):
    client = staff(other)
    response = client.post(url(name, person), {"confirmation": "ERASE"})
    may = other == f"{name}_contact"
    assert (response.status_code != 403) is may
    page = client.get(url("change", person)).content.decode()
    assert ("/erase/" in page) is (other == "erase_contact" and name != "erase")
    assert ("/export/" in page) is (other == "export_contact")


@pytest.mark.parametrize("typed", ["", "erase", "yes"])
def test_erases_nothing_until_the_word_is_typed(person, staff, typed):
    client = staff("erase_contact")
    page = client.get(url("erase", person)).content.decode()
    assert "1 pair and what was said of it" in page
    assert client.post(url("erase", person), {"confirmation": typed}).status_code == 200
    person.refresh_from_db()
    assert person.erased_at is None


def test_erases_for_good_and_notes_who_did_it(person, staff):
    client = staff("erase_contact")
    response = client.post(url("erase", person), {"confirmation": "ERASE", "reason": "letter"})
    assert response.status_code == 302
    person.refresh_from_db()
    assert person.erased_at is not None
    assert AuditEntry.objects.get(action="erase").actor.username == "kim"
    assert client.get(url("erase", person)).status_code == 404
