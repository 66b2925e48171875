"""What a shop loses by each key that its field map leaves out, in words of consequence."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import IntEnum

from shop_plugin.domain.nudge_policy import (
    FULFILLED_TO_WEAR_DAYS,
    ORDERED_TO_WEAR_DAYS,
    UNCONFIRMED_DELAY_DAYS,
)


class Weight(IntEnum):
    """How much is lost."""

    LITTLE = 1  # a nicety
    SOME = 2  # something is less exact, or missing in places
    MUCH = 3  # a main purpose fails, or people get mails that they should not get


@dataclass(frozen=True, slots=True)
class Loss:
    """Keys that are all left out, and what follows from it."""

    keys: tuple[str, ...]
    weight: Weight
    words: str


_FROM_SHIPPING = FULFILLED_TO_WEAR_DAYS + UNCONFIRMED_DELAY_DAYS
_FROM_ORDER = ORDERED_TO_WEAR_DAYS + UNCONFIRMED_DELAY_DAYS

#: Of several entries with one key the first whose keys are all left out counts.
LISTING_LOSSES: tuple[Loss, ...] = (
    Loss(("description", "raw_attributes"), Weight.MUCH, "no fact can be read of any shoe"),
    Loss(("description",), Weight.SOME, "facts that stand in the text are not read"),
    Loss(("raw_attributes",), Weight.SOME, "facts that stand in fields of their own are not read"),
    Loss(("sizes",), Weight.SOME, "no size is known: no filter by size, no fit, no stock by size"),
    Loss(("price",), Weight.SOME, "no filter and no order by price"),
    Loss(("currency",), Weight.SOME, "prices are compared with no other currency's"),
    Loss(("category",), Weight.SOME, "the kind of a shoe is told from its title alone"),
    Loss(("gender",), Weight.SOME, "whom a shoe is cut for is told from its words alone"),
    Loss(("age_group",), Weight.SOME, "children's shoes, never scored, are told by words alone"),
    Loss(("brand",), Weight.SOME, "no filter by brand"),
    Loss(("url",), Weight.SOME, "lists and mails lead to footback's page, not to the shop's"),
    Loss(("image_url",), Weight.SOME, "shoes are shown as drawings, without a picture"),
    Loss(("language",), Weight.SOME, "the language of a text is told from its words"),
    Loss(("updated",), Weight.SOME, "every sync reads the whole catalogue"),
    Loss(("is_recalled",), Weight.SOME, "a recalled model is recommended until it is off sale"),
    Loss(("availability",), Weight.LITTLE, "sold out is what has no size in stock"),
    Loss(
        ("successor", "replaces"), Weight.LITTLE, "mails cannot name the model that took its place"
    ),
    Loss(
        ("fit_votes", "return_reasons"),
        Weight.LITTLE,
        "nothing is known of whether a shoe runs small or large",
    ),
    Loss(("arch_votes", "width_votes"), Weight.LITTLE, "buyers do not speak on arch and width"),
    Loss(("sales", "views"), Weight.LITTLE, "the work of staff is not ordered by demand"),
)

PURCHASE_LOSSES: tuple[Loss, ...] = (
    Loss(("email",), Weight.MUCH, "no mail can leave"),
    Loss(
        ("optout_offered", "has_express_consent"),
        Weight.MUCH,
        "nobody is mailed, for nobody was offered to decline or asked for it",
    ),
    Loss(("quantity_returned",), Weight.MUCH, "people who sent a pair back are reminded of it"),
    Loss(
        ("listing_id", "title", "category"),
        Weight.MUCH,
        "no pair is known by its shoe or kind, so that it has no life to remind of",
    ),
    Loss(
        ("listing_id",),
        Weight.SOME,
        "a pair's life is told by its kind alone, and no mail shows its shoe",
    ),
    Loss(("is_cancelled",), Weight.SOME, "cancelled orders are reminded of, unless returned"),
    Loss(
        ("delivered_at", "fulfilled_at"),
        Weight.SOME,
        f"wear is taken to start {_FROM_ORDER} days after the order",
    ),
    Loss(
        ("delivered_at",),
        Weight.SOME,
        f"wear is taken to start {_FROM_SHIPPING} days after the parcel left",
    ),
    Loss(("customer_id",), Weight.SOME, "a person is known by address, and two addresses are two"),
    Loss(("is_gift",), Weight.SOME, "people are reminded of pairs that they gave away"),
    Loss(("country",), Weight.SOME, "consent is judged without the country's own rules"),
    Loss(("language",), Weight.SOME, "mails are in the shop's language"),
    Loss(("updated",), Weight.SOME, "every round reads all order lines"),
    Loss(("quantity",), Weight.SOME, "each line counts as one pair"),
    Loss(("first_name",), Weight.LITTLE, "the greeting has no name"),
    Loss(("timezone",), Weight.LITTLE, "mails arrive by the shop's day, not the person's"),
    Loss(("size",), Weight.LITTLE, "a mail cannot lead to the size that was bought"),
)


def find_losses(losses: Collection[Loss], unmapped: Collection[str]) -> Iterator[Loss]:
    """Yield what is lost by the keys that are left out; a key counts once."""
    told: set[str] = set()
    for loss in losses:
        if set(loss.keys) <= set(unmapped) and not told >= set(loss.keys):
            told.update(loss.keys)
            yield loss
