"""Template tags: the match bar, the grade, the side view, and the badge for a host's own pages.

``{% load footback %}``; docs/reference/template-tags.md shows each of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from shop_plugin.domain.attributes import FootwearAttributes, Span
from shop_plugin.domain.colours import COLOURS, find_listing_colour
from shop_plugin.domain.guide import PERFECT
from shop_plugin.domain.money import read_price
from shop_plugin.domain.scoring import Assessment, Verdict
from shop_plugin.domain.side_view import Mark, SideView, draw_side_view
from shop_plugin.models import FootwearProfile, Listing
from shop_plugin.services.evidence.assessment import find_assessment
from shop_plugin.services.shop.guides import guide_in_force
from shop_plugin.services.shopping.cards import Card
from shop_plugin.services.shopping.results import FacetGroup, SearchPage
from shop_plugin.services.words.explaining import describe_value, describe_why
from shop_plugin.services.words.lengths import default_unit, write_length, write_number
from shop_plugin.services.words.prices import format_price
from shop_plugin.services.words.reasons import describe_heel_limit

register = template.Library()

# Tints for shoes whose colour nobody states.
TINTS = 8
# A drawing taller than this is shown so much smaller that its writing must be larger.
TALL_MM = 260
# Room before the toe for the label of the two-inch line, which is written larger on a tall one.
LABEL_MM = 22
TALL_LABEL_MM = 52

GRADE_WORDS = {
    "A": gettext_lazy("Strong match"),
    "B": gettext_lazy("Good match"),
    "C": gettext_lazy("Fair match"),
    "D": gettext_lazy("Weak match"),
    "E": gettext_lazy("Poor match"),
}

# For a shoe between two grades: "Fair, perhaps strong match".
GRADE_ADJECTIVES = {
    "A": pgettext_lazy("grade", "strong"),
    "B": pgettext_lazy("grade", "good"),
    "C": pgettext_lazy("grade", "fair"),
    "D": pgettext_lazy("grade", "weak"),
    "E": pgettext_lazy("grade", "poor"),
}


@dataclass(frozen=True, slots=True)
class GradeMark:
    """Letters (the sure one first) and the words that stand beside them."""

    letters: tuple[str, ...]
    word: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """One grade on the scale of the bar."""

    letter: str
    x: int
    width: int
    middle: int


@dataclass(frozen=True, slots=True)
class MatchBar:
    """The bar on a scale of three units a point: solid up to ``sure``, hatched for ``open`` more.

    ``text`` says the same in words.
    """

    sure: int
    open: int
    round: float
    hatch: str
    frame: str
    bands: tuple[Band, ...]
    height: int
    text: str


def mark_grade(assessment: Assessment | None) -> GradeMark:
    """Return the letters and words for an assessment; every verdict has words."""
    if assessment is None:
        return GradeMark((), _("Not assessed yet"), is_open=True)
    low, high = assessment.grade_low, assessment.grade_high
    match assessment.verdict:
        case Verdict.GRADE:
            return GradeMark((low,), str(GRADE_WORDS[low]))
        case Verdict.RANGE:
            words = {"low": GRADE_ADJECTIVES[low], "high": GRADE_ADJECTIVES[high]}
            return GradeMark(
                (low, high), capfirst(pgettext("grade", "%(low)s, perhaps %(high)s match") % words)
            )
        case Verdict.D_OR_LOWER if low == high:
            return GradeMark((low,), str(GRADE_WORDS[low]))
        case Verdict.D_OR_LOWER:
            word = pgettext("grade", "%(grade)s match or lower") % {"grade": GRADE_ADJECTIVES[high]}
            return GradeMark((high,), capfirst(word))
        case Verdict.NOT_ENOUGH:
            return GradeMark((), _("No grade yet"), is_open=True)
        case Verdict.NOT_SCORED_CHILD:
            return GradeMark((), _("Children’s shoes are not scored"))
        case _:
            return GradeMark((), _("Not scored: ask a professional"))


def draw_match_bar(assessment: Assessment | None, *, is_labelled: bool = False) -> MatchBar | None:
    """Return the bar of an assessment, or ``None`` where nothing is scored."""
    if assessment is None or assessment.low is None or assessment.high is None:
        return None
    # Shown as the guide says it: the lower end rounded down, the upper end rounded up.
    low, high = assessment.low // 100, -(-assessment.high // 100)
    return _bar(low, high, text=_bar_text(assessment, low, high), is_labelled=is_labelled)


def _bar(low: int, high: int, *, text: str, is_labelled: bool) -> MatchBar:
    sure, end = 3 * low, 3 * high
    lines = range(sure + 5, end + 9, 7) if end > sure else ()
    hatch = "".join(
        f"M{max(sure, c - 9)} {min(9, c - sure)}L{min(end, c)} {max(0, c - end)}" for c in lines
    )
    return MatchBar(
        sure=sure,
        open=end - sure,
        round=4.5 if end == sure else 2,
        hatch=hatch,
        frame=f"M{sure} .8H{end - 0.8}V8.2H{sure}",
        bands=_bands(),
        height=26 if is_labelled else 15,
        text=text,
    )


def _bands() -> tuple[Band, ...]:
    bands, end = [], PERFECT
    for grade in guide_in_force().grades:
        x, right = 3 * grade.floor // 100, 3 * end // 100
        bands.append(Band(grade.letter, x, max(1, right - x - 1), (x + right) // 2))
        end = grade.floor
    return tuple(bands)


def _bar_text(assessment: Assessment, low: int, high: int) -> str:
    if low == high:
        scale = _("Guide match %(low)s of 100") % {"low": low}
    else:
        scale = _("Guide match between %(low)s and %(high)s of 100") % {"low": low, "high": high}
    return _("%(fact)s: %(value)s") % {"fact": scale, "value": mark_grade(assessment).word}


@register.inclusion_tag("footback/partials/match_bar.html")
def footback_match(assessment: Assessment | None, labelled: bool = False) -> dict[str, Any]:
    """Draw the Guide match from its sure to its possible end, with the grades under it.

    Draws nothing for a shoe that is not scored.
    """
    bar = draw_match_bar(assessment, is_labelled=labelled)
    return {"bar": bar, "is_labelled": labelled}


@register.inclusion_tag("footback/partials/match_bar.html")
def footback_example_match() -> dict[str, Any]:
    """Draw the bar of an imagined shoe with the grades of the guide, to explain how to read one."""
    low, high = 56, 80
    return {
        "bar": _bar(low, high, text=_("An example, between 56 and 80 of 100"), is_labelled=True),
        "is_labelled": True,
    }


@register.inclusion_tag("footback/partials/grade.html")
def footback_grade(assessment: Assessment | None) -> dict[str, Any]:
    """Show the grade as letter, shape and word; never as a colour alone."""
    return {"grade": mark_grade(assessment)}


@register.inclusion_tag("footback/partials/side_view.html")
def footback_side_view(
    attributes: FootwearAttributes,
    seed: object = "",
    labels: bool = False,
    unit: str = "",
    colour: str = "",
) -> dict[str, Any]:
    """Draw the shoe from the side, to scale, from its own facts.

    ``colour`` is one of the palette ("navy"); where it is empty, ``seed`` (an
    id) gives the shoe a tint of its own that stays. Without ``labels`` the
    drawing is an ornament beside text that says the same; with them it
    carries its measures in ``unit`` and a text alternative.
    """
    view = draw_side_view(attributes, is_coarse=not labels)
    shown_unit = unit or default_unit()
    is_tall = view.height > TALL_MM
    return {
        "view": view,
        "shapes": view.shapes,
        "tint": colour if colour in COLOURS else _tint_of(seed),
        "is_tall": is_tall,
        "shadow": {"x": round(view.width / 2, 1), "radius": round(view.width / 2 - 18, 1)},
        "text": describe_side_view(attributes, view, unit=shown_unit) if labels else "",
        "width": round(view.width + (TALL_LABEL_MM if is_tall else LABEL_MM), 1),
        "limit_label": describe_heel_limit(shown_unit),
        "limit_label_y": round(view.two_inch_line - 4, 1),
        "marks": _marks(attributes, view, shown_unit) if labels else (),
    }


def _tint_of(seed: object) -> int:
    return hashlib.blake2b(str(seed).encode(), digest_size=2).digest()[0] % TINTS + 1


def _marks(
    attributes: FootwearAttributes, view: SideView, unit: str
) -> tuple[dict[str, object], ...]:
    marks = []
    for mark, span in (
        (view.heel, attributes.heel_height_mm),
        (view.forefoot, attributes.forefoot_height_mm),
    ):
        if mark.is_certain and span is not None:
            marks.append(_mark(mark, view, _written(span, unit)))
    return tuple(marks)


def _mark(mark: Mark, view: SideView, label: str) -> dict[str, object]:
    tick = 4 if mark.x < view.width / 2 else -4
    return {
        "is_certain": mark.is_certain,
        "path": f"M{mark.x + tick} {mark.top}H{mark.x}V{view.ground}H{mark.x + tick}",
        "x": min(max(mark.x, 18), view.width - 18),
        "y": round(view.ground + 12, 1),
        "label": label,
    }


def _written(span: Span, unit: str) -> str:
    low, high = write_length(span.low, unit=unit), write_length(span.high, unit=unit)
    return low if low == high else f"{write_number(span.low, unit=unit)}–{high}"


def describe_side_view(attributes: FootwearAttributes, view: SideView, *, unit: str) -> str:
    """Return in words what the drawing shows, and what of it is not known."""
    parts = [_("Side view, drawn to scale.")]
    heel = attributes.heel_height_mm
    if heel is None or not view.heel.is_certain:
        parts.append(_("Heel height is not known and drawn dashed."))
    else:
        rule = guide_in_force().heel
        if rule.is_over(heel.low):
            where = _("above the two-inch line")
        elif heel.high < rule.limit_um:
            where = _("below the two-inch line")
        else:
            where = _("at the two-inch line")
        parts.append(
            _("Heel %(height)s, %(where)s.") % {"height": _written(heel, unit), "where": where}
        )
    if attributes.forefoot_height_mm is not None and view.forefoot.is_certain:
        height = _written(attributes.forefoot_height_mm, unit)
        parts.append(_("Under the ball of the foot %(height)s.") % {"height": height})
    for known, unknown, key in (
        (_("Arch support: %(level)s."), _("Arch support is not known."), "arch_support"),
        (_("Cushioning: %(level)s."), _("Cushioning is not known."), "cushioning"),
    ):
        value = attributes.get(key)
        level = "" if value is None else describe_value(key, value, unit=unit)
        parts.append(known % {"level": level} if level else unknown)
    return " ".join(parts)


@register.simple_tag
def footback_tone(tone: str) -> SafeString:
    """Mark a reason as good, limit, unknown or neutral, by sign and, where it matters, by word."""
    words = {"limit": _("Limit:"), "unknown": _("Not known:")}.get(tone, "")
    spoken = format_html('<span class="fb-sr">{}</span>', words) if words else ""
    return format_html('<span class="fb-tone fb-tone-{}">{}</span>', tone, spoken)


@register.simple_tag
def footback_letter(grade: str) -> SafeString | str:
    """Draw the letter of a grade in its shape; nothing for what is no grade."""
    if grade not in GRADE_WORDS:
        return ""
    return format_html('<span class="fb-letter fb-letter-{0}">{0}</span>', grade)


@register.simple_tag
def footback_grade_word(grade: str, otherwise: str) -> str:
    """Return the word for a grade ("Good match"), or what stands there for no grade."""
    return str(GRADE_WORDS.get(grade, otherwise))


@register.simple_tag
def footback_chosen_count(group: FacetGroup) -> int:
    """Return how many values of a facet are chosen."""
    return sum(item.is_chosen for item in group.values)


@register.simple_tag
def footback_browse_url(query: str = "") -> str:
    """Return the address of the list for a query string."""
    address = reverse("footback:browse")
    return f"{address}?{query}" if query else address


@register.simple_tag
def footback_page_url(page: SearchPage, number: int) -> str:
    """Return the address of another page of the same list."""
    return footback_browse_url(page.criteria.on_page(number).to_query())


@register.filter
def footback_price(amount: Decimal, currency: str) -> str:
    """Write an amount of the host's money as footback's own pages do: "€120.90"."""
    return format_price(read_price(amount, currency=currency).minor, currency)


@register.simple_tag
def footback_styles() -> SafeString:
    """Link the stylesheets, for a host's page that shows a badge, facts or alternatives."""
    return format_html_join(
        "\n",
        '<link rel="stylesheet" href="{}">',
        ((static(f"footback/{name}.css"),) for name in ("footback", "host")),
    )


