"""What footback knows about a shoe: the attributes, their values, and "unknown".

Two kinds of value exist. A :class:`Span` is a closed interval of whole
thousandths of the attribute's unit (micrometres for an attribute in mm,
milligrams for one in g), so that no float ever reaches a stored result. An
:class:`Options` is the set of answers that are still possible ("1", "2" and
"3" for a listing that only says "arch support"). ``None`` always means
unknown; it is never read as zero or as "no".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from shop_plugin.domain.json_text import dump_json

MICROMETRES_PER_MM = 1000
MICROMETRES_PER_INCH = 25_400

LEVELS = ("0", "1", "2", "3")
FLAGS = ("no", "yes")


class AttributeKind(StrEnum):
    """How the values of an attribute are written down."""

    LENGTH = "length"
    WEIGHT = "weight"
    LEVEL = "level"
    CHOICE = "choice"
    OFFER = "offer"
    FLAG = "flag"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A closed interval in thousandths of the attribute's unit.

    :raises ValueError: when the ends are the wrong way round.
    """

    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"a span runs from low to high, not from {self.low} to {self.high}")

    @classmethod
    def exactly(cls, value: int) -> Span:
        """Return the span that holds one value."""
        return cls(value, value)

    def contains(self, other: Span) -> bool:
        """Tell whether the other span lies wholly inside this one."""
        return self.low <= other.low and other.high <= self.high

    def union(self, other: Span) -> Span:
        """Return the smallest span that holds both."""
        return Span(min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True, slots=True)
class Options:
    """The set of answers that are still possible; never empty.

    :raises ValueError: when no answer is left.
    """

    members: frozenset[str]

    def __post_init__(self) -> None:
        if not self.members:
            raise ValueError("a set of options holds at least one answer")

    @classmethod
    def of(cls, *members: str) -> Options:
        """Return the set of the given answers."""
        return cls(frozenset(members))

    def contains(self, other: Options) -> bool:
        """Tell whether every answer of the other set is in this one."""
        return other.members <= self.members

    def union(self, other: Options) -> Options:
        """Return the answers that stand in either set."""
        return Options(self.members | other.members)


