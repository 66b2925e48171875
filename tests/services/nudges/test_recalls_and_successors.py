"""Models that are called back, and models that took another's place: a mail ..."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command

from shop_plugin.models import Listing, Nudge
from shop_plugin.services.nudges.forecasting import forecast_nudges
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.shopping.alternatives import pick_as_good, same_kind
from tests.factories import ListingFactory, ProfileFactory, SizeFactory
from tests.nudging import add_pair, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


def test_is_never_planned_for_a_recalled_model(now):
    shoe = ListingFactory(use_category="dress_leather", is_recalled=True)
    add_pair(due_on=now.date(), listing=shoe)
    told = forecast_nudges(first_day=now.date(), last_day=now.date(), now=now)
    assert told.not_sent == {"recalled": 1}
    run_tick(now=now)
    assert (Nudge.objects.get().reason, mail.outbox) == ("recalled", [])


def test_that_waits_is_dropped_when_the_model_is_recalled(now):
    add_pair(due_on=now.date())
    plan_nudges(now=now)
    Listing.objects.update(is_recalled=True)
    assert run_tick(now=now).delivery.cancelled == 1
    assert (Nudge.objects.get().reason, mail.outbox) == ("recalled", [])


def test_never_recommends_a_recalled_model():
    shoes = [ListingFactory(use_category="walking") for _ in range(2)]
    for shoe in shoes:
        ProfileFactory(listing=shoe, match_low=7000, match_high=8000)
    Listing.objects.filter(pk=shoes[0].pk).update(is_recalled=True)
    criteria = same_kind(use_category="walking", genders=("women",))
    assert pick_as_good(criteria, least=0, limit=3, without=0) == (shoes[1].pk,)


@pytest.mark.parametrize(
    ("language", "said", "stock"),
    [
        ("en", "Your model is not made any more", "Not in stock in your size just now."),
        ("de", "Ihr Modell wird nicht mehr hergestellt", "In Ihrer Größe gerade nicht vorrätig."),
    ],
)
def test_tells_the_successor_openly_with_its_match_and_stock(now, language, said, stock):
    old = ListingFactory(external_id="D-1", title="Quay Derby", use_category="dress_leather")
    SizeFactory(listing=old, label="38", system="eu")
    new = ListingFactory(
        external_id="D-2", title="Quay Derby II", replaces="D-1", price_minor=12900
    )
    ProfileFactory(listing=new, grade_low="C", grade_high="C")
    pair = add_pair(due_on=now.date(), listing=old)
    type(pair.contact).objects.update(language=language)
    run_tick(now=now)
    (letter,) = mail.outbox
    for part in (letter.body, letter.alternatives[0][0]):
        assert said in part
        assert "Quay Derby II" in part
        assert "129" in part
        assert stock in part
        assert f"/{new.pk}/" in part


def test_says_nothing_of_successors_where_there_is_none(now):
    add_pair(due_on=now.date() + timedelta(days=0))
    run_tick(now=now)
    assert "not made any more" not in mail.outbox[0].body


def test_knows_them_from_an_import_and_sees_a_change(tmp_path):
    def bring_in(**changes):
        row = {"id": "D-1", "title": "Quay Derby", "category": "Shoes", **changes}
        path = tmp_path / "rows.jsonl"
        path.write_text(json.dumps(row) + "\n")
        call_command("footback_import", str(path), "--source", "shop", "--verbosity", "0")
        return Listing.objects.get(external_id="D-1")

    assert not bring_in().is_recalled
    told = bring_in(successor="D-2", replaces="D-0", is_recalled="yes")
    assert (told.successor, told.replaces, told.is_recalled) == ("D-2", "D-0", True)
    assert bring_in(is_recalled=False).successor == ""
