"""The effective rise of a heel, as an interval whose ends can both be reached.

The foot feels the pitch, heel minus platform, not the printed number; a thick
platform still costs a quarter of what it is above 25 mm. Three lengths hang
together (heel = platform + pitch), each may be unknown or an interval, so the
ends are found over all that fit together at once.

Two readings are conventions, not facts, and give way as soon as the fact is
stated: a shoe without a foam sole that states a heel and no platform has no
platform; and a foam-soled athletic shoe has a pitch of at most 16 mm.
"""

from __future__ import annotations

from typing import NamedTuple

from shop_plugin.domain.attributes import ATTRIBUTES, FootwearAttributes, Span
from shop_plugin.domain.guide import Ends, Guide, HeelRule

HEEL_MODES = ("effective", "pitch", "nominal")
#: Stated lengths that miss each other by more than this contradict one another.
DISAGREEMENT_UM = 3_000

_ANY_HEEL = Span(ATTRIBUTES["heel_height_mm"].minimum, ATTRIBUTES["heel_height_mm"].maximum)
_ANY_PLATFORM = Span(
    ATTRIBUTES["forefoot_height_mm"].minimum, ATTRIBUTES["forefoot_height_mm"].maximum
)
#: A pitch is bounded below by the lowest drop there is, above by the highest heel.
_ANY_PITCH = Span(ATTRIBUTES["drop_mm"].minimum, _ANY_HEEL.high)


class HeelReading(NamedTuple):
    """The effective rise in micrometres and what it was read from.

    ``basis`` is "printed" (the heel height as stated), "pitch" (heel and
    platform, or drop), "category" (true of every shoe of the category) or
    "unknown". ``used`` are the attributes it rests on.
    """

    low: int
    high: int
    basis: str
    used: tuple[str, ...]
    pitch: Ends
    is_contradictory: bool = False


def read_heel(
    attributes: FootwearAttributes, *, guide: Guide, mode: str = "effective"
) -> HeelReading:
    """Return the effective rise of a shoe under one of :data:`HEEL_MODES`.

    "effective" adds a quarter of the platform above 25 mm to the pitch,
    "pitch" leaves it out, "nominal" takes the printed heel word for word.

    :raises ValueError: for a mode that does not exist.
    """
    if mode not in HEEL_MODES:
        raise ValueError(f"heel mode {mode!r} is none of {', '.join(HEEL_MODES)}")
    heel_key = "heel_height_mm" if attributes.heel_height_mm is not None else "stack_heel_mm"
    heel = attributes.heel_height_mm or attributes.stack_heel_mm
    platform = attributes.forefoot_height_mm
    drop = attributes.drop_mm
    is_foam = has_foam_sole(attributes, guide=guide)
    if platform is None and drop is None and not is_foam:
        if heel is None:
            return HeelReading(_ANY_PITCH.low, _ANY_HEEL.high, "unknown", (), _ends(_ANY_PITCH))
        return HeelReading(heel.low, heel.high, "printed", (heel_key,), _ends(heel))
    stated = {heel_key: heel, "forefoot_height_mm": platform, "drop_mm": drop}
    used = tuple(key for key, value in stated.items() if value is not None)
    rule = guide.heel
    if is_foam:
        pitch = drop or Span(0, rule.foam.pitch_max_um)
        assumed_platform = platform or Span(0, rule.foam.platform_max_um)
        found = _reach(heel or _ANY_HEEL, assumed_platform, pitch, rule, mode)
        if found is not None:
            is_stated = drop is not None or (heel is not None and platform is not None)
            return HeelReading(*found[0], "pitch" if is_stated else "category", used, found[1])
        if heel is not None and platform is None and drop is None:
            return HeelReading(heel.low, heel.high, "printed", used, _ends(heel))
    return _from_stated(heel, platform, drop, used, rule, mode)


