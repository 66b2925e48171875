"""Roles of staff: who may do what."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from shop_plugin.services.staff.roles import ROLES, group_name, make_roles
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db

# What each role may open: listings, rules for suggestions, the mailer's control, people.
MATRIX = {
    "tagger": {"listing": 200, "autoacceptrule": 403, "nudgecontrol": 403, "contact": 403},
    "reviewer": {"listing": 200, "autoacceptrule": 200, "nudgecontrol": 403, "contact": 403},
    "guide owner": {"listing": 200, "autoacceptrule": 200, "nudgecontrol": 403, "contact": 403},
    "nudge owner": {"listing": 403, "autoacceptrule": 403, "nudgecontrol": 200, "contact": 200},
}
# And what each may change there.
MAY = {
    "tagger": {"change_listing"},
    "reviewer": {"change_listing", "approve_listing"},
    "guide owner": {"change_autoacceptrule"},
    "nudge owner": {"change_nudgecontrol"},
}
GUARDED = sorted(set().union(*MAY.values()) | {"set_nudge_live", "delete_listing"})


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
@pytest.mark.parametrize("place", ["listing", "autoacceptrule", "nudgecontrol", "contact"])
def test_it_opens_to_a_role_what_the_matrix_says(client, person, role, place):
    person(role)
    response = client.get(reverse(f"admin:footback_{place}_changelist"))
    assert response.status_code == MATRIX[role][place]


@pytest.mark.parametrize("role", ROLES)
def test_it_lets_a_role_change_what_the_matrix_says_and_no_more(person, role):
    user = person(role)
    assert {name for name in GUARDED if user.has_perm(f"footback.{name}")} == MAY[role]


@pytest.mark.parametrize("role", ROLES)
def test_it_lets_only_taggers_and_reviewers_tag(client, person, role):
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
