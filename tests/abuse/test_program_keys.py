"""Every operation of the API, by every kind of program: only the right key ..."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from shop_plugin.api.schema import build_schema
from shop_plugin.models import (
    Contact,
    FootwearProfile,
    IdempotencyRecord,
    Listing,
    Message,
    Nudge,
    Observation,
    Purchase,
    Suppression,
)
from shop_plugin.services.access.api_keys import (
    SCOPE_PERMISSIONS,
    Scope,
    create_key,
    revoke_key,
)
from shop_plugin.services.nudges.planning import plan_nudges
from tests.factories import ListingFactory
from tests.nudging import add_pair, add_person, open_shop

pytestmark = [pytest.mark.django_db, pytest.mark.proof("S04")]

API = "/api/footback/v1"
OWN, OTHER = "north", "south"
CANARY = "Adacanary"
TABLES = (
    Contact,
    FootwearProfile,
    IdempotencyRecord,
    Listing,
    Message,
    Nudge,
    Observation,
    Purchase,
    Suppression,
)


@dataclass(frozen=True)
class Scene:
    """A listing and a person of shop north, with a pair and a nudge about it."""

    listing: Listing
    nudge: Nudge


@pytest.fixture
def scene(settings: Any) -> Scene:
    cache.clear()
    now = timezone.now()
    open_shop(settings, now=now)
    listing = ListingFactory(source=OWN, external_id="M-1", use_category="dress_leather")
    person = add_person(source=OWN, external_id="C-7", email="ada@example.org", first_name=CANARY)
    add_pair(
        due_on=now.date(),
        listing=listing,
        contact=person,
        source=OWN,
        external_id="L-1",
        order_id=f"{CANARY}-1",
    )
    plan_nudges(now=now)
    Nudge.objects.update(changed_at=now - timedelta(minutes=10))
    return Scene(listing, Nudge.objects.get())


# ---- what is asked for -------------------------------------------------------------------


@dataclass(frozen=True)
class Operation:
    """One operation: its scope (``None`` for an open one), its address and its body."""

    scope: Scope | None
    method: str
    path: str
    body: Any = None
    #: What a key of another shop is answered: its own empty shelf, or that nothing is there.
    foreign: int = 200


FACT = {"value": "3"}
OPERATIONS: dict[str, Operation] = {
    "listListings": Operation(None, "GET", "/listings/"),
    "getListing": Operation(None, "GET", "/listings/{listing}/"),
    "getFacts": Operation(None, "GET", "/listings/{listing}/facts/"),
    "getFact": Operation(None, "GET", "/listings/{listing}/facts/arch_support/"),
    "listFacets": Operation(None, "GET", "/facets/"),
    "matchShoes": Operation(None, "POST", "/match/", {"conditions": []}),
    "setFact": Operation(
        Scope.FACTS, "PUT", "/listings/{listing}/facts/arch_support/", FACT, foreign=404
    ),
    "setFacts": Operation(
        Scope.FACTS,
        "PATCH",
        "/listings/{listing}/facts/",
        {"facts": {"arch_support": FACT}},
        foreign=404,
    ),
    "withdrawFact": Operation(
        Scope.FACTS, "DELETE", "/listings/{listing}/facts/arch_support/", foreign=404
    ),
    "setManyFacts": Operation(
        Scope.FACTS,
        "POST",
        "/facts/",
        {"facts": [{"source": OWN, "external_id": "M-1", "attribute": "arch_support", **FACT}]},
    ),
    "uploadListings": Operation(
        Scope.CATALOG,
        "POST",
        "/listings/",
        {"source": OWN, "rows": [{"id": "M-1", "title": "Renamed"}]},
    ),
    "withdrawListings": Operation(
        Scope.CATALOG, "POST", "/listings/withdraw/", {"source": OWN, "ids": ["M-1"]}
    ),
    "uploadOrders": Operation(
        Scope.ORDERS,
        "POST",
        "/orders/",
        {
            "source": OWN,
            "rows": [
                {
                    "id": "L-1",
                    "order_id": f"{CANARY}-1",
                    "ordered_at": "2026-01-01",
                    "customer_id": "C-7",
                    "quantity_returned": 1,
                }
            ],
        },
    ),
    "eraseContacts": Operation(
        Scope.CONTACTS,
        "POST",
        "/contacts/erase/",
        {"source": OWN, "people": [{"customer_id": "C-7"}, {"email": "ada@example.org"}]},
    ),
    "listNudges": Operation(Scope.NUDGES, "GET", "/nudges/"),
    "getNudge": Operation(Scope.NUDGES, "GET", "/nudges/{nudge}/", foreign=404),
}

# ---- who asks ----------------------------------------------------------------------------


def make(*scopes: Scope, allowed: tuple[Scope, ...] = tuple(Scope), **more: Any) -> str:
    names = {name.partition(".")[2] for item in allowed for name in SCOPE_PERMISSIONS[item]}
    user = get_user_model().objects.create_user(f"till-{get_user_model().objects.count()}")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    now = timezone.now()
    new = create_key(name="Till", scopes=scopes, user=user, now=now, **more)
    return f"Bearer {new.token}"


def nobody(scope: Scope | None) -> str:
    return ""


def with_a_made_up_key(scope: Scope | None) -> str:
    return f"Bearer fbk_{'0' * 8}_{'x' * 43}"


def without_the_scope(scope: Scope | None) -> str:
    return make(*(item for item in Scope if item is not scope))


def whose_user_lost_the_permission(scope: Scope | None) -> str:
    lost = set(SCOPE_PERMISSIONS[scope]) if scope else set()
    # Catalogue and facts share one permission: who lost it may do neither.
    allowed = tuple(item for item in Scope if not lost & set(SCOPE_PERMISSIONS[item]))
    return make(*Scope, allowed=allowed)


def whose_user_left(scope: Scope | None) -> str:
    token = make(*Scope)
    get_user_model().objects.update(is_active=False)
    return token


def with_a_revoked_key(scope: Scope | None) -> str:
    token = make(*Scope)
    revoke_key(prefix=token.split("_")[1], now=timezone.now())
    return token


def with_an_expired_key(scope: Scope | None) -> str:
    then = timezone.now() - timedelta(days=2)
    names = {name.partition(".")[2] for names in SCOPE_PERMISSIONS.values() for name in names}
    user = get_user_model().objects.create_user("old")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    new = create_key(
        name="Till", scopes=list(Scope), user=user, now=then, expires_at=then + timedelta(days=1)
    )
    return f"Bearer {new.token}"


def of_another_source(scope: Scope | None) -> str:
    return make(*Scope, source=OTHER)


STRANGERS: dict[Callable[[Scope | None], str], int] = {
    nobody: 401,
    with_a_made_up_key: 401,
    with_a_revoked_key: 401,
    with_an_expired_key: 401,
    whose_user_left: 401,
    without_the_scope: 403,
    whose_user_lost_the_permission: 403,
}


def ask(scene: Scene, operation: Operation, key: str, **headers: str) -> HttpResponse:
    path = operation.path.format(listing=scene.listing.pk, nudge=scene.nudge.uuid)
    sent = {"Authorization": key, "If-Match": "*", **headers}
    return Client().generic(
        operation.method,
        API + path,
        data=b"" if operation.body is None else json.dumps(operation.body),
        content_type="application/json",
        headers={name: value for name, value in sent.items() if value},
    )


def rows() -> list[object]:
    return [list(model.objects.order_by("pk").values()) for model in TABLES]


KEYED = [name for name, operation in OPERATIONS.items() if operation.scope is not None]
OPEN = [name for name in OPERATIONS if name not in KEYED]


def test_is_tried_at_every_operation_of_the_document() -> None:
    paths = build_schema(base_path="/")["paths"]
    found = {item["operationId"] for methods in paths.values() for item in methods.values()}
    assert found == set(OPERATIONS)


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda item: item.__name__)
@pytest.mark.parametrize("name", KEYED)
def test_does_nothing_and_tells_nothing_to_a_program(
    scene: Scene, name: str, stranger: Callable[[Scope | None], str]
) -> None:
    operation = OPERATIONS[name]
    key, before = stranger(operation.scope), rows()
    for headers in ({}, {"Idempotency-Key": "k"}):
        answer = ask(scene, operation, key, **headers)
        assert answer.status_code == STRANGERS[stranger], answer.content
        assert answer["Content-Type"] == "application/problem+json"
        assert "no-store" in answer["Cache-Control"]
        assert CANARY not in answer.content.decode()
    assert rows() == before


@pytest.mark.parametrize("name", KEYED)
def test_has_nothing_there_for_the_key_of_another_shop(scene: Scene, name: str) -> None:
    operation = OPERATIONS[name]
    key, before = of_another_source(operation.scope), rows()
    answer = ask(scene, operation, key)
    assert answer.status_code == operation.foreign, answer.content
    said = answer.json()
    if answer.status_code == 200:
        states = [item.get("state") for item in said["results"]]
        assert set(states) <= {"refused", "failed", "erased"}
        # Whoever names only an address is told "erased", as for somebody unknown.
        assert "erased" not in states or name == "eraseContacts"
    assert CANARY not in answer.content.decode()
    assert rows() == before


@pytest.mark.parametrize("name", OPEN)
def test_gives_open_operations_to_everybody_alike(scene: Scene, name: str) -> None:
    operation = OPERATIONS[name]
    before, wanted = rows(), ask(scene, operation, "").content
    for stranger in [*STRANGERS, of_another_source]:
        answer = ask(scene, operation, stranger(operation.scope))
        assert (answer.status_code, answer.content) == (200, wanted), stranger.__name__
    assert CANARY not in wanted.decode()
    assert rows() == before


@pytest.mark.parametrize("source", ["", OWN])
@pytest.mark.parametrize("name", KEYED)
def test_would_be_noticed_for_the_right_key_does_and_sees_it(
    scene: Scene, name: str, source: str
) -> None:
    operation = OPERATIONS[name]
    assert operation.scope is not None
    key = make(operation.scope, allowed=(operation.scope,), source=source)
    if name == "withdrawFact":
        ask(scene, OPERATIONS["setFact"], key)
    before = rows()
    answer = ask(scene, operation, key)
    assert answer.status_code == 200, answer.content
    if operation.method == "GET":
        assert f"{CANARY}-1" in answer.content.decode()
        assert rows() == before
    else:
        assert rows() != before
