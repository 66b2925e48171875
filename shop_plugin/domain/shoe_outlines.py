"""The outlines that a side view is drawn from, one set per kind of shoe.

Outlines are written in foot space: ``u`` runs along the footbed from the back
of the heel (0) to the toes (about 266), ``v`` stands up from the footbed; both
in millimetres of a middle size. :mod:`shop_plugin.domain.side_view` bends them
over the real heel and platform of a shoe. ``{toe}`` is where the toe of the
shoe's own shape goes; ``{back}``, ``{front}`` and ``{middle}`` are heights of
a shaft.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Style(StrEnum):
    """The kinds of shoe that look different from the side."""

    SNEAKER = "sneaker"
    RUNNER = "runner"
    BAREFOOT = "barefoot"
    STRAPPED = "strapped"
    OXFORD = "oxford"
    LOAFER = "loafer"
    BOOT = "boot"
    LACED_BOOT = "laced_boot"
    PUMP = "pump"
    BALLET = "ballet"
    SANDAL = "sandal"
    STRAPPY_SANDAL = "strappy_sandal"
    FLIP_FLOP = "flip_flop"
    SLIPPER = "slipper"
    CLOG = "clog"


class Role(StrEnum):
    """What a shape of the drawing is, and so how it is painted."""

    SHADOW = "shadow"
    LINING = "lining"
    UPPER = "upper"
    BACK = "back"
    PANEL = "panel"
    SEAM = "seam"
    LACE = "lace"
    TRIM = "trim"
    SOLE = "sole"
    FILL = "fill"
    EDGE = "edge"
    TREAD = "tread"
    HEEL = "heel"
    FOAM = "foam"
    ARCH = "arch"


@dataclass(frozen=True, slots=True)
class Toe:
    """How a shoe ends: ``tall`` for roomy uppers, ``low`` for pumps and flats."""

    tip: float
    tall: str
    low: str


TOES: Mapping[str, Toe] = MappingProxyType(
    {
        "round": Toe(
            266,
            "C222 37 250 33 260 19 C265 12 267 4 266 -3",
            "C206 31 244 29 258 15 C264 9 266 3 266 -3",
        ),
        "pointed": Toe(
            288,
            "C222 34 262 20 284 6 C287 4 288 0 288 -3",
            "C208 27 256 15 284 5 C287 3 288 0 288 -3",
        ),
        "almond": Toe(
            275,
            "C222 36 256 27 269 14 C274 8 275 2 275 -3",
            "C208 29 252 22 268 11 C273 7 275 1 275 -3",
        ),
        "square": Toe(
            268,
            "C220 37 246 34 262 29 C267 26 268 10 268 -3",
            "C206 31 242 27 262 22 C267 19 268 8 268 -3",
        ),
        "foot_shaped": Toe(
            266,
            "C220 40 252 40 262 24 C267 15 267 5 266 -3",
            "C206 33 246 34 260 19 C266 11 266 4 266 -3",
        ),
        "open": Toe(266, "C204 39 214 36 222 31 L228 -3", "C190 32 206 30 216 25 L224 -3"),
    }
)

# The underside of an upper: back along the footbed, from the toe to the heel.
UNDERSIDE = "C238 -3 206 -3 178 -3C160 -3 138 -3 118 -3C104 -3 84 -3 60 -3Z"

_LACES = "M101 79L92 65M115 73L106 59M129 67L120 53M143 60L134 47M157 54L149 42"

OUTLINES: Mapping[Style, tuple[tuple[Role, str], ...]] = MappingProxyType(
    {
        Style.SNEAKER: (
            (Role.LINING, "M6 66C30 62 60 62 92 88L100 60L60 40L16 50Z"),
            (Role.LINING, "M78 66C82 78 84 88 90 95C97 98 105 94 107 87L112 70Z"),
            (
                Role.UPPER,
                "M3 -3C-6 16 -4 42 5 65C7 71 13 72 18 67C28 57 42 53 57 54C70 56 78 66 85 80"
                "C88 84 93 83 98 81C128 68 158 54 188 42{toe}Z",
            ),
            (Role.PANEL, "M3 -3C-6 16 -4 42 5 65C6 68 8 70 11 70C24 52 38 26 42 -3Z"),
            (
                Role.PANEL,
                "M85 80C88 84 93 83 98 81C124 70 148 59 173 48C172 40 164 36 154 39"
                "C132 45 108 53 88 56C84 64 83 73 85 80Z",
            ),
            (Role.SEAM, "M210 37C199 26 198 11 204 -3M62 -3C80 20 96 30 124 30"),
            (Role.LACE, _LACES),
        ),
        Style.RUNNER: (
            (Role.LINING, "M8 72C32 63 62 62 92 90L100 60L60 40L18 50Z"),
            (Role.LINING, "M80 66C83 78 86 89 92 96C99 98 106 94 108 87L112 70Z"),
            (
                Role.UPPER,
                "M4 -3C-7 13 -8 34 -1 54C0 64 2 74 8 77C13 78 15 72 20 65C30 55 44 51 58 53"
                "C71 56 79 67 86 82C90 85 95 83 99 81C130 67 160 52 190 40{toe}Z",
            ),
            (Role.PANEL, "M4 -3C-7 13 -8 34 -1 54C14 46 40 34 62 -3Z"),
            (
                Role.PANEL,
                "M94 62C112 50 124 26 128 -3L152 -3C152 18 162 34 186 42C168 49 150 57 134 64"
                "C122 66 106 66 94 62Z",
            ),
            (Role.SEAM, "M216 36C204 26 202 10 210 -3M76 -3C84 14 90 32 94 62"),
            (Role.LACE, _LACES),
        ),
        Style.BAREFOOT: (
            (Role.LINING, "M6 59C30 56 62 56 93 78L96 56L60 36L16 44Z"),
            (
                Role.UPPER,
                "M3 -3C-4 14 -3 36 5 57C7 62 12 62 17 58C28 49 42 46 57 47C70 49 80 60 88 74"
                "C91 77 95 76 100 74C130 62 158 48 188 40{toe}Z",
            ),
            (Role.SEAM, "M88 74C96 58 112 44 132 -3M196 40C186 26 184 10 188 -3"),
            (Role.LACE, "M104 73L96 59M122 66L114 52M140 59L132 45"),
        ),
        Style.STRAPPED: (
            (Role.LINING, "M6 62C30 60 62 60 96 84L98 60L60 40L16 48Z"),
            (
                Role.UPPER,
                "M3 -3C-6 16 -4 40 5 61C7 67 13 68 18 63C28 54 44 50 60 52C74 55 82 66 90 80"
                "C94 83 99 82 103 80C132 68 160 54 188 43{toe}Z",
            ),
            (Role.PANEL, "M3 -3C-6 16 -4 40 5 61C18 48 34 26 38 -3Z"),
            (Role.TRIM, "M92 36L104 82C110 82 118 78 124 75L114 33Z"),
            (Role.TRIM, "M128 29L136 69C142 67 150 63 156 60L150 27Z"),
            (Role.SEAM, "M212 37C202 26 200 11 206 -3"),
        ),
        Style.OXFORD: (
            (Role.LINING, "M6 60C30 56 64 54 100 73L96 54L66 34L16 44Z"),
            (
                Role.UPPER,
                "M4 -3C-5 14 -4 36 4 58C7 63 12 63 16 59C31 49 48 46 66 48C80 50 88 58 95 69"
                "C99 72 104 71 108 69C136 58 164 47 190 38{toe}Z",
            ),
            (
                Role.PANEL,
                "M95 69C99 72 104 71 108 69C128 61 146 54 164 48C164 36 150 28 132 30"
                "C112 33 98 48 95 69Z",
            ),
            (Role.SEAM, "M220 34C211 24 209 10 214 -3M34 -3C40 14 46 30 62 46M214 16L172 20"),
            (Role.LACE, "M108 67L104 54M121 62L117 48M134 57L130 42M147 52L144 38"),
        ),
        Style.LOAFER: (
            (Role.LINING, "M6 57C40 54 96 52 136 65L134 44L88 24L16 42Z"),
            (
                Role.UPPER,
                "M4 -3C-5 14 -4 35 4 55C7 60 12 60 16 56C32 43 60 37 88 37C110 38 121 47 129 60"
                "C134 65 141 64 146 60C164 50 178 43 192 38{toe}Z",
            ),
            (Role.PANEL, "M110 -3L118 45C122 52 126 58 131 62C138 65 143 62 148 59L164 51L166 -3Z"),
            (Role.SEAM, "M152 40C178 25 216 20 250 27M34 -3C38 12 40 26 46 40"),
            (Role.TRIM, "M132 40L154 40L156 28L134 28Z"),
        ),
        Style.PUMP: (
            (Role.LINING, "M7 55C40 50 116 48 174 35L160 10C110 4 50 8 12 42Z"),
            (
                Role.UPPER,
                "M5 -3C-4 12 -5 34 4 54C6 58 11 58 14 55C30 35 64 22 106 20C140 19 160 26 174 35"
                "{toe}Z",
            ),
            (Role.SEAM, "M34 -3C34 12 36 22 40 32"),
        ),
        Style.BALLET: (
            (Role.LINING, "M6 48C40 44 112 42 178 32L160 8C110 2 50 4 12 34Z"),
            (
                Role.UPPER,
                "M5 -3C-3 10 -4 28 4 46C6 50 10 50 13 47C30 28 64 18 106 17C140 16 162 23 178 32"
                "{toe}Z",
            ),
            (Role.SEAM, "M32 -3C32 10 34 18 38 27"),
            (
                Role.TRIM,
                "M180 31C172 40 164 40 165 33C166 27 174 28 180 31"
                "C187 25 196 25 197 30C198 36 188 38 180 31Z",
            ),
        ),
        Style.SANDAL: (
            (
                Role.LINING,
                "M108 0C108 30 114 56 124 68L146 56L150 0Z"
                "M172 0C172 20 176 38 182 46L206 36L210 0Z",
            ),
            (Role.UPPER, "M96 -3C98 24 106 54 118 69C129 71 141 66 149 57C146 36 146 14 148 -3Z"),
            (Role.UPPER, "M160 -3C160 17 166 37 175 47C187 49 200 44 209 35C211 23 213 10 213 -3Z"),
            (Role.TRIM, "M108 34L124 32L126 44L111 46ZM169 18L184 17L186 28L171 29Z"),
        ),
        Style.STRAPPY_SANDAL: (
            (Role.LINING, "M7 78C28 66 64 64 85 76L80 70C62 60 30 62 8 72Z"),
            (
                Role.UPPER,
                "M176 -3C176 14 182 28 190 34C200 34 210 29 216 22L221 -3"
                "L212 -3L208 17C203 23 196 25 192 23C187 18 186 8 187 -3Z",
            ),
            (Role.UPPER, "M150 -3C152 20 160 38 170 44L178 40C169 34 162 16 161 -3Z"),
            (Role.UPPER, "M3 -3C-4 14 -3 36 5 50C20 44 36 22 42 -3Z"),
            (Role.UPPER, "M3 46C2 56 4 66 7 76L15 76C12 66 11 56 13 45Z"),
            (Role.UPPER, "M6 82C28 92 64 92 86 80L84 70C64 81 30 82 6 72Z"),
            (Role.TRIM, "M54 78L66 75L67 88L56 90Z"),
        ),
        Style.FLIP_FLOP: (
            (
                Role.LINING,
                "M132 0C142 34 168 52 196 46C208 42 216 24 218 2L214 2C208 26 160 40 146 0Z",
            ),
            (
                Role.UPPER,
                "M106 -3C112 26 142 48 186 46C204 44 215 26 219 -3L212 -3C207 19 199 30 184 32"
                "C160 33 138 18 130 -3Z",
            ),
        ),
        Style.SLIPPER: (
            (Role.LINING, "M108 -2C112 40 116 66 128 74L150 60Z"),
            (Role.UPPER, "M92 -3C90 30 98 58 110 71C124 72 146 66 190 52{toe}Z"),
            (
                Role.TRIM,
                "M86 -3C80 4 82 12 86 14C82 20 84 28 89 30C86 36 88 43 94 46C91 52 95 59 101 61"
                "C100 68 106 75 113 74C118 80 128 78 130 71C136 66 132 58 126 57"
                "C127 50 122 46 117 45"
                "C119 38 114 33 110 32C113 25 109 19 106 18C109 11 106 2 104 -3Z",
            ),
        ),
        Style.CLOG: (
            (Role.LINING, "M84 -2C88 44 96 70 112 82L146 64Z"),
            (
                Role.UPPER,
                "M66 -3C66 30 76 62 96 78C106 83 116 81 126 77C150 66 172 56 192 48{toe}Z",
            ),
            (Role.SEAM, "M66 14C110 24 170 22 212 40"),
            (Role.LACE, "M136 56L137 56M152 50L153 50M168 44L169 44"),
        ),
    }
)

SHAFT = (
    "M3 -3C-6 16 -3 42 5 62C8 76 {xback} {middle} {xback} {back}L{xfront} {front}"
    "C{xfront} {middle} 95 100 105 89C112 81 124 74 136 68C156 58 174 49 190 42{toe}Z"
)
# Where the shaft's height is not known, the foot of the boot is drawn in full and the shaft dashed.
ANKLE = (
    "M3 -3C-6 16 -3 42 5 62C8 70 10 74 10 80C40 92 80 96 105 89C112 81 124 74 136 68"
    "C156 58 174 49 190 42{toe}Z"
)
SHAFT_COLLAR = (
    "M{xback} {back}C30 {dip} 66 {dip} {xfront} {front}C70 {rise} 30 {rise} {xback} {back}Z"
)

HEEL_STRAP = "M104 44C72 50 34 56 6 58C1 55 0 48 3 46C34 44 72 38 102 32Z"
SOFT_BACK = "M3 -3C-6 12 -5 32 4 46C8 51 13 50 18 48C44 44 74 50 100 66L96 -3Z"
CLOSED_BACK = "M3 -3C-6 14 -5 40 4 60C8 65 14 64 20 60C40 50 64 52 92 74L80 -3Z"
INSTEP_STRAP = "M92 14C94 32 100 46 110 54L122 50C113 42 108 30 107 13Z"
ELASTIC = "M40 {gore}L44 30C54 22 66 22 74 32L82 {gore}Z"

HEEL_PIECES: Mapping[str, str] = MappingProxyType(
    {
        # x in mm from the back of the heel, y as a share of the heel's height (1 is the seat).
        "stiletto": "M1 1C2 .82 9 .45 12 0L21 0C21 .42 27 .72 50 1Z",
        "kitten": "M1 1C2 .8 10 .42 12 0L24 0C24 .4 30 .74 50 1Z",
        "cone": "M1 1C2 .7 11 .36 14 0L32 0C36 .4 44 .76 56 1Z",
        "spool": "M1 1C4 .74 16 .6 14 .34C13 .2 8 .1 8 0L40 0"
        "C40 .1 36 .2 35 .34C34 .6 46 .74 54 1Z",
        "cuban": "M0 1C2 .66 8 .34 11 0L50 0C50 .36 53 .72 58 1Z",
        "block": "M0 1C0 .66 3 .34 4 0L52 0C52 .36 54 .72 58 1Z",
        "stacked": "M0 1C0 .66 2 .34 2 0L56 0C56 .36 58 .72 61 1Z",
    }
)
