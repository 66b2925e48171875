"""The listing list: what it shows, what it filters by, and that it stays fast."""

from __future__ import annotations

import re

import pytest
from django.contrib.admin import site
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import RequestFactory
from django.urls import reverse

from shop_plugin.domain.intake import DemandColumns
from shop_plugin.models import AuditEntry, FootwearProfile, Listing, Observation
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.evidence.demand import write_demand
from shop_plugin.services.evidence.resolving import resolve_listings
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db

LIST = "admin:footback_listing_changelist"


@pytest.fixture
def shoes(now):
    """Three shoes: one well described, one that says nothing, one for children."""
    made = {
        "known": ListingFactory(
            title="Marlow Known",
            description="Heel height: 1 in. High arch support. Well cushioned footbed.",
        ),
        "silent": ListingFactory(title="Marlow Silent", brand="Quiet Feet", source="other"),
        "child": ListingFactory(title="Marlow Child", age_group="kids", use_category="kids"),
    }
    refresh(made.values(), now)
    return made


def refresh(listings, now):
    ids = [listing.pk for listing in listings]
    annotate_listings(listing_ids=ids, now=now)
    assess_listings(listing_ids=ids, now=now)


def observe(listing, now, **values):
    defaults = {
        "attribute": "arch_support",
        "options": "1",
        "source_kind": "text",
        "rule": "test.rule",
        "confidence": 700,
        "observed_at": now,
    }
    return Observation.objects.create(listing=listing, **{**defaults, **values})


def titles(admin_client, **query):
    response = admin_client.get(reverse(LIST), query)
    assert response.status_code == 200
    return sorted(listing.title for listing in response.context["cl"].result_list)


def row_of(admin_client, title):
    content = admin_client.get(reverse(LIST)).content.decode()
    start = content.index(title)
    return content[start : content.index("</tr>", start)]


def test_shows_letters_and_range_of_the_match(admin_client, shoes):
    shoe = Listing.objects.select_related("profile").get(pk=shoes["known"].pk)
    row = row_of(admin_client, "Marlow Known")
    assert f'data-grade="{shoe.profile.grade_low}"' in row
    assert f"{(shoe.profile.match_low + 50) // 100}" in row


def test_says_why_there_is_no_match(admin_client, shoes):
    assert "not enough information" in row_of(admin_client, "Marlow Silent")
    assert "children are not scored" in row_of(admin_client, "Marlow Child")
    ListingFactory(title="Marlow New")
    found = admin_client.get(reverse(LIST), {"q": "Marlow New"}).content.decode()
    assert "not assessed" in found[found.index(">Marlow New") :]


def test_names_the_needed_facts_that_are_unknown(admin_client, shoes):
    assert "unknown: arch, cushioning, heel<" in row_of(admin_client, "Marlow Silent")
    known = row_of(admin_client, "Marlow Known")
    assert "arch," not in known
    assert "heel<" not in known


def test_counts_suggestions_that_wait(admin_client, shoes, now):
    observe(shoes["silent"], now, state="suggested")
    observe(shoes["silent"], now, state="suggested", options="2")
    assert "2 suggestions" in row_of(admin_client, "Marlow Silent")
    assert "suggestion" not in row_of(admin_client, "Marlow Known")


def test_names_what_sources_disagree_on(admin_client, shoes, now):
    for options in ("0", "3"):
        observe(shoes["silent"], now, source_kind="maker", options=options)
    resolve_listings(listing_ids=[shoes["silent"].pk], now=now)
    assert "Arch support disputed" in row_of(admin_client, "Marlow Silent")
    assert titles(admin_client, todo="conflict") == ["Marlow Silent"]


def test_filters_by_match(admin_client, shoes):
    shoe = Listing.objects.select_related("profile").get(pk=shoes["known"].pk)
    assert titles(admin_client, match=shoe.profile.grade_low) == ["Marlow Known"]
    assert titles(admin_client, match="not_enough") == ["Marlow Silent"]
    assert titles(admin_client, match="not_scored") == ["Marlow Child"]
    ListingFactory(title="Marlow New")
    assert titles(admin_client, match="not_assessed") == ["Marlow New"]


def test_filters_by_work_to_do(admin_client, shoes, now):
    for key in ("arch", "cushioning", "heel"):
        assert titles(admin_client, todo=key) == ["Marlow Child", "Marlow Silent"]
    assert titles(admin_client, todo="suggested") == []
    observe(shoes["child"], now, state="suggested")
    assert titles(admin_client, todo="suggested") == ["Marlow Child"]


def test_filters_by_staff_values_and_by_texts_that_changed_under_them(admin_client, shoes, now):
    shoe = shoes["known"]
    observe(shoe, now, source_kind="staff", content_hash=shoe.content_hash)
    assert titles(admin_client, todo="tagged") == ["Marlow Known"]
    assert titles(admin_client, todo="changed") == []
    Listing.objects.filter(pk=shoe.pk).update(content_hash="f" * 32)
    assert titles(admin_client, todo="changed") == ["Marlow Known"]


def test_filters_by_brand_source_and_kind(admin_client, shoes):
    assert titles(admin_client, brand="Quiet Feet") == ["Marlow Silent"]
    assert titles(admin_client, source="other") == ["Marlow Silent"]
    assert titles(admin_client, category="kids") == ["Marlow Child"]


