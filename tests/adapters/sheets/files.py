"""Spreadsheets that are meant to do harm, and honest ones, built by hand."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping

CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    f'relationships"><Relationship Id="rId1" Type="{_RELATION}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
WORKBOOK = (
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
    f'main" xmlns:r="{_RELATION}"><sheets><sheet name="Facts" sheetId="1" r:id="rId1"/></sheets>'
    "</workbook>"
)
WORKBOOK_RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    f'relationships"><Relationship Id="rId1" Type="{_RELATION}/worksheet" '
    f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{_RELATION}/sharedStrings" '
    'Target="sharedStrings.xml"/></Relationships>'
)
SHEET_START = (
    '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
    'main"><sheetData>'
)
SHEET_END = "</sheetData></worksheet>"
TEXTS_START = (
    '<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
)
PARTS = {
    "[Content_Types].xml": CONTENT_TYPES,
    "_rels/.rels": RELS,
    "xl/workbook.xml": WORKBOOK,
    "xl/_rels/workbook.xml.rels": WORKBOOK_RELS,
    "xl/sharedStrings.xml": f"{TEXTS_START}</sst>",
}


def cell(text: str, place: str = "") -> str:
    where = f' r="{place}"' if place else ""
    return f'<c{where} t="inlineStr"><is><t>{text}</t></is></c>'


def workbook(
    rows: str = "", *, parts: Mapping[str, str | bytes] = {}, sheet: str | None = None
) -> bytes:
    """Return a workbook with these rows of XML; ``parts`` are added or stand instead."""
    body = SHEET_START + rows + SHEET_END if sheet is None else sheet
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**PARTS, "xl/worksheets/sheet1.xml": body, **parts}.items():
            archive.writestr(name, data)
    return out.getvalue()


def workbook_of_pieces(pieces: Iterable[bytes], name: str = "xl/worksheets/sheet1.xml") -> bytes:
    """Return a workbook of which one part is written piece by piece, however large it becomes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for other, data in PARTS.items():
            if other != name:
                archive.writestr(other, data)
        with archive.open(name, "w", force_zip64=True) as part:
            for piece in pieces:
                part.write(piece)
    return out.getvalue()


def lying_bomb() -> bytes:
    """Return a workbook of which the directory says that a part of 50 MB is 1 kB."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    big = SHEET_START.encode() + b"<row/>" * 8_000_000
    data = packed.compress(big) + packed.flush()
    honest = workbook(sheet=big.decode())
    return honest.replace(len(big).to_bytes(4, "little"), (1000).to_bytes(4, "little")) or data
