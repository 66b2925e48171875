"""The fit of one shoe's sizes for the feet of the one who asks, in words. Nothing is kept.

The lengths of the feet come in as an argument and stay with the reader (a
cookie of their browser); no query and no log names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import get_format
from django.utils.translation import gettext as _

from shop_plugin.domain.attributes import MICROMETRES_PER_MM, AgeGroup, Gender, UseCategory
from shop_plugin.domain.fitting import (
    Feet,
    Fit,
    FitVerdict,
    Inside,
    best_of,
    is_surely_pointed,
    judge_fit,
)
from shop_plugin.domain.personal import limit_personally
from shop_plugin.domain.scoring import Assessment
from shop_plugin.domain.size_scales import SCALES, find_scale, write_size
from shop_plugin.services.shop.guides import guide_in_force
from shop_plugin.services.shopping.facet_groups import size_label
from shop_plugin.services.shopping.listing_page import ListingPage, SizeOffer
from shop_plugin.services.words.lengths import unit_word, write_length

# The systems a foot is shown in, by key of the scale.
_SYSTEMS = ("eu", "uk", "us_women", "us_men", "mondopoint")
_SYSTEMS_OF_CHILDREN = ("eu", "uk_child", "us_child", "mondopoint")
_UNWEARABLE = (FitVerdict.TOO_TIGHT, FitVerdict.TOO_LOOSE)
# Below this no adult's size exists.
_SHORTEST_ADULT_UM = 205 * MICROMETRES_PER_MM


@dataclass(frozen=True, slots=True)
class SizeFit:
    """One size of a shoe for these feet.

    ``label`` names the size with its system and width; ``verdict_text`` is
    one or two words, ``detail`` the room in the reader's unit. ``assessment``
    is the match in this size, lowered where the fit limits it; ``None`` where
    there is no match. ``is_best`` marks the one that comes nearest.
    """

    label: str
    is_in_stock: bool
    fit: Fit
    verdict_text: str
    detail: str
    assessment: Assessment | None
    is_limited: bool
    is_best: bool


@dataclass(frozen=True, slots=True)
class ShoeFit:
    """What one shoe's sizes mean for these feet.

    ``advice`` is the sentence to read first. ``by_number`` is the size that
    the foot's length alone would give ("EU 39"), always approximate, empty
    where the shoe's sizes cannot be read. ``notes`` are what else matters:
    feet that differ, a pointed toe.
    """

    advice: str
    by_number: str
    sizes: tuple[SizeFit, ...]
    checked: int
    notes: tuple[str, ...]

    @property
    def wearable(self) -> tuple[SizeFit, ...]:
        """Return the sizes that are neither too tight nor too loose, as far as anybody knows."""
        return tuple(size for size in self.sizes if size.fit.verdict not in _UNWEARABLE)

    @property
    def unwearable(self) -> tuple[SizeFit, ...]:
        """Return the sizes that are too tight or too loose."""
        return tuple(size for size in self.sizes if size.fit.verdict in _UNWEARABLE)


@dataclass(frozen=True, slots=True)
class SystemSize:
    """A foot's approximate size in one system, with the name of the system."""

    key: str
    label: str
    size: str


@dataclass(frozen=True, slots=True)
class FootSizes:
    """What a pair of feet means in every system, and what to do where they differ."""

    sizes: tuple[SystemSize, ...]
    longest: str
    notes: tuple[str, ...]


def size_feet(*, feet: Feet, unit: str = "cm") -> FootSizes:
    """Return the approximate size of the longer foot in every system.

    Lengths in texts are in ``unit`` ("in", "cm" or "mm").
    """
    is_child = feet.longest_um < _SHORTEST_ADULT_UM
    return FootSizes(
        sizes=tuple(
            SystemSize(key, _system_name(key), write_size(scale, scale.size_of(feet.longest_um)))
            for key in (_SYSTEMS_OF_CHILDREN if is_child else _SYSTEMS)
            for scale in (SCALES[key],)
        ),
        longest=write_length(feet.longest_um, unit=unit),
        notes=_notes_on_feet(feet),
    )


def fit_shoe(*, page: ListingPage, feet: Feet, unit: str = "cm") -> ShoeFit:
    """Return how every size of a shoe fits these feet, without a query.

    A size whose inside is not known is never judged, and no size for a
    child: the room that the verdicts ask for is that of grown feet. Where no
    size is judged, only the size by the number is told. What buyers said of
    the sizes stands beside it (``page.buyers``) and changes nothing here.
    """
    is_pointed = is_surely_pointed(page.attributes)
    is_child = _is_for_children(page)
    fits = [
        judge_fit(feet, Inside())
        if is_child
        else judge_fit(feet, Inside(offer.internal_length_um, offer.ball_width_um, is_pointed))
        for offer in page.sizes
    ]
    best = best_of(fits)
    by_number = _size_by_number(page, feet)
    checked = sum(1 for fit in fits if fit.verdict is not FitVerdict.UNKNOWN)
    sizes = tuple(
        _size_fit(
            offer,
            fit,
            page.assessment,
            is_best=position == best,
            detail="" if is_child else _detail(fit, unit),
        )
        for position, (offer, fit) in enumerate(zip(page.sizes, fits, strict=True))
    )
    return ShoeFit(
        advice=_advise_parents(by_number)
        if is_child
        else _advice(sizes, best, checked=checked, by_number=by_number),
        by_number=by_number,
        sizes=sizes,
        checked=checked,
        notes=(*_notes_on_shoe(is_pointed), *_notes_on_feet(feet)),
    )