def test_finds_by_words_and_by_the_shops_own_id(admin_client, shoes):
    assert titles(admin_client, q="silent") == ["Marlow Silent"]
    assert titles(admin_client, q=shoes["known"].external_id) == ["Marlow Known"]


def test_begins_with_the_fact_that_is_worth_most(admin_client, shoes, now):
    def order():
        response = admin_client.get(reverse(LIST))
        return [listing.title for listing in response.context["cl"].result_list]

    assert order() == ["Marlow Silent", "Marlow Known", "Marlow Child"]
    told = r"field-one_more_fact\">[A-Z][a-z ]+, \d+ points <"
    assert re.search(told, row_of(admin_client, "Marlow Silent"))
    write_demand(demand={shoes["known"].pk: DemandColumns(1200, 34_000)}, now=now)
    assert order() == ["Marlow Known", "Marlow Silent", "Marlow Child"]
    assert "1,200 sold, 34,000 views" in row_of(admin_client, "Marlow Known")


def test_lists_what_is_no_longer_offered_only_when_asked(admin_client, shoes):
    Listing.objects.filter(pk=shoes["known"].pk).update(is_withdrawn=True)
    assert titles(admin_client) == ["Marlow Child", "Marlow Silent"]
    assert titles(admin_client, todo="withdrawn") == ["Marlow Known"]
    assert titles(admin_client, q="known") == ["Marlow Known"]


def test_takes_the_order_from_an_index(admin_client, now):
    """Asked of SQLite without statistics; PostgreSQL sorts a table as small as this."""
    refresh([ListingFactory() for _ in range(60)], now)
    request = RequestFactory().get(reverse(LIST))
    request.user = get_user_model().objects.get(is_superuser=True)
    listed = site.get_model_admin(Listing).get_changelist_instance(request).get_queryset(request)
    if connection.vendor == "sqlite":
        plan = listed[:50].explain()
        assert "USING INDEX footback_profile_worth_first" in plan
        assert "TEMP B-TREE" not in plan
    assert "footback_profile_worth_first" in {index.name for index in FootwearProfile._meta.indexes}


def test_ignores_a_filter_value_that_means_nothing(admin_client, shoes):
    assert len(titles(admin_client, match="Z", todo="Z")) == 3


def test_asks_the_database_no_more_for_more_rows(
    admin_client, shoes, now, django_assert_max_num_queries, django_assert_num_queries
):
    admin_client.get(reverse(LIST))
    with django_assert_max_num_queries(12) as few:
        admin_client.get(reverse(LIST))
    refresh([ListingFactory(description="Arch support.") for _ in range(30)], now)
    with django_assert_num_queries(len(few.captured_queries)):
        admin_client.get(reverse(LIST))


def test_offers_neither_adding_nor_deleting(admin_client, shoes):
    assert admin_client.get(reverse("admin:footback_listing_add")).status_code == 403
    url = reverse("admin:footback_listing_delete", args=[shoes["known"].pk])
    assert admin_client.get(url).status_code == 403
    assert "delete_selected" not in admin_client.get(reverse(LIST)).content.decode()


def test_reads_and_assesses_a_selection_again(admin_client, shoes):
    Listing.objects.filter(pk=shoes["silent"].pk).update(description="High arch support.")
    response = admin_client.post(
        reverse(LIST),
        {"action": "reassess", "_selected_action": [shoes["silent"].pk]},
        follow=True,
    )
    assert "1 listing was read and assessed again." in response.content.decode()
    assert Listing.objects.get(pk=shoes["silent"].pk).profile.arch_support == "2,3"
    assert AuditEntry.objects.filter(action="reassess", actor__is_superuser=True).count() == 1


def test_points_to_the_command_for_a_large_selection(admin_client, shoes, monkeypatch):
    monkeypatch.setattr("shop_plugin.admin.listing.MAX_REVIEWED_AT_ONCE", 2)
    response = admin_client.post(
        reverse(LIST),
        {"action": "reassess", "_selected_action": [shoe.pk for shoe in shoes.values()]},
        follow=True,
    )
    assert "footback_annotate" in response.content.decode()
    assert not AuditEntry.objects.exists()


def test_hides_the_action_from_whoever_may_only_look(client, shoes):
    viewer = get_user_model().objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_listing"))
    client.force_login(viewer)
    content = client.get(reverse(LIST)).content.decode()
    assert "Marlow Known" in content
    assert "reassess" not in content


def test_is_closed_to_staff_without_permission(client, shoes):
    client.force_login(get_user_model().objects.create_user("guest", is_staff=True))
    assert client.get(reverse(LIST)).status_code == 403


def test_finds_listings_whose_facts_do_not_fit(admin_client, shoes, now):
    odd = ListingFactory(
        title="Marlow Odd", description="Platform 2 in, heel 1 in.", use_category="sandal"
    )
    refresh([odd], now)
    assert titles(admin_client, todo="implausible") == ["Marlow Odd"]
    content = admin_client.get(reverse(LIST), {"todo": "implausible"}).content.decode()
    assert "facts that do not fit each other" in content
