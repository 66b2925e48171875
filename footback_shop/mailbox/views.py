"""Pages of the demo's mailbox. They show mail from anywhere, so its HTML is kept in a sandbox."""

from __future__ import annotations

import re

from csp.decorators import csp
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from footback_shop.mailbox.reading import Mail, MailNotFound, count_mails, list_mails, read_mail

PER_PAGE = 50
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
# A mail brings its own styles and nothing else: no script, no form, nothing from elsewhere.
# Its links may open, in a window of their own.
MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@never_cache
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """List the mails, newest first."""
    total = count_mails(settings.MAILBOX_DIR)
    last_page = max(1, -(-total // PER_PAGE))
    page = min(max(_number(request.GET.get("page", "")), 1), last_page)
    mails = list_mails(settings.MAILBOX_DIR, offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
    context = {
        "mails": mails,
        "total": total,
        "page": page,
        "older": page + 1 if page < last_page else None,
        "newer": page - 1 if page > 1 else None,
    }
    return render(request, "mailbox/inbox.html", context)


@never_cache
@require_safe
def mail(request: HttpRequest, mail_id: str) -> HttpResponse:
    """Show one mail: how it looks, its plain text, its headers."""
    return render(request, "mailbox/mail.html", {"mail": _find(mail_id)})


@never_cache
@require_safe
@xframe_options_sameorigin
@csp(MAIL_POLICY)
def mail_html(request: HttpRequest, mail_id: str) -> HttpResponse:
    """Send the HTML part of a mail, for the frame on the mail's page.

    Only where its links open is added: a shop's page refuses to be shown in a frame.
    """
    found = _find(mail_id)
    if not found.html:
        raise Http404("This mail has no HTML part.")
    return HttpResponse(_HEAD.sub(r'\g<0><base target="_blank">', found.html, count=1))


def _find(mail_id: str) -> Mail:
    try:
        return read_mail(settings.MAILBOX_DIR, mail_id)
    except MailNotFound as missing:
        raise Http404("There is no such mail.") from missing


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 1
