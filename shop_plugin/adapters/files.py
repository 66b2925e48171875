"""What the file formats share: reading a file line by line, in bytes, in bounded memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from shop_plugin.domain.ports import UnusableSource

# A listing of a megabyte is a mistake in the file, and must not become one in memory.
LONGEST_LINE = 1024 * 1024
_SHOWN = 300
_WIDE_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Line(NamedTuple):
    """One line of a file: its number from 1, and its text or why there is none."""

    number: int
    text: str
    code: str = ""
    reason: str = ""
    raw: str = ""


class TextFile:
    """A format that is read line by line. ``encoding`` is UTF-8 unless set otherwise."""

    encoding: str = "utf-8"

    def check_encoding(self) -> None:
        """Refuse an encoding that does not exist, or in which a line does not end in one byte.

        :raises UnusableSource: with what to do instead.
        """
        try:
            newline = "\n".encode(self.encoding)
        except LookupError:
            raise UnusableSource(
                f'there is no encoding "{self.encoding}"; common ones are utf-8, cp1252, latin-1'
            ) from None
        if newline != b"\n":
            raise UnusableSource(
                f"{self.encoding} cannot be read line by line; convert the file first: "
                f"iconv -f {self.encoding} -t UTF-8 FILE > FILE.utf8"
            )

    def iter_lines(self, path: Path, *, skip_lines: int = 0) -> Iterator[Line]:
        """Yield every line after the first ``skip_lines``; one that cannot be decoded says why.

        A byte order mark at the start is left out.

        :raises UnusableSource: for a file that is not there or not text at all.
        """
        self.check_encoding()
        try:
            with path.open("rb") as file:
                _check_start(file, path)
                yield from self._lines(file, skip_lines)
        except OSError as error:
            raise UnusableSource(f"{path} cannot be read: {error.strerror or error}") from error

    def _lines(self, file: BinaryIO, skip_lines: int) -> Iterator[Line]:
        number = 0
        while data := file.readline(LONGEST_LINE + 1):
            number += 1
            is_too_long = len(data) > LONGEST_LINE and not data.endswith(b"\n")
            if is_too_long:
                _skip_rest_of_line(file)
            if number <= skip_lines:
                continue
            if is_too_long:
                reason = f"the line is longer than {LONGEST_LINE // 1024} kB"
                yield Line(number, "", "line_too_long", reason, self._shown(data))
                continue
            if number == 1:
                data = data.removeprefix(codecs.BOM_UTF8)
            try:
                yield Line(number, data.decode(self.encoding))
            except UnicodeDecodeError as error:
                reason = (
                    f"byte {error.start + 1} is not {self.encoding}; "
                    "if the whole file is written so, name its encoding with --encoding"
                )
                yield Line(number, "", "not_decodable", reason, self._shown(data))

    def _shown(self, data: bytes) -> str:
        return data[:_SHOWN].decode(self.encoding, "replace")


def _check_start(file: BinaryIO, path: Path) -> None:
    start = file.read(4)
    file.seek(0)
    if start.startswith(_WIDE_MARKS):
        raise UnusableSource(
            f"{path} is UTF-16 or UTF-32; convert it first: "
            "iconv -f UTF-16 -t UTF-8 FILE > FILE.utf8"
        )
    if start.startswith((b"\x1f\x8b", b"PK\x03\x04", b"BZh")):
        raise UnusableSource(f"{path} is packed (gzip, zip); unpack it first")


def _skip_rest_of_line(file: BinaryIO) -> None:
    while data := file.readline(LONGEST_LINE):
        if data.endswith(b"\n"):
            return
