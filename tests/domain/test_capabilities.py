"""The card of an adapter is whole: it says of everything whether it can."""

from __future__ import annotations

import pytest

from shop_plugin.domain.capabilities import AdapterCard, Capability

CAN = Capability.LISTINGS_FROM_FILES
REST = {key: "there is no such thing" for key in Capability if key is not CAN}


def test_takes_a_card_that_says_of_everything_whether_it_can() -> None:
    card = AdapterCard("toy", "Toy", {CAN: "a file of its own"}, REST)
    assert set(card.can) | set(card.cannot) == set(Capability)


@pytest.mark.parametrize(
    ("can", "cannot", "words"),
    [
        ({}, REST, r"in neither \['listings_from_files'\]"),
        ({CAN: "yes"}, {**REST, CAN: "no"}, r"in both \['listings_from_files'\]"),
        ({CAN: ""}, REST, r"no words for \['listings_from_files'\]"),
    ],
)
def test_refuses_a_card_with_a_hole(
    can: dict[Capability, str], cannot: dict[Capability, str], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        AdapterCard("toy", "Toy", can, cannot)
