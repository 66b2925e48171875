"""What an HTML text says, however its attributes are ordered and its letters are written."""

from __future__ import annotations

from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.read: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.read.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.read.append(("/", tag))

    def handle_data(self, data: str) -> None:
        if self.read and isinstance(self.read[-1], str):
            data = str(self.read.pop()) + data
        self.read.append(data)


def read_html(text: str) -> list[object]:
    """Return the elements with their attributes, and the text between them."""
    reader = _Reader()
    reader.feed(text)
    return reader.read
