"""The nodes of a letter's template as plain functions, for the few kinds that letters are made of.

Django renders a template by walking its nodes, and asks of every value whether
it is a dictionary, an attribute, a list, a call. In a letter nearly all are
attributes of a dataclass and nearly all are texts. So texts, variables,
``if``, ``for`` and ``autoescape`` are turned into functions that try just that
first; whatever does not go that way is asked of Django's own node, in the
same context. A template with any other node is left to Django as it is.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Final, cast

from django.conf import settings
from django.template import Context
from django.template.base import (
    FilterExpression,
    Node,
    NodeList,
    TextNode,
    Variable,
    VariableNode,
    render_value_in_context,
)
from django.template.defaulttags import (
    AutoEscapeControlNode,
    CommentNode,
    ForNode,
    IfNode,
    LoadNode,
    TemplateLiteral,
)
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.translation import get_language

# All names in reach, as one dictionary; and Django's context with the same.
_Scope = dict[str, Any]
_Piece = Callable[[_Scope, Context], str]
_Read = Callable[[_Scope], Any]
_Ask = Callable[[_Scope, Context], Any]

_COMPARED: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
# Numbers that are written without a mark between their digits, and few enough to be kept.
_SMALL: Final = 100


class _OtherwayError(Exception):
    """Raised where a value is found in another way than by its attributes."""


class LetterNode(Node):
    """A whole template as one node, over the nodes that it was made of."""

    def __init__(self, nodelist: NodeList, pieces: Sequence[_Piece]) -> None:
        self.nodelist, self._pieces = nodelist, pieces

    def render(self, context: Context) -> str:
        """Return the text that the nodes it was made of would give."""
        return _join(self._pieces, cast(_Scope, context.flatten()), context)


def quicken(nodes: NodeList) -> LetterNode | None:
    """Return one node that renders as the nodes do; ``None`` where there is an unknown one among
    them, which might leave a name behind that only Django's context knows.
    """
    pieces = _pieces_of(nodes)
    return None if pieces is None else LetterNode(nodes, pieces)


def _join(pieces: Sequence[_Piece], scope: _Scope, context: Context) -> str:
    return "".join([piece(scope, context) for piece in pieces])


def _pieces_of(nodes: NodeList) -> tuple[_Piece, ...] | None:
    found = []
    for node in nodes:
        piece = _piece_of(node)
        if piece is None:
            return None
        found.append(piece)
    return tuple(found)


def _piece_of(node: Node) -> _Piece | None:
    if isinstance(node, TextNode):
        text = node.s
        return lambda _scope, _context: text
    if isinstance(node, VariableNode):
        return _variable(node)
    if isinstance(node, IfNode):
        return _choice(node)
    if isinstance(node, ForNode):
        return _loop(node)
    if isinstance(node, AutoEscapeControlNode):
        return _escaping(node)
    if isinstance(node, BlockTranslateNode) and _is_count_alone(node):
        return _counted(node, cast(FilterExpression, node.counter))
    is_plain = isinstance(node, CommentNode | LoadNode)
    if is_plain or (isinstance(node, TranslateNode | BlockTranslateNode) and not node.asvar):
        return _of_django(node)
    return None


def _of_django(node: Node) -> _Piece:
    return lambda _scope, context: cast(str, node.render_annotated(context))


def _is_count_alone(node: BlockTranslateNode) -> bool:
    """Tell whether a text with a plural depends on its number and on nothing else."""
    if not node.plural or not node.counter or node.asvar or node.message_context:
        return False
    names = {name for form in (node.singular, node.plural) for name in _names_in(node, form)}
    return not node.extra_context and names <= {node.countervar}


def _names_in(node: BlockTranslateNode, form: Any) -> Sequence[str]:
    return cast(Sequence[str], node.render_token_list(form)[1])


def _counted(node: BlockTranslateNode, counter: FilterExpression) -> _Piece:
    said: dict[tuple[int, str | None], str] = {}

    def write(_scope: _Scope, context: Context) -> str:
        number = counter.resolve(context)
        if type(number) is not int or not 0 <= number < _SMALL:
            return cast(str, node.render_annotated(context))
        key = number, get_language()
        text = said.get(key)
        if text is None:
            text = said[key] = cast(str, node.render_annotated(context))
        return text

    return write


def _variable(node: VariableNode) -> _Piece:
    read = _reader(node.filter_expression)
    if read is None:
        return _of_django(node)

    def write(scope: _Scope, context: Context) -> str:
        try:
            value = read(scope)
        except Exception:
            return cast(str, node.render_annotated(context))
        if type(value) is str:
            return escape(value) if context.autoescape else value
        if type(value) is int and not settings.USE_THOUSAND_SEPARATOR:
            return str(value)
        return render_value_in_context(value, context)

    return write


def _choice(node: IfNode) -> _Piece | None:
    branches: list[tuple[_Ask | None, tuple[_Piece, ...]]] = []
    for condition, nodes in node.conditions_nodelists:
        pieces = _pieces_of(nodes)
        if pieces is None:
            return None
        branches.append((None if condition is None else _condition(condition), pieces))

    def write(scope: _Scope, context: Context) -> str:
        for ask, pieces in branches:
            if ask is None or ask(scope, context):
                return _join(pieces, scope, context)
        return ""

    return write


def _loop(node: Any) -> _Piece | None:
    pieces, nothing = _pieces_of(node.nodelist_loop), _pieces_of(node.nodelist_empty)
    read = _reader(node.sequence)
    is_plain = len(node.loopvars) == 1 and not node.is_reversed
    if pieces is None or nothing is None or read is None or not is_plain:
        return None
    name = node.loopvars[0]

    def write(scope: _Scope, context: Context) -> str:
        try:
            found = read(scope)
        except Exception:
            found = node.sequence.resolve(context, ignore_failures=True)
        values = () if found is None else found if hasattr(found, "__len__") else list(found)
        count = len(values)
        if not count:
            return _join(nothing, scope, context)
        written = []
        around: dict[str, Any] = {"parentloop": scope.get("forloop", {})}
        inner = {**scope, "forloop": around}
        with context.push(forloop=around):
            for place, item in enumerate(values):
                around["counter0"], around["counter"] = place, place + 1
                around["revcounter"], around["revcounter0"] = count - place, count - place - 1
                around["first"], around["last"] = place == 0, place == count - 1
                inner[name] = context[name] = item
                written.append(_join(pieces, inner, context))
        return "".join(written)

    return write


def _escaping(node: AutoEscapeControlNode) -> _Piece | None:
    pieces = _pieces_of(node.nodelist)
    if pieces is None:
        return None

    def write(scope: _Scope, context: Context) -> str:
        before, context.autoescape = context.autoescape, node.setting
        try:
            return _join(pieces, scope, context)
        finally:
            context.autoescape = before

    return write


def _condition(token: Any) -> _Ask:
    """Return a condition of ``if``. As in Django, an operation that fails is false."""
    if isinstance(token, TemplateLiteral):
        return _operand(token)
    compare = _COMPARED.get(token.id)
    if compare is None and token.id not in ("and", "or", "not"):
        return lambda _scope, context: token.eval(context)
    first = _condition(token.first)
    second = first if token.second is None else _condition(token.second)

    def ask(scope: _Scope, context: Context) -> Any:
        try:
            if compare is not None:
                return compare(first(scope, context), second(scope, context))
            if token.id == "and":
                return first(scope, context) and second(scope, context)
            if token.id == "or":
                return first(scope, context) or second(scope, context)
            return not first(scope, context)
        except Exception:
            return False

    return ask


def _operand(token: Any) -> _Ask:
    read = _reader(token.value)
    if read is None:
        return lambda _scope, context: token.eval(context)

    def ask(scope: _Scope, context: Context) -> Any:
        try:
            return read(scope)
        except Exception:
            return token.eval(context)

    return ask


def _reader(expression: FilterExpression) -> _Read | None:
    """Return what reads an expression from the scope; ``None`` for one with more than names.

    It raises where the value is not found at once, and where Django would do
    more than look it up.
    """
    variable = expression.var
    if not isinstance(variable, Variable) or expression.filters or variable.translate:
        return None
    if variable.lookups is None:
        known = variable.literal
        return lambda _scope: known
    name, *attributes = variable.lookups

    def read(scope: _Scope) -> Any:
        value = scope[name]
        for attribute in attributes:
            kind = type(value)
            if kind is dict:
                value = value[attribute]
            elif hasattr(kind, "__getitem__") or callable(value):
                raise _OtherwayError
            else:
                value = getattr(value, attribute)
        if callable(value):
            raise _OtherwayError
        return value

    return read
