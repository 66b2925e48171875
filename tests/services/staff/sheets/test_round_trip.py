"""Out and in again: what was exported changes nothing, what was filled in changes exactly that."""

from __future__ import annotations

import io

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from shop_plugin.domain.attributes import ATTRIBUTES, Attribute, Options, Span, Value
from shop_plugin.models import SheetImport
from shop_plugin.services.staff.review import Tag, save_tags
from shop_plugin.services.staff.sheets.cells import read_cell, spoken_languages, write_cell
from shop_plugin.services.staff.sheets.export import write_facts_sheet
from shop_plugin.services.staff.sheets.imports import take_in_sheet
from tests.factories import ListingFactory

FORMATS = ("csv", "xlsx")


def values_of(definition: Attribute) -> st.SearchStrategy[Value]:
    if definition.is_span:
        ends = st.integers(definition.minimum, definition.maximum)
        return st.tuples(ends, ends).map(lambda pair: Span(min(pair), max(pair)))
    members = st.sets(st.sampled_from(definition.options), min_size=1)
    return members.map(lambda answers: Options(frozenset(answers)))


ANY_FACT = st.sampled_from(sorted(ATTRIBUTES)).flatmap(
    lambda key: st.tuples(st.just(key), values_of(ATTRIBUTES[key]))
)


@given(fact=ANY_FACT, language=st.sampled_from(spoken_languages()))
@settings(max_examples=400, deadline=None)
def test_any_value_survives_a_cell(fact, language):
    key, value = fact
    with override(language):
        text = write_cell(attribute=key, value=value)
    assert read_cell(attribute=key, text=text) == value


def hand_in(data: bytes, now, name="facts.csv") -> SheetImport:
    pk = take_in_sheet(file=io.BytesIO(data), file_name=name, author=None, now=now)
    return SheetImport.objects.get(pk=pk)


def export(listings, format_name: str, language: str = "en") -> bytes:
    with override(language):
        ids = [listing.pk for listing in listings]
        return b"".join(write_facts_sheet(listing_ids=ids, format_name=format_name))


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
@pytest.mark.parametrize("format_name", FORMATS)
def test_an_exported_sheet_changes_nothing(format_name, language, now):
    listings = [ListingFactory(title=title) for title in ("Plain", "=1+1", "-@\tx", "'=y", "＝z")]
    for listing in listings:
        save_tags(
            listing_id=listing.pk,
            tags=[
                Tag("heel_height_mm", Span.exactly(69_850), "2 3/4 in"),
                Tag("drop_mm", Span(-4_000, 8_000)),
                Tag("arch_support", Options.of("1", "2", "3")),
                Tag("fastening", Options.of("adjustable_strap", "pump")),
                Tag("width_options", Options.of("regular", "wide")),
                Tag("weight_g", Span.exactly(2_345)),
            ],
            author=None,
            now=now,
        )
    sheet = hand_in(export(listings, format_name, language), now)
    assert sheet.problem == {}
    assert list(sheet.rows.values_list("line", "facts")) == []
    assert sheet.counts["unchanged"] == sheet.counts["rows"] == len(listings)
    assert sheet.counts["unknown_columns"] == []
