"""A mail written down at once: write_wire ..."""

from __future__ import annotations

import email
from email import policy

import pytest
from django.core.mail import BadHeaderError, EmailMessage, EmailMultiAlternatives

from shop_plugin.services.transport.wire import write_wire

LONG = "Zwei Paare von dir sind vielleicht einen Blick wert: Wanderschuh „Größe & Güte“ " * 3
BODIES = [
    "plain",
    "two\nlines\r\nand\rmore\n",
    "Grüße, œuvre, ñ, €, שלום",
    ".\n..\n.leading dots\n",
    "From the start\n--\n--=_footback\n",
    "trailing blank \nand tab\t\n",
    "x" * 5000 + "\n" + "ä" * 3000,
    "a=b&c=d ==3D 100 %",
    "",
]


def make_mail(**changes):
    mail = EmailMultiAlternatives(
        **{
            "subject": "Worth a look",
            "body": "Hello",
            "from_email": "Marlow Shoes <care@marlow.example>",
            "to": ["ada@example.org"],
            "headers": {
                "Message-ID": "<fb.1@marlow.example>",
                "List-Unsubscribe": f"<https://marlow.example/{'a' * 80}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            **changes,
        }
    )
    mail.attach_alternative(f"<p>{mail.body}</p>", "text/html")
    return mail


def parse(content):
    return email.message_from_bytes(content, policy=policy.default)


@pytest.mark.parametrize("body", BODIES)
def test_carries_text_and_html_unchanged_to_whoever_reads_mail(body):
    mail = make_mail(body=body)
    read = parse(write_wire(mail).content)
    text, html = read.iter_parts()
    lines = body.replace("\r\n", "\n").replace("\r", "\n")
    said = [part.get_content().replace("\r\n", "\n").removesuffix("\n") for part in (text, html)]
    assert said == [lines.removesuffix("\n"), f"<p>{lines}</p>"]
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert not read.defects


@pytest.mark.parametrize("subject", ["Worth a look", "Schuhe für Zoë", LONG, "x" * 1500, "€" * 200])
@pytest.mark.parametrize(
    "sender",
    ["care@marlow.example", "Marlow & Söhne <care@marlow.example>", '"A, B" <a@b.example>'],
)
def test_says_the_same_in_its_headers_as_django(subject, sender):
    mail = make_mail(subject=subject, from_email=sender)
    ours, djangos = parse(write_wire(mail).content), parse(mail.message().as_bytes())
    for name in djangos:
        if name not in ("Content-Type", "Date", "Content-Transfer-Encoding"):
            # Where Django folds after the name, a space is read into the value.
            assert str(ours[name]).strip() == str(djangos[name]).strip(), name
    assert ours["Date"]


@pytest.mark.parametrize("body", BODIES)
def test_keeps_to_the_lines_of_smtp(body):
    content = write_wire(make_mail(body=body, subject=LONG * 3)).content
    lines = content.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert b"\r" not in b"".join(lines)
    assert max(map(len, lines)) < 998
    assert content.isascii()


def test_writes_the_address_that_stops_the_mails_on_one_line():
    content = write_wire(make_mail()).content
    (line,) = [item for item in content.split(b"\r\n") if item.startswith(b"List-Unsubscribe:")]
    assert line.endswith(b"a" * 80 + b">")


@pytest.mark.parametrize("name", ["subject", "headers", "from_email"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_lets_no_header_break_into_two(name, end):
    bad = f"x{end}Bcc: victim@example.org"
    with pytest.raises(BadHeaderError):
        write_wire(make_mail(**{name: {"X-Other": bad} if name == "headers" else bad + " <a@b.c>"}))


@pytest.mark.parametrize(
    "changes",
    [
        {"to": ["a@example.org", "b@example.org"]},
        {"to": ["Ada <ada@example.org>"]},
        {"to": ["ada@exämple.org"]},
        {"to": ["a@example.org,b@example.org"]},
        {"cc": ["b@example.org"]},
        {"reply_to": ["b@example.org"]},
        {"headers": {"From": "other@example.org"}},
        {"from_email": "nobody"},
    ],
)
def test_leaves_anything_unusual_to_django(changes):
    assert write_wire(make_mail(**changes)) is None


def test_leaves_other_kinds_of_mail_to_django():
    class Signed(EmailMultiAlternatives):
        pass

    assert write_wire(EmailMessage("s", "b", "a@b.example", ["c@d.example"])) is None
    assert write_wire(Signed("s", "b", "a@b.example", ["c@d.example"])) is None
    mail = make_mail()
    mail.attach("a.txt", "text")
    assert write_wire(mail) is None
