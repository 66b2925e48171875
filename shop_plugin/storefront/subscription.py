"""The pages behind the links of a mail. A GET never changes anything: scanners press every link."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from shop_plugin.conf import get_settings
from shop_plugin.services.pairs.answer_links import BrokenLinkError
from shop_plugin.services.pairs.answers import (
    MAIL_ANSWERS,
    get_pair_page,
    recall_outcome,
    record_answer,
    undo_answer,
)
from shop_plugin.services.pairs.pair_changes import Answer, Result, Wish
from shop_plugin.services.people.consent import unsubscribe
from shop_plugin.storefront.bodies import stated_bytes
from shop_plugin.storefront.language import in_language_of_link
from shop_plugin.storefront.said import address_without_said, read_told, see_other_telling

# RFC 8058 sends 26 bytes; nobody has a reason to send more than this.
LARGEST_BODY_BYTES = 4096
UNDO = "undo"
MOST_DAYS = 7
_SALT = "footback.answered.v1"


@csrf_exempt
@never_cache
@in_language_of_link
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_view(request: HttpRequest, token: str) -> HttpResponse:
    """Show one button (GET), or stop all reminders to the person (POST), at once.

    Needs no cookie and never redirects (RFC 8058, section 3.1). The answer to
    a token that does not exist is the same as to one that does.
    """
    is_post = request.method == "POST"
    if is_post:
        if _is_too_large(request):
            return HttpResponse(status=413)
        unsubscribe(token=token, now=timezone.now())
    return _show(request, "unsubscribe", {"is_done": is_post})


# The signed link is the proof, as it is for the unsubscribe link: a mail program may open the
# page without any cookie, and whoever can forge the request would need the link first.
@csrf_exempt
@never_cache
@in_language_of_link
@require_http_methods(["GET", "HEAD", "POST"])
def answer_view(request: HttpRequest, signed: str) -> HttpResponse:
    """Ask how a pair is doing (GET), or record what the person says of it (POST).

    What came of an answer is shown by a GET that follows it, as long as
    nothing else was said of the pair since. A link that is changed, too old or
    leads nowhere is always answered with the same page and status 410.
    """
    if request.method == "POST" and _is_too_large(request):
        return HttpResponse(status=413)
    try:
        if request.method != "POST":
            return _tell(request, signed) or _ask(request, signed)
        if request.POST.get("answer") == UNDO:
            outcome = undo_answer(signed=signed, now=timezone.now())
        else:
            wish = _find_wish(request)
            if wish is None:
                return _ask(request, signed, is_unclear=True)
            outcome = record_answer(signed=signed, wish=wish, now=timezone.now())
    except BrokenLinkError:
        return _show(request, "broken_link", {}, status=410)
    told = (outcome.result, outcome.seen)
    return _as_secret(see_other_telling(request, told, salt=_SALT))


def _tell(request: HttpRequest, signed: str) -> HttpResponse | None:
    """Return the page that says what came of an answer, where the address tells of one."""
    told = read_told(request, salt=_SALT)
    if told is None:
        return None
    result, seen = told
    outcome = recall_outcome(signed=signed, result=Result(result), seen=seen, now=timezone.now())
    if outcome is None:
        return None
    context = {
        "outcome": outcome,
        "pair": outcome.page,
        "again_url": address_without_said(request),
    }
    return _show(request, "answered", context)


def _ask(request: HttpRequest, signed: str, *, is_unclear: bool = False) -> HttpResponse:
    page = get_pair_page(signed=signed)
    context = {"pair": page, "is_unclear": is_unclear, "day_choices": range(1, MOST_DAYS + 1)}
    return _show(request, "answer", context, status=400 if is_unclear else 200)


def _find_wish(request: HttpRequest) -> Wish | None:
    """Return what the form says, or ``None`` where it says nothing that can be carried out."""
    given = request.POST.get("answer", "")
    if given not in MAIL_ANSWERS:
        return None
    answer = Answer(given)
    if answer is not Answer.DAYS:
        return Wish(answer)
    days = request.POST.get("days", "")
    known = {str(number): number for number in range(1, MOST_DAYS + 1)}
    return Wish(answer, known[days]) if days in known else None


def _is_too_large(request: HttpRequest) -> bool:
    return stated_bytes(request) > LARGEST_BODY_BYTES


def _show(
    request: HttpRequest, page: str, context: dict[str, object], *, status: int = 200
) -> HttpResponse:
    """Return one of the pages."""
    response = render(
        request,
        f"footback/subscription/{page}.html",
        {**context, "shop_name": get_settings().SHOP_NAME},
        status=status,
    )
    return _as_secret(response)


def _as_secret(response: HttpResponse) -> HttpResponse:
    """Let the address of a page, which is a secret, go nowhere else."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
