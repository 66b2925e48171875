"""What the gates need to know about people and pairs, fetched in bulk."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from django.conf import settings as django_settings
from django.db.models import Max, Min, Q

from shop_plugin.conf import get_settings
from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.consent_rules import ConsentBasis, basis_in_force
from shop_plugin.domain.hold_out import is_held_out
from shop_plugin.domain.nudge_gates import GateFacts
from shop_plugin.domain.nudge_policy import COUNTED_STATES, Mode
from shop_plugin.domain.sending_window import choose_zone
from shop_plugin.domain.sensitive_kinds import is_sensitive
from shop_plugin.models import Consent, Contact, Message, Purchase
from shop_plugin.services.bulk.rows import among, one_of
from shop_plugin.services.people.consent import find_suppressed
from shop_plugin.services.people.host_hooks import HookFailedError, ask_may_contact

_YEAR = timedelta(days=365)
#: The columns of a pair, and of its listing, that :func:`gate_facts` reads.
PAIR_COLUMNS = (
    "use_category",
    "optout_offered",
    "status",
    "quantity",
    "quantity_returned",
    "is_gift",
    "title",
    "snoozed_until",
    "listing__is_recalled",
    "listing__category_text",
)
#: The columns of a person that :func:`load_people` and :func:`gate_facts` read.
CONTACT_COLUMNS = ("email", "email_hash", "country", "timezone", "is_mailable", "erased_at")


@dataclass(frozen=True, slots=True)
class Wishes:
    """How often a person wants to hear at most; ``None`` leaves it to the shop."""

    days_between: int | None = None
    mails_per_year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLimits:
    """What limits how often a person hears of us. ``mails`` are the last year's, in order."""

    contact: Contact
    zone: tzinfo
    mails: tuple[datetime, ...]
    wishes: Wishes = Wishes()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts(PersonLimits):
    """All that decides about a person."""

    consent: ConsentBasis
    is_suppressed: bool
    last_purchase_at: datetime | None

    def with_mail(self, at: datetime) -> PersonFacts:
        """Return the same person with one more mail."""
        return replace(self, mails=(*self.mails, at))


def load_people(
    contacts: Iterable[Contact],
    *,
    now: datetime,
    without_message: int | None = None,
    accounts: Iterable[Contact] | None = None,
) -> dict[int, PersonFacts]:
    """Return the facts of people by contact id, in six queries or fewer.

    Mails are counted by address: two contacts with one address are one person.
    ``without_message`` is left out of the count, for the mail that is asking.
    ``accounts`` are all contacts with these addresses, where the caller holds
    their rows locked; what they wish is then read from them.
    """
    people = list(contacts)
    limits = load_limits(people, now=now, without_message=without_message, accounts=accounts)
    bases = _latest_bases(limits)
    suppressed = find_suppressed(_hashes_of(people), now=now)
    last_purchases = _last_purchases(people)
    return {
        pk: PersonFacts(
            contact=person.contact,
            zone=person.zone,
            mails=person.mails,
            wishes=person.wishes,
            consent=bases.get(pk, ConsentBasis.NONE),
            is_suppressed=person.contact.email_hash in suppressed,
            last_purchase_at=last_purchases.get(pk),
        )
        for pk, person in limits.items()
    }


def load_limits(
    contacts: Iterable[Contact],
    *,
    now: datetime,
    without_message: int | None = None,
    accounts: Iterable[Contact] | None = None,
) -> dict[int, PersonLimits]:
    """Return by contact id what limits how often people hear of us, in two queries.

    The arguments are those of :func:`load_people`.
    """
    people = {contact.pk: contact for contact in contacts}
    hashes = _hashes_of(people.values())
    mails = _mails_of(hashes, now, without_message)
    wishes = _wishes_of(hashes) if accounts is None else _wishes_in(accounts)
    shop_zones = (get_settings().TIME_ZONE, django_settings.TIME_ZONE)
    return {
        pk: PersonLimits(
            contact=contact,
            zone=choose_zone(contact.timezone, *shop_zones, country=contact.country),
            mails=tuple(mails.get(contact.email_hash, ())),
            wishes=wishes.get(contact.email_hash, Wishes()),
        )
        for pk, contact in people.items()
    }


def _hashes_of(contacts: Iterable[Contact]) -> set[str]:
    return {contact.email_hash for contact in contacts if contact.email_hash}


def gate_facts(
    person: PersonFacts,
    pair: Purchase,
    *,
    due_on: date,
    mode: Mode,
    live_since: datetime | None,
    now: datetime,
    deferred_until: date | None = None,
    is_stopped: bool = False,
    is_backfilled: bool = False,
) -> GateFacts:
    """Return the facts about one pair of a person. ``pair`` comes with its listing."""
    contact = person.contact
    return GateFacts(
        mode=mode,
        is_stopped=is_stopped,
        due_on=due_on,
        zone=person.zone,
        use_category=UseCategory(pair.use_category),
        is_suppressed=person.is_suppressed,
        is_erased=contact.erased_at is not None,
        has_address=contact.is_mailable and bool(contact.email),
        consent=person.consent,
        optout_offered=pair.optout_offered,
        country=contact.country,
        last_purchase_at=person.last_purchase_at,
        pair_status=pair.status,
        quantity_active=pair.quantity - pair.quantity_returned,
        is_recalled=pair.listing is not None and pair.listing.is_recalled,
        is_gift=pair.is_gift,
        category_text=category_text(pair),
        title=pair.title,
        is_held_out=is_held_out(contact.email_hash, percent=get_settings().HOLD_OUT_PERCENT),
        live_since=live_since,
        is_backfilled=is_backfilled,
        snoozed_until=pair.snoozed_until,
        deferred_until=deferred_until,
        **_limits_of(person, now),
    )


