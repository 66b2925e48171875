"""The catalogues: one file of translations per language for the plugin, one for the demo shop."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polib

from messages.extracting import Message, find_messages

PROJECT_DIR = Path(__file__).resolve().parent.parent
#: Language -> how it forms the plural, as gettext writes it.
LANGUAGES = {
    "de": "nplurals=2; plural=(n != 1);",
    "es": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
}
PACKAGES = ("shop_plugin", "footback_shop")
NAMED_PLACEHOLDER = re.compile(r"%\((\w+)\)[-+ 0#]*[\d.]*[a-z]|(?<!\{)\{(\w+)[^{}]*\}(?!\})")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one package in one language."""

    package: str
    language: str

    @property
    def path(self) -> Path:
        """Return the file that people edit; the compiled one lies beside it."""
        folder = PROJECT_DIR / self.package / "locale" / self.language / "LC_MESSAGES"
        return folder / "django.po"

    def read(self) -> polib.POFile:
        """Return the translations; none where there is no file yet."""
        if self.path.exists():
            return polib.pofile(str(self.path), encoding="utf-8")
        return polib.POFile()

    def read_compiled(self) -> polib.MOFile:
        """Return what Django reads."""
        return polib.mofile(str(self.path.with_suffix(".mo")))


def all_catalogues() -> list[Catalogue]:
    """Return the catalogue of every package and language."""
    return [Catalogue(package, language) for package in PACKAGES for language in LANGUAGES]


def update(catalogue: Catalogue) -> polib.POFile:
    """Bring a catalogue into step with the source, write it and compile it.

    A text that is new comes in without translation, one that is gone leaves.
    What has a translation keeps it, also where the text moved elsewhere.
    """
    old = {(entry.msgctxt, entry.msgid): entry for entry in catalogue.read()}
    forms = plural_forms(catalogue.language)
    fresh = polib.POFile(wrapwidth=98)
    fresh.metadata = {
        "Project-Id-Version": "footback",
        "Language": catalogue.language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": LANGUAGES[catalogue.language],
    }
    for message in find_messages(PROJECT_DIR / catalogue.package).values():
        fresh.append(_entry(message, old.get(message.key), forms=forms))
    catalogue.path.parent.mkdir(parents=True, exist_ok=True)
    fresh.save(str(catalogue.path))
    fresh.save_as_mofile(str(catalogue.path.with_suffix(".mo")))
    return fresh


def _entry(message: Message, known: polib.POEntry | None, *, forms: int) -> polib.POEntry:
    entry = polib.POEntry(
        msgid=message.id,
        msgctxt=message.context,
        occurrences=[(place, "") for place in message.places],
        flags=["python-format"] if "%(" in message.id else [],
    )
    if message.plural is None:
        entry.msgstr = known.msgstr if known else ""
        return entry
    entry.msgid_plural = message.plural
    entry.msgstr_plural = dict.fromkeys(range(forms), "")
    if known and len(known.msgstr_plural) == forms:
        entry.msgstr_plural = known.msgstr_plural
    return entry


def plural_forms(language: str) -> int:
    """Return how many plural forms a language has."""
    return int(LANGUAGES[language].removeprefix("nplurals=").partition(";")[0])


def translations_of(entry: polib.POEntry) -> list[str]:
    """Return every translation of an entry: one, or one for each plural form."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def find_untranslated(entries: Iterable[polib.POEntry]) -> list[str]:
    """Return the texts that lack a translation, or one of its plural forms."""
    return [entry.msgid for entry in entries if not all(translations_of(entry))]


def placeholders(text: str) -> set[str]:
    """Return the names that a text is filled with: "%(count)d", "{limit}"."""
    return {first or second for first, second in NAMED_PLACEHOLDER.findall(text)}
