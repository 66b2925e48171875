"""What allows a shop to write to a person, by basis and country, and when that ends.

The table is data: ``consent_rules.toml``, with its sources. A basis that is
not in it allows nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files

_TABLE = files("shop_plugin.domain") / "consent_rules.toml"


class ConsentBasis(StrEnum):
    """What allows a shop to write; ``NONE`` is a withdrawal, or that nothing was given."""

    EXPRESS = "express"
    SOFT_OPT_IN = "soft_opt_in"
    CASL_IMPLIED = "casl_implied"
    NONE = "none"


# From the weakest to the strongest: a stronger one is not lost by a later, weaker one.
_STRENGTH = (
    ConsentBasis.NONE,
    ConsentBasis.CASL_IMPLIED,
    ConsentBasis.SOFT_OPT_IN,
    ConsentBasis.EXPRESS,
)


@dataclass(frozen=True, slots=True)
class BasisRule:
    """One row of the table. ``ends_after_days`` is counted from the last purchase."""

    basis: ConsentBasis
    needs_offer: bool
    ends_after_days: int | None
    law: str
    source: str
    as_of: date
    says: str


@dataclass(frozen=True, slots=True)
class ConsentRules:
    """The whole validated table."""

    bases: Mapping[ConsentBasis, BasisRule]
    given_by_order: Mapping[str, ConsentBasis]
    read_as: Mapping[str, Mapping[ConsentBasis, ConsentBasis]]

    def rule(self, basis: ConsentBasis, *, country: str) -> BasisRule | None:
        """Return the rule that a basis falls under in a country; ``None`` where it allows nothing.

        ``country`` is an ISO code of two letters, in any case, or empty where it is not known.
        """
        meant = self.read_as.get(country.upper(), {}).get(basis, basis)
        return self.bases.get(meant)

    def basis_of_order(self, *, country: str) -> ConsentBasis:
        """Return the basis that an order gives at which the choice to say no was offered."""
        return self.given_by_order.get(country.upper(), ConsentBasis.SOFT_OPT_IN)


def find_end_of_consent(
    basis: ConsentBasis, *, country: str, last_purchase_at: datetime | None
) -> datetime | None:
    """Return when a basis ends, or ``None`` where it has no end or nothing to count from."""
    rule = load_consent_rules().rule(basis, country=country)
    if rule is None or rule.ends_after_days is None or last_purchase_at is None:
        return None
    return last_purchase_at + timedelta(days=rule.ends_after_days)


def basis_in_force(history: Iterable[ConsentBasis]) -> ConsentBasis:
    """Return what holds after all that was given and withdrawn, oldest first.

    A withdrawal ends whatever was before it. Among what was given since, the
    strongest holds: an order does not weaken what a person asked for.
    """
    held = ConsentBasis.NONE
    for basis in history:
        if basis is ConsentBasis.NONE or _STRENGTH.index(basis) > _STRENGTH.index(held):
            held = basis
    return held


@cache
def load_consent_rules() -> ConsentRules:
    """Return the table that is shipped; the same object every time."""
    return read_consent_rules(_TABLE.read_text(encoding="utf-8"))


def read_consent_rules(text: str) -> ConsentRules:
    """Return the rules written in a TOML text.

    :raises ValueError: for an unknown basis, a term that is not positive or not counted from the
        last purchase, or a rule without its source.
    """
    plain = tomllib.loads(text)
    bases = {}
    for name, row in plain["bases"].items():
        basis = ConsentBasis(name)
        days = row.get("ends_after_days")
        if days is not None and (days < 1 or row.get("counted_from") != "last_purchase"):
            raise ValueError(f"{name}: a term is at least a day, counted from the last purchase")
        if not row["source"].startswith("https://") or not row["law"]:
            raise ValueError(f"{name}: a rule names its law and its source")
        bases[basis] = BasisRule(
            basis=basis,
            needs_offer=row["needs_offer"],
            ends_after_days=days,
            law=row["law"],
            source=row["source"],
            as_of=row["as_of"],
            says=row["says"],
        )
    return ConsentRules(
        bases=bases,
        given_by_order={
            country: ConsentBasis(basis) for country, basis in plain["given_by_order"].items()
        },
        read_as={
            country: {ConsentBasis(old): ConsentBasis(new) for old, new in pairs.items()}
            for country, pairs in plain["read_as"].items()
        },
    )
