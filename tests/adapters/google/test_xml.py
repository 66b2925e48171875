from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shop_plugin.adapters.google.elements import LONGEST_TAG, MOST_ATTRIBUTES, MOST_NAMES
from shop_plugin.adapters.google.xml import GoogleXml
from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.ports import UnusableSource
from shop_plugin.domain.records import ListingRecord, ReadRow
from shop_plugin.domain.structured import read_fields
from tests.adapters.contract import FileSample, Samples
from tests.exporters.google_xml import RSS_HEAD, RSS_TAIL, write_atom, write_listings
from tests.exporters.own_shop import own_products


def _row(number: int) -> bytes:
    return (
        f"<item><g:id>P{number}</g:id><title>Marlow Walker {number}</title>"
        "<g:size>38</g:size><g:availability>in_stock</g:availability>"
        "<g:price>89.00 GBP</g:price></item>\n"
    ).encode()


SAMPLES = Samples(
    listings=FileSample(
        head=RSS_HEAD.encode(),
        row=_row,
        bad_row=b"<item><title>No id at all</title></item>\n",
        not_mine=(
            b'{"id": "P1", "title": "Marlow"}\n',
            b"id\ttitle\nP1\tMarlow\n",
            b"<html><body><p>Not found</p></body></html>\n",
        ),
        tail=RSS_TAIL.encode(),
    )
)


def read(tmp_path: Path, text: str | bytes, **options: Any) -> list[ReadRow[ListingRecord]]:
    path = tmp_path / "feed.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(GoogleXml().read_listings(path, source="shop", **options))


def item(*elements: str) -> str:
    return f"<item><g:id>P1</g:id><title>Marlow</title>{''.join(elements)}</item>"


def only(tmp_path: Path, *elements: str) -> ListingRecord:
    (row,) = read(tmp_path, RSS_HEAD + item(*elements) + RSS_TAIL)
    assert row.record is not None, row.problems
    return row.record


def test_it_reads_nested_details_every_one_of_them(tmp_path: Path) -> None:
    detail = (
        "<g:product_detail><g:section_name>Fit</g:section_name><g:attribute_name>{}"
        "</g:attribute_name><g:attribute_value>{}</g:attribute_value></g:product_detail>"
    )
    record = only(
        tmp_path,
        detail.format("Heel height", "35 mm"),
        detail.format("Drop", "8 mm"),
        "<g:product_detail>Fit:Arch support:high</g:product_detail>",
        "<g:product_highlight>Soft.</g:product_highlight>",
        "<g:product_highlight>Light.</g:product_highlight>",
        "<g:heel_type>block</g:heel_type>",
        "<g:shipping><g:country>GB</g:country><g:price>4 GBP</g:price></g:shipping>",
    )
    assert [
        (said["attribute_name"], said["attribute_value"])
        for said in record.raw_attributes["product_detail"]
    ] == [("Heel height", "35 mm"), ("Drop", "8 mm"), ("Arch support", "high")]
    assert record.description == "Soft.\nLight."
    assert record.raw_attributes["heel_type"] == "block"
    assert "shipping" not in record.raw_attributes


@pytest.mark.parametrize(
    "written",
    [
        "<description>&lt;p&gt;Heel &amp;amp; toe&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;</description>",
        "<description><![CDATA[<p>Heel &amp; toe</p><p>Two</p>]]></description>",
        "<description><p>Heel &amp; toe</p><p>Two</p></description>",
        "<g:description>Heel &amp; toe\nTwo</g:description>",
    ],
)
def test_it_reads_a_description_however_its_html_is_packed(tmp_path: Path, written: str) -> None:
    assert only(tmp_path, written).description == "Heel & toe\nTwo"


def test_it_takes_the_fields_of_other_vocabularies_for_nothing(tmp_path: Path) -> None:
    record = only(tmp_path, '<m:title xmlns:m="http://search.yahoo.com/mrss/">Other</m:title>')
    assert (record.title, record.raw_attributes) == ("Marlow", {})


