"""What an adapter can do and what it cannot, said in one place and in the same terms by all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Capability(StrEnum):
    """One thing that footback can exchange with a host, and the way it travels."""

    LISTINGS_FROM_MODELS = "listings_from_models"
    PURCHASES_FROM_MODELS = "purchases_from_models"
    LISTINGS_FROM_FILES = "listings_from_files"
    PURCHASES_FROM_FILES = "purchases_from_files"
    LISTINGS_BY_WEBHOOK = "listings_by_webhook"
    PURCHASES_BY_WEBHOOK = "purchases_by_webhook"
    RETURNS_BY_WEBHOOK = "returns_by_webhook"
    ERASURE_BY_WEBHOOK = "erasure_by_webhook"
    FACTS_TO_FILES = "facts_to_files"


@dataclass(frozen=True, slots=True)
class AdapterCard:
    """The card of one adapter: every capability is either in ``can`` or in ``cannot``.

    ``can`` says how (which file, which topics), ``cannot`` says why and what
    to do instead; both for people, in English, as the docs are. ``extra`` is
    the optional dependency to install, empty where none is needed.

    :raises ValueError: where a capability is in neither or in both, or has no words.
    """

    name: str
    title: str
    can: Mapping[Capability, str]
    cannot: Mapping[Capability, str]
    extra: str = ""

    def __post_init__(self) -> None:
        both = sorted(key.value for key in self.can.keys() & self.cannot.keys())
        neither = sorted(set(map(str, Capability)) - self.can.keys() - self.cannot.keys())
        if both or neither:
            raise ValueError(f"{self.name}: in both {both}, in neither {neither}")
        wordless = sorted(
            key.value for key, words in {**self.can, **self.cannot}.items() if not words
        )
        if wordless:
            raise ValueError(f"{self.name}: no words for {wordless}")
