"""A mail as the bytes that go over the wire, written once and in one pass.

Python's mail package builds a tree of parts and walks it several times; of
a plain mail with a text and an HTML part that is most of the work. Here the
same mail (RFC 5322, RFC 2045) is written down at once. Anything that is not
such a mail is left to Django.
"""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp
from dataclasses import dataclass
from email.utils import formataddr, formatdate, parseaddr
from functools import lru_cache

from django.core.mail import BadHeaderError, EmailMultiAlternatives

# In quoted-printable text "=" is followed by two hex digits, so this can never stand in a part.
_BOUNDARY = "=_footback"
_LONGEST_LINE = 900  # octets; RFC 5322 allows 998
_WORD_OCTETS = 36  # with the frame of an encoded word, well below a line's 76 letters
_PLAIN_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*", re.ASCII)
_LINE_END = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class WireMail:
    """A mail ready for an SMTP connection: the two addresses of its envelope, and its bytes.

    Every line of ``content`` ends in CRLF.
    """

    sender: str
    recipient: str
    content: bytes


def write_wire(mail: object) -> WireMail | None:
    """Return a mail as bytes, or ``None`` where it is not a plain one with a text and an HTML part.

    :raises BadHeaderError: for a header that would break into two.
    """
    if type(mail) is not EmailMultiAlternatives or not _is_plain(mail):
        return None
    html = mail.alternatives[0][0]
    headers = {
        "Subject": str(mail.subject),
        "From": str(mail.from_email),
        "To": mail.to[0],
        "Date": formatdate(),
        **mail.extra_headers,
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{_BOUNDARY}"',
    }
    lines = [_write_header(name, str(value)) for name, value in headers.items()]
    content = b"\r\n".join(
        (
            "\r\n".join(lines).encode("ascii"),
            b"",
            _part("text/plain", str(mail.body)),
            _part("text/html", str(html)),
            f"--{_BOUNDARY}--".encode(),
            b"",
        )
    )
    return WireMail(_address_of(mail.from_email), mail.to[0], content)


def _is_plain(mail: EmailMultiAlternatives) -> bool:
    others = (mail.cc, mail.bcc, mail.reply_to, mail.attachments, mail.encoding)
    own = {"from", "to", "cc", "reply-to", "subject", "date"} & set(
        map(str.lower, mail.extra_headers)
    )
    return (
        not any(others)
        and not own
        and [kind for _content, kind in mail.alternatives] == ["text/html"]
        and len(mail.to) == 1
        and _PLAIN_ADDRESS.fullmatch(mail.to[0]) is not None
        and _PLAIN_ADDRESS.fullmatch(_address_of(mail.from_email)) is not None
    )


def _write_header(name: str, value: str) -> str:
    if "\r" in value or "\n" in value:
        raise BadHeaderError(f"the header {name} has a line break in it")
    if name == "From":
        return f"From: {_encode_sender(value)}"
    if value.isascii() and len(value) < _LONGEST_LINE:
        return f"{name}: {value}"
    return f"{name}: {_encode_words(value)}"


def _encode_words(value: str) -> str:
    """Return a header's value as encoded words (RFC 2047), a line each, no letter cut in two."""
    words, word = [], b""
    for letter in value:
        octets = letter.encode()
        if len(word) + len(octets) > _WORD_OCTETS:
            words.append(word)
            word = b""
        word += octets
    words.append(word)
    return "\r\n ".join(f"=?utf-8?b?{b2a_base64(w, newline=False).decode()}?=" for w in words)


@lru_cache(maxsize=8)
def _address_of(sender: str) -> str:
    return parseaddr(sender)[1]


@lru_cache(maxsize=8)
def _encode_sender(value: str) -> str:
    name, address = parseaddr(value)
    return formataddr((name, address))


def _part(kind: str, text: str) -> bytes:
    head = (
        f'--{_BOUNDARY}\r\nContent-Type: {kind}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    encoded: bytes = b2a_qp(text.encode(), istext=True)
    return head.encode() + encoded.replace(b"\n", b"\r\n")
