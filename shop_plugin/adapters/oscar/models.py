"""Whether django-oscar is there; its models, classes and signals, a fork's where there is one.

Here and nowhere else something of oscar is imported, and only when it is asked for.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.apps import apps
from django.utils.module_loading import import_string

from shop_plugin.adapters.base import UnusableSource


class PlacedOrder(NamedTuple):
    """An order that was just placed, and the language of whoever placed it, "" where unknown.

    Oscar itself keeps no language.
    """

    key: Any
    language: str


def oscar_model(label: str) -> Any:
    """Return the model of oscar's or of the app that was forked from it ("order.Line")."""
    return apps.get_model(label)


def oscar_class(module: str, name: str) -> Any:
    """Return a class of oscar's, or the shop's own that took its place in a forked app."""
    return import_string("oscar.core.loading.get_class")(module, name)


def order_signal(name: str) -> Any:
    """Return one of oscar's own signals about orders; a fork sends the same."""
    return import_string(f"oscar.apps.order.signals.{name}")


def require_oscar(who: str) -> None:
    """Do nothing where django-oscar is installed.

    :raises UnusableSource: where it is not; the message says what to do.
    """
    if not apps.is_installed("oscar"):
        raise UnusableSource(
            f"{who} needs django-oscar, which is not among INSTALLED_APPS. Install "
            "'footback[oscar]' and add oscar's apps, or name another adapter."
        )