def test_it_reads_atom_as_it_reads_rss(tmp_path: Path) -> None:
    products = own_products()[:40]
    rss = read(tmp_path, b"".join(write_listings(products)))
    atom = read(tmp_path, b"".join(write_atom(products)))
    assert len(rss) == len(products)
    assert [row.record for row in atom] == [row.record for row in rss]


def test_it_takes_atoms_own_id_where_the_merchant_gives_none(tmp_path: Path) -> None:
    (row,) = read(
        tmp_path,
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:shop,2026:1</id>'
        '<title>Marlow</title><link rel="self" href="https://no"/>'
        '<link href="https://s.example/1"/></entry></feed>',
    )
    assert row.record is not None
    assert (row.record.external_id, row.record.url) == ("tag:shop,2026:1", "https://s.example/1")


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16", "windows-1252"])
def test_it_obeys_the_encoding_that_a_document_declares(tmp_path: Path, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>' + RSS_HEAD.partition("?>")[2]
    text += item("<g:color>grün</g:color>") + RSS_TAIL
    (row,) = read(tmp_path, text.encode(encoding))
    assert row.record is not None
    assert row.record.raw_attributes == {"color": "grün"}


def test_it_obeys_another_encoding_where_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes((RSS_HEAD + item("<g:color>grün</g:color>") + RSS_TAIL).encode("cp1252"))
    reader = GoogleXml()
    reader.encoding = "cp1252"
    (row,) = reader.read_listings(path, source="shop")
    assert row.record is not None
    assert row.record.raw_attributes == {"color": "grün"}


FILE_ENTITY = '<!DOCTYPE rss [<!ENTITY x SYSTEM "{}">]>'
BOMBS = {
    "billion laughs": "<!DOCTYPE rss ["
    + "".join(
        f'<!ENTITY a{number} "{f"&a{number - 1};" * 10 if number else "ha"}">'
        for number in range(10)
    )
    + "]>",
    "quadratic blow-up": f'<!DOCTYPE rss [<!ENTITY a "{"a" * 50_000}">]>',
    "external DTD": '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/feed.dtd">',
    "parameter entity": '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p">%p;]>',
    "unparsed entity": '<!DOCTYPE rss [<!ENTITY a SYSTEM "a.gif" NDATA gif>]>',
    "plain DTD": "<!DOCTYPE rss>",
}


def with_start(start: str, *elements: str) -> str:
    declaration, mark, rest = RSS_HEAD.partition("?>")
    return declaration + mark + start + rest + item(*elements) + RSS_TAIL


@pytest.mark.proof("S13")
@pytest.mark.parametrize("name", BOMBS)
def test_it_refuses_a_feed_with_a_document_type_whole(tmp_path: Path, name: str) -> None:
    text = with_start(BOMBS[name], "<g:color>&a9;&a;</g:color>")
    with pytest.raises(UnusableSource, match=r"feed\.xml declares a document type \(DTD\)"):
        read(tmp_path, text)


@pytest.mark.proof("S13")
def test_it_reads_no_other_file_and_reaches_no_other_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins
    import io
    import socket

    secret = tmp_path / "secret"
    secret.write_text("the secret")
    opened: list[str] = []
    connected: list[object] = []
    plain_open = io.open

    def watch(file: Any, *arguments: Any, **options: Any) -> Any:
        opened.append(str(file))
        return plain_open(file, *arguments, **options)

    monkeypatch.setattr(io, "open", watch)
    monkeypatch.setattr(builtins, "open", watch)
    monkeypatch.setattr(socket.socket, "connect", lambda _self, to: connected.append(to))
    for start in (
        FILE_ENTITY.format(secret.as_uri()),
        FILE_ENTITY.format("http://127.0.0.1:9/x"),
        BOMBS["external DTD"],
        BOMBS["parameter entity"],
    ):
        with pytest.raises(UnusableSource):
            read(tmp_path, with_start(start, "<g:color>&x;</g:color>"))
    xinclude = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="secret" parse="text"/>'
    style = f'<?xml-stylesheet href="{secret.as_uri()}"?>'
    (row,) = read(tmp_path, with_start(style, f"<g:color>{xinclude}red</g:color>"))
    assert row.record is not None
    assert "secret" not in repr(row.record)
    assert connected == []
    assert [name for name in opened if name != str(tmp_path / "feed.xml")] == []


def test_it_takes_what_stood_before_the_place_where_a_feed_breaks_off(tmp_path: Path) -> None:
    whole = RSS_HEAD.encode() + _row(1) + _row(2) + _row(3)
    rows = read(tmp_path, whole[:-40])
    assert [row.record.external_id for row in rows if row.record] == ["P1", "P2"]
    (cut,) = [row for row in rows if row.record is None]
    assert cut.line == 3
    assert "in item 3: it breaks off at line 6, column" in cut.problems[0].reason


@pytest.mark.proof("S15")
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (b"<item>\x00</item>", "not well-formed"),
        (b"<item>\xff\xfe</item>", "not well-formed"),
        (b"<item><g:id>&nbsp;</g:id></item>", "&#160;"),
        (b"<item><q:id>1</q:id></item>", "xmlns:g="),
        (b"<item><g:id>1</g:color></item>", "mismatched tag"),
        (b"</channel></rss><rss>", "junk after document element"),
        (b"<a>" * 60, "nested deeper"),
        (b"<a " + b"".join(b'b%d="" ' % n for n in range(1_000)) + b"/>", "1000 attributes"),
        (b"".join(b"<n%d/>" % n for n in range(MOST_NAMES + 1)), "different names"),
        (b"<a b='" + b"x" * (2 * LONGEST_TAG), "tag or comment is longer"),
        (b"<!--" + b"x" * (2 * LONGEST_TAG), "tag or comment is longer"),
    ],
)
def test_it_names_the_place_beyond_which_nothing_can_be_read(
    tmp_path: Path, harm: bytes, said: str
) -> None:
    rows = read(tmp_path, RSS_HEAD.encode() + _row(1) + harm + _row(2) + RSS_TAIL.encode())
    assert [row.record.external_id for row in rows if row.record] == ["P1"]
    (refused,) = [row for row in rows if row.record is None]
    assert refused.line == 2
    assert said in refused.problems[0].reason
    assert "What stood before is taken" in refused.problems[0].reason