def has_foam_sole(attributes: FootwearAttributes, *, guide: Guide) -> bool:
    """Tell whether the shoe is a foam-soled athletic shoe by definition.

    A heel of its own (a wedge, a hidden lift) makes it none.
    """
    if attributes.hidden_lift_mm is not None:
        return False
    if attributes.heel_type is not None and attributes.heel_type.members != {"none"}:
        return False
    foam = guide.heel.foam
    midsole = attributes.midsole_material
    if midsole is not None and not midsole.members & foam.midsoles:
        return False
    category = attributes.use_category.value
    if category in foam.categories:
        return True
    return (
        category in foam.categories_with_foam_midsole
        and midsole is not None
        and midsole.members <= foam.midsoles
    )


def _from_stated(
    heel: Span | None,
    platform: Span | None,
    drop: Span | None,
    used: tuple[str, ...],
    rule: HeelRule,
    mode: str,
) -> HeelReading:
    found = _reach(heel or _ANY_HEEL, platform or _ANY_PLATFORM, drop or _ANY_PITCH, rule, mode)
    if found is not None:
        return HeelReading(*found[0], "pitch", used, found[1])
    # The stated lengths cannot all be true: keep every reading with one of them left out.
    readings = [
        reading
        for reading in (
            _reach(_ANY_HEEL, platform or _ANY_PLATFORM, drop or _ANY_PITCH, rule, mode),
            _reach(heel or _ANY_HEEL, _ANY_PLATFORM, drop or _ANY_PITCH, rule, mode),
            _reach(heel or _ANY_HEEL, platform or _ANY_PLATFORM, _ANY_PITCH, rule, mode),
        )
        if reading is not None
    ]
    if not readings:
        return HeelReading(_ANY_PITCH.low, _ANY_HEEL.high, "unknown", (), _ends(_ANY_PITCH), True)
    rises, pitches = [item[0] for item in readings], [item[1] for item in readings]
    return HeelReading(
        min(low for low, _ in rises),
        max(high for _, high in rises),
        "pitch",
        used,
        (min(low for low, _ in pitches), max(high for _, high in pitches)),
        _gap(heel, platform, drop) > DISAGREEMENT_UM,
    )


def _reach(
    heel: Span, platform: Span, pitch: Span, rule: HeelRule, mode: str
) -> tuple[Ends, Ends] | None:
    """Return the ends of the effective rise and of the pitch, or ``None`` where nothing fits.

    Along heel = platform + pitch a micrometre of pitch weighs a whole one and
    a micrometre of platform a quarter, so each end lies where the pitch is at
    its own end and the platform goes as far as that pitch allows.
    """
    steepest = min(pitch.high, heel.high - platform.low)
    flattest = max(pitch.low, heel.low - platform.high)
    if flattest > steepest:
        return None
    platform_at_steepest = min(platform.high, heel.high - steepest)
    platform_at_flattest = max(platform.low, heel.low - flattest)
    if mode == "pitch":
        rise = (flattest, steepest)
    elif mode == "nominal":
        rise = (
            max(heel.low, platform.low + pitch.low),
            min(heel.high, platform.high + pitch.high),
        )
    else:
        rise = (
            flattest + _surcharge(platform_at_flattest, rule),
            steepest + _surcharge(platform_at_steepest, rule),
        )
    return rise, (flattest, steepest)


def _surcharge(platform_um: int, rule: HeelRule) -> int:
    # A fraction of a micrometre is dropped.
    return max(0, platform_um - rule.platform_free_um) // rule.platform_divisor


def _gap(heel: Span | None, platform: Span | None, drop: Span | None) -> int:
    """Return by how much the stated lengths miss each other."""
    heel, platform, drop = heel or _ANY_HEEL, platform or _ANY_PLATFORM, drop or _ANY_PITCH
    return max(
        0,
        heel.low - (platform.high + drop.high),
        (platform.low + drop.low) - heel.high,
    )


def _ends(span: Span) -> Ends:
    return (span.low, span.high)
