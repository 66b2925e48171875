from __future__ import annotations

import time

import pytest

from shop_plugin.domain.html_text import text_of_html


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Plain words,\n  two lines", "Plain words,\ntwo lines"),
        (
            "<p>Soft <b>leather</b>\n upper.</p><p>Heel 3&nbsp;cm</p>",
            "Soft leather upper.\nHeel 3 cm",
        ),
        ("<ul><li>Arch support</li><li>Cork</li></ul>", "Arch support\nCork"),
        ("One<br>two<BR/>three", "One\ntwo\nthree"),
        ("<table><tr><td>Heel</td><td>30 mm</td></tr></table>", "Heel 30 mm"),
        ("heel < 3 cm, drop > 4 mm", "heel < 3 cm, drop > 4 mm"),
        ("<p>heel < 3 cm</p>", "heel < 3 cm"),
        ("heel <b and no end", "heel <b and no end"),
        ('<a title="a > b">here</a>', "here"),
        ('<a title="never closed>here</a>', "here"),
        ("<style>p{color:red}</style>Soft<script>alert('<p>no</p>')</script>", "Soft"),
        ("<script>never closed", ""),
        ("Soft<!-- not <p>said</p> -->sole", "Softsole"),
        ("Soft<!-- never closed > ", "Soft"),
        ("<!DOCTYPE html><?xml?>Soft", "Soft"),
        ("Tom &amp; Ida &lt;3 &#8364;", "Tom & Ida <3 €"),
        ("", ""),
    ],
)
def test_it_keeps_the_words_and_their_lines(markup: str, text: str) -> None:
    assert text_of_html(markup) == text


@pytest.mark.parametrize(
    "piece", ["<", "<a", "<!--", '<a "', "<a '>", "<script>", "</", "<![", "&#", "<p><p>", "<a\">'"]
)
def test_it_takes_time_in_line_with_the_length_of_the_text(piece: str) -> None:
    begun = time.perf_counter()
    text_of_html(piece * 200_000)
    assert time.perf_counter() - begun < 2.0
