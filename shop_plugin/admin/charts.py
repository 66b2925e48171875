"""Small charts as SVG, drawn by the server: no script, no style, sharp on paper.

A chart repeats a table that stands beside it; it carries a title and a
sentence for those who do not see it. Colours are the page's own, by class.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

_BAR, _GAP, _LABEL, _WIDTH = 22, 10, 240, 640
_TREND = (640, 200)
_MARGIN = (44, 16, 28, 12)  # left, top, bottom, right


class Bar(NamedTuple):
    """One bar: a name, its share of 100, and the words at its end."""

    label: str
    percent: float
    text: str


class Line(NamedTuple):
    """One line of a trend: a name, and its shares of 100, oldest first."""

    label: str
    percents: Sequence[float]


def draw_bars(bars: Sequence[Bar], *, key: str, title: str, description: str) -> SafeString:
    """Return horizontal bars from 0 to 100; ``key`` makes the ids of the page unique."""
    height = len(bars) * (_BAR + _GAP) + _GAP
    room = _WIDTH - _LABEL - 90
    rows = format_html_join(
        "",
        '<text class="fba-chart-label" x="{}" y="{}" text-anchor="end">{}</text>'
        '<rect class="fba-chart-room" x="{}" y="{}" width="{}" height="{}"/>'
        '<rect class="fba-chart-bar" x="{}" y="{}" width="{}" height="{}"/>'
        '<text class="fba-chart-value" x="{}" y="{}">{}</text>',
        (
            (
                _LABEL - 10, _middle(number), bar.label,
                _LABEL, _top(number), room, _BAR,
                _LABEL, _top(number), _round(room * bar.percent / 100), _BAR,
                _LABEL + room + 8, _middle(number), bar.text,
            )
            for number, bar in enumerate(bars)
        ),
    )  # fmt: skip
    return _frame(key, title, description, (_WIDTH, height), rows)


def draw_trend(
    lines: Sequence[Line], *, days: Sequence[str], key: str, title: str, description: str
) -> SafeString:
    """Return lines over days from 0 to 100; each line has a dash of its own and its name."""
    width, height = _TREND
    left, _top_margin, bottom, right = _MARGIN
    floor, room = height - bottom, width - left - right - 180
    grid = format_html_join(
        "",
        '<line class="fba-chart-grid" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="fba-chart-value" x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (left, left + room, _y(percent), _y(percent), left - 6, _y(percent) + 4, f"{percent}%")
            for percent in (0, 25, 50, 75, 100)
        ),
    )
    drawn = format_html_join(
        "",
        '<polyline class="fba-chart-line fba-chart-line--{}" points="{}"/>'
        '<circle class="fba-chart-dot fba-chart-line--{}" cx="{}" cy="{}" r="4"/>'
        '<text class="fba-chart-label" x="{}" y="{}">{}</text>',
        (
            (
                number,
                " ".join(
                    f"{_x(place, len(line.percents), left, room)},{_y(percent)}"
                    for place, percent in enumerate(line.percents)
                ),
                number,
                _x(len(line.percents) - 1, len(line.percents), left, room),
                _y(line.percents[-1]),
                left + room + 12,
                _y(line.percents[-1]) + 4 + 16 * _crowding(lines, number),
                line.label,
            )
            for number, line in enumerate(lines)
            if line.percents
        ),
    )
    ends = format_html(
        '<text class="fba-chart-value" x="{}" y="{}">{}</text>'
        '<text class="fba-chart-value" x="{}" y="{}" text-anchor="end">{}</text>',
        left, floor + 18, days[0] if days else "",
        left + room, floor + 18, days[-1] if len(days) > 1 else "",
    )  # fmt: skip
    return _frame(key, title, description, _TREND, mark_safe(grid + drawn + ends))  # noqa: S308


def _frame(
    key: str, title: str, description: str, size: tuple[int, int], content: SafeString
) -> SafeString:
    return format_html(
        '<svg class="fba-chart" role="img" viewBox="0 0 {} {}" aria-labelledby="{}-t {}-d">'
        '<title id="{}-t">{}</title><desc id="{}-d">{}</desc>{}</svg>',
        *size, key, key, key, title, key, description, content,
    )  # fmt: skip


def _top(number: int) -> int:
    return _GAP + number * (_BAR + _GAP)


def _middle(number: int) -> int:
    return _top(number) + _BAR // 2 + 5


def _x(place: int, number: int, left: int, room: int) -> float:
    return _round(left + (room * place / (number - 1) if number > 1 else room))


def _y(percent: float) -> float:
    _left, top, bottom, _right = _MARGIN
    return _round(top + (_TREND[1] - top - bottom) * (100 - percent) / 100)


def _crowding(lines: Sequence[Line], number: int) -> int:
    """Return 1 where the name would stand on that of an earlier line, else 0."""
    own = lines[number].percents[-1]
    return int(any(item.percents and abs(item.percents[-1] - own) < 9 for item in lines[:number]))


def _round(number: float) -> float:
    return round(number, 1)
