from __future__ import annotations

import pytest

from shop_plugin.domain.attributes import FootwearAttributes, Options, SourceKind, Span
from shop_plugin.domain.host_changes import ListedFacts

HEEL = Span.exactly(35_000)


def facts(kind: SourceKind | None = None, *, in_dispute: bool = False) -> ListedFacts:
    return ListedFacts(
        source="shop",
        external_id="M-1",
        alias="",
        title="Marlow",
        size_labels=(),
        attributes=FootwearAttributes(
            heel_height_mm=HEEL,
            removable_insole=Options.of("yes"),
            conflicts=frozenset({"heel_height_mm"}) if in_dispute else frozenset(),
        ),
        believed_from={"heel_height_mm": kind} if kind else {},
    )


@pytest.mark.parametrize(
    "kind",
    [SourceKind.LAB, SourceKind.MAKER, SourceKind.STAFF, SourceKind.FEED, SourceKind.TEXT],
)
def test_it_states_what_somebody_said_of_the_shoe_itself(kind: SourceKind) -> None:
    assert facts(kind).find_statement("heel_height_mm") == HEEL


@pytest.mark.parametrize("kind", [SourceKind.CATEGORY, SourceKind.BUYERS])
def test_it_states_nothing_of_the_kind_of_shoe_or_what_buyers_guess(kind: SourceKind) -> None:
    assert facts(kind).find_statement("heel_height_mm") is None


def test_it_states_nothing_in_dispute_and_everything_else() -> None:
    found = facts(SourceKind.STAFF, in_dispute=True)
    assert found.find_statement("heel_height_mm") is None
    assert found.find_statement("removable_insole") == Options.of("yes")


def test_it_states_nothing_of_what_is_unknown() -> None:
    assert facts().find_statement("drop_mm") is None
