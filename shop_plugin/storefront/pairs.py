"""My shoes: for a signed-in shopper, and by the link in a mail. A GET never changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from shop_plugin.conf import get_settings
from shop_plugin.services.nudges.mail_settings import (
    ImpossibleSettingError,
    MailSettings,
    read_mail_settings,
    set_language,
    set_pace,
    start_mails,
    stop_mails,
    undo_mail_settings,
)
from shop_plugin.services.pairs.my_pairs import Change, UnknownPairError, change_pair, undo_change
from shop_plugin.services.pairs.pair_changes import Answer, ImpossibleWishError, Result, Wish
from shop_plugin.services.pairs.wardrobe import Wardrobe, read_wardrobe, size_check_weeks
from shop_plugin.services.people.host_hooks import HookFailedError
from shop_plugin.services.people.personal_access import (
    Person,
    find_person_by_token,
    find_person_of_user,
)
from shop_plugin.services.words.explaining import DISCLAIMER
from shop_plugin.storefront.bodies import stated_bytes
from shop_plugin.storefront.language import in_language_of_link
from shop_plugin.storefront.said import Said, read_said, see_other
from shop_plugin.storefront.subscription import LARGEST_BODY_BYTES

MINE: Final = "my shoes page"
BY_LINK: Final = "preference page"
MAILS: Final = "mails"
_LARGEST_KEY = 2**63 - 1
_OF_MAILS: Final = ("do", "days_between", "mails_per_year", "language")


@dataclass(frozen=True, slots=True)
class Notice:
    """What came of a form. ``where`` is a pair's key, "mails", or empty for the top of the page."""

    where: int | str
    text: str
    is_refusal: bool = False


class _UnclearFormError(Exception):
    """The form says nothing that can be carried out; says what is missing."""


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def pairs_view(request: HttpRequest) -> HttpResponse:
    """Show a signed-in shopper their pairs, or change one of them (POST, answered by a GET)."""
    user = getattr(request, "user", None)
    try:
        person = find_person_of_user(user, now=timezone.now())
    except HookFailedError:
        # Nothing is shown and nothing is changed: it is not known whose pairs these would be.
        return render(request, "footback/pairs/cannot_tell.html", status=503)
    context = {
        "is_signed_in": user is not None and user.is_authenticated,
        "login_url": _login_url(request) if get_settings().CONTACT_FOR_USER else "",
        "uses_session": True,
        "person": person,
        "disclaimer": DISCLAIMER,
    }
    return _answer(request, person, "footback/pairs/mine.html", MINE, context)


# The token is the proof, as it is for the unsubscribe link: a mail program may open the page
# without any cookie, and whoever can forge the request would need the link first.
@csrf_exempt
@never_cache
@in_language_of_link
@require_http_methods(["GET", "HEAD", "POST"])
def preferences_view(request: HttpRequest, token: str) -> HttpResponse:
    """Show the pairs and settings of whoever has the link, or change one of them (POST).

    A token that does not exist is answered as one whose owner has no pairs.
    """
    person = find_person_by_token(token)
    context = {"uses_session": False, "person": person}
    return _answer(request, person, "footback/pairs/preferences.html", BY_LINK, context)


def _answer(
    request: HttpRequest,
    person: Person | None,
    template: str,
    where: str,
    context: dict[str, Any],
) -> HttpResponse:
    notice, status, said = None, 200, read_said(request)
    if request.method == "POST":
        if stated_bytes(request) > LARGEST_BODY_BYTES:
            return HttpResponse(status=413)
        try:
            done = _carry_out(request.POST, person, where)
            said = Said(done.where, done.text, done.is_refusal, _settings_of(request.POST))
        except UnknownPairError as problem:
            raise Http404(_("There is no such pair here.")) from problem
        except _UnclearFormError as problem:
            notice, status, said = problem.args[0], 400, None
    now = timezone.now()
    wardrobe = read_wardrobe(person, now=now)
    mails = read_mail_settings(person, now=now)
    if said is not None:
        if person is None:
            mails = _as_if_known(mails, said.form)
        stand = _stand(said.where, mails, wardrobe)
        if request.method == "POST":
            return _with_headers(see_other(request, said, stand=stand), where)
        if said.stand == stand:  # what was said before something else holds no longer
            notice = Notice(said.where, said.text, said.is_refusal)
    context |= {
        "notice": notice and _with_place(notice, wardrobe),
        "wardrobe": wardrobe,
        "opens_put_away": _is_put_away(notice, wardrobe),
        "mails": mails,
        "day_choices": range(1, 8),
        "size_checks": size_check_weeks(),
        "shop_name": get_settings().SHOP_NAME,
        "repair_url": get_settings().REPAIR_URL,
        "browse_url": _find_url("footback:browse"),
        "listing_links": bool(_find_url("footback:listing", 1)),
    }
    return _with_headers(render(request, template, context, status=status), where)


