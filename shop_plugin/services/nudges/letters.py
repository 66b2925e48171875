"""What a mail has to say about each pair, as plain values for the templates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

from django.urls import NoReverseMatch, reverse
from django.utils import formats
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from shop_plugin.conf import get_settings
from shop_plugin.domain.attributes import Gender
from shop_plugin.domain.nudge_policy import Stage, stage_dates
from shop_plugin.domain.plain_text import clean_line
from shop_plugin.domain.sizes import SIZE_SYSTEMS
from shop_plugin.models import Listing, Nudge, Purchase
from shop_plugin.services.pairs.answer_links import AnswerLink, sign_link
from shop_plugin.services.search.facets import size_value
from shop_plugin.services.shop.languages import ENGLISH
from shop_plugin.services.shopping.alternatives import pick_as_good, same_kind
from shop_plugin.services.wear.bar import Segment, draw_wear
from shop_plugin.services.wear.life import (
    describe_inputs,
    is_repairable,
    life_evidence,
    life_of,
    pair_name,
)
from shop_plugin.services.words.prices import find_price

ALTERNATIVES = 3
LANGUAGE_PARAMETER = "lang"  # in the links of a mail, so that their pages speak its language
CAMPAIGNS = {1: "inspect", 2: "replace"}


@dataclass(frozen=True, slots=True)
class Alternative:
    """A pair of the same kind, in stock in the person's size."""

    name: str
    price: str
    grade: str
    url: str


@dataclass(frozen=True, slots=True)
class PairNote:
    """All that a mail says about one pair.

    With ``is_wide`` the end of the range is too far off to be named: the mail
    then says from when on the pair may be worn out, and no more.
    """

    purchase_id: int
    stage: int
    name: str
    pairs: int
    bought_on: date
    worn_since: date
    ends_from: date
    ends_until: date
    inputs: str
    evidence: str
    why: str
    is_wide: bool
    is_repairable: bool
    url: str
    answer_url: str
    bar: tuple[Segment, ...]
    alternatives: tuple[Alternative, ...]


def write_notes(nudges: Sequence[Nudge], *, today: date) -> tuple[PairNote, ...]:
    """Return a note per nudge, the furthest worn pair first.

    ``nudges`` come with ``purchase__listing__profile`` loaded.
    """
    ordered = sorted(nudges, key=lambda nudge: (-nudge.stage, nudge.due_on, nudge.pk))
    return tuple(_write_note(nudge, today) for nudge in ordered)


def _write_note(nudge: Nudge, today: date) -> PairNote:
    pair = nudge.purchase
    life = life_of(pair)
    is_wide = life is not None and life.is_too_wide
    ends_from = pair.wear_start_on + timedelta(days=pair.life_low_days or 0)
    ends_until = pair.wear_start_on + timedelta(days=pair.life_high_days or 0)
    return PairNote(
        purchase_id=pair.pk,
        stage=nudge.stage,
        name=pair_name(pair),
        pairs=max(pair.quantity - pair.quantity_returned, 1),
        bought_on=pair.ordered_at.date(),
        worn_since=pair.wear_start_on,
        ends_from=ends_from,
        ends_until=ends_until,
        inputs=describe_inputs(pair),
        evidence=life_evidence(pair.use_category),
        why=explain_note(nudge, today=today),
        is_wide=is_wide,
        is_repairable=is_repairable(pair),
        url=listing_link(pair.listing, stage=nudge.stage) if pair.listing else "",
        answer_url=answer_link(nudge),
        bar=draw_wear(pair, today=today),
        alternatives=tuple(find_alternatives(pair, stage=nudge.stage)),
    )


def explain_note(nudge: Nudge, *, today: date) -> str:
    """Return why a note comes now, and when the next one about the pair may follow, if any."""
    pair = nudge.purchase
    day = formats.date_format(nudge.due_on, "DATE_FORMAT")
    if pair.snoozed_until is not None and nudge.due_on < pair.snoozed_until <= today:
        waited = formats.date_format(pair.snoozed_until, "DATE_FORMAT")
        now = _("Why now: it waited until %(day)s, after what you last told us.") % {"day": waited}
    elif nudge.stage == Stage.INSPECT:
        text = _("Why now: on %(day)s four fifths of the middle life of such a pair had passed.")
        now = text % {"day": day}
    else:
        now = _("Why now: on %(day)s the middle of that range was reached.") % {"day": day}
    dates = stage_dates(wear_start_on=pair.wear_start_on, life=life_of(pair))
    later = [date for stage, date in dates.items() if stage > nudge.stage]
    if not later:
        none = _("No further note about this pair is planned, unless you ask for one.")
        return f"{now} {none}"
    month = formats.date_format(max(*later, today), "YEAR_MONTH_FORMAT")
    last = _("One more note about it may come in %(month)s or later, and none after that.")
    return f"{now} {last % {'month': month}}"


