"""The demo's mail: a real server takes it, a page shows it, and nothing in it can act."""

from __future__ import annotations

import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from footback_shop.demo.processes import find_free_port, is_listening
from footback_shop.mailbox.reading import MailNotFound, list_mails, read_mail
from tests.architecture.sources import PROJECT_DIR

HTML = (
    "<html><body><style>p{color:red}</style><p>Your pair</p><script>alert(1)</script></body></html>"
)


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A running sink: its port and its folder."""
    port, folder = find_free_port(0), tmp_path / "mailbox"
    module = ["-m", "footback_shop.mailbox.sink", "--port", str(port), "--directory", str(folder)]
    process = subprocess.Popen([sys.executable, *module], cwd=PROJECT_DIR)
    deadline = time.monotonic() + 20
    while not is_listening(port):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    yield port, folder
    process.terminate()
    assert process.wait(10) == 0


def _mail(subject: str = "Your pair from March", html: str = HTML) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "care@shop.example", "mia@example.org", subject
    mail["List-Unsubscribe"] = "<https://shop.example/f/u/abc/>"
    mail.set_content("Hello Mia,\n\nyour pair.")
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


def _keep(folder: Path, raw: bytes, mail_id: str = "20260301T101500.000001Z-0a1b2c3d") -> str:
    folder.mkdir(exist_ok=True)
    (folder / f"{mail_id}.eml").write_bytes(raw)
    return mail_id


@pytest.fixture
def mailbox(settings: LazySettings, tmp_path: Path) -> Path:
    """A mailbox folder that the pages show."""
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    settings.MAILBOX_DIR.mkdir()
    return settings.MAILBOX_DIR


def test_it_keeps_every_mail_it_is_given(sink: tuple[int, Path]) -> None:
    port, folder = sink
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for number in range(3):
            smtp.send_message(_mail(f"Pair {number}"))
    assert [mail.subject for mail in list_mails(folder)] == ["Pair 2", "Pair 1", "Pair 0"]
    mail = read_mail(folder, list_mails(folder)[0].id)
    assert ("Delivered-To", "mia@example.org") in mail.headers
    assert ("List-Unsubscribe", "<https://shop.example/f/u/abc/>") in mail.headers
    assert mail.text.startswith("Hello Mia,")
    assert "<p>Your pair</p>" in mail.html
    assert not list(folder.glob("*.part"))


def test_it_refuses_a_mail_that_is_too_large(sink: tuple[int, Path]) -> None:
    port, folder = sink
    mail = _mail()
    mail.add_attachment(b"x" * 3_000_000, maintype="application", subtype="octet-stream")
    with smtplib.SMTP("127.0.0.1", port) as smtp, pytest.raises(smtplib.SMTPException):
        smtp.send_message(mail)
    assert list_mails(folder) == []


@pytest.mark.parametrize("mail_id", ["../../etc/passwd", "20260301T101500.000001Z-xxxxxxxx", ""])
def test_it_opens_nothing_but_mails(tmp_path: Path, mail_id: str) -> None:
    with pytest.raises(MailNotFound):
        read_mail(tmp_path, mail_id)


def test_it_reads_a_mail_in_a_character_set_nobody_knows(tmp_path: Path) -> None:
    raw = b"From: a@example.org\r\nContent-Type: text/plain; charset=x-moon\r\n\r\nGr\xfc\xdfe"
    mail = read_mail(tmp_path, _keep(tmp_path, raw))
    assert mail.text.startswith("Gr")
    assert mail.summary.subject == ""


def test_it_lists_the_mails_and_shows_one(client: Client, mailbox: Path) -> None:
    mail_id = _keep(mailbox, _mail("Two <b>pairs</b>").as_bytes())
    page = client.get("/demo/mailbox/").content.decode()
    assert "1 mail." in page
    assert "Two &lt;b&gt;pairs&lt;/b&gt;" in page
    shown = client.get(f"/demo/mailbox/{mail_id}/").content.decode()
    assert f'src="/demo/mailbox/{mail_id}/html/"' in shown
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in shown
    assert "https://shop.example/f/u/abc/" in shown


def test_it_keeps_the_html_of_a_mail_in_a_sandbox(client: Client, mailbox: Path) -> None:
    mail_id = _keep(mailbox, _mail().as_bytes())
    answer = client.get(f"/demo/mailbox/{mail_id}/html/")
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox allow-popups" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_it_opens_the_links_of_a_mail_in_a_window_of_their_own(
    client: Client, mailbox: Path
) -> None:
    whole = '<!doctype html><html><HEAD data-x="1"><title>x</title></HEAD><body>a</body></html>'
    mail_id = _keep(mailbox, _mail(html=whole).as_bytes())
    shown = client.get(f"/demo/mailbox/{mail_id}/html/").content.decode()
    assert '<HEAD data-x="1"><base target="_blank"><title>' in shown
    assert shown.replace('<base target="_blank">', "").strip() == whole


def test_it_pages_through_many_mails(client: Client, mailbox: Path) -> None:
    for number in range(51):
        _keep(
            mailbox,
            _mail(f"Mail {number}").as_bytes(),
            f"20260301T1015{number:02}.000000Z-00000000",
        )
    first = client.get("/demo/mailbox/").content.decode()
    assert "Mail 50" in first
    assert "Mail 0<" not in first
    assert 'href="?page=2"' in first
    assert "Mail 0<" in client.get("/demo/mailbox/?page=2").content.decode()
    assert client.get("/demo/mailbox/?page=banana").status_code == 200


@pytest.mark.parametrize("path", ["nothing/", "20260301T101500.000001Z-0a1b2c3d/html/"])
def test_it_answers_404_for_a_mail_that_is_not_there(
    client: Client, mailbox: Path, path: str
) -> None:
    assert client.get(f"/demo/mailbox/{path}").status_code == 404