def _size_fit(
    offer: SizeOffer, fit: Fit, assessment: Assessment | None, *, is_best: bool, detail: str
) -> SizeFit:
    limited = (
        limit_personally(assessment, guide=guide_in_force(), fit=fit.verdict)
        if assessment
        else None
    )
    label = size_label(offer.system, offer.label)
    return SizeFit(
        label=f"{label} {offer.width}".strip(),
        is_in_stock=offer.is_in_stock,
        fit=fit,
        verdict_text=_verdict_text(fit),
        detail=detail,
        assessment=limited,
        is_limited=(
            limited is not None
            and assessment is not None
            and (limited.low, limited.high) != (assessment.low, assessment.high)
        ),
        is_best=is_best,
    )


def _verdict_text(fit: Fit) -> str:
    if fit.by_width is FitVerdict.TOO_TIGHT and fit.by_length is not FitVerdict.TOO_TIGHT:
        return _("Too narrow")
    return {
        FitVerdict.TOO_TIGHT: _("Too tight"),
        FitVerdict.SNUG: _("Snug"),
        FitVerdict.FITS: _("Fits"),
        FitVerdict.ROOMY: _("Roomy"),
        FitVerdict.TOO_LOOSE: _("Too loose"),
        FitVerdict.UNKNOWN: _("Not checked"),
    }[fit.verdict]


def _detail(fit: Fit, unit: str) -> str:
    if fit.room_um is None:
        return _("The shop does not state how long it is inside.")
    # Whole millimetres decide here, so they stand beside any other unit.
    room = _in_millimetres(abs(fit.room_um))
    if unit == "in":
        room = _("{length} ({other})").format(
            length=write_length(abs(fit.room_um), unit="in"), other=room
        )
    if fit.room_um < 0:
        return _("{length} too short").format(length=room)
    return _("{length} of room").format(length=room)


def _in_millimetres(um: int) -> str:
    """Return a length in millimetres, to the half where it has one: "9.5 mm"."""
    halves = (2 * um + MICROMETRES_PER_MM // 2) // MICROMETRES_PER_MM
    half = f"{get_format('DECIMAL_SEPARATOR')}5" if halves % 2 else ""
    return f"{halves // 2}{half} {unit_word('mm')}"


def _advice(sizes: Sequence[SizeFit], best: int | None, *, checked: int, by_number: str) -> str:
    if best is not None:
        chosen = sizes[best]
        if chosen.is_in_stock:
            return _("Your size here: {size}, by the measured inside.").format(size=chosen.label)
        return _("Your size here is {size}; it is not in stock now.").format(size=chosen.label)
    if checked:
        return _("No size here fits your feet, as far as they are measured inside.")
    if by_number:
        return _(
            "About {size}, by the number alone. Nobody states how long this shoe is inside, so "
            "try before you keep."
        ).format(size=by_number)
    return _("Nobody states how long this shoe is inside, so its fit is not checked.")


def _is_for_children(page: ListingPage) -> bool:
    return page.attributes.age_group is AgeGroup.KIDS or page.use_category == UseCategory.KIDS.value


def _advise_parents(by_number: str) -> str:
    if not by_number:
        return _("How much room a child's foot needs is not in our guide: no size is judged here.")
    return _(
        "About {size}, by the number alone. How much room a child's foot needs is not in our "
        "guide: no size is judged here."
    ).format(size=by_number)


def _size_by_number(page: ListingPage, feet: Feet) -> str:
    """Return the size that a foot's length alone gives in the system of this shoe, or ""."""
    systems = {offer.system for offer in page.sizes if offer.system}
    if len(systems) != 1:
        return ""
    (system,) = systems
    scale = find_scale(system, gender=Gender(page.gender), is_child=_is_for_children(page))
    if scale is None:
        return ""
    return size_label(system, write_size(scale, scale.size_of(feet.longest_um)))


def _notes_on_shoe(is_pointed: bool) -> tuple[str, ...]:
    if not is_pointed:
        return ()
    return (_("The toe is pointed; about 10 mm of the length are counted as not usable for that."),)


def _notes_on_feet(feet: Feet) -> tuple[str, ...]:
    if len(feet.measured) < 2:
        return (_("Only one foot was measured. Measure both: the longer one counts."),)
    if not feet.differ_by_half_a_size:
        return ()
    return (
        _(
            "Your feet differ by {length}, half a size or more. Buy for the longer one, choose "
            "laces or straps, and put a thin insole or a tongue pad into the other shoe. Some "
            "shops sell two sizes as a pair: ask."
        ).format(length=_in_millimetres(feet.difference_um)),
    )


def _system_name(key: str) -> str:
    return {
        "eu": _("EU"),
        "uk": _("UK"),
        "us_women": _("US women"),
        "us_men": _("US men"),
        "uk_child": _("UK children"),
        "us_child": _("US children"),
        "mondopoint": _("Mondopoint"),
    }[key]


__all__ = [
    "Feet",
    "FitVerdict",
    "FootSizes",
    "ShoeFit",
    "SizeFit",
    "fit_shoe",
    "size_feet",
]
