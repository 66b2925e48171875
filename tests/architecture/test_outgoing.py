"""What footback asks of other machines goes through the doors named here, and no other."""

from __future__ import annotations

import ast
import socket

from tests.architecture.sources import name_of, parse, python_files

#: Whatever opens a connection of its own, by module or by "module.name".
DOORS = {
    "aiohttp", "ftplib", "http.client", "httpx", "requests", "smtplib", "socket", "telnetlib",
    "urllib.request", "urllib3", "xmlrpc.client", "xmlrpc", "asyncio",
}  # fmt: skip
#: Who may, and why.
ALLOWED = {
    "shop_plugin/services/transport/guarded_http.py": {"http.client", "socket"},
    # The shop's own mail server, by its settings; and this machine's name, for the ledger.
    "shop_plugin/services/transport/smtp.py": {"smtplib", "socket"},
    "shop_plugin/services/transport/probing.py": {"smtplib"},
    "shop_plugin/services/nudges/handing.py": {"socket"},
}


def doors_of(tree: ast.Module) -> set[str]:
    """Return the doors that a file imports."""
    named: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named |= {item.name for item in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            named |= {node.module, *(f"{node.module}.{item.name}" for item in node.names)}
    return {door for door in DOORS if any(f"{name}.".startswith(f"{door}.") for name in named)}


def test_it_opens_connections_in_the_files_named_here_only() -> None:
    found = {
        name_of(path): doors
        for path in python_files("shop_plugin")
        if (doors := doors_of(parse(path)))
    }
    beyond = {name: doors - ALLOWED.get(name, set()) for name, doors in found.items()}
    assert {name: doors for name, doors in beyond.items() if doors} == {}
    assert "http.client" in found["shop_plugin/services/transport/guarded_http.py"]


def test_it_knows_a_door_when_it_sees_one() -> None:
    for line in (
        "import urllib.request",
        "from urllib import request",
        "from http.client import HTTPSConnection",
        "import urllib3.util",
        "from socket import create_connection",
    ):
        assert doors_of(ast.parse(line)), line
    assert doors_of(
        ast.parse("from urllib.parse import urlsplit\nfrom http import HTTPStatus")
    ) == (set())
    assert socket.__name__ in DOORS
