"""The pages behind the links of a mail. A GET never changes anything: scanners press every link."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from shop_plugin.conf import get_settings
from shop_plugin.services.consent import unsubscribe

# RFC 8058 sends 26 bytes; nobody has a reason to send more than this.
LARGEST_BODY_BYTES = 4096


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_view(request: HttpRequest, token: str) -> HttpResponse:
    """Show one button (GET), or stop all reminders to the person (POST), at once.

    Needs no cookie and never redirects (RFC 8058, section 3.1). The answer to
    a token that does not exist is the same as to one that does.
    """
    is_post = request.method == "POST"
    if is_post:
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY_BYTES:
            return HttpResponse(status=413)
        unsubscribe(token=token, now=timezone.now())
    response = render(
        request,
        "footback/subscription/unsubscribe.html",
        {"is_done": is_post, "shop_name": get_settings().SHOP_NAME},
    )
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
