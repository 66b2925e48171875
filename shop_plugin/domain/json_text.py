"""JSON as it is stored: compact, keys in order, characters as they are."""

from __future__ import annotations

import json
from typing import Any

import orjson

# Numbers beyond 64 bits, which a feed may hold, are more than the fast encoder takes.
_ANY_NUMBER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def dump_json(value: Any) -> str:
    """Return the text of a plain structure; equal structures give equal texts."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return _ANY_NUMBER.encode(value)
