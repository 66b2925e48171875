"""A shop that may write to people, and pairs whose stage is due on a chosen day. For tests."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from shop_plugin.domain.attributes import FootwearAttributes, Options
from shop_plugin.domain.nudge_policy import Stage, stage_dates
from shop_plugin.models import Consent, Contact, Nudge, NudgeControl, Purchase
from shop_plugin.services.people.consent import hash_email
from shop_plugin.services.shop.modes import set_mode
from shop_plugin.services.wear.life import life_of, set_wear
from tests.factories import ContactFactory, ListingFactory, ProfileFactory, PurchaseFactory
from tests.shop_settings import SHOP as SHOP

#: How often threads race for one thing. By hand: FOOTBACK_PROOF_TRIALS=1000.
RACE_TRIALS = int(os.environ.get("FOOTBACK_PROOF_TRIALS", "3"))

EVA = FootwearAttributes(midsole_material=Options.of("eva"))


def open_shop(settings: Any, *, now: datetime, mode: str = "live", **changes: object) -> None:
    """Set the shop's settings and its mode; it went live long ago."""
    settings.FOOTBACK = {**SHOP, "NUDGE_MODE": mode, **changes}
    set_mode(mode=mode, now=now)
    NudgeControl.objects.update(live_since=now - timedelta(days=400))


def add_person(**changes: object) -> Contact:
    """Add a person with an address who was offered the choice not to get such mails."""
    contact = ContactFactory(**changes)
    contact.email_hash = hash_email(contact.email)
    contact.save()
    Consent.objects.create(
        contact=contact, basis="soft_opt_in", source="order", at=datetime(2024, 1, 1, tzinfo=UTC)
    )
    return contact


def add_pair(
    *,
    due_on: date,
    contact: Contact | None = None,
    stage: Stage = Stage.INSPECT,
    listing: Any = None,
    **changes: object,
) -> Purchase:
    """Add a pair in use whose stage is due on that day.

    For the second stage it is an EVA running shoe with a use that was told:
    little less is known well enough to say "replace".
    """
    category = "running" if stage is Stage.REPLACE else changes.pop("use_category", "dress_leather")
    listing = listing or ListingFactory(use_category=category)
    if stage is Stage.REPLACE:
        ProfileFactory(listing=listing, snapshot=EVA.as_snapshot())
    pair = PurchaseFactory.build(
        contact=contact or add_person(),
        listing=listing,
        title=listing.title,
        use_category=listing.use_category,
        wear_start_on=due_on,
        **{"days_per_week": 3, "size": "38", **changes},
    )
    set_wear(pair, listing)
    dates = stage_dates(wear_start_on=due_on, life=life_of(pair))
    pair.wear_start_on = due_on - (dates[stage] - due_on)
    pair.ordered_at = datetime.combine(
        pair.wear_start_on - timedelta(days=21), time(12), tzinfo=UTC
    )
    pair.contact.save()
    set_wear(pair, listing)
    pair.save()
    return pair


def nudge_states(**filters: object) -> dict[tuple[str, int], str]:
    """Return the state (and reason) of every nudge by pair and stage."""
    return {
        (nudge.purchase.external_id, nudge.stage): (
            f"{nudge.state}:{nudge.reason}" if nudge.reason else nudge.state
        )
        for nudge in Nudge.objects.filter(**filters).select_related("purchase")
    }


def mail_settings(settings: Any, *, port: int, timeout: float = 5) -> None:
    """Send over SMTP to a port of this machine."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_TIMEOUT = timeout
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