@register.inclusion_tag("footback/partials/badge.html")
def footback_badge(
    product_source: str, product_id: object, shoes: Mapping[str, Card] | None = None
) -> dict[str, Any]:
    """Show the Guide match on a host's own product page, with a link to the reasons.

    Shows nothing for a product that footback does not know, has not assessed
    yet, or that was taken out of the catalogue: a host's page never breaks.
    ``shoes`` are products that ``footback_load`` has loaded; then no query is made.
    """
    if shoes is not None:
        card = shoes.get(str(product_id))
        listing_id, assessment = (card.listing_id, card.assessment) if card else (None, None)
    else:
        listing_id = (
            Listing.objects.filter(
                source=product_source, external_id=str(product_id), is_withdrawn=False
            )
            .values_list("pk", flat=True)
            .first()
        )
        assessment = find_assessment(listing_id=listing_id) if listing_id else None
    if listing_id is None or assessment is None:
        return {"assessment": None}
    try:
        url = reverse("footback:listing", args=[listing_id])
    except NoReverseMatch:  # a host that shows badges only and mounts no pages
        url = ""
    return {"assessment": assessment, "why": describe_why(assessment), "url": url}


@register.inclusion_tag("footback/partials/side_view.html")
def footback_drawing(
    product_source: str, product_id: object, shoes: Mapping[str, Card] | None = None
) -> dict[str, Any]:
    """Draw a host's product from the side and in its colour, where it has no photograph.

    A product that footback does not know is drawn dashed, as all that is unknown.
    ``shoes`` are products that ``footback_load`` has loaded; then no query is made.
    """
    if shoes is not None:
        card = shoes.get(str(product_id))
        if card is None:
            return footback_side_view(FootwearAttributes(), seed=str(product_id))
        return footback_side_view(card.attributes, seed=card.listing_id, colour=card.colour)
    profile = (
        FootwearProfile.objects.filter(
            listing__source=product_source, listing__external_id=str(product_id)
        )
        .select_related("listing")
        .only("listing_id", "snapshot", "listing__title", "listing__raw_attributes")
        .first()
    )
    if profile is None:
        return footback_side_view(FootwearAttributes(), seed=str(product_id))
    attributes = FootwearAttributes.from_snapshot(profile.snapshot)
    colour = find_listing_colour(profile.listing.raw_attributes, profile.listing.title)
    return footback_side_view(attributes, seed=profile.listing_id, colour=colour)
