"""Find my shoe: a short form whose answers are used for one list and then gone.

The form is posted, never put into an address; the page says so. With
JavaScript the answers live in the browser's own memory of the tab, so that
going back and reloading work without sending anything twice by surprise.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.views.decorators.http import require_http_methods

from shop_plugin.conf import get_settings
from shop_plugin.services.shopping.finder import find_shoes
from shop_plugin.services.shopping.finder_answers import FinderAnswers
from shop_plugin.services.shopping.finder_questions import build_questions
from shop_plugin.services.shopping.foot_memory import read_feet
from shop_plugin.services.words.explaining import BACK_RED_FLAGS, DISCLAIMER, FOOT_RED_FLAGS
from shop_plugin.storefront.privacy import keeps_nothing
from shop_plugin.storefront.reader import get_unit, vary_by_reader


@keeps_nothing
@require_http_methods(["GET", "HEAD", "POST"])
def finder(request: HttpRequest) -> HttpResponse:
    """Show the questions (GET), or the list that the answers give (POST).

    Nothing is read from the address. Any form gives a page: what means
    nothing is left out.
    """
    unit = get_unit(request)
    answers = _read_answers(request)
    context: dict[str, Any] = {
        "answers": answers,
        "shop_name": get_settings().SHOP_NAME,
        "disclaimer": DISCLAIMER,
    }
    if request.method == "POST" and "ask" not in request.POST:
        page = find_shoes(answers, unit=unit)
        context |= {
            "page": page,
            "total_text": _grouped(page.total),
            "without_grade_text": _grouped(page.without_grade),
        }
    else:
        feet = read_feet(request.COOKIES)
        context |= {
            "questions": build_questions(answers, unit=unit, feet=feet),
            "is_asked_again": request.method == "POST",
            "red_flags": (BACK_RED_FLAGS, FOOT_RED_FLAGS),
        }
    response = render(request, "footback/storefront/finder.html", context)
    vary_by_reader(response)
    return response


def _read_answers(request: HttpRequest) -> FinderAnswers:
    """Return the answers of the form, without the one whose button was pressed to drop it."""
    answers = FinderAnswers.from_form(request.POST)
    if dropped := request.POST.get("drop", ""):
        name, _colon, value = dropped.partition(":")
        answers = answers.without_value(name, value)
    return answers


def _grouped(number: int) -> str:
    return str(number_format(number, use_l10n=True, force_grouping=True))
