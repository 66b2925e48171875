"""Places in a result list: beside a listing, and the order key that it had there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shop_plugin.services.search.criteria import Sort

KeyPart = int | str
Key = tuple[KeyPart, ...]

# Of what a key is made in each order; the listing's id follows. NEWEST writes its time as text.
SHAPES: Mapping[Sort, tuple[type, ...]] = {
    Sort.MATCH: (int,),
    Sort.PRICE: (int, str, int, int),
    Sort.PRICE_DESC: (int, str, int, int),
    Sort.NEWEST: (datetime,),
}
IDS_ASCEND = {sort: sort is not Sort.NEWEST for sort in Sort}


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a result list: after (or before) a listing that had this key at this offset.

    A key by match is one number, smaller first. One by price is: whether the
    price means nothing (1) or something (0), the currency, whether the amount
    is missing, the amount. One by age is the time of coming, as ISO 8601.
    """

    listing_id: int
    key: Key
    offset: int
    is_before: bool = False


def read_key(sort: Sort, key: Key) -> tuple[KeyPart | datetime, ...]:
    """Return the key with its values as they are compared.

    :raises ValueError: for a key that is none of this order's.
    """
    shape = SHAPES[sort]
    if len(key) != len(shape):
        raise ValueError("this key belongs to another order")
    return tuple(_read_part(value, kind) for value, kind in zip(key, shape, strict=True))


def _read_part(value: object, kind: type) -> KeyPart | datetime:
    if kind is datetime and isinstance(value, str):
        return datetime.fromisoformat(value)
    if isinstance(value, int | str) and isinstance(value, kind):
        return value
    raise ValueError("this key belongs to another order")