def find_alternatives(pair: Purchase, *, stage: int) -> Iterable[Alternative]:
    """Yield up to three pairs of the same kind in the person's size that score at least as well.

    Nothing is offered where kind or size are not known. Where the pair itself
    has no match, any scored pair is as good.
    """
    listing = pair.listing
    if listing is None or not pair.size:
        return
    own = getattr(listing, "profile", None)
    picked = pick_as_good(
        same_kind(
            use_category=pair.use_category,
            genders=(listing.gender, Gender.UNISEX.value),
            sizes=_sizes_of(pair, listing),
        ),
        least=own.match_low if own is not None and own.match_low is not None else 0,
        limit=ALTERNATIVES,
        without=listing.pk,
        other_than=listing.title,
    )
    candidates = (
        Listing.objects.select_related("profile")
        .defer("description", "raw_attributes")
        .in_bulk(picked)
    )
    for candidate in (candidates[pk] for pk in picked if pk in candidates):
        price = find_price(candidate.price_minor, candidate.currency)
        yield Alternative(
            name=clean_line(candidate.title, limit=80),
            price=price.text if price else "",
            grade=_grade_words(candidate.profile.grade_low, candidate.profile.grade_high),
            url=listing_link(candidate, stage=stage),
        )


def _sizes_of(pair: Purchase, listing: Listing) -> list[str]:
    """Return the pair's size as values of the size facet, in the system its own listing uses.

    In every system where the listing does not have the size any more.
    """
    own = set(listing.sizes.filter(label=pair.size).values_list("system", flat=True))
    systems = sorted(own) or ("", *SIZE_SYSTEMS)
    return [size_value(system=system, label=pair.size) for system in systems]


def _grade_words(low: str, high: str) -> str:
    if not low:
        return ""
    if low == high:
        return _("Guide match %(grade)s") % {"grade": low}
    return _("Guide match %(low)s, perhaps %(high)s") % {"low": low, "high": high}


def listing_link(listing: Listing, *, stage: int) -> str:
    """Return the address of a shoe in the shop, tagged as coming from the mail, naming nobody.

    The host's own page is linked only where it lies on the shop's own host;
    anything else leads to footback's page of the shoe, or nowhere where the
    host does not mount those pages.
    """
    base = get_settings().PUBLIC_BASE_URL
    link = urlsplit(urljoin(base, listing.url)) if listing.url else None
    if link is None or not _is_own_page(link.scheme, link.netloc, base):
        try:
            link = urlsplit(public_link("footback:listing", listing.pk))
        except NoReverseMatch:  # the host does not show footback's own pages
            return ""
    tags = urlencode(
        {
            "utm_source": "footback",
            "utm_medium": "email",
            "utm_campaign": CAMPAIGNS.get(stage, "care"),
        }
    )
    query = f"{link.query}&{tags}" if link.query else tags
    return urlunsplit((link.scheme, link.netloc, link.path, query, ""))


def _is_own_page(scheme: str, netloc: str, base: str) -> bool:
    return scheme in ("http", "https") and netloc == urlsplit(base).netloc


def public_link(name: str, *args: object) -> str:
    """Return the full address of one of footback's pages, as it stands in a mail."""
    return urljoin(get_settings().PUBLIC_BASE_URL, reverse(name, args=args))


def mail_link(name: str, *args: object) -> str:
    """Return the full address of a page behind a mail, in the language that is being written."""
    return f"{public_link(name, *args)}?{LANGUAGE_PARAMETER}={get_language() or ENGLISH}"


def answer_link(nudge: Nudge) -> str:
    """Return the address of the page where a person tells how the pair is doing."""
    if nudge.message_id is None:  # not in a mail: nothing that an answer could refer to
        return ""
    signed = sign_link(AnswerLink(nudge.purchase_id, nudge.message_id))
    return mail_link("footback:answer", signed)


def write_subject(notes: Sequence[PairNote]) -> str:
    """Return the subject: the pair by its name and month, or how many pairs."""
    if len(notes) > 1:
        text = ngettext(
            "%(count)d pair of yours may be worth a look",
            "%(count)d pairs of yours may be worth a look",
            len(notes),
        )
        return text % {"count": len(notes)}
    note = notes[0]
    month = formats.date_format(note.bought_on, "YEAR_MONTH_FORMAT")
    if note.stage == 1:
        text = _("Worth a look: your %(name)s from %(month)s")
    else:
        text = _("Repair or replace: your %(name)s from %(month)s")
    return clean_line(text % {"name": note.name, "month": month})
