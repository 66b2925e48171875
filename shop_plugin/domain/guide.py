"""The guide: weights, tables, limits, evidence labels and citations of one formula version.

All numbers live in ``guide_data/<version>.toml`` and are checked as a whole
before anything is scored with them: a guide that is not monotone, or whose
weights do not add up, is refused with every fault named.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from shop_plugin.domain.guide_faults import find_faults
from shop_plugin.domain.guide_terms import (
    EVIDENCE_AREAS,
    EVIDENCE_LABELS,
    FACTORS,
    FULL,
    PERFECT,
    Ends,
    Factor,
    FoamRule,
    Grade,
    Guide,
    Guideline,
    HeelRule,
    Knot,
    Line,
    OptionTable,
    PersonalCaps,
    Profile,
    ProfileCap,
    SupportCaps,
)

__all__ = [
    "DEFAULT_VERSION",
    "EVIDENCE_AREAS",
    "EVIDENCE_LABELS",
    "FACTORS",
    "FULL",
    "PERFECT",
    "Ends",
    "Guide",
    "GuideError",
    "Guideline",
    "HeelRule",
    "Profile",
    "load_guide",
    "read_guide",
    "shipped_versions",
]

GUIDE_DATA = files("shop_plugin.domain") / "guide_data"
DEFAULT_VERSION = "fb-1.0"
# A match is stored under 16 characters: the version, and "+nominal" where the heel mode is that.
LONGEST_VERSION = 8


class GuideError(ValueError):
    """A guide cannot be used. The message lists every fault."""


def load_guide(version: str = DEFAULT_VERSION, folder: str = "") -> Guide:
    """Return the validated guide of a formula version; the same object every time.

    ``folder`` may hold guides of a shop's own beside the shipped ones.

    :raises GuideError: for a version that is not there or a file with faults.
    """
    return _load(version, folder)


@cache
def _load(version: str, folder: str) -> Guide:
    names = shipped_versions(folder)
    if version not in names:
        raise GuideError(f"there is no guide {version!r}; there are: {', '.join(names)}")
    if len(version) > LONGEST_VERSION:
        raise GuideError(
            f"the version {version!r} is too long: at most {LONGEST_VERSION} characters, "
            "for example 'shop-1.0'"
        )
    shipped = GUIDE_DATA / f"{version}.toml"
    path = shipped if shipped.is_file() else Path(folder) / f"{version}.toml"
    guide = read_guide(path.read_text(encoding="utf-8"))
    if guide.version != version:
        raise GuideError(f"the file {version}.toml calls itself {guide.version!r}")
    return guide


def shipped_versions(folder: str = "") -> tuple[str, ...]:
    """Return the versions of the shipped guides, and of those in a folder, sorted."""
    names = {item.name for item in GUIDE_DATA.iterdir()}
    if folder and Path(folder).is_dir():
        names |= {item.name for item in Path(folder).iterdir()}
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def read_guide(text: str) -> Guide:
    """Return the validated guide written in a TOML text.

    :raises GuideError: with every fault named, when the text is no usable guide.
    """
    try:
        plain = tomllib.loads(text)
        guide = _build(plain)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise GuideError(f"the guide cannot be read: {error!r}") from error
    faults = find_faults(guide)
    if faults:
        raise GuideError(f"guide {guide.version!r} is refused: " + "; ".join(faults))
    return guide


def _build(plain: Mapping[str, Any]) -> Guide:
    factors = {key: Factor(**item) for key, item in plain["factors"].items()}
    profiles = {name: _profile(name, item, factors) for name, item in plain["profiles"].items()}
    return Guide(
        version=plain["version"],
        conditions=tuple(profiles),
        refer_conditions=tuple(plain["refer_conditions"]),
        coverage_minimum=plain["display"]["coverage_minimum"],
        d_below=plain["display"]["d_below"],
        grades=tuple(Grade(**item) for item in plain["grades"]),
        factors=MappingProxyType(factors),
        tables=MappingProxyType(
            {key: OptionTable(MappingProxyType(item)) for key, item in plain["tables"].items()}
        ),
        insole_as_arch=plain["rules"]["insole_as_arch"],
        extra_widths=tuple(plain["rules"]["extra_widths"]),
        heel=_heel_rule(plain["heel"]),
        support_caps=SupportCaps(**plain["support_caps"]),
        personal_caps=PersonalCaps(**plain["personal_caps"]),
        profiles=MappingProxyType(profiles),
        guidelines=MappingProxyType(
            {
                key: Guideline(
                    key, item["wording"], item["feet"], item["low_back"], tuple(item["citations"])
                )
                for key, item in plain["guidelines"].items()
            }
        ),
        citations=MappingProxyType(dict(plain["citations"])),
    )


def _profile(condition: str, item: Mapping[str, Any], factors: Mapping[str, Factor]) -> Profile:
    weights: dict[str, int] = item["weights"]
    caps = [
        ProfileCap(cap["code"], cap["factor"], cap.get("below", 0), cap["limit"])
        for cap in item.get("caps", ())
    ]
    return Profile(
        condition=condition,
        weights=tuple(weights.items()),
        parts=tuple((name, factors[name].guideline, weight) for name, weight in weights.items()),
        factors=frozenset({"", *weights}),
        caps=tuple(caps),
        evidence_area=item["evidence_area"],
        cushioning_at=item.get("cushioning_at", "cushioning"),
    )


def _heel_rule(item: Mapping[str, Any]) -> HeelRule:
    foam = item["foam"]
    return HeelRule(
        limit_um=item["limit_um"],
        tolerance_um=item["tolerance_um"],
        flat_um=item["flat_um"],
        near_um=item["near_um"],
        platform_free_um=item["platform_free_um"],
        platform_divisor=item["platform_divisor"],
        within=_line(item["within"]),
        beyond=_line(item["beyond"]),
        cap=_line(item["cap"]),
        foam=FoamRule(
            categories=frozenset(foam["categories"]),
            categories_with_foam_midsole=frozenset(foam["categories_with_foam_midsole"]),
            midsoles=frozenset(foam["midsoles"]),
            pitch_max_um=foam["pitch_max_um"],
            platform_max_um=foam["platform_max_um"],
        ),
    )


def _line(corners: list[list[int]]) -> Line:
    return Line(tuple(Knot(x, y) for x, y in corners))
