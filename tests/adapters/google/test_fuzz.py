"""S15: whatever stands in a Google feed, its readers give rows or a reason, and nothing else."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop_plugin.adapters.google.tsv import GoogleTsv
from shop_plugin.adapters.google.xml import GoogleXml
from shop_plugin.domain.ports import FileFormat, UnusableSource
from shop_plugin.domain.records import ReadRow
from tests.exporters import google_tsv, google_xml
from tests.exporters.own_shop import own_products

pytestmark = pytest.mark.proof("S15")

OFTEN = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
PIECES = st.lists(
    st.sampled_from(
        [
            *("<rss>", "<channel>", "<item>", "</item>", "<entry>", "</entry>", "</rss>", "<a/>"),
            *('<feed xmlns="http://www.w3.org/2005/Atom">', "<id>", "</id>", "<title>", "</title>"),
            *("<g:id>", "</g:id>", "<g:size>", "</g:size>", "<p>", "</p>", '<link href="/x"/>'),
            *("<g:product_detail>", "</g:product_detail>", "<g:attribute_name>", "&#0;", "&#160;"),
            *("</g:attribute_name>", "<![CDATA[", "]]>", "<!--", "-->", "<?x ?>", "&a;", "&amp;"),
            *("<!DOCTYPE a [", "]>", '<!ENTITY a "b">', "<g:item_group_id>", "</g:item_group_id>"),
            *("P1", "38", "\x00", "\ud800", "\ufeff", "é", " ", "\n", '<?xml encoding="utf-16"?>'),
            *('<item a="1" a="2">', "<:a>", "<a:>", "]]", "<", ">", "&", '"'),
        ]
    ),
    max_size=60,
).map("".join)
CELLS = st.lists(
    st.sampled_from(
        [
            *("id", "title", "item_group_id", "product_detail", "size", "g:id", "\t", "\t", "\n"),
            *("a:b:c,", "\\", ":", ",", '"', "\r", "\x00", "38 wide", "UK", "½", "in_stock", "-1"),
            *(
                "product_detail(attribute_name:attribute_value)",
                "product_detail(x)",
                "()",
                "quantity",
            ),
        ]
    ),
    max_size=80,
).map("".join)
SHOES = own_products()[:3]
WHOLE = {
    "tsv": b"".join(google_tsv.write_listings(SHOES)),
    "rss": b"".join(google_xml.write_listings(SHOES)),
    "atom": b"".join(google_xml.write_atom(SHOES)),
}


def check(reader: FileFormat, path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with suppress(UnusableSource):
        rows = list(reader.read_listings(path, source="shop"))
        places = [row.line for row in rows]
        assert places == sorted(set(places))
        for row in rows:
            assert isinstance(row, ReadRow)
            assert row.record is not None or row.problems


def test_it_reads_any_pieces_of_xml_or_says_why_not(tmp_path: Path) -> None:
    @OFTEN
    @given(text=PIECES, is_in_a_feed=st.booleans())
    def read_any(text: str, is_in_a_feed: bool) -> None:
        head = f'<rss xmlns:g="{google_xml.NAMESPACE}"><channel><item>' if is_in_a_feed else ""
        check(GoogleXml(), tmp_path / "feed", (head + text).encode(errors="replace"))

    read_any()


def test_it_reads_any_pieces_of_a_table_or_says_why_not(tmp_path: Path) -> None:
    @OFTEN
    @given(text=CELLS, has_header=st.booleans())
    def read_any(text: str, has_header: bool) -> None:
        head = "id\ttitle\titem_group_id\tsize\tproduct_detail\n" if has_header else ""
        check(GoogleTsv(), tmp_path / "feed", (head + text).encode())

    read_any()


@pytest.mark.parametrize(
    ("form", "reader"), [("tsv", GoogleTsv()), ("rss", GoogleXml()), ("atom", GoogleXml())]
)
def test_it_reads_a_feed_with_any_bytes_changed_or_says_why_not(
    form: str, reader: FileFormat, tmp_path: Path
) -> None:
    @OFTEN
    @given(place=st.integers(0, 20_000), change=st.binary(max_size=12), cut=st.integers(0, 60))
    def read_any(place: int, change: bytes, cut: int) -> None:
        whole = WHOLE[form]
        at = place % (len(whole) + 1)
        check(reader, tmp_path / "feed", whole[:at] + change + whole[at + cut :])

    read_any()


def test_it_reads_the_feeds_before_they_are_broken(tmp_path: Path) -> None:
    for form, reader in (("tsv", GoogleTsv()), ("rss", GoogleXml()), ("atom", GoogleXml())):
        path = tmp_path / form
        path.write_bytes(WHOLE[form])
        rows = list(reader.read_listings(path, source="shop"))
        assert {row.record.external_id for row in rows if row.record} == {s.sku for s in SHOES}
