"""What came of a form, carried to the page that is shown after it.

A form is answered by a redirect (303) to the page itself, so that neither the
way back nor a reload asks a reader whether to send a form again. No session
is needed: what is to be said stands, signed, in the query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

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
    """Return the redirect to the page itself that says what came of a form.

    A browser keeps the fragment that the form was sent with.
    """
    query = request.GET.copy()
    told = (said.where, said.text, said.is_refusal, dict(said.form), stand)
    query[SAID] = signing.dumps(told, salt=_SALT, compress=True)
    response = HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
    response.status_code = 303
    return response


def read_said(request: HttpRequest) -> Said | None:
    """Return what the address says came of a form, where it says what was signed here."""
    if not (signed := request.GET.get(SAID)):
        return None
    try:
        return Said(*signing.loads(signed, salt=_SALT, max_age=LONGEST_SECONDS))
    except signing.BadSignature:
        return None
