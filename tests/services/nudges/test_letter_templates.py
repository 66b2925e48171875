"""The templates of a mail, made ready once per language: render_letter ..."""

from __future__ import annotations

import re

import pytest
from django.template import Context, Engine, Template
from django.template.loader import get_template
from django.utils import translation

from bench.nudges.same_html import read_html
from shop_plugin.services.nudges import letter_templates, mailing
from shop_plugin.services.nudges.letter_templates import inline_style, inliner, render_letter

LANGUAGES = ("en", "de", "fr", "es")


def note(**changes):
    """Return a note as the templates see it, with every branch to be had."""
    plain = {
        "name": 'Oxford <b> & 100% "Sons"',
        "pairs": 1,
        "stage": 1,
        "bought_month": "March 2025",
        "since_month": "April 2025",
        "from_month": "May 2026",
        "until_month": "June 2027",
        "inputs": "Estimated from 200 days.",
        "evidence": "",
        "why": "Why now: it's <time>.",
        "is_wide": False,
        "is_repairable": False,
        "url": "",
        "answer_url": "",
        "bar": [
            {"is_worn": worn, "is_in_range": in_range, "percent": 25}
            for worn in (True, False)
            for in_range in (True, False)
        ],
        "alternatives": [],
    }
    return {**plain, **changes}


FULL = {
    "pairs": 2,
    "stage": 2,
    "is_repairable": True,
    "url": "https://marlow.example/p/1?a=1&b=2",
    "answer_url": "https://marlow.example/f/a/x/",
    "evidence": "The figures are a guess.",
    "alternatives": [
        {"name": f"A & B {number}", "price": "€1", "grade": "B", "url": "https://m.example/"}
        for number in range(3)
    ],
}
CASES = {
    "one": [note()],
    "wide": [note(is_wide=True)],
    "full": [note(**FULL)],
    "five": [note(**FULL), note(is_wide=True), note(), note(pairs=3), note(**FULL)],
}


def context(notes, **changes):
    return {
        "notes": notes,
        "subject": "Worth a look & <more>",
        "first_name": "Zoë <i>",
        "why": "You bought it.",
        "shop_name": "Marlow & Sons",
        "postal_address": "1 Quay Street",
        "repair_url": "https://marlow.example/repairs/?a=1&b=2",
        "preferences_url": "https://marlow.example/f/p/t/?lang=en",
        "unsubscribe_url": "https://marlow.example/f/u/t/?lang=en",
        "language": translation.get_language(),
        "is_rtl": False,
        **changes,
    }


def as_engine_renders(name, values):
    template = get_template(name).template
    return template.render(Context(values))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("notes", CASES.values(), ids=CASES)
@pytest.mark.parametrize("changes", [{}, {"first_name": "", "repair_url": ""}], ids=["", "bare"])
def test_writes_the_very_text_that_the_engine_would(language, notes, changes):
    with translation.override(language):
        values = context(notes, **changes)
        assert render_letter(mailing.TEXT_TEMPLATE, values) == as_engine_renders(
            mailing.TEXT_TEMPLATE, values
        )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("notes", CASES.values(), ids=CASES)
def test_writes_the_very_html_that_inlining_each_mail_would(language, notes):
    with translation.override(language):
        values = context(notes)
        once = render_letter(mailing.HTML_TEMPLATE, values)
        each = inliner().inline(as_engine_renders(mailing.HTML_TEMPLATE, values))
    assert read_html(once) == read_html(each)


def test_leaves_no_fixed_text_to_be_translated_for_each_mail():
    source = get_template(mailing.HTML_TEMPLATE).template.source
    prepared = letter_templates._prepare(
        source, "de", get_template(mailing.HTML_TEMPLATE).template.engine, True
    )
    left = [type(node).__name__ for node in walk(prepared.nodelist)]
    assert "TranslateNode" not in left
    assert left.count("BlockTranslateNode") == 1  # the one that counts pairs


def walk(nodes):
    for node in nodes:
        yield node
        for inner in letter_templates._inside(node):
            yield from walk(inner)


@pytest.mark.parametrize(
    "source",
    [
        '{% extends "base.html" %}<p>x</p>',
        '<p>{% include "part.html" %}</p>',
        '<p class="{{ mark }}">x</p>',
        "<p class='a {% if b %}b{% endif %}'>x</p>",
        "<table>{% for a in b %}<tr><td>x</td></tr>{% endfor %}</table>",
        "<table>{% for a in b %}<tr>{% if a %}<td>{% endif %}x</td></tr>{% endfor %}</table>"
        "<p {% if b %}hidden{% endif %}>x</p>",
    ],
)
def test_prepares_nothing_that_it_cannot_see_through(source):
    assert inline_style(source) is None


def test_inlines_mail_by_mail_where_a_host_builds_on_other_templates(settings, tmp_path):
    folder = tmp_path / "footback" / "email"
    folder.mkdir(parents=True)
    (folder / "base.html").write_text(
        "<html><head><style>.warm { color: red }</style></head>"
        "<body>{% block all %}{% endblock %}</body></html>"
    )
    (folder / "nudge.html").write_text(
        '{% extends "footback/email/base.html" %}'
        '{% block all %}<p class="warm">{{ shop_name }}</p>{% endblock %}'
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]
    html = render_letter(mailing.HTML_TEMPLATE, context([]))
    assert re.search(r'<p class="warm" style="color: ?red;?">Marlow &amp; Sons</p>', html)


def test_obeys_a_template_that_changed(settings, tmp_path):
    path = tmp_path / "footback" / "email" / "nudge.html"
    path.parent.mkdir(parents=True)
    templates = {**settings.TEMPLATES[0], "DIRS": [str(tmp_path)], "APP_DIRS": False}
    templates["OPTIONS"] = {"loaders": ["django.template.loaders.filesystem.Loader"]}
    settings.TEMPLATES = [templates]
    for text in ("<p>first</p>", "<p>second</p>"):
        path.write_text(text)
        assert text in render_letter(mailing.HTML_TEMPLATE, {})


@pytest.mark.parametrize(
    "source",
    [
        '{% translate "Hello," as greeting %}{{ greeting }}',
        "{% blocktranslate asvar x %}Hello {{ a }},{% endblocktranslate %}{{ x }}",
        "{% blocktranslate with a=b|upper %}Hello {{ a }}, 100%{% endblocktranslate %}",
        "{% blocktranslate trimmed %}\n Hello\n {{ first_name }},\n{% endblocktranslate %}",
        '{% translate b %}{% translate "100% wool" %}{% translate "Hello," noop %}',
        "{% with a='<i>' %}{% blocktranslate %}Hello {{ a }},{% endblocktranslate %}{% endwith %}",
        "{% autoescape off %}{% blocktranslate with a=b %}{{ a }}!{% endblocktranslate %}"
        "{% endautoescape %}",
    ],
)
def test_keeps_the_meaning_of_every_way_to_translate(source):
    values = {"a": "x<y", "b": "b&b", "first_name": "Ada"}
    engine = Engine.get_default()
    with translation.override("de"):
        plain = Template("{% load i18n %}" + source, engine=engine).render(Context(values))
        prepared = letter_templates._prepare("{% load i18n %}" + source, "de", engine, False)
        assert prepared.render(Context(values)) == plain