def _with_headers(response: HttpResponse, where: str) -> HttpResponse:
    # The address behind a link is a secret. With a login there is none in it, and a form needs
    # to say where it comes from, or Django takes it for forged.
    response["Referrer-Policy"] = "same-origin" if where == MINE else "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _carry_out(form: Mapping[str, str], person: Person | None, where: str) -> Notice:
    """Do what a form asks.

    :raises UnknownPairError: for a pair that is not this person's.
    :raises _UnclearFormError: with the notice to show, where nothing was changed.
    """
    do, now = form.get("do", ""), timezone.now()
    if do == "answer":
        return _change(form, person, where)
    if do == "undo":
        key, entry = _read_key(form, "pair"), _read_key(form, "entry")
        change = undo_change(person=person, key=key, entry=entry, now=now, where=where)
        return Notice(key, _words(change), is_refusal=change.result is Result.SUPERSEDED)
    if where == MINE and (person is None or not person.is_address_proven):
        raise UnknownPairError
    try:
        return _set_mails(do, form, person, where)
    except ImpossibleSettingError as problem:
        raise _unclear(MAILS) from problem


def _change(form: Mapping[str, str], person: Person | None, where: str) -> Notice:
    key = _read_key(form, "pair")
    try:
        change = change_pair(
            person=person,
            key=key,
            wish=_read_wish(form),
            seen=_read_key(form, "seen"),
            now=timezone.now(),
            where=where,
        )
    except ImpossibleWishError as problem:
        text = _(
            "Nothing was changed. Please choose a number of days, or a day from the order until "
            "today."
        )
        raise _UnclearFormError(Notice(key, text, is_refusal=True)) from problem
    return Notice(key, _words(change), is_refusal=change.result is Result.CLOSED)


def _set_mails(do: str, form: Mapping[str, str], person: Person | None, where: str) -> Notice:
    now = timezone.now()
    match do:
        case "stop":
            stop_mails(person=person, now=now, where=where)
            return Notice(MAILS, _("Done. No more notes to this address."))
        case "start" if form.get("agree") == "yes":
            start_mails(person=person, now=now, where=where)
            return Notice(MAILS, _("Noted. We write again when a pair is due for a look."))
        case "start":
            text = _("Nothing was changed. Please tick the box: without it we do not write.")
            raise _UnclearFormError(Notice(MAILS, text, is_refusal=True))
        case "pace":
            set_pace(
                person=person,
                days_between=_read_choice(form, "days_between"),
                mails_per_year=_read_choice(form, "mails_per_year"),
                now=now,
                where=where,
            )
        case "language":
            set_language(person=person, language=form.get("language", ""), now=now, where=where)
        case "undo_settings":
            undo_mail_settings(person=person, now=now, where=where)
            return Notice(MAILS, _("Taken back."))
        case _:
            raise _unclear("")
    return Notice(MAILS, _("Saved. It holds from the next note on."))


def _read_wish(form: Mapping[str, str]) -> Wish:
    """Return the wish of a form.

    :raises ImpossibleWishError: for an answer, number or day that cannot be read.
    """
    given, days, on = form.get("answer", ""), form.get("days", ""), form.get("on", "")
    if given not in set(Answer):
        raise ImpossibleWishError(given[:40])
    answer = Answer(given)
    try:
        return Wish(
            answer,
            _read_number(days) if days else None,
            date.fromisoformat(on) if on and answer is Answer.STARTED else None,
        )
    except ValueError as problem:
        raise ImpossibleWishError(str(problem)) from problem


