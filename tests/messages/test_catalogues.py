"""The translations: every catalogue ..."""

from __future__ import annotations

import re
from pathlib import Path

import django
import polib
import pytest

from messages import catalogues
from messages.catalogues import (
    LANGUAGES,
    PACKAGES,
    PROJECT_DIR,
    Catalogue,
    all_catalogues,
    find_untranslated,
    placeholders,
    plural_forms,
    translations_of,
    update,
)
from messages.extracting import find_messages
from shop_plugin.domain.wording import find_banned_claims

EACH = pytest.mark.parametrize(
    "catalogue", all_catalogues(), ids=lambda it: f"{it.package}-{it.language}"
)


def key(entry: polib.POEntry) -> tuple[str | None, str]:
    return entry.msgctxt, entry.msgid


@EACH
def test_holds_the_texts_of_the_source_and_no_other(catalogue):
    marked = find_messages(PROJECT_DIR / catalogue.package)
    held = {key(entry): entry.msgid_plural or None for entry in catalogue.read()}
    hint = "run `make messages`, then fill in the empty msgstr of shop_plugin/locale"
    assert held == {name: message.plural for name, message in marked.items()}, hint


@EACH
def test_translates_every_text_in_all_its_forms(catalogue):
    entries = catalogue.read()
    assert find_untranslated(entries) == []
    assert [entry.msgid for entry in entries if entry.fuzzy or entry.obsolete] == []
    counted = [entry for entry in entries if entry.msgid_plural]
    forms = set(range(plural_forms(catalogue.language)))
    assert [entry.msgid for entry in counted if set(entry.msgstr_plural) != forms] == []


@EACH
def test_fills_in_the_same_names_as_the_english(catalogue):
    """A count may be left out where it says one: "a pair"."""
    wrong = []
    for entry in catalogue.read():
        singular, plural = placeholders(entry.msgid), placeholders(entry.msgid_plural or "")
        *first, last = translations_of(entry)
        if placeholders(last) != (plural or singular):
            wrong.append(entry.msgid)
        wrong += [entry.msgid for text in first if not singular <= placeholders(text) <= plural]
    assert wrong == []


@EACH
def test_keeps_tags_full_stops_and_the_blanks_at_the_ends(catalogue):
    def shape(text: str) -> tuple[object, ...]:
        return text[0].isspace(), text[-1].isspace(), re.findall(r"</?\w+>", text)

    changed = [
        text
        for entry in catalogue.read()
        for text in translations_of(entry)
        if shape(text) != shape(entry.msgid)
        or (len(entry.msgid.split()) > 2 and entry.msgid.endswith(".") != text.endswith("."))
    ]
    assert changed == []


@EACH
def test_makes_no_claim(catalogue):
    said = [text for entry in catalogue.read() for text in translations_of(entry)]
    assert [(text, found) for text in said if (found := find_banned_claims(text))] == []


@EACH
def test_is_compiled_as_it_stands(catalogue):
    def texts(entries):
        return {(entry.msgctxt or None, entry.msgid): translations_of(entry) for entry in entries}

    assert texts(catalogue.read_compiled()) == texts(catalogue.read()), "run `make messages`"
    assert catalogue.read_compiled().metadata["Plural-Forms"] == LANGUAGES[catalogue.language]


@EACH
def test_is_written_as_make_messages_writes_it(catalogue, monkeypatch, tmp_path):
    before = catalogue.path.read_text(encoding="utf-8")
    copy = tmp_path / "django.po"
    copy.write_text(before, encoding="utf-8")
    monkeypatch.setattr(Catalogue, "path", copy)
    update(catalogue)
    assert copy.read_text(encoding="utf-8") == before, "run `make messages`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_says_the_same_in_the_shop_and_in_the_plugin(language):
    plugin, shop = (
        {key(entry): translations_of(entry) for entry in Catalogue(package, language).read()}
        for package in PACKAGES
    )
    shared = plugin.keys() & shop.keys()
    assert {name for name in shared if plugin[name] != shop[name]} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_changes_no_word_of_django_itself(language):
    """Catalogues of all apps are one at run time: a text that Django has too is ours there."""
    own = {key(entry): entry.msgstr for entry in Catalogue("shop_plugin", language).read()}
    django_dir = Path(django.__file__).parent
    for folder in (django_dir / "conf", django_dir / "contrib" / "admin"):
        compiled = folder / "locale" / language / "LC_MESSAGES" / "django.mo"
        theirs = {
            (entry.msgctxt or None, entry.msgid): entry.msgstr
            for entry in polib.mofile(str(compiled))
        }
        shared = own.keys() & theirs.keys()
        assert {name: theirs[name] for name in shared if own[name] != theirs[name]} == {}


def test_names_what_is_not_translated(tmp_path, monkeypatch):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "a.py").write_text(
        "from django.utils.translation import gettext as _, ngettext\n"
        "_('new')\n_('kept')\nngettext('{n} pair', '{n} pairs', 2)\n"
    )
    monkeypatch.setattr(catalogues, "PROJECT_DIR", tmp_path)
    catalogue = Catalogue("shop", "de")
    old = polib.POFile()
    old.append(polib.POEntry(msgid="kept", msgstr="behalten"))
    old.append(polib.POEntry(msgid="gone", msgstr="fort"))
    catalogue.path.parent.mkdir(parents=True)
    old.save(str(catalogue.path))

    assert find_untranslated(update(catalogue)) == ["new", "{n} pair"]
    assert [entry.msgid for entry in catalogue.read()] == ["new", "kept", "{n} pair"]
    assert catalogue.read().find("kept").msgstr == "behalten"
