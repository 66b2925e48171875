"""The ledger: explain_person ..."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop_plugin.models import AuditEntry, Nudge, Suppression
from shop_plugin.services.nudges.ledger import DAYS_AHEAD, explain_person
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.people.consent import unsubscribe
from shop_plugin.services.people.erasure import erase_person
from tests.factories import ListingFactory
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


@pytest.fixture
def ada():
    return add_person(email="ada@example.org")


def ask(now, day=None, identifier="ada@example.org"):
    return explain_person(identifier=identifier, now=now, day=day)


def verdict(now, day=None):
    (pair,) = ask(now, day).pairs
    return pair.verdict


def test_finds_a_person_by_address_and_by_customer_number(now, ada):
    add_pair(due_on=now.date(), contact=ada)
    again = add_person(email="ADA@example.org ")
    for identifier in ("ada@example.org", " Ada@Example.org", ada.external_id):
        assert ask(now, identifier=identifier).accounts == (str(ada), str(again))
    for nobody in ("bob@example.org", "no-such-id", "", "a\x00b"):
        assert not ask(now, identifier=nobody).is_found


def test_asks_which_one_is_meant_where_two_customers_share_a_number(now):
    ones = [add_person(source=source, external_id="17") for source in ("shop", "till")]
    told = ask(now, identifier="17")
    assert (told.candidates, told.accounts) == (("shop:17", "till:17"), ())
    assert ask(now, identifier="till:17").accounts == (str(ones[1]),)


def test_writes_into_the_audit_who_asked_and_never_what_was_typed(now, ada):
    ask(now)
    ask(now, identifier="stranger@example.org")
    entries = AuditEntry.objects.filter(action="view_ledger").order_by("pk")
    assert [entry.subject for entry in entries] == [f"contact:{ada.pk}", "contact:none"]
    assert "example.org" not in str(list(entries.values()))


def test_says_from_when_on_a_pair_is_due_and_when_its_mail_would_leave(now, ada):
    due_on = now.date() + timedelta(days=30)
    add_pair(due_on=due_on, contact=ada)
    told = verdict(now)
    assert (told.code, told.stage, told.when, told.next_on) == ("not_due", 1, due_on, due_on)
    assert verdict(now, due_on).code == "would_send"
    later = verdict(now, due_on + timedelta(days=1))
    assert (later.code, later.when, later.next_on) == ("sent_before", due_on, None)


def test_promises_no_mail_to_somebody_who_gets_none(now, ada):
    due_on = now.date() + timedelta(days=DAYS_AHEAD + 100)
    add_pair(due_on=due_on, contact=ada)
    unsubscribe(token=ada.unsubscribe_token, now=now)
    told = verdict(now)
    assert (told.code, told.when, told.next_on) == ("not_due", due_on, None)


def test_names_of_a_day_before_a_pair_was_due_the_mail_that_has_left_since(now, ada):
    add_pair(due_on=now.date(), contact=ada)
    run_tick(now=now)
    told = verdict(now + timedelta(days=2), now.date() - timedelta(days=5))
    assert (told.code, told.next_on) == ("not_due", now.date())


def test_names_the_cap_that_makes_a_pair_wait_and_until_when(now, ada):
    add_pair(due_on=now.date(), contact=ada)
    run_tick(now=now)
    second = add_pair(due_on=now.date() + timedelta(days=10), contact=ada)
    day = now.date() + timedelta(days=15)
    told = {pair.purchase_id: pair for pair in ask(now, day).pairs}[second.pk]
    free_on = now.date() + timedelta(days=30)
    assert (told.verdict.code, told.verdict.reason) == ("waits", "min_gap")
    assert (told.verdict.when, told.verdict.next_on) == (free_on, free_on)
    shut = [item.code for item in told.gates if item.code]
    assert shut == ["min_gap"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"is_gift": True}, "gift"), ({"status": "returned"}, "returned")],
)
def test_names_what_rules_a_pair_out(now, ada, changes, reason):
    add_pair(due_on=now.date(), contact=ada, **changes)
    told = verdict(now)
    assert (told.code, told.reason, told.next_on) == ("ruled_out", reason, None)
    plan_nudges(now=now)
    assert verdict(now + timedelta(days=9), now.date()).reason == reason


def test_tells_the_past_from_what_was_written_down(now, ada):
    add_pair(due_on=now.date(), contact=ada)
    run_tick(now=now)
    later = now + timedelta(days=20)
    assert verdict(later, now.date() - timedelta(days=1)).code == "not_due"
    assert verdict(later, now.date()).code == "sent"
    after = verdict(later, now.date() + timedelta(days=1))
    assert (after.code, after.when) == ("sent_before", now.date())
    (line,) = ask(later).pairs[0].stages
    assert line.sent_at is not None
    assert [step for _at, step, _reply in line.tries] == ["accepted"]


def test_tells_what_the_rounds_then_do(now, ada):
    for days in (0, 3, 20, 80):
        add_pair(due_on=now.date() + timedelta(days=days), contact=ada)
    told = {pair.purchase_id: pair.verdict.next_on for pair in ask(now).pairs}
    for day in range(100):
        for hours in (0, 1):  # the gap ends a moment after the hour of the last mail
            run_tick(now=now + timedelta(days=day, hours=hours))
    sent = {
        nudge.purchase_id: nudge.message.sent_at.date()
        for nudge in Nudge.objects.filter(state="sent").select_related("message")
    }
    assert told == sent


def test_names_the_hold_out_group_as_the_reason(now, ada, settings):
    add_pair(due_on=now.date(), contact=ada)
    settings.FOOTBACK = {**settings.FOOTBACK, "HOLD_OUT_PERCENT": 100}
    told = verdict(now)
    assert (told.code, told.reason) == ("ruled_out", "hold_out")


def test_never_names_a_sensitive_pair(now, ada):
    shoe = ListingFactory(title="Comfort shoe for diabetics", use_category="dress_leather")
    add_pair(due_on=now.date(), contact=ada, listing=shoe)
    (pair,) = ask(now).pairs
    assert pair.title == ""
    assert pair.verdict.reason == "sensitive"


def test_asks_the_gates_with_the_mode_in_force(now, ada, settings):
    add_pair(due_on=now.date(), contact=ada)
    open_shop(settings, now=now, mode="dry_run")
    assert "dry_run" in [item.code for item in ask(now).pairs[0].gates]


def test_still_knows_why_nothing_goes_to_a_person_who_was_erased(now, ada):
    add_pair(due_on=now.date(), contact=ada)
    erase_person(contact_id=ada.pk, now=now)
    told = ask(now)
    assert (told.accounts, told.blocked_by) == ((), "erased")
    assert Suppression.objects.get().reason == "erased"


def test_asks_no_more_queries_for_more_pairs(now, ada, django_assert_max_num_queries):
    for days in range(12):
        add_pair(due_on=now.date() + timedelta(days=days * 30 - 30), contact=ada)
    run_tick(now=now)
    with django_assert_max_num_queries(24):
        assert len(ask(now).pairs) == 12
