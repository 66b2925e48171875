"""The field map in the settings, ``FOOTBACK["HOST"]``, made into what a subclass would say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from shop_plugin.adapters.orm.paths import Always, SizesFrom, name_closest
from shop_plugin.conf import get_settings
from shop_plugin.domain.map_faults import MapFault

_OWN_KEYS = ("model", "only")


@dataclass(frozen=True, slots=True)
class HostMap:
    """One part of ``HOST`` as attributes of a source, and what in it means nothing."""

    part: str
    attributes: Mapping[str, Any]
    faults: tuple[MapFault, ...]

    def give_to(self, source: object) -> None:
        """Set the attributes."""
        for name, value in self.attributes.items():
            setattr(source, name, value)

    def where(self, key: str) -> str:
        """Return the place of a key, for messages."""
        if key == "name":
            return "FOOTBACK['HOST']['name']"
        return f"FOOTBACK['HOST']['{self.part}']['{key}']"


def read_host_map(part: str, keys: Iterable[str]) -> HostMap:
    """Return the map of a part ("product", "order_line") that may have these keys.

    A text is a path, one that begins with "=" is itself the value, and so is
    what is no text (``True``). A function is called with the object.
    """
    host = get_settings().HOST
    given: Any = host.get(part)
    attributes: dict[str, Any] = {
        "name": str(host.get("name") or ""),
        "is_pushed": host.get("push") is True,
    }
    if not isinstance(given, Mapping):
        text = f"FOOTBACK['HOST']['{part}'] is no dict."
        return HostMap(part, attributes, (MapFault("E070", text, "Write {'model': ...}."),))
    known = (*_OWN_KEYS, *keys)
    faults = []
    for key, value in given.items():
        place = f"FOOTBACK['HOST']['{part}']['{key}']"
        if key not in known:
            near = name_closest(str(key), list(known))
            hint = "All keys are in docs/reference/field-map.csv."
            faults.append(MapFault("E070", f"{place} means nothing.{near}", hint))
            continue
        problem = _find_problem(key, value)
        if problem:
            faults.append(MapFault("E070", f"{place} {problem}"))
        else:
            attributes[key] = _read(key, value)
    return HostMap(part, attributes, tuple(faults))


def _find_problem(key: str, value: Any) -> str:
    if key == "only":
        return "" if isinstance(value, Mapping) else 'is no dict, such as {"is_public": True}.'
    if key in ("model", "updated"):
        return "" if isinstance(value, str) else "is no text."
    if key == "sizes" and isinstance(value, Mapping):
        known = ["from", *_size_parts()]
        odd = [str(name) for name in value if name not in known]
        if odd:
            return f'has "{odd[0]}", which means nothing.{name_closest(odd[0], known)}'
        return "" if value.get("from") else 'needs "from", the relation to the sizes.'
    if key == "raw_attributes" and isinstance(value, Mapping):
        return ""
    if isinstance(value, Mapping | list | tuple | set):
        return "is neither a path, nor a value, nor a function."
    return ""


def _read(key: str, value: Any) -> Any:
    if key in ("model", "updated", "only"):
        return value
    if key == "sizes" and isinstance(value, Mapping):
        parts = {name: _source(part) for name, part in value.items() if name != "from"}
        return SizesFrom(str(value["from"]), **parts)
    if key == "raw_attributes" and isinstance(value, Mapping):
        return {str(name): _source(part) for name, part in value.items()}
    return _source(value)


def _source(value: Any) -> Any:
    if isinstance(value, str):
        return Always(value[1:]) if value.startswith("=") else value
    if value is None or callable(value):
        return value or ""
    return Always(value)


def _size_parts() -> list[str]:
    return [item.name for item in fields(SizesFrom)[1:]]
