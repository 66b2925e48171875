"""All that can befall the mailer, as rules that hypothesis calls in any order, and its laws.

The time is the machine's own and only moves forward; leases run by the
database's clock, so a rule lets them run out. A crash is an exception that
nothing catches: what a killed worker had not committed is rolled back, what
it had handed over has left.
"""

from __future__ import annotations

import smtplib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shop_plugin.domain.nudge_policy import Stage, stage_dates
from shop_plugin.domain.records import PurchaseRecord
from shop_plugin.domain.sending_window import is_open
from shop_plugin.models import Contact, Message, Nudge, NudgeControl, Purchase
from shop_plugin.services.nudges import delivery, grouping, handing, planning
from shop_plugin.services.nudges.auditing import audit_nudges
from shop_plugin.services.nudges.delivery import claim_messages
from shop_plugin.services.nudges.mail_settings import set_pace, start_mails, stop_mails
from shop_plugin.services.nudges.reconciliation import (
    ARRIVED,
    NEVER_ARRIVED,
    NotUncertainError,
    resolve_uncertain,
)
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.pairs.gate_facts import load_people
from shop_plugin.services.pairs.my_pairs import UnknownPairError, change_pair, undo_change
from shop_plugin.services.pairs.pair_changes import (
    Answer,
    ImpossibleWishError,
    Wish,
    read_histories,
)
from shop_plugin.services.pairs.purchases import record_purchases
from shop_plugin.services.people.consent import hash_email, suppress_address, unsubscribe
from shop_plugin.services.people.erasure import erase_person
from shop_plugin.services.people.personal_access import find_person_by_token
from shop_plugin.services.people.retention import keep_house
from shop_plugin.services.shop.modes import get_mode, set_mode, stop_sending
from shop_plugin.services.shop.policy import get_policy
from shop_plugin.services.wear.life import life_of, set_wear
from tests.factories import ListingFactory, ProfileFactory, PurchaseFactory
from tests.moves import check_moves, watched_moves
from tests.nudging import EVA, SHOP

START = datetime(2030, 3, 5, 10, tzinfo=UTC)
INBOX = "inbox@marlow.example"
SETTINGS = {
    **SHOP,
    "REDIRECT_TO": INBOX,
    "SEND_FROM_HOUR": 9,
    "SEND_UNTIL_HOUR": 19,
    "SEND_WEEKDAYS": (0, 1, 2, 3, 4, 5),
    "MAX_ATTEMPTS": 3,
}
# Two accounts of one mailbox, an account without an address, and one far away.
PEOPLE = {
    "ada": ("ada@example.org", "Europe/Berlin"),
    "ada again": ("Ada@Example.org", "America/New_York"),
    "bo": ("bo@example.org", "Pacific/Auckland"),
    "nobody": ("", "UTC"),
}
# They hold after a whole round only, and the first once the leases of the dead are over.
LAWS_AFTER_A_ROUND = {"I6", "I7b"}
WISHES = [
    Wish(Answer.STILL_FINE),
    Wish(Answer.WORN_OUT),
    Wish(Answer.NOT_WORN),
    Wish(Answer.DAYS, 3),
    Wish(Answer.DAYS, 7),
    Wish(Answer.SNOOZE),
    Wish(Answer.SNOOZE, 90),
    Wish(Answer.STOP),
    Wish(Answer.REPLACED),
    Wish(Answer.GIVEN),
    Wish(Answer.KEPT),
    Wish(Answer.AGAIN),
]


SAYINGS = ["subscribe"] * 4 + ["fewer", "as usual", "one click", "stop", "spam", "erase me"]
MODES = ["live"] * 6 + ["redirect", "dry_run", "off", "stop"]


class Crash(BaseException):
    """The worker is killed here."""


