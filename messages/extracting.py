"""Every text that is marked for translation in Python files and templates.

The same marks are found as by ``manage.py makemessages``, which needs the
gettext tools; a test compares the two where those are installed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation.template import templatize

#: Function of ``django.utils.translation`` -> what its first arguments are.
MARKS = {
    "gettext": ("id",),
    "gettext_lazy": ("id",),
    "gettext_noop": ("id",),
    "ngettext": ("id", "plural"),
    "ngettext_lazy": ("id", "plural"),
    "pgettext": ("context", "id"),
    "pgettext_lazy": ("context", "id"),
    "npgettext": ("context", "id", "plural"),
    "npgettext_lazy": ("context", "id", "plural"),
}
TEMPLATES = {".html", ".txt"}
_LITERAL = r"""u?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
_TEMPLATE_CALL = re.compile(
    rf"(?<!\w)(?P<name>_|{'|'.join(MARKS)})\(\s*(?P<texts>{_LITERAL}(?:\s*,\s*{_LITERAL})*)", re.S
)


class MarkError(ValueError):
    """A text is marked for translation in a way that nobody could translate."""


@dataclass(slots=True)
class Message:
    """A text to translate, and the files it stands in, in the order they were read."""

    id: str
    context: str | None = None
    plural: str | None = None
    places: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str | None, str]:
        """Return what tells this text from every other."""
        return self.context, self.id


def find_messages(folder: Path) -> dict[tuple[str | None, str], Message]:
    """Return every marked text under a folder by context and text, in the order of the files.

    :raises MarkError: where something else than a plain text is marked.
    """
    found: dict[tuple[str | None, str], Message] = {}
    for path in sorted(_source_files(folder)):
        text = path.read_text(encoding="utf-8")
        in_file = _in_python if path.suffix == ".py" else _in_template
        try:
            messages = list(in_file(text))
        except MarkError as problem:
            raise MarkError(f"{path}: {problem}") from problem
        place = path.relative_to(folder.parent).as_posix()
        for message in messages:
            known = found.setdefault(message.key, message)
            known.plural = known.plural or message.plural
            if place not in known.places:
                known.places.append(place)
    return found


def _source_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.suffix == ".py" or (path.suffix in TEMPLATES and "templates" in path.parts):
            yield path


def _in_python(text: str) -> Iterator[Message]:
    tree = ast.parse(text)
    names = dict(_imported_marks(tree))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        mark = names.get(call.func.id, "") if isinstance(call.func, ast.Name) else ""
        if mark in MARKS:
            yield _message(mark, _literals(call, len(MARKS[mark])))


def _imported_marks(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the name that each mark goes by in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            for alias in node.names:
                yield alias.asname or alias.name, alias.name


def _literals(call: ast.Call, number: int) -> list[str]:
    texts = []
    for argument in call.args[:number]:
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            raise MarkError(f"line {call.lineno}: {ast.unparse(argument)} is no plain text")
        texts.append(argument.value)
    if len(texts) < number:
        raise MarkError(f"line {call.lineno}: {ast.unparse(call)} lacks a text")
    return texts


def _in_template(text: str) -> Iterator[Message]:
    # Django turns a template into something that looks like calls; all else becomes X's.
    for call in _TEMPLATE_CALL.finditer(templatize(text)):
        mark = call["name"] if call["name"] in MARKS else "gettext"
        literals = [ast.literal_eval(part) for part in re.findall(_LITERAL, call["texts"])]
        yield _message(mark, literals[: len(MARKS[mark])])


def _message(mark: str, texts: Iterable[str]) -> Message:
    return Message(**dict(zip(MARKS[mark], texts, strict=True)))
