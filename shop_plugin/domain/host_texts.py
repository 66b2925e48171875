"""What every text of a host goes through before it may enter a database."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping
from typing import Any

# NUL and the other control characters but tab and newline, and halves of surrogate pairs:
# PostgreSQL refuses the first, UTF-8 the last, and no reader can see any of them.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_REPLACEMENT = "\ufffd"
_DEEPEST = 6
_LONGEST_KEY = 80


def clean_text(value: object) -> str:
    """Return a text that any database can store, its line breaks kept as newlines.

    Broken characters (a wrongly decoded trade mark) stay as they are: they
    are what the host wrote. A half of a surrogate pair becomes U+FFFD;
    control characters go.
    """
    text = value if isinstance(value, str) else _plain(value)
    if text.isprintable():
        return text.strip()
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSTORABLE.sub(_stand_in, text).strip()


def stands_in(body: bytes, names: Collection[str]) -> bool:
    """Tell whether one of these names stands in a body of JSON, escaped or not, in any case."""
    text = body.decode("utf-8", "replace")
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).casefold()
    return any(name.casefold() in plain for name in names if name)


def clean_line(value: object) -> str:
    """Return a text on one line: as :func:`clean_text`, all runs of white space one blank."""
    if value is None:
        return ""
    if isinstance(value, str) and value.isprintable() and "  " not in value:
        return value.strip()  # nearly every short text; a blank is the only printable white space
    return " ".join(clean_text(value).split())


def clean_attributes(value: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the host's own fields as plain JSON values, names and words untouched otherwise."""
    return {_clean_key(key): _clean_value(item, 1) for key, item in value.items()}


def _stand_in(match: re.Match[str]) -> str:
    return _REPLACEMENT if match.group() >= "\ud800" else ""


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def _clean_key(key: object) -> str:
    return clean_line(key)[:_LONGEST_KEY]


def _clean_value(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value if value.isprintable() else _UNSTORABLE.sub(_stand_in, value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth >= _DEEPEST:
        return clean_text(json.dumps(value, default=str))[:1000]
    if isinstance(value, Mapping):
        return {_clean_key(key): _clean_value(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean_value(item, depth + 1) for item in value]
    return clean_text(value)
