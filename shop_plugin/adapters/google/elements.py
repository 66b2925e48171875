"""The items of an XML feed as they stream by: no tree, no entities, no reach outside the file.

The parser is defusedxml's, which refuses document types and so every kind of
entity. What it hands over is gathered item by item; whatever a feed holds,
one item's worth is kept in memory and no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from shop_plugin.adapters.google.facts import GOOGLE_NAMESPACE
from shop_plugin.adapters.google.items import (
    LONGEST_TEXT,
    Item,
    plain_field,
    read_details,
    refuse_place,
)
from shop_plugin.domain.ports import UnusableSource
from shop_plugin.domain.records import ReadRow

_BLOCK = 64 * 1024
# A tag with a link in it takes a kilobyte; expat has to hold a tag as a whole.
LONGEST_TAG = 1024 * 1024
DEEPEST = 40
MOST_ATTRIBUTES = 100
# Names are kept by the parser for good. Google's specification has some two hundred.
MOST_NAMES = 2_000
_ITEM_NAMES = frozenset({"item", "entry"})
_OWN_NAMESPACES = frozenset(
    {"", GOOGLE_NAMESPACE, "http://base.google.com/cns/1.0", "http://www.w3.org/2005/Atom"}
)
_ATOM_NAMES = {"summary": "description", "content": "description"}


class _Unbearable(Exception):
    """The feed holds something that no feed holds; reading ends there."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(slots=True)
class _Field:
    """One field while it is read. ``name`` is empty for one of another vocabulary."""

    name: str
    texts: list[str] = field(default_factory=list)
    parts: dict[str, list[str]] = field(default_factory=dict)
    length: int = 0


