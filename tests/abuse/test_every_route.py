"""Every address of the plugin, tried by everybody: a stranger ..."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from shop_plugin.models import (
    AuditEntry,
    Consent,
    Contact,
    Message,
    Nudge,
    NudgeControl,
    Purchase,
    Suppression,
)
from shop_plugin.services.access.api_keys import Scope, create_key
from shop_plugin.services.nudges.delivery import deliver_messages
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.pairs.answer_links import AnswerLink, sign_link
from tests.factories import ListingFactory
from tests.nudging import add_pair, add_person, open_shop

pytestmark = [pytest.mark.django_db, pytest.mark.proof("S04")]

CANARY = "Adacanary"
TABLES = (Contact, Purchase, Nudge, Message, Consent, Suppression, NudgeControl)


def address_of(user: Any) -> str:
    return str(user.email)


@dataclass(frozen=True)
class Scene:
    """Ada, whose things these are, and Eve, who has a pair and a mail of her own."""

    ada: Purchase
    eve: Purchase

    @property
    def ada_mail(self) -> Message:
        return Message.objects.get(contact=self.ada.contact)

    @property
    def eve_link(self) -> str:
        return reverse("footback:preferences", args=[self.eve.contact.unsubscribe_token])


@pytest.fixture
def scene(settings: Any) -> Scene:
    now = timezone.now()
    settings.EMAIL_TIMEOUT = 5
    open_shop(
        settings,
        now=now,
        CONTACT_FOR_USER=f"{__name__}.address_of",
        METRICS_TOKEN="a-long-secret",
    )
    pairs = []
    for name in (CANARY, "Eve"):
        listing = ListingFactory(title=f"{name} Derby", use_category="dress_leather")
        person = add_person(
            first_name=name, email=f"{name.lower()}@example.org", external_id=f"{name}-4711"
        )
        pairs.append(add_pair(due_on=now.date(), listing=listing, contact=person))
    # What a page of the shop itself shows is no secret; the pairs of a person are.
    Purchase.objects.filter(pk=pairs[0].pk).update(title=f"{CANARY} Derby", order_id=CANARY)
    pairs[0].listing.title = "Derby"
    pairs[0].listing.save()
    plan_nudges(now=now)
    deliver_messages(now=now, budget_seconds=5)
    return Scene(*pairs)


# ---- who tries -------------------------------------------------------------------------


def nobody(scene: Scene) -> Client:
    return Client()


def another_shopper(scene: Scene) -> Client:
    client = Client()
    user = get_user_model().objects.create_user("eve", email=scene.eve.contact.email)
    client.force_login(user)
    return client


def staff_without_rights(scene: Scene) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_user("clerk", is_staff=True))
    return client


def program_without_rights(scene: Scene) -> Client:
    """A key with every scope, of a user who may do nothing."""
    user = get_user_model().objects.create_user("till")
    key = create_key(name="Till", scopes=list(Scope), user=user, now=timezone.now())
    return Client(headers={"Authorization": f"Bearer {key.token}"})


STRANGERS: list[Callable[[Scene], Client]] = [
    nobody,
    another_shopper,
    staff_without_rights,
    program_without_rights,
]

# ---- what is tried ---------------------------------------------------------------------

Forms = Callable[[Scene], list[dict[str, object]]]


def no_forms(scene: Scene) -> list[dict[str, object]]:
    return [{}]


def pair_forms(scene: Scene) -> list[dict[str, object]]:
    """What the form of "My shoes" sends, about the pair of somebody else."""
    key = scene.ada.pk
    answers = ("stop", "replaced", "snooze", "still_fine", "again", "kept", "given_away")
    forms: list[dict[str, object]] = [
        {"do": "answer", "pair": key, "answer": answer, "seen": 0} for answer in answers
    ]
    entries = AuditEntry.objects.values_list("pk", flat=True)
    forms += [{"do": "undo", "pair": key, "entry": entry} for entry in [1, *entries]]
    return forms


@dataclass(frozen=True)
class Line:
    """How one route is tried, and what a stranger may be told."""

    addresses: Callable[[Scene], list[str]]
    forms: Forms = no_forms
    #: Statuses of a GET and of a POST.
    get: set[int] = field(default_factory=lambda: {200})
    post: set[int] = field(default_factory=lambda: {405})


def named(name: str, *args: object) -> Callable[[Scene], list[str]]:
    return lambda scene: [reverse(f"footback:{name}", args=args)]


def links_of_eve_turned(scene: Scene) -> list[str]:
    """Links that Eve can make of hers: another pair's name in it, another's letters."""
    own = sign_link(AnswerLink(scene.eve.pk, 1))
    forged = sign_link(AnswerLink(scene.ada.pk, scene.ada_mail.pk))
    tail = own.rpartition(":")[2]
    mixed = forged.rpartition(":")[0] + ":" + tail  # Ada's pair under Eve's signature
    return [reverse("footback:answer", args=[link]) for link in (mixed, str(scene.ada.pk), "x")]


def ada_nudges(scene: Scene) -> list[str]:
    return [str(uuid) for uuid in scene.ada.nudges.values_list("uuid", flat=True)]


# One line per route; a route without one fails below.
ROUTES: dict[str, Line] = {
    "browse": Line(named("browse")),
    "finder": Line(named("finder"), post={200, 302}),
    "fit": Line(named("fit"), post={200, 302}),
    "compare": Line(named("compare")),
    "language": Line(named("language"), get={302}, post={302}),
    "pairs": Line(named("pairs"), forms=pair_forms, post={404, 403}),
    "listing": Line(lambda s: [reverse("footback:listing", args=[s.eve.listing_id])]),
    "value_report": Line(
        lambda s: [reverse("footback:value_report", args=[s.eve.listing_id])], post={200, 400}
    ),
    "learn": Line(named("learn")),
    "topic": Line(named("topic", "not-there"), get={404}, post={405, 404}),
    # Anybody may press the button of a link; only the owner of the mailbox has it.
    "unsubscribe": Line(
        lambda s: [reverse("footback:unsubscribe", args=[t]) for t in ("x" * 22, CANARY, "1")],
        post={200},
    ),
    "answer": Line(
        links_of_eve_turned,
        forms=lambda s: [{"answer": "stop"}],
        get={410},
        post={410},
    ),
    "preferences": Line(lambda s: [s.eve_link], forms=pair_forms, post={404}),
    "health": Line(named("health"), get={200, 503}),
    "metrics": Line(named("metrics"), get={401, 403, 404}, post={405, 401, 403, 404}),
    "host-webhook": Line(named("host-webhook", "nobody"), get={405}, post={404}),
    "api-listings": Line(named("api-listings"), post={401, 403, 415}),
    "api-listing": Line(lambda s: [reverse("footback:api-listing", args=[s.eve.listing_id])]),
    "api-listing-facts": Line(
        lambda s: [reverse("footback:api-listing-facts", args=[s.eve.listing_id])],
        post={405, 401, 403},
    ),
    "api-fact": Line(
        lambda s: [reverse("footback:api-fact", args=[s.eve.listing_id, "cushioning"])],
        get={200, 405, 404},
        post={405, 401, 403},
    ),
    "api-facts": Line(named("api-facts"), get={405}, post={401, 403, 415}),
    "api-withdrawals": Line(named("api-withdrawals"), get={405}, post={401, 403, 415}),
    "api-orders": Line(named("api-orders"), get={405}, post={401, 403, 415}),
    "api-erasures": Line(named("api-erasures"), get={405}, post={401, 403, 415}),
    "api-nudges": Line(named("api-nudges"), get={401, 403}),
    "api-nudge": Line(
        lambda s: [reverse("footback:api-nudge", args=[n]) for n in ada_nudges(s)], get={401, 403}
    ),
    "api-facets": Line(named("api-facets")),
    "api-match": Line(named("api-match"), get={405}, post={200, 400, 415, 422}),
    "api-schema": Line(named("api-schema")),
    "api-missing": Line(lambda s: ["/api/footback/v1/people/1/"], get={404}, post={404}),
}


def routes() -> Iterator[str]:
    """Yield the names of all routes of the plugin, wherever its groups are mounted."""
    waiting = [(item, False) for item in get_resolver().url_patterns]
    while waiting:
        item, is_ours = waiting.pop()
        if isinstance(item, URLResolver):
            is_ours = is_ours or item.namespace == "footback"
            waiting += [(inner, is_ours) for inner in item.url_patterns]
        elif is_ours and isinstance(item, URLPattern):
            yield item.name or str(item.pattern)


def test_is_tried_at_every_route_there_is() -> None:
    assert set(routes()) == set(ROUTES)


def of_ada(scene: Scene) -> list[object]:
    """Return all rows that tell of a person."""
    return [list(model.objects.order_by("pk").values()) for model in TABLES]


@pytest.mark.parametrize("route", ROUTES)
def test_sees_and_changes_nothing_of_somebody_else(scene: Scene, route: str) -> None:
    before = of_ada(scene)
    for stranger in STRANGERS:
        try_everything(scene, stranger(scene), ROUTES[route])
        assert of_ada(scene) == before, stranger.__name__


def try_everything(scene: Scene, client: Client, line: Line) -> None:
    secrets = (CANARY, scene.ada.contact.email, scene.ada.contact.unsubscribe_token)
    for address in line.addresses(scene):
        answers = [client.get(address), client.head(address), client.options(address)]
        assert answers[0].status_code in line.get, address
        for form in line.forms(scene):
            posted = client.post(address, form)
            assert posted.status_code in line.post, (address, form)
            answers.append(posted)
        for method in (client.put, client.patch, client.delete):
            answers.append(method(address))
            assert answers[-1].status_code in {302, 401, 403, 404, 405, 410, 415, 428}, address
        for answer in answers:
            text = answer.content.decode() + str(answer.headers)
            assert [secret for secret in secrets if secret in text] == []


def test_is_told_no_more_of_a_pair_that_is_there_than_of_one_that_is_not(scene: Scene) -> None:
    client = nobody(scene)
    there = {"do": "answer", "pair": scene.ada.pk, "answer": "stop", "seen": 0}
    answers = [client.post(scene.eve_link, form) for form in (there, {**there, "pair": 987_654})]
    assert {answer.status_code for answer in answers} == {404}
    assert answers[0].content == answers[1].content


def test_would_be_noticed_for_the_owner_sees_and_changes_it(scene: Scene) -> None:
    own = reverse("footback:preferences", args=[scene.ada.contact.unsubscribe_token])
    client, before = nobody(scene), of_ada(scene)
    assert f"{CANARY} Derby" in client.get(own).content.decode()
    form = {"do": "answer", "pair": scene.ada.pk, "answer": "stop", "seen": 0}
    assert client.post(own, form).status_code == 303
    assert of_ada(scene) != before


# ---- the staff side --------------------------------------------------------------------


def admin_addresses(scene: Scene) -> Iterator[tuple[str, str]]:
    """Yield every address of the plugin's admins, with the key of a row where one is needed."""
    AuditEntry.objects.create(action="test", subject="test", at=timezone.now())
    for model, site_admin in admin.site._registry.items():
        if model._meta.app_label != "footback":
            continue
        row = model._default_manager.first()
        for pattern in site_admin.get_urls():
            wanted = pattern.pattern.converters
            if not pattern.name or (wanted and row is None):
                continue
            values = dict.fromkeys(wanted, row.pk if row else 0)
            yield model.__name__, reverse(f"admin:{pattern.name}", kwargs=values)


