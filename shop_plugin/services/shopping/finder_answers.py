"""What somebody answers to "Find my shoe", and the limits it means. Kept nowhere.

The answers travel in the body of a form and live as long as the request. What
they say of the feet (``needs``) never becomes a criterion, for criteria have
an address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType

from django.http import QueryDict

from shop_plugin.domain.attributes import Gender, UseCategory
from shop_plugin.domain.bands import HEEL_BANDS, UNCLEAR
from shop_plugin.domain.scoring import GENERAL
from shop_plugin.services.search.criteria import SearchCriteria, in_order
from shop_plugin.services.search.facets import FACETS_BY_KEY, UNKNOWN
from shop_plugin.services.shop.guides import guide_in_force
from shop_plugin.services.words.occasions import OCCASIONS

CHILD = "child"
NOTHING = "none"
WEARERS = ("women", "men", "anyone", CHILD)
WIDTHS = ("narrow", "regular", "wide", "extra_wide")
# The highest heel somebody wants, and the bands that lie below it.
HEEL_LIMITS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"1": HEEL_BANDS[:1], "2": HEEL_BANDS[:2], "3": HEEL_BANDS[:3]}
)
# What is left where no pointed toe is wanted; a toe that nobody states may be any.
ROOMY = "roomy"
ROOMY_TOES = ("foot_shaped", "round", "square", "open", UNCLEAR, UNKNOWN)
MAX_PAGE = 10_000


def known_needs() -> tuple[str, ...]:
    """Return the keys that may be chosen for the feet, those for a professional last."""
    guide = guide_in_force()
    return (*(item for item in guide.conditions if item != GENERAL), *guide.refer_conditions)


@dataclass(frozen=True, slots=True)
class FinderAnswers:
    """The answers, each empty where nothing was chosen.

    ``needs`` are conditions of the guide. ``occasions`` say what the shoes are
    for, ``without`` which of the kinds that this means are not wanted after
    all. ``heel`` is the highest in whole inches ("2"); ``unstated`` is "heel"
    where shoes whose heel nobody states are wanted too. ``toe`` is "roomy"
    where none that is pointed is wanted. ``size`` and ``price`` are values of
    those facets.
    """

    needs: tuple[str, ...] = ()
    occasions: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    wearer: str = ""
    heel: str = ""
    unstated: str = ""
    toe: str = ""
    size: str = ""
    width: str = ""
    price: str = ""
    page: int = 1

    @classmethod
    def from_form(cls, form: QueryDict) -> FinderAnswers:
        """Return what a form says. Never raises; what means nothing is left out."""
        page = form.get("page", "")
        return cls(
            needs=_known(form.getlist("needs"), known_needs()),
            occasions=_known(form.getlist("occasions"), tuple(OCCASIONS)),
            without=_known(form.getlist("without"), tuple(UseCategory)),
            wearer=_one(form, "wearer", WEARERS),
            heel=_one(form, "heel", tuple(HEEL_LIMITS)),
            unstated=_one(form, "unstated", ("heel",)),
            toe=_one(form, "toe", (ROOMY,)),
            size=_facet_value(form, "size"),
            width=_one(form, "width", WIDTHS),
            price=_facet_value(form, "price"),
            page=int(page) if page in _PAGES else 1,
        )

    @property
    def is_for_child(self) -> bool:
        """Tell whether the shoes are for a child; those are never scored."""
        return self.wearer == CHILD

    @property
    def categories(self) -> tuple[str, ...]:
        """Return the kinds of shoe that the occasions mean, without those not wanted."""
        meant = {kind.value for key in self.occasions for kind in OCCASIONS[key].categories}
        return in_order(FACETS_BY_KEY["category"], tuple(meant - set(self.without)))

    def criteria(self) -> SearchCriteria:
        """Return the limits as criteria of a search; the needs are no part of them."""
        chosen = {
            "category": self.categories,
            "gender": self._genders(),
            "heel": self._heels(),
            "toe": ROOMY_TOES if self.toe else (),
            "size": (self.size,) if self.size else (),
            "price": (self.price,) if self.price else (),
        }
        return SearchCriteria(
            chosen=MappingProxyType(
                {
                    key: in_order(FACETS_BY_KEY[key], values)
                    for key, values in chosen.items()
                    if values
                }
            )
        )

    def without_value(self, name: str, value: str = "") -> FinderAnswers:
        """Return these answers with one value less, or with nothing chosen under a name.

        Of "category" the kind goes that an occasion brought in; without a
        value, all occasions go. A name that is no answer changes nothing.
        """
        if name == "category" and value:
            return replace(self, without=(*self.without, value), page=1)
        name = {"category": "occasions", "gender": "wearer"}.get(name, name)
        if name not in {item.name for item in fields(self)} - {"page"}:
            return self
        held = getattr(self, name)
        if isinstance(held, tuple):
            kept = tuple(item for item in held if value and item != value)
            return replace(self, **{name: kept}, page=1)  # type: ignore[arg-type]
        return replace(self, **{name: ""}, page=1)  # type: ignore[arg-type]

    def iter_pairs(self) -> Iterator[tuple[str, str]]:
        """Yield name and value of every answer as a form holds them; the page is left out."""
        for item in fields(self):
            if item.name == "page":
                continue
            held = getattr(self, item.name)
            for value in held if isinstance(held, tuple) else (held,):
                if value:
                    yield item.name, value

    def _genders(self) -> tuple[str, ...]:
        if self.wearer not in (Gender.WOMEN.value, Gender.MEN.value):
            return ()
        return self.wearer, Gender.UNISEX.value

    def _heels(self) -> tuple[str, ...]:
        bands = HEEL_LIMITS.get(self.heel, ())
        return (*bands, UNCLEAR, UNKNOWN) if bands and self.unstated else bands


_PAGES = frozenset(str(number) for number in range(1, MAX_PAGE + 1))


def _known(values: list[str], known: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(item) for item in known if item in values)


def _one(form: QueryDict, name: str, known: tuple[str, ...]) -> str:
    value = form.get(name, "")
    return value if value in known else ""


def _facet_value(form: QueryDict, key: str) -> str:
    value = form.get(key, "")
    return value if value and FACETS_BY_KEY[key].accepts(value) else ""
