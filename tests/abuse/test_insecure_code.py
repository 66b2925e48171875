"""The source itself: what writes markup or settings an attacker could use ..."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.architecture.sources import PROJECT_DIR

#: Where markup is written past the escaping, why that is right, and the test that shows it.
PAST_THE_ESCAPING = {
    "shop_plugin/templatetags/footback_host.py": (
        "JSON inside a script element, with <, > and & written as escapes",
        "tests/services/shopping/test_structured_data.py",
    ),
    "shop_plugin/templatetags/footback_browse.py": (
        "the values of a facet and drawn cards, each part escaped when it is written",
        "tests/storefront/test_browse.py",
    ),
    "shop_plugin/admin/charts.py": (
        "the parts of a drawing, each written by format_html",
        "tests/admin/test_reports.py",
    ),
    "shop_plugin/templates/footback/email/nudge.txt": (
        "plain text, in which an escape would be read as letters",
        "tests/services/nudges/test_mailing.py",
    ),
}
MARKUP = re.compile(
    r"mark_safe\(|SafeString\(|SafeText\(|\|\s*safe\b|autoescape off|format_html\(\s*f[\"']"
)


@pytest.mark.proof("S24")
def test_goes_past_the_escaping_in_the_listed_places_only() -> None:
    found = {
        path.relative_to(PROJECT_DIR).as_posix()
        for top in ("shop_plugin", "footback_shop")
        for path in (PROJECT_DIR / top).rglob("*")
        if path.suffix in {".py", ".html", ".txt"} and MARKUP.search(path.read_text("utf-8"))
    }
    assert found == set(PAST_THE_ESCAPING)
    for reason, test in PAST_THE_ESCAPING.values():
        assert reason
        assert (PROJECT_DIR / test).exists(), test


@pytest.mark.proof("S21")
def test_breaks_no_rule_of_the_security_linter() -> None:
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--select",
        "S",
        "--ignore",
        "S101",
        "shop_plugin",
    ]
    done = subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


#: What the demo shop must leave open, because it is served on this machine without TLS.
OPEN_IN_THE_DEMO = {"security.W004", "security.W008", "security.W012", "security.W016"}


@pytest.mark.proof("S21")
def test_passes_the_deploy_checks_but_for_what_needs_tls() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"],
        cwd=PROJECT_DIR,
        env=_environment_of_a_shop(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert set(re.findall(r"security\.[EW]\d+", done.stderr)) <= OPEN_IN_THE_DEMO
    assert set(re.findall(r"footback\.[EW]\d+", done.stderr)) == set()


def _environment_of_a_shop() -> dict[str, str]:
    # The browser tests of this process allow Django's ORM beside a running event loop. No shop
    # does, and Django's own deploy check refuses it.
    own = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return {**own, "DJANGO_SETTINGS_MODULE": "footback_shop.settings"}
