"""What cannot be true at once of one shoe: flags for a person, never a changed value.

The rules are data, ``plausibility_rules.toml``. Each has an id that is stored
with a listing it speaks against. Nothing here decides who is right: a flag
stands until the facts, the kind of shoe or the rules change.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from shop_plugin.domain.attributes import (
    ATTRIBUTES,
    SOURCE_RANK,
    FootwearAttributes,
    Gender,
    Options,
    SourceKind,
    Span,
    UseCategory,
    Value,
)
from shop_plugin.domain.fit_votes import FitCounts, VoteKind, find_side
from shop_plugin.domain.records import Reading
from shop_plugin.domain.sizes import read_width

_TABLE = files("shop_plugin.domain") / "plausibility_rules.toml"

# Whoever ranks as high as staff has looked at what the others say.
_SETTLED = SOURCE_RANK[SourceKind.STAFF]
_MACHINES = (SourceKind.FEED, SourceKind.TEXT)
_LETTER = re.compile(
    r"(?<![A-Z0-9])(?P<letter>AAAA|4A|AAA|3A|AA|2A|A|B|C|D|E|EE|2E|EEE|3E|EEEE|4E|5E|6E)"
    r"(?![A-Z0-9])"
)
_LONGEST_LABEL = 40
# What a side of the votes says of the fact: the answers that it leaves possible.
_VOTED: Mapping[str, tuple[VoteKind, Mapping[str, frozenset[str]]]] = {
    "arch_support": (
        VoteKind.ARCH,
        {"small": frozenset({"0"}), "large": frozenset({"2", "3"})},
    ),
    "width_options": (
        VoteKind.WIDTH,
        {"small": frozenset({"narrow", "regular"}), "large": frozenset({"wide", "extra_wide"})},
    ),
}


class Width(NamedTuple):
    """A width as it was written and what it was read as ("wide")."""

    written: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Case:
    """All that the rules look at of one listing.

    ``said`` are the accepted readings, ``widths`` those of them that rest on
    a letter, ``gender`` whom the shoe is made for.
    """

    attributes: FootwearAttributes
    said: tuple[Reading, ...] = ()
    gender: Gender = Gender.UNKNOWN
    widths: frozenset[Width] = frozenset()
    votes: tuple[tuple[VoteKind, FitCounts], ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id, its kind, the attributes it speaks of, and its numbers."""

    id: str
    kind: str
    attribute: str
    other: str = ""
    less: str = ""
    tolerance_um: int = 0
    limit_um: int = 0
    when: tuple[tuple[str, frozenset[str]], ...] = ()

    @property
    def attributes(self) -> tuple[str, ...]:
        """Return every attribute the rule speaks of, the flagged one first."""
        named = (self.attribute, self.other, self.less, *(key for key, _words in self.when))
        return tuple(key for key in dict.fromkeys(named) if key in ATTRIBUTES)

    def is_broken(self, case: Case) -> bool:
        """Tell whether what is known of a listing speaks against itself by this rule."""
        return _KINDS[self.kind](self, case)


class RuleFault(ValueError):
    """The table of rules cannot be used; the message names the rule."""


def find_flags(case: Case) -> tuple[str, ...]:
    """Return the ids of the rules that a listing breaks, in the order of the table."""
    return tuple(rule.id for rule in load_rules() if rule.is_broken(case))


@cache
def load_rules() -> tuple[Rule, ...]:
    """Return the rules that are shipped.

    :raises RuleFault: when the table is not one.
    """
    return read_rules(_TABLE.read_text(encoding="utf-8"))


@cache
def find_rule(rule_id: str) -> Rule | None:
    """Return a rule by its id, or ``None`` for one that an older version may have known."""
    return next((rule for rule in load_rules() if rule.id == rule_id), None)


@cache
def rules_version() -> str:
    """Return eight digits that change with every word of the table."""
    return hashlib.blake2b(_TABLE.read_bytes(), digest_size=4).hexdigest()


def read_rules(text: str) -> tuple[Rule, ...]:
    """Return the rules of a table as TOML text.

    :raises RuleFault: for a kind, an attribute or an id that cannot be.
    """
    rules = tuple(_read_rule(item) for item in tomllib.loads(text)["rule"])
    ids = [rule.id for rule in rules]
    for repeated in {item for item in ids if ids.count(item) > 1}:
        raise RuleFault(f"two rules are called {repeated!r}")
    return rules


