"""Google's feed as RSS 2.0, and as Atom, with its own namespace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from tests.exporters.google_items import NOT_CARRIED, Details, as_carried, items_of
from tests.exporters.own_shop import OwnProduct

__all__ = ["NOT_CARRIED", "as_carried", "write_atom", "write_listings"]

NAMESPACE = "http://base.google.com/ns/1.0"
RSS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<rss version="2.0" xmlns:g="{NAMESPACE}"><channel>\n'
    "<title>Marlow Shoes</title><link>https://shop.example/</link><description>All</description>\n"
)
RSS_TAIL = "</channel></rss>\n"
_PLAIN = ("title", "description", "link")


def write_listings(products: Iterable[OwnProduct]) -> Iterator[bytes]:
    """Yield an RSS document with an item per size of a shoe."""
    yield RSS_HEAD.encode()
    for fields, details in items_of(products):
        elements = [
            _element(name if name in _PLAIN else f"g:{name}", value)
            for name, value in fields.items()
        ]
        yield f"<item>{''.join(elements)}{_details(details)}</item>\n".encode()
    yield RSS_TAIL.encode()


def write_atom(products: Iterable[OwnProduct]) -> Iterator[bytes]:
    """Yield the same as an Atom document."""
    yield (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="{NAMESPACE}">'
        "<title>Marlow Shoes</title>\n"
    ).encode()
    for fields, details in items_of(products):
        elements = [
            f"<id>tag:shop.example,2026:{escape(fields['id'])}</id>",
            f"<title>{escape(fields['title'])}</title>",
            f"<summary>{escape(fields['description'])}</summary>",
            f'<link href="{escape(fields["link"])}"/>',
            *(_element(f"g:{name}", text) for name, text in fields.items() if name not in _PLAIN),
        ]
        yield f"<entry>{''.join(elements)}{_details(details)}</entry>\n".encode()
    yield b"</feed>\n"


def _element(name: str, value: str) -> str:
    return f"<{name}>{escape(value)}</{name}>"


def _details(details: Details) -> str:
    return "".join(
        "<g:product_detail>"
        f"<g:section_name>{escape(section)}</g:section_name>"
        f"<g:attribute_name>{escape(name)}</g:attribute_name>"
        f"<g:attribute_value>{escape(value)}</g:attribute_value>"
        "</g:product_detail>"
        for section, name, value in details
    )
