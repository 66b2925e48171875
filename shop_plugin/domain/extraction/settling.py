"""What one text says several times or in several ways, brought to one voice."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from shop_plugin.domain.attributes import Options
from shop_plugin.domain.records import Reading

# A shoe may well have laces and a zip, or a heel that is both stacked and a block.
NOT_EXCLUSIVE = frozenset(
    {"fastening", "heel_type", "size_system", "insole_material", "midsole_material", "construction"}
)

# A pump with an ankle strap holds by its strap, whatever else its cut is called.
_HOLDS = frozenset(
    {"lace_up", "hook_loop", "zip", "monk_t_strap", "buckle_heel_strap", "adjustable_strap"}
)
_YIELDS = frozenset({"slip_on", "pump"})


def settle(readings: list[tuple[Reading, bool]]) -> tuple[Reading, ...]:
    """Return the readings of a listing, each value once, in the order of the text.

    The flag marks what is said of the insole alone: it tells no more than
    "some" once the whole shoe is claimed to have the feature, so it is then
    widened to the highest level instead of contradicting the larger claim.
    Answers that may be true together are joined.
    """
    if len(readings) == 1:
        return (readings[0][0],)
    by_attribute: dict[str, list[tuple[Reading, bool]]] = defaultdict(list)
    for reading, is_part in readings:
        by_attribute[reading.attribute].append((reading, is_part))
    settled: list[Reading] = []
    for attribute, group in by_attribute.items():
        if len(group) == 1:
            settled.append(group[0][0])
            continue
        widened = _widen_parts(group)
        if attribute == "fastening":
            widened = _prefer_holds(widened)
        if attribute in NOT_EXCLUSIVE:
            widened = _join(widened)
        settled.extend(_keep_best(widened))
    settled.sort(key=lambda reading: (reading.field != "title", reading.start, reading.attribute))
    return tuple(settled)


def _widen_parts(group: list[tuple[Reading, bool]]) -> list[Reading]:
    whole = any(
        not is_part and isinstance(reading.value, Options) and "3" in reading.value.members
        for reading, is_part in group
    )
    return [
        replace(reading, value=reading.value.union(Options.of("3")))
        if whole and is_part and isinstance(reading.value, Options)
        else reading
        for reading, is_part in group
    ]


def _prefer_holds(readings: list[Reading]) -> list[Reading]:
    """Return the readings without "slip-on" and "pump" where something holds the foot."""
    held = [
        reading
        for reading in readings
        if isinstance(reading.value, Options) and reading.value.members <= _HOLDS
    ]
    if not held:
        return readings
    return [
        reading
        for reading in readings
        if not (isinstance(reading.value, Options) and reading.value.members & _YIELDS)
    ]


def _join(readings: list[Reading]) -> list[Reading]:
    sets = {reading.value.members for reading in readings if isinstance(reading.value, Options)}
    smallest = [each for each in sets if not any(other < each for other in sets)]
    if len(smallest) < 2:
        return readings
    union = Options(frozenset().union(*smallest))
    return [
        replace(reading, value=union)
        if isinstance(reading.value, Options) and reading.value.members in smallest
        else reading
        for reading in readings
        if isinstance(reading.value, Options)
        and (reading.value.members in smallest or union.members <= reading.value.members)
    ]


def _keep_best(readings: list[Reading]) -> list[Reading]:
    best: dict[object, Reading] = {}
    for reading in readings:
        known = best.get(reading.value)
        if known is None or reading.confidence > known.confidence:
            best[reading.value] = reading
    return list(best.values())
