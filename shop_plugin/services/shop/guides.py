"""The guide that is in force in this shop, and the others it may compare it with."""

from __future__ import annotations

from shop_plugin.conf import get_settings
from shop_plugin.domain.guide import Guide, GuideError, load_guide, shipped_versions


def guide_in_force() -> Guide:
    """Return the guide that the setting ``FORMULA`` names; the same object every time.

    :raises GuideError: for a version that is neither shipped nor in ``GUIDE_FOLDER``.
    """
    return find_guide(get_settings().FORMULA)


def find_guide(version: str) -> Guide:
    """Return a guide by its version, a shipped one or one of the shop's own.

    A heel mode behind it ("fb-1.0+nominal") names no other guide.

    :raises GuideError: for a version that is neither shipped nor in ``GUIDE_FOLDER``.
    """
    return load_guide(version.partition("+")[0], get_settings().GUIDE_FOLDER)


def guides_at_hand() -> tuple[str, str]:
    """Return the settings that decide which guides there are and which is in force.

    What is made of a guide's words may be kept under them and the version.
    """
    options = get_settings()
    return options.FORMULA, str(options.GUIDE_FOLDER)


def guide_versions() -> tuple[str, ...]:
    """Return the versions of all guides there are, sorted."""
    return shipped_versions(get_settings().GUIDE_FOLDER)


def find_guide_problem() -> str:
    """Return why the guide that the settings name cannot be used, empty where it can."""
    try:
        guide_in_force()
    except GuideError as error:
        return str(error)
    return ""