class _Target:
    """Takes what the parser finds and puts the items together."""

    def __init__(self) -> None:
        self.ready: list[Item] = []
        self.places = 0
        self.since_event = 0
        self._depth = 0
        self._item: Item | None = None
        self._item_depth = 0
        self._field: _Field | None = None
        self._part: list[str] | None = None
        self._names: set[str] = set()

    @property
    def is_inside(self) -> bool:
        """Tell whether an item has begun that has not ended."""
        return self._item is not None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the start of an element; ``tag`` is "{namespace}name" or a plain name."""
        self.since_event = 0
        self._depth += 1
        self._check(tag, attributes)
        space, _, name = tag.removeprefix("{").rpartition("}")
        if self._item is None:
            if name.lower() in _ITEM_NAMES:
                self.places += 1
                self._item, self._item_depth = Item(self.places), self._depth
        elif self._depth == self._item_depth + 1:
            self._begin_field(space, name, attributes)
        elif (
            self._field is not None
            and self._depth == self._item_depth + 2
            # Markup inside a description makes parts, too; nobody needs more of them.
            and len(self._field.parts) < MOST_ATTRIBUTES
        ):
            self._part = self._field.parts.setdefault(plain_field(name), [])

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        self.since_event = 0
        if self._item is not None:
            if self._depth == self._item_depth:
                self.ready.append(self._item)
                self._item = None
            elif self._depth == self._item_depth + 1:
                self._end_field(self._item)
            else:
                self._part = None if self._depth == self._item_depth + 2 else self._part
                self._take("\n")  # markup inside a text parts its words
        self._depth -= 1

    def data(self, text: str) -> None:
        """Take a piece of text."""
        self.since_event = 0
        self._take(text)

    def close(self) -> None:
        """Take the end of the document."""

    def _check(self, tag: str, attributes: dict[str, str]) -> None:
        if self._depth > DEEPEST:
            raise _Unbearable("nested_too_deeply", f"elements are nested deeper than {DEEPEST}")
        if len(attributes) > MOST_ATTRIBUTES:
            reason = f"a tag has {len(attributes)} attributes; at most {MOST_ATTRIBUTES} are read"
            raise _Unbearable("too_many_attributes", reason)
        self._names.add(tag)
        self._names.update(attributes)
        if len(self._names) > MOST_NAMES:
            reason = f"it uses more than {MOST_NAMES} different names of elements and attributes"
            raise _Unbearable("too_many_names", reason)

    def _begin_field(self, space: str, name: str, attributes: dict[str, str]) -> None:
        if space not in _OWN_NAMESPACES:
            self._field = _Field("")
            return
        plain = plain_field(name)
        is_google = space.startswith("http://base.google.com/")
        self._field = _Field(plain if is_google else _ATOM_NAMES.get(plain, plain))
        if plain == "link" and "href" in attributes and self._item is not None:
            if attributes.get("rel", "alternate") == "alternate":
                self._item.add("link", attributes["href"][:LONGEST_TEXT])
        elif plain == "id" and not is_google:
            # Atom's own id is an address; the merchant's, where there is one, comes before it.
            self._field.name = "atom_id" if space else "id"

    def _take(self, text: str) -> None:
        found = self._field
        if found is None or not found.name or self._item is None:
            return
        room = LONGEST_TEXT - found.length
        if len(text) > room:
            self._item.note_cut(found.name)
            text = text[:room]
        found.length += len(text)
        if text:
            found.texts.append(text)
            if self._part is not None:
                self._part.append(text)

    def _end_field(self, item: Item) -> None:
        found, self._field, self._part = self._field, None, None
        if found is None or not found.name:
            return
        text = "".join(found.texts)
        if found.name == "product_detail":
            parts = {name: "".join(part).strip() for name, part in found.parts.items()}
            if parts.get("attribute_name") and parts.get("attribute_value"):
                item.add(found.name, parts)
            else:
                for detail in read_details(text):
                    item.add(found.name, detail)
            return
        item.add(found.name, text.strip())


def read_items(path: Path, *, encoding: str = "") -> Iterator[Item | ReadRow[Any]]:
    """Yield every item of a feed, counted from 1, as its end is reached.

    Where the file breaks off or holds what no feed holds, a refused row names
    the place, and nothing behind it is read. ``encoding`` overrules the one
    that the document declares.

    :raises UnusableSource: for a file that is no XML, declares a document type, or has no item.
    """
    target = _Target()
    try:
        with path.open("rb") as file:
            _check_start(file.read(4), path)
            file.seek(0)
            parser = DefusedXMLParser(target=target, encoding=encoding or None, forbid_dtd=True)
            while block := file.read(_BLOCK):
                target.since_event += len(block)
                parser.feed(block)
                yield from _take_ready(target)
                if target.since_event > LONGEST_TAG:
                    reason = f"a tag or comment is longer than {LONGEST_TAG // 1024} kB"
                    raise _Unbearable("tag_too_long", reason)
            parser.close()
            yield from _take_ready(target)
    except OSError as error:
        raise UnusableSource(f"{path} cannot be read: {error.strerror or error}") from error
    except DefusedXmlException as error:
        raise UnusableSource(
            f"{path} declares a document type (DTD); no feed needs one, and what it can declare "
            "may harm whoever reads it. Export the feed without the line <!DOCTYPE ...>"
        ) from error
    except (ParseError, _Unbearable, LookupError, ValueError) as error:
        yield from _take_ready(target)
        if not target.places:
            raise UnusableSource(f"{path} is no XML feed: {_say_why(error)}") from error
        yield _break_off(target, error)
        return
    if not target.places:
        raise UnusableSource(f"{path} holds no <item> and no <entry>: there is nothing to import")


def _check_start(start: bytes, path: Path) -> None:
    if not start:
        raise UnusableSource(f"{path} is empty: there is nothing to import")
    if start.startswith((b"\x1f\x8b", b"PK\x03\x04", b"BZh")):
        raise UnusableSource(f"{path} is packed (gzip, zip); unpack it first")


def _take_ready(target: _Target) -> Iterator[Item]:
    ready, target.ready = target.ready, []
    for item in ready:
        if not item.first("id") and item.first("atom_id"):
            item.fields["id"] = item.fields["atom_id"]
        item.fields.pop("atom_id", None)
        yield item


def _break_off(target: _Target, error: Exception) -> ReadRow[Any]:
    place = target.places if target.is_inside else target.places + 1
    where = f"in item {target.places}" if target.is_inside else f"behind item {target.places}"
    reason = (
        f"the feed cannot be read beyond this place, {where}: {_say_why(error)}. "
        "What stood before is taken"
    )
    code = error.code if isinstance(error, _Unbearable) else "not_xml"
    return refuse_place(place, code, reason)


def _say_why(error: Exception) -> str:
    if not isinstance(error, ParseError):
        return str(error)
    line, column = error.position
    said = str(error).partition(": line")[0]
    hint = ""
    if "undefined entity" in said:
        hint = "; HTML's names of signs are unknown to XML, write &#160; or the sign itself"
    elif "unbound prefix" in said:
        hint = f'; declare it on the first element: xmlns:g="{GOOGLE_NAMESPACE}"'
    elif said in ("no element found", "unclosed token"):
        said = "it breaks off"
    return f"{said} at line {line}, column {column + 1}{hint}"