Value = Span | Options


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing that may be known about a shoe.

    ``unit`` is "mm", "g" or empty. ``options`` are all possible answers in
    their natural order (empty for spans). ``minimum`` and ``maximum`` are the
    sane limits of a span in thousandths of the unit; a value outside is
    refused, never clamped.
    """

    key: str
    kind: AttributeKind
    unit: str = ""
    options: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int = 0

    @property
    def is_span(self) -> bool:
        """Tell whether values are spans (lengths, weights)."""
        return self.kind in (AttributeKind.LENGTH, AttributeKind.WEIGHT)


def _length(key: str, minimum_mm: int, maximum_mm: int) -> Attribute:
    return Attribute(
        key,
        AttributeKind.LENGTH,
        unit="mm",
        minimum=minimum_mm * MICROMETRES_PER_MM,
        maximum=maximum_mm * MICROMETRES_PER_MM,
    )


def _level(key: str) -> Attribute:
    return Attribute(key, AttributeKind.LEVEL, options=LEVELS)


def _choice(key: str, *options: str) -> Attribute:
    return Attribute(key, AttributeKind.CHOICE, options=options)


# Limits of the lengths: domain reference, section 10.1 (sanity).
ATTRIBUTES: Mapping[str, Attribute] = MappingProxyType(
    {
        attribute.key: attribute
        for attribute in (
            _level("arch_support"),
            _level("cushioning"),
            _length("heel_height_mm", 0, 200),
            _length("forefoot_height_mm", 0, 120),
            _length("drop_mm", -4, 25),
            _length("stack_heel_mm", 0, 120),
            _length("shaft_height_mm", 30, 700),
            _length("hidden_lift_mm", 0, 100),
            Attribute("weight_g", AttributeKind.WEIGHT, "g", maximum=3_000_000),
            Attribute("removable_insole", AttributeKind.FLAG, options=FLAGS),
            Attribute("orthotic_friendly", AttributeKind.FLAG, options=FLAGS),
            _level("forefoot_cushioning"),
            _level("heel_counter"),
            _level("torsional_stiffness"),
            _level("base_stability"),
            _level("rocker"),
            _level("upper_softness"),
            _choice("toe_shape", "pointed", "almond", "square", "round", "foot_shaped", "open"),
            _choice(
                "fastening",
                "lace_up",
                "buckle_heel_strap",
                "hook_loop",
                "zip",
                "monk_t_strap",
                "adjustable_strap",
                "slip_on",
                "pump",
                "backless",
            ),
            Attribute(
                "width_options",
                AttributeKind.OFFER,
                options=("narrow", "regular", "wide", "extra_wide"),
            ),
            _choice(
                "heel_type",
                "none",
                "block",
                "wedge",
                "cone",
                "kitten",
                "stiletto",
                "spool",
                "cuban",
                "stacked",
            ),
            _choice(
                "midsole_material",
                "eva",
                "eva_blend",
                "pu",
                "tpu_foam",
                "peba",
                "cork_latex",
                "rubber",
                "leather",
                "wood",
                "air_gel",
            ),
            _choice(
                "construction", "cemented", "stitched", "injected", "vulcanised", "cork_footbed"
            ),
            _choice(
                "insole_material",
                "memory_foam",
                "ortholite",
                "eva",
                "latex",
                "gel",
                "poron",
                "cork",
                "leather",
                "textile",
                "none",
            ),
            _choice("size_system", "eu", "uk", "us", "mondopoint"),
        )
    }
)


class SourceKind(StrEnum):
    """Who says so. The order of :data:`SOURCE_RANK` decides whom to believe."""

    LAB = "lab"
    MAKER = "maker"
    STAFF = "staff"
    FEED = "feed"
    TEXT = "text"
    CATEGORY = "category"
    BUYERS = "buyers"


SOURCE_RANK: Mapping[SourceKind, int] = MappingProxyType(
    {kind: rank for rank, kind in enumerate(reversed(tuple(SourceKind)))}
)


class UseCategory(StrEnum):
    """What a shoe is made for; decides its life and which facts are true by definition."""

    RUNNING = "running"
    RACING = "racing"
    TRAIL = "trail"
    WALKING = "walking"
    TRAINING = "training"
    CASUAL_SNEAKER = "casual_sneaker"
    WORK_STANDING = "work_standing"
    SAFETY_BOOT = "safety_boot"
    HIKING = "hiking"
    BOOT = "boot"
    DRESS_LEATHER = "dress_leather"
    HEEL = "heel"
    FLAT = "flat"
    SANDAL = "sandal"
    FLIP_FLOP = "flip_flop"
    SLIPPER = "slipper"
    BAREFOOT = "barefoot"
    KIDS = "kids"
    OTHER = "other"


class AgeGroup(StrEnum):
    """Whose feet the shoe is for. Children are never scored."""

    ADULT = "adult"
    KIDS = "kids"
    UNKNOWN = "unknown"


class Gender(StrEnum):
    """Whom the maker cut the shoe for."""

    WOMEN = "women"
    MEN = "men"
    UNISEX = "unisex"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FootwearAttributes:
    """All that is known of one shoe; a field that is ``None`` is unknown.

    ``confidence`` gives, per known attribute, how sure its source is in
    thousandths; ``conflicts`` names the attributes of which two sources of
    equal rank say different things (the value is then their union).
    """

    use_category: UseCategory = UseCategory.OTHER
    age_group: AgeGroup = AgeGroup.UNKNOWN
    heel_height_mm: Span | None = None
    forefoot_height_mm: Span | None = None
    drop_mm: Span | None = None
    stack_heel_mm: Span | None = None
    shaft_height_mm: Span | None = None
    hidden_lift_mm: Span | None = None
    weight_g: Span | None = None
    arch_support: Options | None = None
    cushioning: Options | None = None
    forefoot_cushioning: Options | None = None
    heel_counter: Options | None = None
    torsional_stiffness: Options | None = None
    base_stability: Options | None = None
    rocker: Options | None = None
    upper_softness: Options | None = None
    removable_insole: Options | None = None
    orthotic_friendly: Options | None = None
    toe_shape: Options | None = None
    fastening: Options | None = None
    width_options: Options | None = None
    heel_type: Options | None = None
    midsole_material: Options | None = None
    construction: Options | None = None
    insole_material: Options | None = None
    size_system: Options | None = None
    confidence: Mapping[str, int] = field(default_factory=dict)
    conflicts: frozenset[str] = frozenset()

    def get(self, key: str) -> Value | None:
        """Return the value of an attribute by its key, or ``None`` where unknown.

        :raises KeyError: for a key that is no attribute.
        """
        if key not in ATTRIBUTES:
            raise KeyError(key)
        value: Value | None = getattr(self, key)
        return value

    def as_snapshot(self) -> dict[str, Any]:
        """Return a plain structure that :meth:`from_snapshot` reads back bit for bit."""
        values: dict[str, Any] = {}
        for key in ATTRIBUTES:
            value = getattr(self, key)
            if value is not None:
                values[key] = value_to_plain(value)
        return {
            "use_category": self.use_category.value,
            "age_group": self.age_group.value,
            "values": values,
            "confidence": {key: self.confidence[key] for key in sorted(self.confidence)},
            "conflicts": sorted(self.conflicts),
        }

    @classmethod
    def from_snapshot(cls, snapshot: Mapping[str, Any]) -> FootwearAttributes:
        """Return the attributes that :meth:`as_snapshot` wrote down."""
        values: dict[str, Any] = {
            key: value_from_plain(plain) for key, plain in snapshot["values"].items()
        }
        return cls(
            use_category=UseCategory(snapshot["use_category"]),
            age_group=AgeGroup(snapshot["age_group"]),
            confidence=dict(snapshot["confidence"]),
            conflicts=frozenset(snapshot["conflicts"]),
            **values,
        )

    def as_text(self) -> str:
        """Return the snapshot as JSON text that is equal exactly when the snapshots are equal."""
        return dump_json(self.as_snapshot())

    def fingerprint(self) -> str:
        """Return 32 hex digits that are equal exactly when the snapshots are equal."""
        return fingerprint_text(self.as_text())


def fingerprint_text(text: str) -> str:
    """Return the fingerprint of attributes from what :meth:`FootwearAttributes.as_text` gave."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def value_to_plain(value: Value) -> list[int] | list[str]:
    """Return a span as ``[low, high]`` and options as a sorted list of answers."""
    if isinstance(value, Span):
        return [value.low, value.high]
    return sorted(value.members)


def value_from_plain(plain: list[Any]) -> Value:
    """Return the value that :func:`value_to_plain` wrote."""
    if plain and isinstance(plain[0], int):
        return Span(plain[0], plain[1])
    return Options(frozenset(plain))


_FIELD_NAMES = frozenset(item.name for item in fields(FootwearAttributes))
assert set(ATTRIBUTES) <= _FIELD_NAMES, "every attribute needs its field"
