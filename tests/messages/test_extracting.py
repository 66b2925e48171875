"""Marked texts in the source: find_messages ..."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from messages.catalogues import PACKAGES, PROJECT_DIR
from messages.extracting import MarkError, Message, find_messages


def found_in(folder: Path, name: str, text: str) -> list[Message]:
    path = folder / "shop" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return list(find_messages(folder / "shop").values())


def test_finds_every_kind_of_mark_in_python_in_the_order_of_the_file(tmp_path):
    source = """
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, npgettext, pgettext as p

names = {"a": _("one " "text"), "b": p("width", "wide")}
counted = ngettext("%(n)d shoe", "%(n)d shoes", 3) + npgettext("size", "{n} pair", "{n} pairs", 2)
other = str("not marked")
"""
    assert found_in(tmp_path, "a.py", source) == [
        Message("one text", None, None, ["shop/a.py"]),
        Message("wide", "width", None, ["shop/a.py"]),
        Message("%(n)d shoe", None, "%(n)d shoes", ["shop/a.py"]),
        Message("{n} pair", "size", "{n} pairs", ["shop/a.py"]),
    ]


def test_takes_no_function_of_the_same_name_from_elsewhere(tmp_path):
    assert found_in(tmp_path, "a.py", 'from x import gettext\ngettext("no")\n_("no")') == []


def test_finds_every_kind_of_mark_in_a_template(tmp_path):
    template = """{% load i18n %}
<p title="{% translate 'It isn&#x27;t “so”' %}">{% translate "wide" context "width" %}</p>
{{ name|default:_("nobody") }} {# {% translate "a comment" %} #}
{% blocktranslate count n=shoes|length with brand=x.y %}{{ n }} {{ brand }} shoe, 100%{% plural %}
{{ n }} {{ brand }} shoes, 100%{% endblocktranslate %}
"""
    assert [
        (m.context, m.id, m.plural) for m in found_in(tmp_path, "templates/a.html", template)
    ] == [
        (None, "It isn&#x27;t “so”", None),
        ("width", "wide", None),
        (None, "nobody", None),
        (None, "%(n)s %(brand)s shoe, 100%%", "\n%(n)s %(brand)s shoes, 100%%"),
    ]


def test_takes_a_text_of_two_files_once_and_names_both(tmp_path):
    found_in(tmp_path, "templates/a.html", "{% load i18n %}{% translate 'Size' %}")
    (size,) = found_in(
        tmp_path,
        "b.py",
        "from django.utils.translation import ngettext\nngettext('Size', 'Sizes', 1)",
    )
    assert size == Message("Size", None, "Sizes", ["shop/b.py", "shop/templates/a.html"])


@pytest.mark.parametrize("call", ['_(f"{n} shoes")', "_(name)", '_("a" + name)', "_()"])
def test_says_where_something_is_marked_that_nobody_can_translate(tmp_path, call):
    source = f"from django.utils.translation import gettext as _\nname = 'x'\n{call}\n"
    with pytest.raises(MarkError, match=r"a\.py: line 3: "):
        found_in(tmp_path, "a.py", source)


@pytest.mark.skipif(
    shutil.which("xgettext") is None, reason="gettext is not installed: nothing to compare with"
)
@pytest.mark.parametrize("package", PACKAGES)
def test_finds_what_the_gettext_tools_find(tmp_path, package):
    shutil.copytree(
        PROJECT_DIR / package, tmp_path / package, ignore=shutil.ignore_patterns("locale")
    )
    (tmp_path / package / "locale").mkdir()
    subprocess.run(
        [
            sys.executable,
            *["-m", "django", "makemessages", "-l", "de", "-e", "py,html,txt", "-v", "0"],
        ],
        cwd=tmp_path / package,
        env={name: text for name, text in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        check=True,
    )
    theirs = polib.pofile(str(tmp_path / package / "locale" / "de" / "LC_MESSAGES" / "django.po"))
    ours = find_messages(PROJECT_DIR / package)
    assert {(entry.msgctxt, entry.msgid): entry.msgid_plural or None for entry in theirs} == {
        key: message.plural for key, message in ours.items()
    }
    assert len(ours) > 50
