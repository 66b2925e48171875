"""The options of a product that is bought in variants: which is the size, the width, the colour.

Shops hold them as columns or attributes without a meaning of their own; what
they are is the merchant's choice and language. Names decide first, then the
values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from shop_plugin.domain.attributes import Gender
from shop_plugin.domain.sizes import read_size_system, read_width

_SIZE_NAMES = frozenset(
    {"size", "sizes", "shoe size", "footwear size", "größe", "grösse", "groesse", "schuhgröße"}
    | {"schuhgrösse", "schuhgroesse", "taille", "pointure", "talla", "tallas", "número", "numero"}
    | {"nº", "taglia", "maat"}
)
_WIDTH_NAMES = frozenset(
    {"width", "shoe width", "fit", "shoe fit", "width fitting", "fitting", "weite", "schuhweite"}
    | {"breite", "passform", "largeur", "chaussant", "ancho", "anchura", "horma"}
)
_COLOR_NAMES = frozenset(
    {"color", "colour", "colorway", "farbe", "couleur", "coloris", "colores", "shade"}
)
# "Größe (EU)", "EU-Größe", "Size US": the system beside the name, or alone.
_SYSTEM_WORD = re.compile(r"\b(eu|eur|uk|gb|us|usa)\b", re.IGNORECASE)
_NAME_NOISE = re.compile(r"[\s()\[\]:_\-/]+")

_NUMBER = r"\d{1,3}(?:[.,]\d{1,2})?(?:[½⅓⅔]| ?1/2| [12]/3)?"
_SIZE = re.compile(
    r"(?:(?:size|sz|größe|grösse|gr|taille|pointure|talla)[ .:]+)?"
    rf"(?:(?P<before>eur?|uk|us|gb)[ .:]*)?(?P<number>{_NUMBER}) *"
    r"(?:\(?(?P<behind>eur?|uk|us|gb)\)?)?[ \-]*"
    r"(?P<width>[A-Za-z]{1,12}(?:\(M\))?|[2-6] ?[AEae])?"
    r"(?: +\(?(?P<last>eur?|uk|us|gb)\)?)?",
    re.IGNORECASE,
)
# "B(M)" and "BM": the letter with the word for it.
_MEDIUM = re.compile(r"([BD])\(?M\)?", re.IGNORECASE)
_LETTER_SIZE = re.compile(r"(?:\d?X{0,3}[SL]|M|S/M|M/L|L/XL)", re.IGNORECASE)
_LONGEST_LABEL = 24
_LARGEST = 60.0
_MONDOPOINT = range(90, 321)
DEFAULT_TITLE = "default title"


class NamesOptions(Protocol):
    """What a merchant says of options: names beside the usual ones, and what sizes are told in."""

    @property
    def size_system(self) -> str:
        """Return "eu", "uk" or "us", where neither a name nor a value names one."""
        ...

    @property
    def size_options(self) -> tuple[str, ...]:
        """Return names of the size."""
        ...

    @property
    def width_options(self) -> tuple[str, ...]:
        """Return names of the width."""
        ...

    @property
    def color_options(self) -> tuple[str, ...]:
        """Return names of the colour."""
        ...


class ReadSize(NamedTuple):
    """One size as a variant states it; ``system`` and ``width`` are empty where it does not."""

    label: str
    system: str = ""
    width: str = ""


@dataclass(frozen=True, slots=True)
class OptionPlan:
    """Which option of a product is what, by position from 0; ``None`` where none is."""

    size: int | None = None
    width: int | None = None
    color: int | None = None
    system: str = ""

    def size_of(self, values: Sequence[str]) -> ReadSize | None:
        """Return the size that a variant's option values state."""
        text = _at(values, self.size)
        if not text or text.lower() == DEFAULT_TITLE:
            return None
        size = read_size(text)
        width = _at(values, self.width) or size.width
        return ReadSize(size.label, size.system or self.system, width)

    def color_of(self, values: Sequence[str]) -> str:
        """Return the colour that a variant's option values state."""
        return _at(values, self.color)


