"""What the shop decides while a mail is at the fence, on row locks: the fence ...

What a person says and what the shop tells of a person's orders takes the lock
that the fence holds, so that one of them is first. The kill switch and the mode
take none: a lock that every mail needs would make the switch wait for the mails
that it is to stop. They are read at the fence. What stood before the reading
holds the mail back; what comes after it finds one mail a worker that is
leaving, and stops the next.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from shop_plugin.domain.records import PurchaseRecord
from shop_plugin.models import Contact, Message, Purchase
from shop_plugin.services.nudges import handing
from shop_plugin.services.nudges.handing import Claim, pass_fence
from shop_plugin.services.pairs.purchases import record_purchases
from shop_plugin.services.shop.modes import open_breaker, set_mode, stop_sending
from shop_plugin.services.transport.smtp import FenceClosed
from tests.nudging import RACE_TRIALS, open_shop
from tests.services.pairs.test_answers import in_threads, needs_row_locks
from tests.services.pairs.test_preference_races import DECISIONS as OF_A_PERSON
from tests.services.pairs.test_preference_races import a_claimed_mail

pytestmark = [pytest.mark.django_db(transaction=True), needs_row_locks]

PATIENCE_SECONDS = 15
Decide = Callable[[Purchase, datetime], object]


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now, REDIRECT_TO="team@marlow.example")


def line_of(pair: Purchase, **changes: object) -> PurchaseRecord:
    """The order line of a pair as its shop would tell it again."""
    told = {
        "source": pair.source,
        "external_id": pair.external_id,
        "order_id": pair.order_id,
        "ordered_at": pair.ordered_at,
        "listing_source": pair.listing.source,
        "listing_id": pair.listing.external_id,
        "title": pair.title,
        "size": pair.size,
        "customer_id": pair.contact.external_id,
        "email": pair.contact.email,
        "optout_offered": True,
    }
    return PurchaseRecord(**{**told, **changes})


def a_newer_pair(pair: Purchase, now: datetime) -> object:
    newer = line_of(pair, external_id="newer", order_id="newer", ordered_at=now)
    return record_purchases(rows=[newer], now=now)


BY_THE_MODE: dict[str, Decide] = {
    "kill switch": lambda pair, now: stop_sending(now=now),
    "breaker": lambda pair, now: open_breaker(breaker="complaints", count=9, of=9, now=now),
    "dry run": lambda pair, now: set_mode(mode="dry_run", now=now),
    "redirect": lambda pair, now: set_mode(mode="redirect", now=now),
}
BY_THE_ORDERS: dict[str, Decide] = {
    "refund": lambda pair, now: record_purchases(
        rows=[line_of(pair, quantity_returned=1)], now=now
    ),
    "cancelled": lambda pair, now: record_purchases(
        rows=[line_of(pair, is_cancelled=True)], now=now
    ),
    "newer pair": a_newer_pair,
}
UNDER_THE_LOCK = {**OF_A_PERSON, **BY_THE_ORDERS}


def hand_over(claim: Claim, now: datetime) -> str:
    try:
        pass_fence(claim, now=now)
    except FenceClosed:
        return "closed"
    return "handed"


class Held:
    """Holds the fence at one of its steps, inside its transaction, until it is let go."""

    def __init__(self, step: str) -> None:
        self.step = step
        self.reached, self.may_go = threading.Event(), threading.Event()

    def __enter__(self) -> Held:
        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(handing, self.step, self._around(getattr(handing, self.step)))
        return self

    def __exit__(self, *_: object) -> None:
        self.may_go.set()
        self._patch.undo()

    def _around(self, real: Callable[..., object]) -> Callable[..., object]:
        def held(*arguments: object, **named: object) -> object:
            # With the lock, before anything else is read; or with all read, before it is judged.
            found = real(*arguments, **named)
            self.reached.set()
            assert self.may_go.wait(PATIENCE_SECONDS)
            return found

        return held


HOLDING_THE_LOCK, ALL_READ = "lock_known_person", "judge_nudges"


def decide_while_held(step: str, decide: Decide, pair: Purchase, claim: Claim, now) -> str:
    """Let a decision be made and committed while the fence is held; return what the fence did."""
    with Held(step) as fence:

        def say() -> None:
            assert fence.reached.wait(PATIENCE_SECONDS)
            try:
                decide(pair, now)
            finally:
                fence.may_go.set()

        handed, _ = in_threads(lambda: hand_over(claim, now), say)
    return handed


def start_anew(now: datetime) -> None:
    Contact.objects.all().delete()
    set_mode(mode="live", now=now, confirmed_breaker="complaints")


@pytest.mark.proof("T26")
def test_holds_back_what_was_decided_after_it_took_its_lock(now):
    for name, decide in BY_THE_MODE.items():
        pair, claim = a_claimed_mail(now)
        assert decide_while_held(HOLDING_THE_LOCK, decide, pair, claim, now) == "closed", name
        assert Message.objects.get(pk=claim.message.pk).state == "claimed", name
        start_anew(now)


@pytest.mark.proof("T26")
def test_lets_one_mail_go_whose_gates_were_read_before_the_decision(now):
    """The other order: the decision is too late for this mail, and in time for any other try."""
    for name, decide in BY_THE_MODE.items():
        pair, claim = a_claimed_mail(now)
        assert decide_while_held(ALL_READ, decide, pair, claim, now) == "handed", name
        Message.objects.filter(pk=claim.message.pk).update(
            state="claimed", lease_until=timezone.now() + timedelta(hours=1)
        )
        assert hand_over(claim, now) == "closed", name
        start_anew(now)


@pytest.mark.proof("T25", "T26")
@pytest.mark.parametrize("step", [HOLDING_THE_LOCK, ALL_READ])
def test_makes_what_is_said_of_a_person_wait_for_it(now, step):
    """Wherever the fence is held, the decision is not made before the hand-over has begun."""
    for name, decide in {**OF_A_PERSON, **BY_THE_ORDERS}.items():
        pair, claim = a_claimed_mail(now)
        began, seen = threading.Event(), []
        with Held(step) as fence:

            def say(fence=fence, pair=pair, claim=claim, began=began, seen=seen, decide=decide):
                assert fence.reached.wait(PATIENCE_SECONDS)
                began.set()
                decide(pair, now)
                seen.append(Message.objects.get(pk=claim.message.pk).state)

            def let_go(fence=fence, began=began, seen=seen, name=name):
                assert began.wait(PATIENCE_SECONDS)
                time.sleep(0.1)  # as long as it likes: it cannot be made
                was_made = bool(seen)
                fence.may_go.set()
                assert not was_made, name

            handed, _, _ = in_threads(lambda claim=claim: hand_over(claim, now), say, let_go)
        assert (handed, seen) == ("handed", ["handing"]), name
        start_anew(now)


@pytest.mark.proof("T26")
def test_never_passes_over_what_stood_when_it_began_to_read(now, monkeypatch):
    """Both start at once, again and again; the clocks of both are compared afterwards."""
    read: list[float] = []
    lock = handing.lock_known_person

    def lock_and_note(contact):
        found = lock(contact)
        read.append(time.monotonic())
        return found

    monkeypatch.setattr(handing, "lock_known_person", lock_and_note)
    for trial in range(RACE_TRIALS):
        for name, decide in {**BY_THE_MODE, **BY_THE_ORDERS}.items():
            pair, claim = a_claimed_mail(now)
            read.clear()
            decided: list[float] = []
            start = threading.Barrier(2)
            pause = (trial % 7) / 1000  # either may be first

            def say(pair=pair, decided=decided, start=start, pause=pause, decide=decide):
                start.wait(PATIENCE_SECONDS)
                time.sleep(pause)
                decide(pair, now)
                decided.append(time.monotonic())

            def leave(claim=claim, start=start):
                start.wait(PATIENCE_SECONDS)
                return hand_over(claim, now)

            _, handed = in_threads(say, leave)
            if decided[0] < read[0]:
                assert handed == "closed", name
            start_anew(now)
