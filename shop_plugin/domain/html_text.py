"""The text of a piece of HTML, as a product's description is kept: plain, its lines kept apart."""

from __future__ import annotations

import html
import re

# Beyond this no description is read anyway; what is cut off is markup and repetition.
_LONGEST = 400_000
_LONGEST_TAG = 4_000
_TAG_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]{0,15})")
_QUOTE_OR_END = re.compile(r"[\"'>]")
# What stands on a line of its own, or ends one.
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "br", "caption", "dd", "details", "div", "dl"}
    | {"dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5"}
    | {"h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "summary"}
    | {"table", "tbody", "tfoot", "thead", "tr", "ul"}
)
_CELLS = frozenset({"td", "th"})
# What is inside is no text of the page.
_SILENT = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg"})
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")


def text_of_html(markup: str) -> str:
    """Return the text of a piece of HTML: a line per block, entities resolved, scripts left out.

    A text without markup comes back as it is but for runs of white space; a
    lone "<" ("heel < 3 cm") is no tag. The time is linear in the length of
    the text, whatever it holds.
    """
    markup = markup[:_LONGEST]
    if "<" in markup:
        markup = "".join(_texts(markup))
    text = html.unescape(markup).replace("\r\n", "\n").replace("\r", "\n")
    return _LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def _texts(markup: str) -> list[str]:
    # The line breaks and indents of the source are no line breaks of the text.
    markup = markup.replace("\r", " ").replace("\n", " ")
    lowered = markup.lower()
    last_end = markup.rfind(">")
    parts: list[str] = []
    position = 0
    while 0 <= (start := markup.find("<", position)) < last_end:
        parts.append(markup[position:start])
        if markup.startswith("<!--", start):
            position = _behind(markup, "-->", start + 4)
            continue
        match = _TAG_NAME.match(markup, start + 1)
        if match is None and markup[start + 1 : start + 2] not in ("!", "?"):
            parts.append("<")
            position = start + 1
            continue
        position = _end_of_tag(markup, start + 1)
        name = match[1].lower() if match else ""
        if name in _BLOCKS:
            parts.append("\n")
        elif name in _CELLS:
            parts.append(" ")
        elif name in _SILENT and markup[start + 1] != "/":
            position = _behind(lowered, f"</{name}", position)
            if position < len(markup):
                position = _behind(markup, ">", position)
    parts.append(markup[position:])
    return parts


def _behind(text: str, mark: str, start: int) -> int:
    """Return the place behind a mark, the end of the text where there is none."""
    found = text.find(mark, start)
    return len(text) if found < 0 else found + len(mark)


def _end_of_tag(markup: str, start: int) -> int:
    """Return the place behind the ">" that ends a tag; one inside quotes ends nothing."""
    quote = ""
    stop = min(len(markup), start + _LONGEST_TAG)
    for match in _QUOTE_OR_END.finditer(markup, start, stop):
        sign = match.group()
        if sign == quote:
            quote = ""
        elif not quote and sign == ">":
            return match.end()
        elif not quote:
            quote = sign
    return _behind(markup, ">", start)  # a quote that never closes, or a very long tag
