"""The templates of a mail, made ready once per language: style inlined, fixed texts translated.

Mail clients want the style in each element, and a mail is written in one
language. Both are known before the first mail is, so both are done to the
template and not to every mail: the rules of its ``<style>`` go into the
elements, and each text without a number is put in, in the language, as
plain text. What is left to do per mail are the values, and that is made quick
(:mod:`shop_plugin.services.nudges.letter_nodes`). A host's own version
of a template is treated alike; where it is built in a way that cannot be
prepared (of other templates, or with values in ``class``), its mails are
inlined one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

import css_inline
from django.template import Context, Template
from django.template.base import (
    FilterExpression,
    Node,
    NodeList,
    TextNode,
    Variable,
    VariableNode,
)
from django.template.defaulttags import IfNode
from django.template.engine import Engine
from django.template.loader import get_template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils import translation

from shop_plugin.services.nudges.letter_nodes import quicken

_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
_HELD = re.compile(r"(?:<|&lt;)!--fb:(\d+)--(?:>|&gt;)")
_HELD_WORD = re.compile(r"%\((\w+)\)s|%%")
# What an inliner cannot see through: other templates, and what an element is by a value.
_HIDDEN = re.compile(
    r"\{%\s*(?:extends|include|block)\b|\b(?:class|id|style)\s*=\s*(\"[^\"]*\{[{%]|'[^']*\{[{%])"
)
# What an HTML parser adds where it is left out: inside a loop it would be opened again and again.
_ADDED = re.compile(r"(?:--|[%}#]\})>?\s*<(?:tbody|colgroup)\b")
_KEPT = 64  # templates times languages


def render_letter(name: str, context: Mapping[str, Any]) -> str:
    """Return a mail's template rendered in the active language, as its own engine would.

    ``.html`` comes with its style inlined. The same values give the same text
    as an unprepared template, only sooner.
    """
    found = get_template(name)
    template: Template = found.template  # type: ignore[attr-defined]
    language = translation.get_language() or ""
    is_html = name.endswith(".html")
    autoescape = template.engine.autoescape
    values = Context(dict(context), autoescape=autoescape)
    prepared = _prepare(template.source, language, template.engine, is_html)
    if prepared is None:
        return inliner().inline(template.render(values))
    return prepared.render(values)


@lru_cache(maxsize=_KEPT)
def _prepare(source: str, language: str, engine: Engine, is_html: bool) -> Template | None:
    """Return the template for one language, ``None`` where it has to be inlined mail by mail.

    A changed source is another template.
    """
    inlined = inline_style(source) if is_html else source
    if inlined is None:
        return None
    prepared = Template(inlined, engine=engine)
    with translation.override(language):
        _put_texts_in(prepared.nodelist)
    quick = quicken(prepared.nodelist)
    if quick is not None:
        prepared.nodelist = NodeList([quick])
    return prepared


@cache
def inliner() -> css_inline.CSSInliner:
    """Return the inliner; it never loads anything from elsewhere."""
    return css_inline.CSSInliner(load_remote_stylesheets=False)


def inline_style(source: str) -> str | None:
    """Return a template's source with its style in each element, its tags where they were.

    ``None`` where the inliner cannot see through the tags, or would move them.
    """
    if _HIDDEN.search(source):
        return None
    tags: list[str] = []

    def hold(match: re.Match[str]) -> str:
        tags.append(match[0])
        return f"<!--fb:{len(tags) - 1}-->"

    held = inliner().inline(_TAG.sub(hold, source))
    kept = [int(match[1]) for match in _HELD.finditer(held)]
    if kept != list(range(len(tags))) or len(_ADDED.findall(held)) > len(_ADDED.findall(source)):
        return None
    return _HELD.sub(lambda match: tags[int(match[1])], held)


def _put_texts_in(nodes: NodeList) -> None:
    """Replace the nodes of fixed texts by the texts themselves, in the active language."""
    for place, node in reversed(list(enumerate(nodes))):
        for inner in _inside(node):
            _put_texts_in(inner)
        if isinstance(node, TranslateNode):
            nodes[place : place + 1] = _text_of(node)
        elif isinstance(node, BlockTranslateNode):
            nodes[place : place + 1] = _texts_of(node)
    nodes[:] = list(_joined(nodes))


def _joined(nodes: NodeList) -> Iterator[Node]:
    """Yield the nodes with texts that follow each other as one."""
    text = ""
    for node in nodes:
        if type(node) is TextNode:
            text += node.s
            continue
        if text:
            yield TextNode(text)
            text = ""
        yield node
    if text:
        yield TextNode(text)


def _inside(node: Node) -> Iterator[NodeList]:
    if isinstance(node, IfNode):
        yield from (inner for _condition, inner in node.conditions_nodelists)
        return
    if isinstance(node, BlockTranslateNode):
        return
    for name in node.child_nodelists:
        inner = getattr(node, name, None)
        if isinstance(inner, NodeList):
            yield inner


def _text_of(node: TranslateNode) -> list[Node]:
    """Return the text of ``{% translate "..." %}``; anything but a plain text stays as it is."""
    said = node.filter_expression
    is_plain = isinstance(said.var, Variable) and said.var.literal is not None and not said.filters
    if not is_plain or node.asvar or node.message_context:
        return [node]
    return [TextNode(node.render(Context()))]


def _texts_of(node: BlockTranslateNode) -> list[Node]:
    """Return the pieces of ``{% blocktranslate %}``; one with a plural stays as it is."""
    if node.plural or node.countervar or node.asvar or node.message_context:
        return [node]
    message, names = node.render_token_list(node.singular)
    known: dict[str, FilterExpression] = dict(node.extra_context)
    if any(name not in known and not name.isidentifier() for name in names):
        return [node]
    text = translation.gettext(message)
    if {match[1] for match in _HELD_WORD.finditer(text) if match[1]} - set(names):
        return [node]
    return list(_pieces(text, known))


def _pieces(text: str, known: Mapping[str, FilterExpression]) -> Iterator[Node]:
    end = 0
    for match in _HELD_WORD.finditer(text):
        yield TextNode(text[end : match.start()] + ("" if match[1] else "%"))
        if match[1]:
            yield VariableNode(known.get(match[1]) or _bare(match[1]))
        end = match.end()
    yield TextNode(text[end:])


def _bare(name: str) -> FilterExpression:
    nodes = Template("{{ " + name + " }}").nodelist
    node = nodes[0]
    assert isinstance(node, VariableNode)
    return node.filter_expression
