"""Where footback's words, or a host's beside them, promise a medical effect."""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.template import engines

from shop_plugin.domain.wording import find_banned_claims

_OWN_LOCALES = Path(__file__).resolve().parents[2] / "locale"


class Claim(NamedTuple):
    """A promise in a file: where it stands, and its words."""

    place: str
    text: str


def find_claims_beside_facts() -> Iterator[Claim]:
    """Yield claims of a host's templates that show footback's tags: badges, product pages."""
    for path in _host_templates():
        text = path.read_text("utf-8", "replace")
        if "footback" not in text:
            continue
        for match in find_banned_claims(text):
            line = text.count("\n", 0, match.start) + 1
            yield Claim(f"{path}, line {line}", match.text)


def find_claims_in_translations() -> Iterator[Claim]:
    """Yield claims of a host's own translations of footback's texts: badges, pages, mails."""
    for folder in map(Path, settings.LOCALE_PATHS):
        for path in sorted(folder.glob("*/LC_MESSAGES/django.mo")):
            own = _read_texts(_OWN_LOCALES / path.relative_to(folder))
            for original, text in _read_texts(path).items():
                # An original that holds the word says it of somebody else: "treated leather".
                if original in own and text != own[original] and not find_banned_claims(original):
                    for match in find_banned_claims(text):
                        yield Claim(f"{path}, {original[:60]!r}", match.text)


def _host_templates() -> list[Path]:
    folders = {
        Path(folder)
        for engine in engines.all()
        for folder in getattr(getattr(engine, "engine", None), "dirs", ())
    }
    return sorted(
        path
        for folder in folders
        if folder.is_dir()
        for path in folder.rglob("*")
        if path.suffix in (".html", ".txt") and "footback" not in path.relative_to(folder).parts
    )


def _read_texts(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {
        key: text
        for key, text in catalogue.items()
        if isinstance(key, str) and isinstance(text, str) and key
    }
