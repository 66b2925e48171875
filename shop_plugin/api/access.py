"""Who may write: a program with a key of the right scope. Reading is open, but for nudges.

Neither sessions nor a host's own authentication are looked at: a page of the
shop can never be made to write in the name of whoever is logged in.
"""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from shop_plugin.models import ApiKey
from shop_plugin.services.access.api_keys import find_key, has_scope, note_use

SCHEME = "Bearer"


class KeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer fbk_…``: a key made in the admin or by ``footback_api_key``."""

    def authenticate(self, request: Request) -> tuple[object, ApiKey] | None:
        """Return the key's user and the key, or ``None`` where no key was sent.

        :raises AuthenticationFailed: for a key that is not in force.
        """
        if request.method in SAFE_METHODS and not request.parser_context["view"].is_private:
            return None
        scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        now = timezone.now()
        key = find_key(token=token.strip(), now=now) if scheme.lower() == "bearer" else None
        if key is None:
            raise AuthenticationFailed(
                _("This is no key in force. Send Authorization: Bearer and a key that is.")
            )
        note_use(key=key, now=now)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """Return what WWW-Authenticate says."""
        return f'{SCHEME} realm="footback"'


class MayUse(BasePermission):
    """What is private, and all writing, needs a key with the view's scope and a user who may."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether the request may go on.

        :raises NotAuthenticated: where a key is needed and none was sent.
        """
        # Every view of the API is a Resource, which says so; the stubs know REST framework's alone.
        if request.method in SAFE_METHODS and not view.is_private:  # type: ignore[attr-defined]
            return True
        if not isinstance(request.auth, ApiKey):
            raise NotAuthenticated(_("This needs a key: send Authorization: Bearer and a key."))
        self.message = _("The key has not the scope %(scope)s, or its user may not do this.") % {
            "scope": view.scope.value  # type: ignore[attr-defined]
        }
        return has_scope(key=request.auth, scope=view.scope)  # type: ignore[attr-defined]


class KeyScheme(OpenApiAuthenticationExtension):
    """The key as the OpenAPI document describes it."""

    target_class = "shop_plugin.api.access.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """Return the security scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key made in the admin or by manage.py footback_api_key.",
        }
