"""The states of messages and nudges: the services ..."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import override_settings

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.nudge_policy import (
    MESSAGE_TRANSITIONS,
    NUDGE_TRANSITIONS,
    MessageState,
    NudgeState,
    Stage,
)
from shop_plugin.models import Message, Nudge, NudgeControl, Purchase
from shop_plugin.services.nudges.backfilling import start_backfill
from shop_plugin.services.nudges.delivery import claim_messages, deliver_messages
from shop_plugin.services.nudges.handing import pass_fence, record_outcome, release
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.nudges.reconciliation import ARRIVED, NEVER_ARRIVED, resolve_uncertain
from shop_plugin.services.pairs.answer_links import AnswerLink, sign_link
from shop_plugin.services.pairs.answers import record_answer
from shop_plugin.services.pairs.pair_changes import Answer, Wish
from shop_plugin.services.people.consent import unsubscribe
from shop_plugin.services.transport.smtp import Outcome, Phase, Result
from tests.moves import check_moves, watched_moves
from tests.nudging import SHOP, add_pair, open_shop

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = timedelta(days=365)
DOCS = Path(__file__).resolve().parents[3] / "docs/reference/nudge-states.md"


class Story:
    """A waiting message about one pair, and what may befall it."""

    def __init__(self, now):
        self.now = now
        self.pair = add_pair(due_on=now.date())
        plan_nudges(now=now)
        self.message = Message.objects.latest("pk")

    def deliver(self, after=timedelta()):
        deliver_messages(now=self.now + after, budget_seconds=5)

    def claim(self, after=timedelta()):
        (self.held,) = claim_messages(limit=1, now=self.now + after)
        return self

    def hand(self):
        pass_fence(self.held, now=self.now)
        return self

    def end(self, result, phase=Phase.DATA):
        record_outcome(self.held, Outcome(result, phase), now=self.now, milliseconds=1)
        return self

    def die(self):
        Message.objects.filter(pk=self.message.pk).update(lease_until=self.now - LONG_AGO)
        self.deliver()
        return self

    def forbid(self):
        unsubscribe(token=self.pair.contact.unsubscribe_token, now=self.now)

    def resolve(self, evidence):
        resolve_uncertain(uuid=self.message.uuid, evidence=evidence, now=self.now)


def put_away(pair):
    Purchase.objects.filter(pk=pair.pk).update(status="retired")


def wear_on_while_waiting(now):
    """A first stage waits for a gap between mails until the second takes its place."""
    sent = Story(now)
    sent.deliver()
    pair = add_pair(
        due_on=now.date() + timedelta(days=27), stage=Stage.REPLACE, contact=sent.pair.contact
    )
    plan_nudges(now=now + timedelta(days=1))
    assert Nudge.objects.get(purchase=pair).state == "due"
    plan_nudges(now=now + timedelta(days=28))


def put_away_while_waiting(now):
    sent = Story(now)
    sent.deliver()
    pair = add_pair(due_on=now.date(), contact=sent.pair.contact)
    plan_nudges(now=now)
    put_away(pair)
    plan_nudges(now=now)


def return_before_it_leaves(now):
    story = Story(now)
    put_away(story.pair)
    story.deliver()


def poison(now):
    story = Story(now).claim()
    Message.objects.filter(pk=story.message.pk).update(attempts_made=8)
    story.die()


def answer_before_it_leaves(now):
    story = Story(now)
    link = sign_link(AnswerLink(story.pair.pk, story.message.pk))
    record_answer(signed=link, wish=Wish(Answer.SNOOZE), now=now)
    story.deliver()


def backfill_what_was_due_before(now):
    add_pair(due_on=now.date() - timedelta(days=40))
    NudgeControl.objects.update(live_since=now)
    plan_nudges(now=now)
    start_backfill(
        category=UseCategory.DRESS_LEATHER,
        max_late_days=90,
        per_day=1,
        confirmed_people=1,
        now=now,
    )
    plan_nudges(now=now)


KEYED = {**SHOP, "IDEMPOTENCY_HEADER": "X-Key", "IDEMPOTENCY_TTL_SECONDS": 7200}


def repeat(end):
    """A message whose worker died in the hand-over, where the mail server knows repeats."""

    def tell(now):
        with override_settings(FOOTBACK=KEYED):
            story = Story(now).claim().hand()
            Message.objects.filter(pk=story.message.pk).update(lease_until=now - LONG_AGO)
            NudgeControl.objects.update(transport_paused_until=now + timedelta(minutes=1))
            story.deliver()  # recovers the dead worker's message, hands nothing over
            NudgeControl.objects.update(transport_paused_until=None)
            end(story)

    return tell


def put_away_then_deliver(story):
    put_away(story.pair)
    story.deliver()


STORIES = {
    "sent": lambda now: Story(now).deliver(),
    "claimed, given back": lambda now: release(Story(now).claim().held),
    "claimed, died": lambda now: Story(now).claim().die(),
    "claimed too often": poison,
    "too late": lambda now: Story(now).deliver(timedelta(days=31)),
    "pair put away": return_before_it_leaves,
    "answered": answer_before_it_leaves,
    "cannot be written": lambda now: Story(now).claim().end(Result.RETRY, Phase.FENCE),
    "refused at the recipient": lambda now: Story(now).claim().end(Result.FAILED, Phase.RCPT),
    "refused for now, then again": lambda now: (
        Story(now).claim().hand().end(Result.RETRY).claim(timedelta(hours=1))
    ),
    "refused after data": lambda now: Story(now).claim().hand().end(Result.FAILED),
    "cut": lambda now: Story(now).claim().hand().end(Result.UNCERTAIN),
    "died in the hand-over": lambda now: Story(now).claim().hand().die(),
    "known late": lambda now: Story(now).claim().hand().die().end(Result.SENT),
    "arrived": lambda now: Story(now).claim().hand().die().resolve(ARRIVED),
    "never arrived": lambda now: Story(now).claim().hand().die().resolve(NEVER_ARRIVED),
    "abandoned": lambda now: Story(now).claim().hand().die().deliver(timedelta(hours=73)),
    "unsubscribed, ready": lambda now: Story(now).forbid(),
    "unsubscribed, claimed": lambda now: Story(now).claim().forbid(),
    "unsubscribed, waiting": lambda now: Story(now).claim().end(Result.RETRY).forbid(),
    "backfilled": backfill_what_was_due_before,
    "superseded": wear_on_while_waiting,
    "put away while waiting": put_away_while_waiting,
    "repeated": repeat(lambda story: story.deliver()),
    "to be repeated, unsubscribed": repeat(lambda story: story.forbid()),
    "to be repeated, put away": repeat(put_away_then_deliver),
    "repeat waits too long": repeat(
        lambda story: story.claim().end(Result.RETRY, Phase.RCPT).deliver(timedelta(hours=3))
    ),
}


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


def play(now, story) -> dict:
    with watched_moves() as moves:
        STORIES[story](now)
    Message.objects.all().delete()
    Purchase.objects.all().delete()
    return moves


@pytest.mark.parametrize("story", STORIES)
def test_make_no_move_that_the_tables_do_not_allow(now, story):
    moves = play(now, story)
    assert moves[Nudge] | moves[Message]
    check_moves(moves)


def test_make_every_move_that_the_tables_allow(now):
    made: dict[type, set] = {Message: set(), Nudge: set()}
    for story in STORIES:
        for model, moves in play(now, story).items():
            made[model] |= moves
    assert made[Message] == {(old, new) for old, to in MESSAGE_TRANSITIONS.items() for new in to}
    assert made[Nudge] == {(old, new) for old, to in NUDGE_TRANSITIONS.items() for new in to}


@pytest.mark.parametrize(
    ("heading", "table", "states"),
    [
        ("## Message", MESSAGE_TRANSITIONS, MessageState),
        ("## Nudge", NUDGE_TRANSITIONS, NudgeState),
    ],
)
def test_are_documented_with_the_same_moves(heading, table, states):
    section = DOCS.read_text(encoding="utf-8").split(heading)[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", section, flags=re.MULTILINE)
    told = {old: set(re.findall(r"`(\w+)`", new)) for old, new in rows}
    assert told == {old.value: {new.value for new in table[old]} for old in states}