def plan_options(
    names: Sequence[str],
    values: Sequence[Sequence[str]],
    *,
    linked: Sequence[str] = (),
    shop: NamesOptions,
) -> OptionPlan:
    """Return which option is what.

    ``values`` are those of each variant, ``linked`` the metafields that
    options are linked to ("product.metafields.shopify.shoe-size"). An option
    without a telling name is the size where all its values look like sizes.
    """
    plain = [_plain(name) for name in names]
    bare = [_plain(_SYSTEM_WORD.sub(" ", name)) for name in names]
    size = _find(bare, _SIZE_NAMES, shop.size_options, linked, "size")
    if size is None:
        only_system = [i for i, name in enumerate(bare) if plain[i] and not name]
        size = only_system[0] if only_system else None
    width = _find(plain, _WIDTH_NAMES, shop.width_options, linked, "shoe-fit", besides=size)
    color = _find(plain, _COLOR_NAMES, shop.color_options, linked, "color-pattern", besides=size)
    if size is None:
        taken = {width, color}
        size = next(
            (
                place
                for place in range(max(map(len, values), default=0))
                if place not in taken and _all_sizes(_at(variant, place) for variant in values)
            ),
            None,
        )
    system = ""
    if size is not None and size < len(names) and (match := _SYSTEM_WORD.search(names[size])):
        system = read_size_system(match[1]) or ""
    return OptionPlan(size, width, color, system or shop.size_system)


def read_size(text: str) -> ReadSize:
    """Return a size taken apart: "EU 38", "8.5 (US)" and "10 2E" with system and width.

    What is not understood stays whole as the label ("41/42", "2Y").
    """
    text = " ".join(text.split())
    match = _SIZE.fullmatch(text)
    if match is None:
        return ReadSize(text[:_LONGEST_LABEL])
    width = _width_of(match)
    if width and not _is_width(width):
        return ReadSize(text[:_LONGEST_LABEL])
    system = read_size_system(match["before"] or match["behind"] or match["last"] or "") or ""
    return ReadSize(match["number"].strip(), system, width)


def size_in_title(variant_title: str) -> str:
    """Return the size in the title of an order line's variant ("38 / Black"), "" where none is."""
    parts = [part.strip() for part in variant_title.split(" / ")]
    found = next((part for part in parts if is_size(part)), "")
    return read_size(found).label if found else ""


def is_size(text: str) -> bool:
    """Tell whether a value looks like the size of a shoe."""
    text = " ".join(text.split())
    if _LETTER_SIZE.fullmatch(text):
        return True
    match = _SIZE.fullmatch(text)
    if match is None or ((width := _width_of(match)) and not _is_width(width)):
        return False
    # The number of a size begins with its figure, so there is a match.
    figure = float(re.match(r"[\d.,]+", match["number"])[0].replace(",", "."))  # type: ignore[index]
    return figure <= _LARGEST or int(figure) in _MONDOPOINT


def _width_of(match: re.Match[str]) -> str:
    width = (match["width"] or "").strip()
    medium = _MEDIUM.fullmatch(width)
    return medium[1] if medium else width


def _is_width(code: str) -> bool:
    code = code.replace(" ", "")
    return any(read_width(code, gender=gender) for gender in (Gender.MEN, Gender.WOMEN))


def _all_sizes(values: Iterable[str]) -> bool:
    stated = [value for value in values if value]
    return bool(stated) and all(is_size(value) for value in stated)


def _find(
    names: Sequence[str],
    known: frozenset[str],
    own: Sequence[str],
    linked: Sequence[str],
    metafield: str,
    besides: int | None = None,
) -> int | None:
    """Return the place of the option that the merchant, its metafield or its name says it is."""
    wanted = {_plain(name) for name in own}
    for place, name in enumerate(names):
        if place != besides and name in wanted:
            return place
    for place, field_name in enumerate(linked):
        if place != besides and field_name and field_name.rpartition(".")[2].endswith(metafield):
            return place
    return next(
        (place for place, name in enumerate(names) if place != besides and name in known), None
    )


def _plain(name: str) -> str:
    return _NAME_NOISE.sub(" ", name.lower()).strip()


def _at(values: Sequence[str], place: int | None) -> str:
    return values[place].strip() if place is not None and place < len(values) else ""
