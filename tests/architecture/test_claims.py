"""Nothing a shopper reads, and nothing in the invented catalogue, makes a health claim."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator

import pytest

from shop_plugin.domain.wording import find_banned_claims
from tests.architecture.sources import PROJECT_DIR, name_of, parse, python_files

TRANSLATING = {
    "_",
    "gettext",
    "gettext_lazy",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "N_",
}
TEMPLATE_CODE = re.compile(
    r"{#.*?#}|{%\s*comment\s*%}.*?{%\s*endcomment\s*%}|{{.*?}}|<[^>]*>", re.S
)


def test_it_finds_a_claim_when_there_is_one() -> None:
    assert find_banned_claims("This shoe cures flat feet.")


def test_it_makes_no_claim_in_templates() -> None:
    templates = [
        path
        for folder in ("shop_plugin", "footback_shop")
        for path in (PROJECT_DIR / folder).rglob("templates/**/*")
        if path.is_file()
    ]
    assert len(templates) > 10
    claims = {
        name_of(path): [claim.text for claim in found]
        for path in templates
        if (found := find_banned_claims(TEMPLATE_CODE.sub(" ", path.read_text(encoding="utf-8"))))
    }
    assert claims == {}


def test_it_makes_no_claim_in_sentences_made_in_python() -> None:
    said = [
        (name_of(path), text)
        for path in python_files("shop_plugin", "footback_shop")
        for text in _translated(parse(path))
    ]
    assert len(said) > 100
    assert [(where, text) for where, text in said if find_banned_claims(text)] == []


def test_it_makes_no_claim_in_the_guide() -> None:
    data = list((PROJECT_DIR / "shop_plugin" / "domain" / "guide_data").glob("*.toml"))
    assert data
    for path in data:
        texts = list(_strings(tomllib.loads(path.read_text(encoding="utf-8"))))
        assert [text for text in texts if find_banned_claims(text)] == []


@pytest.mark.parametrize("field", ["name", "description"])
def test_it_makes_no_claim_in_the_invented_catalogue(field: str) -> None:
    rows = (PROJECT_DIR / "fixtures" / "catalogue.jsonl").read_text(encoding="utf-8").splitlines()
    claims = [row for line in rows if find_banned_claims((row := json.loads(line))[field])]
    assert claims == []


def _translated(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        for argument in node.args if node.func.id in TRANSLATING else []:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
