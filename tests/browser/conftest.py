"""A real browser. Where there is none, these tests are skipped and say so."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, sync_playwright

from tests.machine import find_chromium
from tests.storefront.conftest import catalogue as catalogue

PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1280, height=900)

OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    found = find_chromium()
    skip = pytest.mark.skip(reason=found.reason)
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not found.value:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's loop lives in this thread; the ORM is used here only to prepare a page.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium().value,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(browser: Browser, live_server: object) -> Iterator[OpenPage]:
    """Open a page of the shop; at the end, no page may have logged an error.

    What the expression ``forgiven`` finds was broken on purpose, and is no error.
    """
    contexts = []
    errors: list[str] = []

    def open_page(
        address: str,
        *,
        viewport: ViewportSize = DESK,
        has_script: bool = True,
        scheme: str = "light",
        locale: str = "en-US",
        forgiven: str = "",
    ) -> Page:
        def is_error(said: ConsoleMessage) -> bool:
            is_forgiven = bool(forgiven) and re.search(forgiven, said.text) is not None
            return said.type == "error" and not is_forgiven

        context = browser.new_context(
            viewport=viewport,
            java_script_enabled=has_script,
            color_scheme="dark" if scheme == "dark" else "light",
            locale=locale,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: errors.append(said.text) if is_error(said) else None)
        page.on("pageerror", lambda problem: errors.append(str(problem)))
        page.goto(f"{live_server}{address}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == [], "the browser complained (a broken script, or the content policy)"