@pytest.mark.proof("S06")
def test_on_the_staff_side_needs_a_permission_for_every_page_and_act(scene: Scene) -> None:
    clerk, before = staff_without_rights(scene), of_ada(scene)
    tried = 0
    for model, address in admin_addresses(scene):
        for answer in (
            clerk.get(address),
            clerk.post(address, {"confirm": "erase", "post": "yes"}),
        ):
            assert answer.status_code in {403, 404, 405}, (model, address, answer.status_code)
            assert CANARY.lower() not in answer.content.decode().lower()
            tried += 1
        assert nobody(scene).get(address).status_code in {302, 403, 404, 405}, address
    assert tried > 60
    assert of_ada(scene) == before


@pytest.mark.proof("S06")
def test_who_may_only_look_sees_addresses_masked_and_does_nothing(scene: Scene) -> None:
    viewer = get_user_model().objects.create_user("viewer", is_staff=True)
    looks = Permission.objects.filter(
        content_type__app_label="footback", codename__startswith="view_"
    ).exclude(codename="view_contact_address")
    viewer.user_permissions.set(looks)
    client, before = Client(), of_ada(scene)
    client.force_login(viewer)
    seen = 0
    for model, address in admin_addresses(scene):
        shown = client.get(address)
        seen += shown.status_code == 200
        assert scene.ada.contact.email not in shown.content.decode(), (model, address)
        assert scene.ada.contact.unsubscribe_token not in shown.content.decode()
        client.post(address, {"action": "delete_selected", "post": "yes", "_save": "Save"})
    assert seen > 15
    assert of_ada(scene) == before
