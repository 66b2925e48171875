"""How much a request says it brings: asked before anything of it is read."""

from __future__ import annotations

from django.core.exceptions import BadRequest
from django.http import HttpRequest


def stated_bytes(request: HttpRequest) -> int:
    """Return how long the body says it is, in bytes.

    :raises BadRequest: where it says nonsense, at which Django would stumble. Answered with 400.
    """
    said = str(request.META.get("CONTENT_LENGTH") or "0")
    if not said.isdecimal():
        raise BadRequest("The length of the body is no number.")
    return int(said)
