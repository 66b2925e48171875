"""Roles of staff: who may do what."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from shop_plugin.services.staff.roles import ROLES, group_name, make_roles
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db

# The lists that each role may open, and no other of them.
MATRIX = {
    "tagger": {"listing", "valuereport", "sheetimport"},
    "reviewer": {"listing", "valuereport", "autoacceptrule", "bulkedit", "sheetimport"},
    "guide owner": {"listing", "autoacceptrule"},
    "nudge owner": {"nudgecontrol", "contact", "webhookevent"},
    # No staff: it has no business in the admin, and is let in only where somebody ticks that box.
    "shop system": {"listing", "sheetimport"},
}
PLACES = sorted(set().union(*MATRIX.values()))
# And what each may change there.
MAY = {
    "tagger": {"change_listing", "change_valuereport"},
    "reviewer": {"change_listing", "change_valuereport", "approve_listing", "run_bulkedit"},
    "guide owner": {"change_autoacceptrule", "add_guidereport"},
    "nudge owner": {"change_nudgecontrol", "view_nudge_ledger"},
    "shop system": {"add_listing", "change_listing", "add_purchase", "change_purchase"},
}
GUARDED = sorted(set().union(*MAY.values()) | {"set_nudge_live", "delete_listing", "erase_contact"})


@pytest.fixture
def person(client):
    def person(role):
        make_roles()
        user = get_user_model().objects.create_user(role.replace(" ", ""), is_staff=True)
        user.groups.add(Group.objects.get(name=group_name(role)))
        client.force_login(user)
        return user

    return person


def test_it_knows_every_permission_that_a_role_names():
    assert [role.missing for role in make_roles()] == [()] * len(ROLES)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("place", PLACES)
def test_it_opens_to_a_role_what_the_matrix_says(client, person, role, place):
    person(role)
    response = client.get(reverse(f"admin:footback_{place}_changelist"))
    assert response.status_code == (200 if place in MATRIX[role] else 403)


@pytest.mark.parametrize("role", ROLES)
def test_it_lets_a_role_change_what_the_matrix_says_and_no_more(person, role):
    user = person(role)
    assert {name for name in GUARDED if user.has_perm(f"footback.{name}")} == MAY[role]


@pytest.mark.parametrize("role", ROLES)
def test_it_lets_nobody_tag_who_may_not_change_a_listing(client, person, role):
    person(role)
    url = reverse("admin:footback_listing_change", args=[ListingFactory().pk])
    status = client.post(url, {"arch_support": "3"}).status_code
    assert status == (302 if "change_listing" in MAY[role] else 403)


def test_it_takes_nothing_away_that_a_shop_added():
    make_roles()
    group = Group.objects.get(name="footback: tagger")
    group.permissions.add(Permission.objects.get(codename="view_contact"))
    group.permissions.remove(Permission.objects.get(codename="view_listing"))
    again = {role.name: role for role in make_roles()}
    assert again["footback: tagger"].granted == ("view_listing",)
    assert not any(role.is_new for role in again.values())
    assert group.permissions.filter(codename="view_contact").exists()