def facts_about(person: PersonLimits, *, now: datetime) -> GateFacts:
    """Return the facts that the gates about a person ask, whatever the pair."""
    today = now.astimezone(person.zone).date()
    return GateFacts(mode=Mode.LIVE, due_on=today, zone=person.zone, **_limits_of(person, now))


def _limits_of(person: PersonLimits, now: datetime) -> dict[str, Any]:
    """Return what limits how often a person hears of us."""
    recent = [at for at in person.mails if now - at < _YEAR]
    host_says = _ask_host(person.contact, now)
    return {
        "last_mail_at": recent[-1] if recent else None,
        "mails_in_last_year": len(recent),
        "oldest_mail_of_year_at": recent[0] if recent else None,
        "own_days_between": person.wishes.days_between,
        "own_mails_per_year": person.wishes.mails_per_year,
        "host_allows": host_says is True,
        "host_failed": host_says is None,
    }


def category_text(pair: Purchase) -> str:
    """Return the shop's own words for the kind of a pair. It comes with its listing."""
    return pair.listing.category_text if pair.listing else pair.use_category


def is_never_named(pair: Purchase) -> bool:
    """Tell whether a pair is of a kind whose name is shown nowhere. It comes with its listing."""
    words = get_settings().SENSITIVE_CATEGORIES
    return is_sensitive(category_text(pair), pair.title, words=words)


def _ask_host(contact: Contact, now: datetime) -> bool | None:
    """Return what the host says of a mail now; ``None`` where its function fails."""
    try:
        return ask_may_contact(contact.email, now)
    except HookFailedError:
        return None


def _latest_bases(people: Collection[int]) -> dict[int, ConsentBasis]:
    rows = Consent.objects.filter(among("contact_id", people)).order_by("at", "pk")
    history: dict[int, list[ConsentBasis]] = {}
    for contact_id, basis in rows.values_list("contact_id", "basis"):
        history.setdefault(contact_id, []).append(ConsentBasis(basis))
    return {contact_id: basis_in_force(bases) for contact_id, bases in history.items()}


def _wishes_of(hashes: Collection[str]) -> dict[str, Wishes]:
    """Return the strictest wish of each person by the hash of the address, over all accounts."""
    rows = Contact.objects.filter(one_of("email_hash", hashes)).values("email_hash")
    strictest = rows.annotate(days=Max("own_days_between"), mails=Min("own_mails_per_year"))
    wished = strictest.filter(Q(days__isnull=False) | Q(mails__isnull=False)).order_by()
    return {row["email_hash"]: Wishes(row["days"], row["mails"]) for row in wished}


def _wishes_in(accounts: Iterable[Contact]) -> dict[str, Wishes]:
    """Return the same from the rows of all accounts of the people asked for."""
    wishes: dict[str, Wishes] = {}
    for contact in accounts:
        if contact.email_hash:
            known = wishes.get(contact.email_hash, Wishes())
            wishes[contact.email_hash] = Wishes(
                _strictest(max, known.days_between, contact.own_days_between),
                _strictest(min, known.mails_per_year, contact.own_mails_per_year),
            )
    return wishes


def _strictest(choose: Callable[..., int], *wished: int | None) -> int | None:
    said = [value for value in wished if value is not None]
    return choose(said) if said else None


def _mails_of(
    hashes: Collection[str], now: datetime, without_message: int | None
) -> dict[str, list[datetime]]:
    rows = Message.objects.filter(
        one_of("contact__email_hash", hashes),
        state__in=COUNTED_STATES,
        is_redirected=False,
        handed_at__gt=now - _YEAR,
    )
    if without_message is not None:
        rows = rows.exclude(pk=without_message)
    mails: dict[str, list[datetime]] = {}
    for email_hash, handed_at in rows.order_by("handed_at").values_list(
        "contact__email_hash", "handed_at"
    ):
        if handed_at is not None:
            mails.setdefault(email_hash, []).append(handed_at)
    return mails


def _last_purchases(contacts: Iterable[Contact]) -> dict[int, datetime]:
    """Return the last order of those whose country lets consent lapse after it."""
    ids = [contact.pk for contact in contacts if contact.country]
    if not ids:
        return {}
    rows = Purchase.objects.filter(among("contact_id", ids)).values("contact_id")
    return {row["contact_id"]: row["last"] for row in rows.annotate(last=Max("ordered_at"))}
