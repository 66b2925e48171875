"""Whether the reports of a mail provider find their way to footback: checks W031 and W032."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Warning
from django.urls import get_resolver

from shop_plugin.services.transport.smtp import is_anymail_used


def find_messages() -> list[CheckMessage]:
    """Return what keeps the reports away where mails leave through django-anymail."""
    if not is_anymail_used():
        return []
    if not apps.is_installed("anymail"):
        return [
            Warning(
                "EMAIL_BACKEND is one of django-anymail, but 'anymail' is not in INSTALLED_APPS: "
                "footback would hear of no bounce and no complaint.",
                hint="Add 'anymail' to INSTALLED_APPS and include anymail.urls; see "
                "docs/how-to/hear-from-your-mail-provider.md.",
                id="footback.W031",
            )
        ]
    if _is_mounted(get_resolver().url_patterns, "anymail.webhooks."):
        return []
    return [
        Warning(
            "Mails leave through django-anymail, but no address of this site takes the reports of "
            "the mail provider: bounces and complaints would go unnoticed.",
            hint='Add path("anymail/", include("anymail.urls")) to the URLs. Where another site '
            "takes them for this database, silence this check.",
            id="footback.W032",
        )
    ]


def _is_mounted(patterns: Sequence[Any], package: str) -> bool:
    """Tell whether an address of the site leads to a view class of a package."""
    return any(
        _is_mounted(item.url_patterns, package)
        if hasattr(item, "url_patterns")
        else getattr(item.callback, "view_class", type).__module__.startswith(package)
        for item in patterns
    )
