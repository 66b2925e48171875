"""The nodes of a letter as functions: quicken writes what Django's own nodes would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.template import Context, Engine, Template
from django.template.base import NodeList
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shop_plugin.services.nudges.letter_nodes import quicken

NAMES = ("a", "b", "c", "missing")
ATTRIBUTES = ("x", "y", "0", "items", "gone", "broken")


@dataclass(frozen=True, slots=True)
class Slotted:
    x: object
    y: object = "y's <own>"


class Plain:
    x = "plain & <x>"

    def __init__(self):
        self.y = [1, "<two>"]

    def items(self):
        return "called"

    @property
    def gone(self):
        raise ObjectDoesNotExist

    def __str__(self):
        return "<plain>"


class Deed:
    alters_data = True

    def __call__(self):
        raise AssertionError("a template called what alters data")


class Kept(dict):
    """A dictionary of another type, with an attribute beside its keys."""

    y = "attribute"


VALUES = st.sampled_from(
    [
        "",
        'text <b> & "more"',
        mark_safe("<i>safe</i>"),
        0,
        1234567,
        -2.5,
        Decimal("1.50"),
        True,
        False,
        None,
        datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
        gettext_lazy("Hello,"),
        [],
        ["<one>", 2, mark_safe("<three>")],
        ("x",),
        {},
        {"x": "<in a dict>", "items": "an item", "y": {"x": 5}},
        Kept(x="<kept>"),
        Slotted("slot"),
        Slotted(Slotted({"x": [Slotted("deep <>")]})),
        Plain(),
        lambda: "<called>",
        lambda needed: needed,
        Deed(),
        Plain,
        range(3),
    ]
)
PATHS = st.tuples(
    st.sampled_from((*NAMES, "item", "forloop")),
    st.lists(st.sampled_from((*ATTRIBUTES, "counter", "last", "parentloop")), max_size=2),
).map(lambda parts: ".".join([parts[0], *parts[1]]))
OPERANDS = st.one_of(PATHS, st.sampled_from(['"text"', "2", "0", "True", "None", "b|length"]))
CONDITIONS = st.recursive(
    OPERANDS,
    lambda inner: st.one_of(
        st.tuples(
            inner, st.sampled_from(["==", "!=", ">", "<", ">=", "<=", "in", "is"]), OPERANDS
        ).map(" ".join),
        st.tuples(OPERANDS, st.sampled_from(["and", "or"]), OPERANDS).map(" ".join),
        OPERANDS.map("not {}".format),
    ),
    max_leaves=2,
)
LEAVES = st.one_of(
    st.sampled_from(["text & <b>", "\n", "{# said aside #}", '{{ "lit<" }}', "{{ 5 }}"]),
    PATHS.map("{{{{ {} }}}}".format),
    PATHS.map("{{{{ {}|upper }}}}".format),
    PATHS.map('{{{{ {}|default:"none <" }}}}'.format),
    st.just('{% translate "Hello," %}'),
    st.just(
        "{% blocktranslate count n=b|length %}one{% plural %}{{ n }} {{ a }}{% endblocktranslate %}"
    ),
    st.just(
        "{% blocktranslate count n=b|length %}one <{% plural %}{{ n }} 100%{% endblocktranslate %}"
    ),
)


def _grow(inner):
    body = st.lists(inner, max_size=3).map("".join)
    return st.one_of(
        st.tuples(CONDITIONS, body, CONDITIONS, body, body).map(
            lambda p: "{{% if {} %}}{}{{% elif {} %}}{}{{% else %}}{}{{% endif %}}".format(*p)
        ),
        st.tuples(PATHS, body, body).map(
            lambda p: "{{% for item in {} %}}{}{{% empty %}}{}{{% endfor %}}".format(*p)
        ),
        st.tuples(st.sampled_from(["on", "off"]), body).map(
            lambda p: "{{% autoescape {} %}}{}{{% endautoescape %}}".format(*p)
        ),
    )


SOURCES = st.lists(st.recursive(LEAVES, _grow, max_leaves=8), max_size=4).map("".join)


def draw(template, values, *, autoescape=True):
    """Return what a template gives, or the kind of error that it raises."""
    try:
        return template.render(Context(values, autoescape=autoescape))
    except Exception as error:
        return type(error)


def quick(source):
    """Return the template both ways: as Django's nodes, and as one quick node."""
    plain = Template("{% load i18n %}" + source, engine=Engine.get_default())
    made = quicken(plain.nodelist)
    other = Template("", engine=Engine.get_default())
    other.nodelist = NodeList([made])
    return plain, other, made


@hypothesis_settings(max_examples=300, deadline=None)
@given(
    source=SOURCES,
    values=st.fixed_dictionaries({"a": VALUES, "b": VALUES, "c": VALUES}),
    autoescape=st.booleans(),
)
def test_writes_what_django_would_for_any_values(source, values, autoescape):
    plain, other, _made = quick(source)
    with translation.override("de"):
        said = draw(plain, values, autoescape=autoescape)
        assert draw(other, values, autoescape=autoescape) == said


@pytest.mark.parametrize(
    "source",
    [
        "{% with a='x' %}{{ a }}{% endwith %}",
        '{% translate "Hello," as greeting %}{{ greeting }}',
        "{% for x, y in a %}{{ x }}{% endfor %}",
        "{% for x in a reversed %}{{ x }}{% endfor %}",
        "{% if a %}{% now 'Y' as year %}{{ year }}{% endif %}",
        "{% cycle 'a' 'b' as mark %}{{ mark }}",
    ],
)
def test_leaves_templates_with_other_nodes_to_django(source):
    assert quick(source)[2] is None


def test_looks_an_attribute_up_without_asking_whether_it_is_a_key(monkeypatch):
    _plain, other, _made = quick("{{ a.x }}")
    monkeypatch.setattr(
        "django.template.base.Variable._resolve_lookup",
        lambda *_args: pytest.fail("asked of Django"),
    )
    assert draw(other, {"a": Slotted("found")}) == "found"


def test_leaves_nothing_of_a_loop_behind():
    plain, other, _made = quick("{% for item in a %}{{ item }}{% endfor %}{{ item }}{{ forloop }}")
    assert draw(other, {"a": [1, 2], "item": "kept"}) == draw(plain, {"a": [1, 2], "item": "kept"})


PAIRS = (
    "{% blocktranslate count count=a %}A pair you bought from us has been worn for a while. "
    "Two minutes are enough to see how it is doing.{% plural %}{{ count }} pairs you bought from "
    "us have been worn for a while. Two minutes each are enough to see how they are doing."
    "{% endblocktranslate %}"
)


def test_keeps_a_text_with_a_number_for_that_number_and_language_alone():
    plain, other, _made = quick(PAIRS)
    said = []
    for language, number in (("de", 1), ("fr", 0), ("de", 2), ("en", 1), ("de", 1), ("en", 5000)):
        with translation.override(language):
            said.append(draw(other, {"a": number}))
            assert said[-1] == draw(plain, {"a": number})
    assert len(set(said)) == 5


@pytest.mark.parametrize("number", [0, 12, -12, 1234567, True])
def test_writes_numbers_with_the_marks_that_the_host_wants(number, settings):
    settings.USE_THOUSAND_SEPARATOR = True
    for source in ("{{ a }}", PAIRS):
        plain, other, _made = quick(source)
        with translation.override("de"):
            assert draw(other, {"a": number}) == draw(plain, {"a": number})