class Mailbox(BaseEmailBackend):
    """What arrived, and how the server behaves at the next mails."""

    moods: list[str] = []
    watch: Callable[[EmailMessage], None]

    def send_messages(self, email_messages: Any) -> int:
        (letter,) = email_messages
        mood = self.moods.pop(0) if self.moods else "takes"
        if mood == "dies before":
            raise Crash
        if mood == "later":
            raise smtplib.SMTPDataError(451, b"4.3.0 later")
        if mood == "no such user":
            raise smtplib.SMTPDataError(550, b"5.1.1 no such user")
        if mood == "content":
            raise smtplib.SMTPDataError(554, b"5.6.0 refused")
        if mood == "cuts before":
            raise OSError("cut")
        Mailbox.watch(letter)
        if mood == "cuts after":
            raise OSError("cut")
        if mood == "dies after":
            raise Crash
        return 1


MOODS = ["later", "no such user", "content", "cuts before", "cuts after"]


def _crash(*_: object, **__: object) -> None:
    raise Crash


@contextmanager
def dying_at(point: str) -> Iterator[None]:
    """Let the worker die when it reaches a point for the first time."""
    if point in ("before data", "after 250"):
        Mailbox.moods.insert(0, "dies before" if point == "before data" else "dies after")
        yield
        return
    apply = handing._apply

    def die_after_apply(*arguments: Any) -> None:
        apply(*arguments)
        raise Crash

    target, name, stand_in = {
        "in the sweep": (planning, "_supersede_earlier", _crash),
        "in grouping": (grouping, "_join", _crash),
        "after the claim": (delivery, "judge_message", _crash),
        "in the fence": (handing, "is_clear", _crash),
        "before the record": (delivery, "record_outcome", _crash),
        "in the record": (handing, "_apply", die_after_apply),
        "in recovery": (delivery, "park_expired", _crash),
    }[point]
    with patch.object(target, name, stand_in):
        yield


POINTS = [
    "in the sweep",
    "in grouping",
    "after the claim",
    "in the fence",
    "before data",
    "after 250",
    "before the record",
    "in the record",
    "in recovery",
]


#: What may happen: how often among the others, and with what.
EVENTS: dict[str, tuple[int, dict[str, st.SearchStrategy[Any]]]] = {
    "buy": (
        5,
        {
            "who": st.sampled_from(["ada", "ada", "ada again", "bo", "bo", "nobody"]),
            "kind": st.sampled_from(["running", "dress_leather"]),
            "due_in": st.integers(-25, 10),
            "quantity": st.integers(1, 2),
            "is_gift": st.sampled_from([False] * 7 + [True]),
        },
    ),
    "refund": (
        1,
        {
            "which": st.integers(0, 11),
            "how": st.sampled_from(["one", "all", "cancel", "back", "again"]),
        },
    ),
    "deliver_or_exchange": (
        1,
        {"which": st.integers(0, 11), "days": st.sampled_from([0, 29, 45, 400])},
    ),
    "answer": (3, {"which": st.integers(0, 11), "wish": st.sampled_from(WISHES)}),
    "undo": (1, {"which": st.integers(0, 11)}),
    "say": (3, {"who": st.sampled_from(sorted(PEOPLE)), "what": st.sampled_from(SAYINGS)}),
    "choose_mode": (2, {"mode": st.sampled_from(MODES)}),
    "upset_the_mail_server": (2, {"mood": st.sampled_from(MOODS)}),
    "wait": (1, {"hours": st.sampled_from([1, 3, 12, 24, 24 * 3, 24 * 7, 24 * 31, 24 * 200])}),
    "tick": (3, {}),
    "wait_and_tick": (4, {"hours": st.sampled_from([1, 5, 22, 24 * 30])}),
    "tick_and_die": (3, {"point": st.sampled_from(POINTS)}),
    "claim_slowly": (2, {}),
    "go_on": (3, {"is_dead": st.sampled_from([False, False, True])}),
    "lose_the_lease": (1, {}),
    "bring_evidence": (2, {"which": st.integers(0, 11)}),
    "keep_house": (1, {}),
}
HAPPENINGS = st.one_of(
    [
        st.tuples(st.just(name), st.fixed_dictionaries(given))
        for name, (weight, given) in EVENTS.items()
        for _ in range(weight)
    ]
)


