"""JSON as it is stored: compact, keys in order, characters as they are."""

from __future__ import annotations

import json
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def dump_json(value: Any) -> str:
    """Return the text of a plain structure; equal structures give equal texts."""
    return _ENCODER.encode(value)
