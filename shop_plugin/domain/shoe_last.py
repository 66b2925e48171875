"""The form a drawn shoe is built on: bends outlines over a heel and a platform."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

SEAT_MM = 60.0  # the flat part under the heel
BALL_MM = 178.0  # where the foot bends
SHANK_MM = BALL_MM - SEAT_MM

_TOKEN = re.compile(r"([A-Za-z])|(-?\d*\.?\d+)")


@dataclass(frozen=True, slots=True)
class Last:
    """Maps foot space (see :mod:`shop_plugin.domain.shoe_outlines`) to millimetres, ``y`` upwards.

    ``heel`` and ``forefoot`` are the heights of the footbed above the ground,
    ``tip`` is how long the shoe is.
    """

    heel: float
    forefoot: float
    tip: float

    @property
    def pitch(self) -> float:
        """How much higher the heel stands than the ball; what the foot feels."""
        return self.heel - self.forefoot

    @property
    def ball(self) -> float:
        """The ``x`` of the ball: the steeper the foot stands, the shorter its shadow."""
        steep = min(abs(self.pitch), 0.85 * SHANK_MM)
        return SEAT_MM + sqrt(SHANK_MM**2 - steep**2)

    @property
    def toe_spring(self) -> float:
        """How far the toe is lifted off the ground."""
        return min(12.0, 5.0 + 0.15 * self.forefoot)

    def x(self, u: float) -> float:
        """Return how far from the back of the heel a point of the footbed lies."""
        if u <= SEAT_MM:
            return u
        if u <= BALL_MM:
            return SEAT_MM + (u - SEAT_MM) * (self.ball - SEAT_MM) / SHANK_MM
        return self.ball + (u - BALL_MM)

    def floor(self, u: float) -> float:
        """Return how high the footbed stands above the ground at ``u``."""
        seat_end = self.heel - 0.07 * self.pitch
        if u <= SEAT_MM:
            return self.heel + (seat_end - self.heel) * max(u, 0.0) / SEAT_MM
        if u <= BALL_MM:
            share = (u - SEAT_MM) / SHANK_MM
            eased = share * share * (3 - 2 * share)
            return seat_end + (self.forefoot - seat_end) * (0.72 * eased + 0.28 * share)
        return self.forefoot + self.toe_spring * ((u - BALL_MM) / (self.tip - BALL_MM)) ** 2

    def bend(self, path: str) -> str:
        """Return an outline of foot space bent over heel and platform."""
        return place_points(path, lambda u, v: (self.x(u), self.floor(u) + v))


def place_points(path: str, place: Callable[[float, float], tuple[float, float]]) -> str:
    """Return a path of absolute commands with every point put through ``place``."""
    out: list[str] = []
    pending: float | None = None
    after_letter = False
    for letter, number in _TOKEN.findall(path):
        if letter:
            out.append(letter)
            after_letter = True
        elif pending is None:
            pending = float(number)
        else:
            x, y = place(pending, float(number))
            out.append(("" if after_letter else " ") + f"{shorten(x)} {shorten(y)}")
            pending, after_letter = None, False
    return "".join(out)


def highest_point(path: str) -> float:
    """Return the largest ``y`` among the points of a path of absolute commands."""
    numbers = [float(number) for _, number in _TOKEN.findall(path) if number]
    return max(numbers[1::2])


def shorten(number: float) -> str:
    """Return a number for a path: a tenth of a millimetre is finer than any screen."""
    text = f"{number:.1f}"
    if text.endswith(".0"):
        text = text[:-2]
    return "0" if text == "-0" else text
