"""ETags that are known before anything is looked up, so that "nothing changed" costs one query.

A tag stands for the state number of the catalogue and for everything else
that decides what an answer says: its address in canonical form, the language,
the unit, the formula, and the code that words it.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from django.utils.http import parse_etags
from django.utils.translation import get_language

from shop_plugin.services.evidence.assessment import formula_in_force
from shop_plugin.services.search.changes import latest_change

_SUFFIXES = (".py", ".toml", ".mo")


def make_tag(*parts: str) -> str:
    """Return the weak ETag of an answer that the parts name, as the catalogue stands now.

    Take it *before* the answer is looked up: the answer may then be newer
    than its tag, never older.
    """
    named = (str(latest_change()), formula_in_force(), get_language() or "", code_digest(), *parts)
    return make_body_tag("\x1f".join(named).encode())


def make_body_tag(body: bytes) -> str:
    """Return the weak ETag of an answer that was made already."""
    return f'W/"{_digest(body)}"'


def is_known(tag: str, if_none_match: str) -> bool:
    """Tell whether a client that sent this If-None-Match has the answer of the tag.

    ``*`` is never taken to: it asks whether there is any answer at all, which
    a tag cannot tell.
    """
    sent = parse_etags(if_none_match)
    return tag.removeprefix("W/") in {item.removeprefix("W/") for item in sent}


@cache
def code_digest() -> str:
    """Return a digest of the code, the guide and the translations that answers are made of."""
    digest = hashlib.blake2b(digest_size=12)
    _add(digest, files("shop_plugin"))
    return digest.hexdigest()


def _add(digest: hashlib.blake2b, folder: Traversable) -> None:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            _add(digest, item)
        elif item.name.endswith(_SUFFIXES):
            digest.update(item.name.encode())
            digest.update(item.read_bytes())


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