def _days_to_inspect(listing: Any) -> int:
    """Return the days from an order to the first stage, where nothing is told of the pair."""
    start = START.date() + timedelta(days=21)
    pair = PurchaseFactory.build(
        listing=listing, use_category=listing.use_category, wear_start_on=start
    )
    set_wear(pair, listing)
    due_on = stage_dates(wear_start_on=start, life=life_of(pair))[Stage.INSPECT]
    return (due_on - START.date()).days


class Mailer(RuleBasedStateMachine):
    """A shop, its people and their pairs; each rule is one thing that happens."""

    @initialize()
    def open(self) -> None:
        """Open the shop inside a transaction that is rolled back at the end."""
        self.block = transaction.atomic()
        self.block._from_testcase = True  # type: ignore[attr-defined]
        self.block.__enter__()
        self.depth = len(connection.atomic_blocks)
        self.overridden = override_settings(
            FOOTBACK=SETTINGS, EMAIL_BACKEND=f"{__name__}.Mailbox", EMAIL_TIMEOUT=5
        )
        self.overridden.enable()
        self.watching = watched_moves()
        self.moves = self.watching.__enter__()
        self.now = START
        self.arrived: Counter[str] = Counter()
        self.forbidden: set[str] = set()
        self.lines: dict[str, PurchaseRecord] = {}
        self.held: list[Any] = []
        self.asked: tuple[object, object] = (None, None)
        Mailbox.moods = []
        Mailbox.watch = self.take  # type: ignore[method-assign]
        self.days_to_inspect = {}
        for kind in ("running", "dress_leather"):
            listing = ListingFactory(source="shop", external_id=kind, use_category=kind)
            ProfileFactory(listing=listing, snapshot=EVA.as_snapshot())
            self.days_to_inspect[kind] = _days_to_inspect(listing)
        set_mode(mode="live", now=self.now)
        NudgeControl.objects.update(live_since=self.now - timedelta(days=400))
        for who, kind in (("ada", "running"), ("ada again", "dress_leather"), ("bo", "running")):
            self.buy(who, kind, due_in=-1, quantity=1, is_gift=False)

    def teardown(self) -> None:
        if not hasattr(self, "block"):
            return
        self.watching.__exit__(None, None, None)
        self.overridden.disable()
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    # One rule for all that may happen: hypothesis leaves whole rules out of a story, and without
    # purchases, rounds and open hours there is none.
    @rule(happening=HAPPENINGS)
    def happens(self, happening: tuple[str, dict[str, Any]]) -> None:
        self.now += timedelta(minutes=1)  # more than a round takes: no two things at one time
        name, given = happening
        getattr(self, name)(**given)

    # ---- the mailbox ------------------------------------------------------------------

    def take(self, letter: EmailMessage) -> None:
        """Take a mail, and ask at this very moment whether it may be here."""
        assert len(connection.atomic_blocks) == self.depth, "I6: a transaction is open"
        key = letter.extra_headers["Message-ID"]
        self.arrived[key] += 1
        assert self.arrived[key] == 1, "a mail arrived twice"
        message = Message.objects.select_related("contact").get(message_id_header=key)
        assert message.state == "handing"
        mode, (recipient,) = get_mode(), letter.to
        assert mode.sends, "I14"
        if mode.name == "redirect":
            assert recipient == INBOX, "I14"
        else:
            assert recipient == message.contact.email
        assert hash_email(message.contact.email) not in self.forbidden, "I13"
        person = load_people([message.contact], now=self.now)[message.contact_id]
        assert is_open(self.now, zone=person.zone, window=get_policy().window)
        pairs = [nudge.purchase for nudge in message.nudges.select_related("purchase")]
        assert pairs
        for pair in pairs:
            assert pair.contact_id == message.contact_id
            assert pair.status == "active"
            assert pair.quantity > pair.quantity_returned
            assert not pair.is_gift
            assert pair.snoozed_until is None or pair.snoozed_until <= self.now.date()

    # ---- what the shop tells ----------------------------------------------------------

    def buy(self, who: str, kind: str, due_in: int, quantity: int, is_gift: bool) -> None:
        """Tell of a pair whose first stage is due about now."""
        number = str(len(self.lines))
        email, zone = PEOPLE[who]
        record = PurchaseRecord(
            source="shop",
            external_id=number,
            order_id=f"order {number}",
            ordered_at=self.now + timedelta(days=due_in - self.days_to_inspect[kind]),
            listing_id=kind,
            customer_id=who,
            email=email,
            timezone=zone,
            quantity=quantity,
            is_gift=is_gift,
            optout_offered=True,
        )
        self.tell(record)

    def line(self, which: int) -> PurchaseRecord:
        return list(self.lines.values())[which % len(self.lines)]

    def tell(self, record: PurchaseRecord) -> None:
        self.lines[record.external_id] = record
        record_purchases(rows=[record], now=self.now)

    def refund(self, which: int, how: str) -> None:
        if not self.lines:
            return
        record = self.line(which)
        if how == "one":
            returned = min(record.quantity_returned + 1, record.quantity)
            record = replace(record, quantity_returned=returned)
        elif how == "all":
            record = replace(record, quantity_returned=record.quantity)
        elif how == "back":  # reopened
            record = replace(record, quantity_returned=0, is_cancelled=False)
        elif how == "cancel":
            record = replace(record, is_cancelled=True)
        self.tell(record)

    def deliver_or_exchange(self, which: int, days: int) -> None:
        if not self.lines:
            return
        record = self.line(which)
        delivered = max(record.delivered_at or record.ordered_at, record.ordered_at)
        self.tell(replace(record, delivered_at=delivered + timedelta(days=days)))

    # ---- what people say --------------------------------------------------------------

    def answer(self, which: int, wish: Wish) -> None:
        for pair in self.some_pair(which):
            person = find_person_by_token(pair.contact.unsubscribe_token)
            with suppress(UnknownPairError, ImpossibleWishError):
                change_pair(
                    person=person, key=pair.pk, wish=wish, seen=0, now=self.now, where="test"
                )

    def undo(self, which: int) -> None:
        for pair in self.some_pair(which):
            newest = read_histories([pair.pk])[pair.pk].newest
            person = find_person_by_token(pair.contact.unsubscribe_token)
            if newest is not None:
                undo_change(person=person, key=pair.pk, entry=newest.pk, now=self.now, where="test")

    def some_pair(self, which: int) -> list[Purchase]:
        pairs = list(Purchase.objects.select_related("contact").order_by("pk"))
        return [pairs[which % len(pairs)]] if pairs else []

    def account(self, who: str) -> Contact | None:
        return Contact.objects.filter(external_id=who, erased_at=None).first()

    def say(self, who: str, what: str) -> None:
        """A person says something of all mails, by the link, on the page, or to the shop."""
        contact = Contact.objects.filter(external_id=who, erased_at=None).first()
        if contact is None:
            return
        person = find_person_by_token(contact.unsubscribe_token)
        told: dict[str, Any] = {"person": person, "now": self.now, "where": "test"}
        if what == "subscribe":
            if start_mails(**told):
                self.forbidden.discard(contact.email_hash)
            return
        if what in ("fewer", "as usual"):
            set_pace(days_between=60 if what == "fewer" else None, mails_per_year=None, **told)
            return
        if what == "stop":
            stop_mails(**told)
        elif what == "one click":
            unsubscribe(token=contact.unsubscribe_token, now=self.now)
        elif what == "erase me":
            erase_person(contact_id=contact.pk, now=self.now)
        elif what == "spam":
            suppress_address(email_hash=contact.email_hash, reason="complaint", now=self.now)
        if contact.email_hash:
            self.forbidden.add(contact.email_hash)

    # ---- what the shop does -----------------------------------------------------------

    def choose_mode(self, mode: str) -> None:
        """Set the mode, or pull the kill switch."""
        if mode == "stop":
            stop_sending(now=self.now)
            return
        set_mode(mode=mode, now=self.now)
        NudgeControl.objects.update(live_since=START - timedelta(days=400))

    def upset_the_mail_server(self, mood: str) -> None:
        Mailbox.moods.append(mood)

    def wait(self, hours: int) -> None:
        """Let time pass; a dead worker's lease runs out, a living one's does not."""
        self.now += timedelta(hours=hours)
        NudgeControl.objects.update(transport_paused_until=None)
        self.end_leases_of_the_dead()

    def end_leases_of_the_dead(self) -> None:
        alive = [claim.message.pk for claim, _shared in self.held]
        dead = Message.objects.filter(state__in=["claimed", "handing"]).exclude(pk__in=alive)
        dead.update(lease_until=datetime(2000, 1, 1, tzinfo=UTC))

    def tick(self) -> None:
        run_tick(now=self.now)
        self.check_laws(left_out={"I6"})

    def wait_and_tick(self, hours: int) -> None:
        self.wait(hours)
        self.tick()
        if not self.held:
            self.check_laws(left_out=set())

    def tick_and_die(self, point: str) -> None:
        moods = list(Mailbox.moods)
        with dying_at(point), suppress(Crash):
            run_tick(now=self.now)
        Mailbox.moods = moods

    def claim_slowly(self) -> None:
        """A second worker claims, and goes on only when its turn comes."""
        if len(self.held) < 2:
            for claim in claim_messages(limit=1, now=self.now):
                # What its batch was given when it was claimed, and may be old by its turn.
                self.held.append((claim, delivery._Shared.load([claim], self.now)))

    def go_on(self, is_dead: bool) -> None:
        """The slow worker hands over what it claimed, as things stand by now, or is dead."""
        if not self.held:
            return
        claim, shared = self.held.pop(0)
        if is_dead:
            return
        mode = get_mode()
        counts: Counter[str] = Counter()
        transport = delivery.Transport()
        delivery._deliver(transport, claim, shared, mode, delivery._Clock(self.now), counts)
        transport.close()

    def lose_the_lease(self) -> None:
        """The slow worker slept too long: its lease is over, and it does not know."""
        keys = [claim.message.pk for claim, _shared in self.held]
        Message.objects.filter(pk__in=keys, state="claimed").update(
            lease_until=datetime(2000, 1, 1, tzinfo=UTC)
        )

    def bring_evidence(self, which: int) -> None:
        """The mail server's log says what became of a mail; it may say so of any."""
        messages = list(Message.objects.order_by("pk"))
        if not messages:
            return
        message = messages[which % len(messages)]
        evidence = ARRIVED if self.arrived[message.message_id_header] else NEVER_ARRIVED
        with suppress(NotUncertainError):
            resolve_uncertain(uuid=message.uuid, evidence=evidence, now=self.now)

    def keep_house(self) -> None:
        keep_house(now=self.now, apply=True)

    # ---- the laws ---------------------------------------------------------------------

    @invariant()
    def laws_hold(self) -> None:
        asked = (self.now, getattr(connection.connection, "total_changes", None))
        if asked[1] is None or asked != self.asked:  # SQLite counts the rows it changed
            self.check_laws(left_out=LAWS_AFTER_A_ROUND)
        self.asked = asked

    def check_laws(self, *, left_out: set[str]) -> None:
        found = audit_nudges(now=self.now).violations
        broken = [item for item in found if item.law not in left_out]
        if broken:
            raise AssertionError("; ".join(f"{v.law}: {v.text}: {v.examples}" for v in broken))

    @invariant()
    def nothing_is_lost_silently(self) -> None:
        known = Message.objects.filter(state="sent").values_list("message_id_header", flat=True)
        assert set(known) <= set(self.arrived)
        # What arrived is known as sent, or at least as something nobody can know.
        state_of = dict(Message.objects.values_list("message_id_header", "state"))
        for key in self.arrived:
            fate = state_of.get(key, "forgotten by retention")
            assert fate in ("sent", "uncertain", "abandoned", "handing", "forgotten by retention")

    @invariant()
    def every_note_is_in_one_state(self) -> None:
        waiting = Nudge.objects.filter(state="queued", message__isnull=True)
        assert not waiting.exists()

    @invariant()
    def only_allowed_moves_are_made(self) -> None:
        check_moves(self.moves)
