"""What a workbook may be, looked at before any library builds something of it.

A workbook is a zip of XML. Zip and XML both can say in a few bytes what takes
gigabytes to hold. So the directory is read for its numbers alone, and each
part is walked once by a parser that keeps nothing; what goes over a limit is
refused there. The zip module gives out no more of a member than the directory
says, so that a directory that lies makes a broken file and no larger one.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import BinaryIO, NoReturn
from xml.parsers import expat

from shop_plugin.domain.sheets import SheetLimits, SheetUnusable

_END = b"PK\x05\x06"
_END_SIZE = 22
_MOST_COMMENT = 65_535
_MOST_MEMBERS = 300
_MOST_DIRECTORY = 100_000  # bytes; three hundred members take about a third
_MOST_UNPACKED = 200_000_000
_MOST_PIECES = 6_000_000  # elements inside the rows of one sheet; a cell is two or three
_MOST_RATIO = 100
_SMALL = 2_000_000  # bytes; so much may be packed as tightly as it likes, or be no XML
_MOST_OF_ONE_PART = 4_000_000  # styles, relations and the like are built as trees
_MOST_OF_TEXTS = 60_000_000
_MOST_TEXTS = 600_000  # shared texts; each costs memory as long as the sheet is read
_MOST_PARTS_OF_ROW = 3_000
_MOST_ROW_BYTES = 2_000_000
_MOST_AROUND = 20_000  # elements of a sheet outside its rows: merged cells, hyperlinks, rules
_MOST_DEPTH = 30
_MOST_TOKEN = 1_000_000  # one attribute or tag
_MOST_NAMES = 1_000  # of elements and attributes; the parser itself keeps each one
_BLOCK = 65_536
_XML_ENDINGS = (".xml", ".rels", ".vml")
# What unpacking raises for a file that is damaged, or was made to look so.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
)
# The names of a cell and what it holds; any other element is no part of a row.
_KINDS = {"row": "row", "c": "cell", "v": "piece", "t": "piece", "is": "piece", "f": "piece"}
_USUAL_ATTRIBUTES = frozenset({"r", "s", "t", "spans"})
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def check_workbook(file: BinaryIO, limits: SheetLimits) -> None:
    """Refuse what is no workbook, what is too large, and what acts by itself.

    :raises SheetUnusable: with the code of the first thing found.
    """
    _check_size(file, limits)
    _check_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _check_members(members)
            for member in members:
                if member.filename.lower().endswith(_XML_ENDINGS):
                    _walk(archive, member, limits)
    except BROKEN as error:
        raise SheetUnusable("broken_workbook") from error
    except RuntimeError as error:  # the zip module's word for "encrypted"
        raise SheetUnusable("encrypted") from error


def _check_size(file: BinaryIO, limits: SheetLimits) -> None:
    file.seek(0, 2)
    if file.tell() > limits.most_bytes:
        raise SheetUnusable("too_large", limit=limits.most_bytes // 1_000_000)


def _check_directory(file: BinaryIO) -> None:
    """Read the end of the zip by hand: a directory of millions would be built when opened."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_SIZE - _MOST_COMMENT))
    tail = file.read()
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < _END_SIZE:
        raise SheetUnusable("broken_workbook")
    members, directory = struct.unpack("<HL", tail[place + 10 : place + 16])
    if members > _MOST_MEMBERS or directory > _MOST_DIRECTORY:
        raise SheetUnusable("too_many_members", limit=_MOST_MEMBERS)


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    names = {member.filename.lower() for member in members}
    if "content.xml" in names or "mimetype" in names:
        raise SheetUnusable("open_document")
    if "[content_types].xml" not in names or "xl/workbook.xml" not in names:
        raise SheetUnusable("no_workbook")
    if len(names) < len(members):
        raise SheetUnusable("broken_workbook")  # two of one name: readers disagree on which counts
    total = 0
    for member in members:
        name = member.filename.lower()
        if member.flag_bits & 1:
            raise SheetUnusable("encrypted")
        if member.compress_type not in _METHODS:
            raise SheetUnusable("broken_workbook")
        if name.startswith("xl/externallinks/"):
            raise SheetUnusable("external_links")
        if name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/"):
            raise SheetUnusable("macros")
        total += member.file_size
        is_tight = member.file_size > _MOST_RATIO * max(1, member.compress_size)
        if total > _MOST_UNPACKED or (is_tight and member.file_size > _SMALL):
            raise SheetUnusable("zip_bomb", limit=_MOST_UNPACKED // 1_000_000)
        if member.file_size > _limit_of(name):
            raise SheetUnusable("part_too_large", part=member.filename[:80])


def _limit_of(name: str) -> int:
    if name.startswith("xl/worksheets/") and name.endswith(".xml"):
        return _MOST_UNPACKED
    if name == "xl/sharedstrings.xml":
        return _MOST_OF_TEXTS
    return _MOST_OF_ONE_PART if name.endswith(_XML_ENDINGS) else _SMALL


def _walk(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: SheetLimits) -> None:
    name = member.filename.lower()
    is_sheet = name.startswith("xl/worksheets/") and name.endswith(".xml")
    walk: _Walk = _SheetWalk(limits) if is_sheet else _Walk()
    if name == "xl/sharedstrings.xml":
        # A plain text is two elements, one with formats inside several.
        walk.most_elements = _MOST_TEXTS * 2
    with archive.open(member) as part:
        try:
            while block := part.read(_BLOCK):
                walk.parser.Parse(block, False)
                walk.fed += len(block)
                if walk.fed - walk.parser.CurrentByteIndex > _MOST_TOKEN:
                    raise SheetUnusable("part_too_large", part=member.filename[:80])
                walk.check_progress()
            walk.parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise SheetUnusable("broken_workbook") from error


class _Walk:
    """A parser that counts and keeps nothing but the names it met."""

    def __init__(self) -> None:
        self.fed = 0
        self.most_elements = 0  # 0: as many as there are
        self._depth = self._elements = 0
        self._names: dict[str, str] = {}
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def check_progress(self) -> None:
        """Refuse what goes on for too long; called between blocks."""

    def _refuse_doctype(self, *_: object) -> NoReturn:
        raise SheetUnusable("entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > _MOST_DEPTH:
            raise SheetUnusable("broken_workbook")
        if self.most_elements and self._elements > self.most_elements:
            raise SheetUnusable("too_many_texts", limit=_MOST_TEXTS)
        self._learn(name)
        for key in attributes:
            self._learn(key)

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _learn(self, name: str) -> str:
        """Return what kind of element a name stands for."""
        kind = self._names.get(name)
        if kind is None:
            if len(self._names) >= _MOST_NAMES:
                raise SheetUnusable("broken_workbook")
            kind = self._names[name] = _KINDS.get(name.rpartition(" ")[2], "other")
        return kind


class _SheetWalk(_Walk):
    """A parser that counts rows, cells and what stands around them; a sheet has millions."""

    def __init__(self, limits: SheetLimits) -> None:
        super().__init__()
        self._limits = limits
        self._rows = self._pieces = self._pieces_before = self._cells = self._around = 0
        self._began = 0  # where the last row, or the last element around the rows, began
        self._columns: dict[str, int] = {}
        self.parser.StartElementHandler = self._start_in_sheet
        self.parser.EndElementHandler = None

    def check_progress(self) -> None:
        """Refuse a row that is far longer than any row."""
        if self.fed - self._began > _MOST_ROW_BYTES:
            raise SheetUnusable("line_too_long", line=self._rows)

    def _start_in_sheet(self, name: str, attributes: dict[str, str]) -> None:
        kind = self._names.get(name) or self._learn(name)
        for key in attributes:
            if key not in _USUAL_ATTRIBUTES:
                self._learn(key)
        if kind == "row":
            self._start_row(attributes.get("r", ""))
            return
        if kind == "other":
            self._start_around(name, attributes)
            return
        self._pieces += 1
        if self._pieces - self._pieces_before > _MOST_PARTS_OF_ROW:
            raise SheetUnusable("too_many_columns", limit=self._limits.most_columns)
        if kind == "cell":
            self._check_cell(attributes.get("r", ""))

    def _start_row(self, number: str) -> None:
        self._rows += 1
        self._cells = 0
        self._pieces_before = self._pieces
        self._began = self.parser.CurrentByteIndex
        if number:
            if not number.isdecimal() or len(number) > 9:
                raise SheetUnusable("broken_workbook")
            if int(number) < self._rows:
                raise SheetUnusable("broken_workbook")  # not in their order
            self._rows = int(number)
        if self._rows > self._limits.most_rows + 1:  # the header is no row
            raise SheetUnusable("too_many_rows", limit=self._limits.most_rows)
        if self._pieces > _MOST_PIECES:
            raise SheetUnusable("too_many_cells", limit=_MOST_PIECES // 3)

    def _start_around(self, name: str, attributes: dict[str, str]) -> None:
        self._around += 1
        self._began = self.parser.CurrentByteIndex
        if self._around > _MOST_AROUND:
            raise SheetUnusable("too_much_around", limit=_MOST_AROUND)
        if name.endswith(" dimension"):
            self._check_dimension(attributes.get("ref", ""))

    def _check_cell(self, place: str) -> None:
        self._cells += 1
        letters = place.rstrip("0123456789")
        column = self._cells
        if letters:
            column = self._columns.get(letters) or _column_number(letters)
        if column > self._limits.most_columns:
            raise SheetUnusable("too_many_columns", limit=self._limits.most_columns)
        self._columns[letters] = column

    def _check_dimension(self, area: str) -> None:
        """Refuse at once what says of itself that it is too long; the rows are counted anyway."""
        last = area.rpartition(":")[2]
        row = last.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz$")
        if len(last) > 20 or (row and not row.isdecimal()):
            raise SheetUnusable("broken_workbook")
        # A column that was formatted to its end counts as long in some programs.
        if row and int(row) > max(self._limits.most_rows + 1, 1_048_576):
            raise SheetUnusable("too_many_rows", limit=self._limits.most_rows)


def _column_number(letters: str) -> int:
    if not letters.isalpha() or len(letters) > 4:
        raise SheetUnusable("broken_workbook")
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
