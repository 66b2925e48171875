"""JSON text as it is stored."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.domain.json_text import dump_json

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=12,
)


@given(PLAIN)
def test_it_reads_back_as_it_was(value):
    assert json.loads(dump_json(value)) == value


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.integers()))
def test_it_gives_one_text_whatever_the_order_of_the_keys(value):
    assert dump_json(value) == dump_json(dict(reversed(value.items())))


def test_it_takes_a_number_of_any_size_and_letters_as_they_are():
    assert dump_json({"ä": 10**40}) == '{"ä":' + "1" + "0" * 40 + "}"
    assert dump_json({"b": "Größe", "a": [1, None]}) == '{"a":[1,null],"b":"Größe"}'