def test_it_takes_as_many_attributes_as_the_limit_allows(tmp_path: Path) -> None:
    many = " ".join(f'a{number}="1"' for number in range(MOST_ATTRIBUTES))
    assert only(tmp_path, f"<g:color {many}>red</g:color>").raw_attributes == {"color": "red"}


def test_it_cuts_a_text_that_is_longer_than_anybody_reads(tmp_path: Path) -> None:
    text = f"<description>{'x' * 3_000_000}</description><g:color>red</g:color>"
    (row,) = read(tmp_path, RSS_HEAD + item(text) + RSS_TAIL)
    assert row.record is not None
    assert len(row.record.description) == 100_000
    assert row.record.raw_attributes == {"color": "red"}
    assert [(said.field, said.code) for said in row.warnings] == [("description", "cut")]


def test_it_says_that_an_empty_feed_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnusableSource, match="no <item> and no <entry>"):
        read(tmp_path, RSS_HEAD + RSS_TAIL)


def test_it_carries_the_facts_of_the_shops_own_data_sheets(tmp_path: Path) -> None:
    rows = read(tmp_path, b"".join(write_listings(own_products())))
    found = {row.record.external_id: row.record for row in rows if row.record}
    compared = 0
    for shoe in own_products():
        told = read_fields(found[shoe.sku].raw_attributes, use_category=UseCategory.OTHER)
        meant = read_fields(dict(shoe.specs), use_category=UseCategory.OTHER)
        known = {(said.attribute, said.value) for said in told.readings}
        assert {(said.attribute, said.value) for said in meant.readings} <= known
        compared += len(meant.readings)
    assert compared > 300
