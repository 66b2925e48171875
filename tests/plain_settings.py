"""The demo shop without any setting for REST framework, as most hosts come. For tests."""

from tests.settings import *  # noqa: F403

REST_FRAMEWORK: dict[str, object] = {}
