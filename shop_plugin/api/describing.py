"""How an operation is told in the OpenAPI document, whatever the host has set for its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema

Operation = TypeVar("Operation", bound=Callable[..., Any])


def describe(**said: Any) -> Callable[[Operation], Operation]:
    """Return a decorator for the method of a resource; the words are those of ``extend_schema``.

    By itself that one builds upon ``REST_FRAMEWORK["DEFAULT_SCHEMA_CLASS"]``, which is the
    host's, and fails where a host has left it as it comes.
    """

    def decorate(method: Operation) -> Operation:
        method.__dict__["kwargs"] = {"schema": AutoSchema}
        described: Operation = extend_schema(**said)(method)
        return described

    return decorate
