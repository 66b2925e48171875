"""Takes the pictures of README and docs: ``make screenshots``.

Fills a throw-away database from ``fixtures/``, serves the shop on a free port,
and looks at it with Chromium. Nothing else needs to run.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.machine import find_chromium

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
START_SECONDS = 60
# Run by `manage.py shell`: the shop and its facts, without orders and without mail.
FILL = """
from django.conf import settings
from django.utils import timezone
from footback_shop.demo.loading import load_fixtures
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.intake.catalogue import sync_catalogue
now = timezone.now()
load_fixtures(directory=settings.BASE_DIR / "fixtures", now=now)
sync_catalogue(now=now, full=True)
annotate_stale(now=now)
assess_stale(now=now)
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: where it goes, what it shows, how wide, in which scheme.

    ``press`` are selectors clicked one after the other before the picture is
    taken: the way a shopper gets there.
    """

    name: str
    address: str
    width: int
    height: int
    scheme: str = "light"
    press: tuple[str, ...] = ()


FIRST_SHOE = (".fb-card h2 a",)
TWO_PICKS = (".fb-pick >> nth=0", ".fb-pick >> nth=4", ".fb-tray button[type=submit]")
PICTURES = (
    Picture("browse.png", "/shoes/", 1280, 1000),
    Picture("browse-phone.png", "/shoes/", 390, 844, scheme="dark"),
    Picture("filters-phone.png", "/shoes/?arch=2", 390, 844, press=("[data-fb-open]",)),
    Picture("listing.png", "/shoes/?arch=2&heel=1_to_2in", 1280, 1000, press=FIRST_SHOE),
    Picture("listing-phone.png", "/shoes/?heel=2_to_3in", 390, 844, press=FIRST_SHOE),
    Picture("compare.png", "/shoes/", 1280, 1000, press=TWO_PICKS),
    Picture("finder.png", "/shoes/find/", 1280, 1000),
    Picture("finder-phone.png", "/shoes/find/", 390, 844, scheme="dark"),
    Picture("fit.png", "/shoes/fit/", 1280, 1000),
    Picture("learn.png", "/shoes/learn/plantar-fasciitis/", 1280, 1000),
    Picture("learn-phone.png", "/shoes/learn/exercises/", 390, 844),
)


def main() -> int:
    """Take all pictures; return 0 when every one was written."""
    chromium = find_chromium()
    if not chromium.value:
        sys.stderr.write(f"{chromium.reason}; FOOTBACK_CHROMIUM may name one.\n")
        return 1
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "DATABASE_URL": f"sqlite:///{folder}/pictures.sqlite3",
            "DEBUG": "1",
        }
        _manage(environment, "migrate", "--verbosity", "0")
        _manage(environment, "shell", "--command", FILL)
        with _served(environment) as base, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium.value, args=["--no-sandbox", "--disable-gpu"]
            )
            for picture in PICTURES:
                _take(browser, base, picture)
                sys.stdout.write(f"docs/images/{picture.name}\n")
            browser.close()
    return 0


def _manage(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


@contextmanager
def _served(environment: dict[str, str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, str(ROOT / "manage.py"), "runserver", "--noreload", str(port)]
    server = subprocess.Popen(  # noqa: S603
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(base + "/shoes/", server)
        yield base
    finally:
        server.terminate()
        server.wait(timeout=10)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError("the shop could not be started; try: python manage.py runserver")
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"the shop did not answer within {START_SECONDS} seconds")


def _take(browser: Browser, base: str, picture: Picture) -> None:
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme="dark" if picture.scheme == "dark" else "light",
        locale="en-US",
    )
    page = context.new_page()
    page.goto(base + picture.address)
    for selector in picture.press:
        page.locator(selector).first.click()
        page.wait_for_load_state()
    page.screenshot(path=IMAGES / picture.name)
    context.close()


if __name__ == "__main__":
    sys.exit(main())
