"""What came of a form, carried to the page that is shown after it.

A form is answered by a redirect (303) to the page itself, so that neither the
way back nor a reload asks a reader whether to send a form again. No session
is needed: what is to be said stands, signed, in the query.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

SAID: Final = "said"
LONGEST_SECONDS: Final = 3600
_SALT: Final = "footback.said.v1"


@dataclass(frozen=True, slots=True)
class Said:
    """A notice and the place that it belongs to: a pair's key, or the name of a part of the page.

    ``form`` is what a page needs to know of the form to show it as done, and
    ``stand`` how things stood then.
    """

    where: int | str
    text: str
    is_refusal: bool
    form: Mapping[str, str] = field(default_factory=dict)
    stand: str = ""


def see_other(request: HttpRequest, said: Said, *, stand: str) -> HttpResponse:
    """Return the redirect to the page itself that says what came of a form."""
    told = (said.where, said.text, said.is_refusal, dict(said.form), stand)
    return see_other_telling(request, told, salt=_SALT)


def read_said(request: HttpRequest) -> Said | None:
    """Return what the address says came of a form, where it says what was signed here."""
    told = read_told(request, salt=_SALT)
    return None if told is None else Said(*told)


def see_other_telling(request: HttpRequest, told: Sequence[Any], *, salt: str) -> HttpResponse:
    """Return the redirect to the page itself with a few values of JSON, signed, in its query.

    ``salt`` names the page, so that one page never reads what another wrote.
    A browser keeps the fragment that the form was sent with.
    """
    query = request.GET.copy()
    query[SAID] = signing.dumps(told, salt=salt, compress=True)
    response = HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
    response.status_code = 303
    return response


def read_told(request: HttpRequest, *, salt: str) -> list[Any] | None:
    """Return what :func:`see_other_telling` put into the address, for an hour."""
    if not (signed := request.GET.get(SAID)):
        return None
    try:
        told: list[Any] = signing.loads(signed, salt=salt, max_age=LONGEST_SECONDS)
    except signing.BadSignature:
        return None
    return told


def address_without_said(request: HttpRequest) -> str:
    """Return the address of the page as it was before a form was sent."""
    query = request.GET.copy()
    query.pop(SAID, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path