def _read_number(text: str) -> int:
    """Return a small whole number in plain digits.

    :raises ValueError: for anything else.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise ValueError("no whole number")
    return int(text)


def _read_key(form: Mapping[str, str], name: str) -> int:
    """Return a key of the form; one that cannot be a key is the key of nothing."""
    try:
        return min(_read_number(form.get(name, "")), _LARGEST_KEY)
    except ValueError:
        return 0


def _read_choice(form: Mapping[str, str], name: str) -> int | None:
    """Return a chosen number, ``None`` for "as usual"; 0, which is never offered, for nonsense."""
    return _read_key(form, name) if form.get(name) else None


def _unclear(where: int | str) -> _UnclearFormError:
    text = _("Nothing was changed. Please choose one of the answers.")
    return _UnclearFormError(Notice(where, text, is_refusal=True))


def _words(change: Change) -> str:
    """Return what came of a change to a pair, in a sentence."""
    if change.result is Result.UNDONE:
        return _("Taken back. The pair stands as it did before.")
    if change.result is Result.SUPERSEDED:
        return _("Nothing was changed: you have said something else about this pair since.")
    if change.result is Result.CLOSED or change.wish is None:
        return _("Nothing was changed: the pair went back, or your orders name a newer one.")
    answer = change.wish.answer
    if answer is Answer.SNOOZE:
        text = _("Noted. No note about this pair for %(days)d days.")
        return text % {"days": change.wish.days or 30}
    if answer is Answer.STARTED and change.wish.on is not None:
        text = _("Noted: worn since %(day)s. The range was worked out anew.")
        return text % {"day": date_format(change.wish.on, "DATE_FORMAT")}
    return {
        Answer.STILL_FINE: _("Noted: still fine. From now on we expect a longer life."),
        Answer.DAYS: _("Noted. The range was worked out anew with how often you wear it."),
        Answer.KEPT: _("Noted: you wear both, in turn. Each is expected to last longer."),
        Answer.AGAIN: _("Noted. The pair is in use, and we may write about it."),
        Answer.STOP: _("Done. No more notes about this pair."),
        Answer.WORN_OUT: _("Noted: it has done its work. No more notes about it."),
        Answer.REPLACED: _("Noted: you replaced it. No more notes about it."),
        Answer.NOT_WORN: _("Noted: you do not wear it. No more notes about it."),
        Answer.GIVEN: _("Noted: it is with somebody else. No more notes about it."),
    }[answer]


def _with_place(notice: Notice, wardrobe: Wardrobe) -> Notice:
    """Return the notice with a place that the page has."""
    has_place = notice.where in (MAILS, "") or wardrobe.find(int(notice.where)) is not None
    return notice if has_place else replace(notice, where="")


def _is_put_away(notice: Notice | None, wardrobe: Wardrobe) -> bool:
    return notice is not None and notice.where in {card.key for card in wardrobe.put_away}


def _settings_of(form: Mapping[str, str]) -> dict[str, str]:
    """Return what the form says of mails as a whole: all that the page of nobody can show."""
    return {name: form[name][:20] for name in _OF_MAILS if form.get(name)}


def _stand(where: int | str, mails: MailSettings, wardrobe: Wardrobe) -> str:
    """Return how that stands which a notice speaks of, in a few characters."""
    card = wardrobe.find(where) if isinstance(where, int) else None
    if card is not None:
        return str(card.seen)
    pace = (mails.is_off, mails.days_between, mails.mails_per_year, mails.language, mails.can_undo)
    return "/".join(map(str, pace))


def _as_if_known(mails: MailSettings, form: Mapping[str, str]) -> MailSettings:
    """Return what the page of a known person would show after this form."""
    match form.get("do"):
        case "stop":
            return replace(mails, is_off=True)
        case "pace":
            days = _read_choice(form, "days_between")
            yearly = _read_choice(form, "mails_per_year")
            is_news = (days, yearly) != (None, None)
            return replace(mails, days_between=days, mails_per_year=yearly, can_undo=is_news)
        case "language":
            return replace(mails, language=form.get("language", ""), can_undo=True)
    return mails


def _login_url(request: HttpRequest) -> str:
    try:
        return f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.path})}"
    except NoReverseMatch:
        return ""


def _find_url(name: str, *args: object) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:  # the host does not show that page
        return ""