def _read_rule(item: Mapping[str, Any]) -> Rule:
    rule = Rule(
        id=item["id"],
        kind=item["kind"],
        attribute=item["attribute"],
        other=item.get("other") or item.get("from", ""),
        less=item.get("less", ""),
        tolerance_um=item.get("tolerance_um", 0),
        limit_um=item.get("limit_um", 0),
        when=tuple((key, frozenset(words)) for key, words in item.get("when", {}).items()),
    )
    if rule.kind not in _KINDS:
        raise RuleFault(f"{rule.id}: there is no kind {rule.kind!r}")
    if not re.fullmatch(r"[a-z_]+\.[a-z_]+", rule.id):
        raise RuleFault(f"{rule.id!r} is no id: two words in small letters with a dot between")
    named = {rule.attribute, rule.other, rule.less, *(key for key, _words in rule.when)}
    unknown = named - {"", "use_category"} - set(ATTRIBUTES)
    if unknown:
        raise RuleFault(f"{rule.id}: {', '.join(sorted(unknown))} is no attribute")
    return rule


def letters_in(readings: Iterable[tuple[str, str]]) -> frozenset[Width]:
    """Return the widths that rest on a letter, of widths as (as written, what it was read as)."""
    return frozenset(
        Width(written, meaning)
        for written, meaning in readings
        if len(written) <= _LONGEST_LABEL and _LETTER.search(written.upper())
    )


def _is_below(rule: Rule, case: Case) -> bool:
    value, other = _span(case, rule.attribute), _span(case, rule.other)
    return bool(value and other and value.high + rule.tolerance_um < other.low)


def _is_no_difference(rule: Rule, case: Case) -> bool:
    value = _span(case, rule.attribute)
    start, less = _span(case, rule.other), _span(case, rule.less)
    if value is None or start is None or less is None:
        return False
    expected = Span(start.low - less.high, start.high - less.low)
    return _gap(value, expected) > rule.tolerance_um


def _is_too_much(rule: Rule, case: Case) -> bool:
    value = _span(case, rule.attribute)
    return bool(
        value
        and value.low > rule.limit_um
        and all(_holds(case, key, words) for key, words in rule.when)
    )


def _holds(case: Case, key: str, words: frozenset[str]) -> bool:
    if key == "use_category":
        return UseCategory(case.attributes.use_category).value in words
    value = case.attributes.get(key)
    return isinstance(value, Options) and value.members <= words


def _is_letter_of_others(rule: Rule, case: Case) -> bool:
    return any(_is_misread(width, case.gender) for width in case.widths)


def _is_misread(width: Width, gender: Gender) -> bool:
    found = _LETTER.search(width.written.upper())
    own = read_width(found["letter"], gender=gender) if found else None
    return own is not None and own != width.meaning


def _is_contradicted(rule: Rule, case: Case) -> bool:
    said = [item for item in case.said if item.attribute == rule.attribute]
    if len(said) < 2 or max(SOURCE_RANK[item.source_kind] for item in said) >= _SETTLED:
        return False
    believed = case.attributes.get(rule.attribute)
    return believed is not None and any(
        item.source_kind in _MACHINES and _are_apart(item.value, believed, rule.tolerance_um)
        for item in said
    )


def _is_voted_down(rule: Rule, case: Case) -> bool:
    kind, sides = _VOTED[rule.attribute]
    believed = case.attributes.get(rule.attribute)
    if not isinstance(believed, Options):
        return False
    said = [sides.get(find_side(counts)) for voted, counts in case.votes if voted is kind]
    return any(answers is not None and not answers & believed.members for answers in said)


def _are_apart(first: Value, second: Value, tolerance: int) -> bool:
    if isinstance(first, Span) and isinstance(second, Span):
        return _gap(first, second) > tolerance
    if isinstance(first, Options) and isinstance(second, Options):
        return not first.members & second.members
    return False


def _gap(first: Span, second: Span) -> int:
    """Return how far two spans lie apart; nothing or less where they meet."""
    return max(first.low - second.high, second.low - first.high)


def _span(case: Case, key: str) -> Span | None:
    value = case.attributes.get(key)
    return value if isinstance(value, Span) else None


_KINDS: Mapping[str, Callable[[Rule, Case], bool]] = {
    "not_below": _is_below,
    "difference": _is_no_difference,
    "at_most": _is_too_much,
    "width_letter": _is_letter_of_others,
    "sources_agree": _is_contradicted,
    "buyers_agree": _is_voted_down,
}
