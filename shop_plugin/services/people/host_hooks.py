"""Questions to functions of the host: asked so that whatever comes back, nothing is lost.

A host's function may raise or answer nonsense. Then nobody is taken for
somebody else and no mail leaves; the failure has a name, in the log and for
the doctor. What the function said of a person is never logged.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime
from typing import Any, NoReturn

from django.db import DatabaseError
from django.utils.module_loading import import_string

from shop_plugin.conf import get_settings
from shop_plugin.models import NudgeControl

logger = logging.getLogger("footback.hooks")

CAN_CONTACT, CONTACT_FOR_USER = "CAN_CONTACT", "CONTACT_FOR_USER"
#: A failing function is asked again and again; it is told of this often, in seconds.
_TOLD_EVERY = 600.0
_told: dict[tuple[str, str], float] = {}


class HookFailedError(Exception):
    """Raised when a function of the host cannot be used: the setting's name, and what it did."""


def ask_may_contact(email: str, when: datetime) -> bool:
    """Return what ``CAN_CONTACT`` says of a mail to an address; yes where there is none.

    :raises HookFailedError: when it raises, or answers neither true nor false.
    """
    path = get_settings().CAN_CONTACT
    if not path:
        return True
    answer = _call(CAN_CONTACT, path, email, when)
    if not isinstance(answer, bool):
        _fail(CAN_CONTACT, f"it answered a {type(answer).__name__}, neither true nor false")
    return bool(answer)


def ask_contact_of(user: Any, *, now: datetime) -> str:
    """Return what ``CONTACT_FOR_USER`` says of a signed-in user; empty for nobody.

    A failure is also kept for the doctor, as pages leave no other trace.

    :raises HookFailedError: when it raises, or answers no text.
    """
    path = get_settings().CONTACT_FOR_USER
    if not path:
        return ""
    try:
        answer = _call(CONTACT_FOR_USER, path, user)
        if answer is not None and not isinstance(answer, str | int):
            _fail(CONTACT_FOR_USER, f"it answered a {type(answer).__name__}, no text")
    except HookFailedError as error:
        keep_failure(name=CONTACT_FOR_USER, what=str(error.args[-1]), now=now)
        raise
    return str(answer or "").strip()


def _call(name: str, path: str, *args: object) -> Any:
    try:
        return import_string(path)(*args)
    except Exception as error:  # the host's code: anything may come out of it
        # The error's own words may hold an address.
        _fail(name, f"it raised {type(error).__name__}")


def _fail(name: str, what: str) -> NoReturn:
    now = time.monotonic()
    if now - _told.get((name, what), -_TOLD_EVERY) >= _TOLD_EVERY:
        _told[name, what] = now
        logger.error("FOOTBACK[%r] cannot be used: %s", name, what)
    raise HookFailedError(name, what)


def keep_failure(*, name: str, what: str, now: datetime) -> None:
    """Keep for the doctor what failed and in which hour; ``what`` names no person. Never raises."""
    try:
        _keep(name, what, now)
    except DatabaseError:
        logger.exception("a failure of %s could not be kept", name)


def _keep(name: str, what: str, now: datetime) -> None:
    control = NudgeControl.objects.filter(pk=1).first()
    known = control.hook_failures if control else {}
    last = known.get(name, {})
    if last.get("what") == what and last.get("hour") == f"{now:%Y-%m-%dT%H}":
        return  # one write an hour, however many pages ask
    told = {**known, name: {"what": what, "hour": f"{now:%Y-%m-%dT%H}"}}
    NudgeControl.objects.update_or_create(pk=1, defaults={"hook_failures": told})
