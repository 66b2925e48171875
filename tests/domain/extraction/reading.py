"""A short way to say what a text was read as."""

from shop_plugin.domain.attributes import Span
from shop_plugin.domain.extraction import extract
from shop_plugin.domain.records import Reading

Facts = dict[str, object]


def spell(reading: Reading) -> object:
    """Return a span as mm or g (a pair where it is an interval), options as a sorted string."""
    if isinstance(reading.value, Span):
        low, high = reading.value.low / 1000, reading.value.high / 1000
        return low if low == high else (low, high)
    return " ".join(sorted(reading.value.members))


def facts_of(
    text: str, *, title: str = "", only: set[str] | None = None, language: str = ""
) -> Facts:
    """Return what a description states, one value per attribute, a list where there are more."""
    facts: dict[str, list[object]] = {}
    for reading in extract(title=title, description=text, language=language):
        if only is None or reading.attribute in only:
            facts.setdefault(reading.attribute, []).append(spell(reading))
    return {key: values[0] if len(values) == 1 else values for key, values in facts.items()}
