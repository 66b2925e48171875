"""The way from oscar's dashboard to footback's pages for staff.

Made for the settings module, so nothing here asks for a model or for oscar.
"""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

# Each page with the permission that it asks for.
_PAGES = (
    (_("Shoes and their facts"), "admin:footback_listing_changelist", "footback.view_listing"),
    (_("Nudges"), "admin:footback_nudge_changelist", "footback.view_nudge"),
    (_("Nudge control"), "admin:footback_nudgecontrol_changelist", "footback.view_nudgecontrol"),
)
_PERMISSIONS = {url_name: permission for _label, url_name, permission in _PAGES}


def dashboard_entry() -> dict[str, Any]:
    """Return the entry to append to ``OSCAR_DASHBOARD_NAVIGATION``.

    Each of its links is shown to those only who may open the page behind it;
    where none may be opened, or the admin is not mounted, there is no entry.
    """
    return {
        "label": _("Footwear guide"),
        "icon": "fas fa-shoe-prints",
        "children": [
            {"label": label, "url_name": url_name, "access_fn": may_open}
            for label, url_name, _permission in _PAGES
        ],
        "access_fn": may_open_any,
    }


def may_open(
    user: Any, url_name: str | None = None, url_args: Any = None, url_kwargs: Any = None
) -> bool:
    """Tell whether a member of staff may open one of the pages, as oscar's navigation asks it."""
    if url_name is None or not user.is_staff:
        return False
    try:
        reverse(url_name, args=url_args, kwargs=url_kwargs)
    except NoReverseMatch:  # the shop does not mount Django's admin
        return False
    return bool(user.has_perm(_PERMISSIONS.get(url_name, "")))


def may_open_any(
    user: Any, url_name: str | None = None, url_args: Any = None, url_kwargs: Any = None
) -> bool:
    """Tell whether there is a page behind the heading that a member of staff may open."""
    return any(may_open(user, name) for name in _PERMISSIONS)
