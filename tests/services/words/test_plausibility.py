"""The sentences of flags."""

from __future__ import annotations

from pathlib import Path

from shop_plugin.domain.attributes import FootwearAttributes, Span
from shop_plugin.domain.plausibility import load_rules
from shop_plugin.services.words import plausibility
from shop_plugin.services.words.plausibility import describe_flags


def test_has_words_and_a_line_in_the_docs_for_every_rule() -> None:
    page = Path("docs/reference/plausibility.md").read_text("utf-8")
    for rule in load_rules():
        assert rule.id in plausibility._SENTENCES
        assert f"`{rule.id}`" in page


def test_names_both_values_and_the_facts_to_look_at() -> None:
    facts = FootwearAttributes(
        heel_height_mm=Span.exactly(25_400), forefoot_height_mm=Span.exactly(50_800)
    )
    (flag,) = describe_flags("heel.below_platform", attributes=facts)
    assert flag.sentence == "The heel (1 in) is lower than the platform (2 in)."
    assert len(flag.labels) == 2


def test_leaves_out_what_no_rule_knows_any_more() -> None:
    assert describe_flags("old.rule,", attributes=FootwearAttributes()) == ()
