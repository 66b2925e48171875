"""A catalogue as its staff would enter it, and customers. All names are invented."""

from __future__ import annotations

from django.conf import settings

# Collected only by the run that has oscar's settings.
if settings.ROOT_URLCONF == "tests.oscar.urls":
    pytest_plugins: list[str] = []
    from tests.oscar.shop import *  # noqa: F403
else:
    collect_ignore_glob = ["test_*.py"]
