"""Which language a page is in: chosen by the reader, or brought along by the link of a mail."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from shop_plugin.services.nudges.addresses import LANGUAGE_PARAMETER
from shop_plugin.services.shop.languages import find_language

View = Callable[..., HttpResponse]

# Django's own view: keeps the choice in the language cookie and goes back to the page, never to
# another site. Without a token in every page, pages stay the same for everybody and can be cached;
# a forged request could at worst change the language a reader sees.
language_view = csrf_exempt(set_language)


def in_language_of_link(view: View) -> View:
    """Show a page in the language of the mail whose link was pressed, not in the browser's.

    The link names the language itself, so that nothing has to be looked up
    and a link of an unknown person looks like any other.
    """

    @wraps(view)
    def shown(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        language = find_language(request.GET.get(LANGUAGE_PARAMETER, ""))
        if not language:
            return view(request, *args, **kwargs)
        with translation.override(language):
            response = view(request, *args, **kwargs)
        response.headers["Content-Language"] = language
        return response

    return shown
