"""The names and words of structured product data: which field says what.

Names and words are compared without case, underscores and dashes. Sources:
Shopify taxonomy attributes, Amazon flat files, the GS1 and Zappos lists
(domain reference, sections 3.1 to 3.6), and German, French and Spanish
column names of ordinary shops.
"""

from __future__ import annotations

from collections.abc import Mapping

from shop_plugin.domain.attributes import Options, Span
from shop_plugin.domain.feed_bands import heel_words

LENGTH_FIELDS: Mapping[str, tuple[str, ...]] = {
    "heel_height_mm": (
        "heel height",
        "heel height range",
        "heel height band",
        "heel height type",
        "height of heel",
        "absatzhöhe",
        "absatzhohe",
        "absatzhoehe",
        "hauteur du talon",
        "hauteur de talon",
        "altura del tacón",
        "altura del tacon",
        "altura tacón",
    ),
    "forefoot_height_mm": (
        "platform height",
        "platform",
        "forefoot height",
        "forefoot stack",
        "forefoot stack height",
        "plateauhöhe",
        "plateau",
        "hauteur du plateau",
        "hauteur de la plateforme",
        "altura de la plataforma",
    ),
    "drop_mm": (
        "drop",
        "heel drop",
        "heel to toe drop",
        "heel toe drop",
        "heel to toe offset",
        "offset",
        "sprengung",
    ),
    "stack_heel_mm": ("stack", "stack height", "heel stack", "heel stack height", "sohlenhöhe"),
    "shaft_height_mm": (
        "shaft height",
        "boot shaft height",
        "boot height",
        "schafthöhe",
        "hauteur de tige",
        "altura de la caña",
    ),
}
LENGTH_WORDS_IGNORED = frozenset(
    {"ankle boot", "ankle", "bootie", "knee high", "mid calf", "over the knee", "low top"}
    | {"mid top", "high top", "low", "mid", "high"}
)

# The general list of words for heel heights; lists of their own are in feed_bands.toml.
HEEL_WORDS: Mapping[str, Span] = heel_words()

WEIGHT_FIELDS = ("weight", "shoe weight", "weight per shoe", "gewicht", "poids", "peso")

_YES = ("yes", "true", "y", "1", "ja", "oui", "sí", "si", "with", "included")
_NO = ("no", "false", "n", "0", "none", "nein", "non", "without")
_SOME = Options.of("1", "2", "3")

_LEVEL_WORDS: Mapping[str, Options] = {
    **dict.fromkeys(_YES, _SOME),
    **dict.fromkeys(_NO, Options.of("0")),
    **dict.fromkeys(("mild", "light", "low", "slight", "minimal", "leicht"), Options.of("1")),
    **dict.fromkeys(("moderate", "medium", "mittel", "standard"), Options.of("2")),
    **dict.fromkeys(("high", "strong", "max", "maximum", "maximal", "hoch"), Options.of("3")),
}
_FLAG_WORDS: Mapping[str, Options] = {
    **dict.fromkeys(_YES, Options.of("yes")),
    **dict.fromkeys(_NO, Options.of("no")),
}

Words = Mapping[str, Options | None]

# A word that maps to ``None`` belongs to the field and says nothing footback keeps.
CHOICE_FIELDS: Mapping[str, tuple[tuple[str, ...], Words]] = {
    "arch_support": (
        ("arch support", "arch support level", "fußgewölbestütze", "soutien de la voûte plantaire"),
        {
            **_LEVEL_WORDS,
            "contoured": Options.of("1", "2"),
            "firm": Options.of("3"),
            "orthotic": Options.of("3"),
            "orthopedic": Options.of("2", "3"),
        },
    ),
    "cushioning": (
        ("cushioning", "cushioning level", "cushion", "dämpfung", "amorti", "amortiguación"),
        {
            **_LEVEL_WORDS,
            "plush": Options.of("3"),
            "cushioned": _SOME,
            "firm": Options.of("1"),
            "balanced": Options.of("2"),
        },
    ),
    "heel_counter": (
        ("heel counter", "fersenkappe", "contrefort"),
        {
            **_LEVEL_WORDS,
            "soft": Options.of("1"),
            "firm": Options.of("2"),
            "rigid": Options.of("3"),
        },
    ),
    "torsional_stiffness": (
        ("torsional stiffness", "torsional rigidity", "torsion", "verwindungssteifigkeit"),
        {
            **_LEVEL_WORDS,
            "flexible": Options.of("0", "1"),
            "stiff": Options.of("2", "3"),
            "rigid": Options.of("3"),
        },
    ),
    "rocker": (("rocker", "rocker sole", "abrollsohle"), {**_LEVEL_WORDS}),
    "removable_insole": (
        (
            "removable insole",
            "removable footbed",
            "removable insert",
            "has removable insert",
            "herausnehmbares fußbett",
            "herausnehmbare einlegesohle",
            "semelle amovible",
            "plantilla extraíble",
        ),
        {**_FLAG_WORDS, "removable": Options.of("yes")},
    ),
    "orthotic_friendly": (
        (
            "orthotic friendly",
            "orthotic compatible",
            "suitable for orthotics",
            "accepts orthotics",
            "für lose einlagen geeignet",
        ),
        _FLAG_WORDS,
    ),
    "toe_shape": (
        (
            "toe shape",
            "toe style",
            "toe type",
            "tip shape",
            "toe",
            "schuhspitze",
            "bout",
            "puntera",
        ),
        {
            **dict.fromkeys(
                ("pointed", "pointy", "point", "spitz", "pointu"), Options.of("pointed")
            ),
            **dict.fromkeys(("almond", "mandelförmig"), Options.of("almond")),
            **dict.fromkeys(("square", "karree", "eckig", "carré"), Options.of("square")),
            **dict.fromkeys(("round", "rounded", "rund", "rond", "redonda"), Options.of("round")),
            **dict.fromkeys(("open", "peep", "offen", "ouvert", "abierta"), Options.of("open")),
            **dict.fromkeys(
                ("foot shaped", "wide toe box", "anatomical", "wide"), Options.of("foot_shaped")
            ),
            **dict.fromkeys(
                ("cap", "moc", "moccasin", "wingtip", "wing tip", "bicycle", "plain", "closed"),
                None,
            ),
            **dict.fromkeys(("steel", "composite", "snip", "medallion", "apron"), None),
        },
    ),
    "fastening": (
        (
            "closure",
            "closure type",
            "fastening",
            "fastening type",
            "verschluss",
            "fermeture",
            "cierre",
            "type de fermeture",
            "verschlussart",
        ),
        {
            **dict.fromkeys(
                (
                    "lace up",
                    "laced",
                    "lace",
                    "laces",
                    "lacing",
                    "lace ups",
                    "speed lace",
                    "bungee",
                    "schnürung",
                    "schnürsenkel",
                    "lacets",
                    "cordones",
                    "ties",
                ),
                Options.of("lace_up"),
            ),
            **dict.fromkeys(
                (
                    "slip on",
                    "slipon",
                    "pull on",
                    "elastic",
                    "elastic gore",
                    "schlupf",
                    "reinschlüpfen",
                    "à enfiler",
                    "sin cordones",
                ),
                Options.of("slip_on"),
            ),
            **dict.fromkeys(
                (
                    "hook & loop",
                    "hook and loop",
                    "hook loop",
                    "velcro",
                    "klett",
                    "klettverschluss",
                    "scratch",
                    "touch fastening",
                ),
                Options.of("hook_loop"),
            ),
            **dict.fromkeys(
                ("zip", "zipper", "zippers", "reißverschluss", "fermeture éclair", "cremallera"),
                Options.of("zip"),
            ),
            **dict.fromkeys(
                ("ankle strap", "ankle wrap", "buckle ankle strap"), Options.of("buckle_heel_strap")
            ),
            **dict.fromkeys(("monk strap", "t strap"), Options.of("monk_t_strap")),
            **dict.fromkeys(
                ("buckle", "buckles", "strap", "straps", "schnalle", "boucle", "hebilla"),
                Options.of("buckle_heel_strap", "monk_t_strap", "adjustable_strap"),
            ),
            **dict.fromkeys(("adjustable straps", "adjustable"), Options.of("adjustable_strap")),
            **dict.fromkeys(("backless", "mule", "open back"), Options.of("backless")),
            **dict.fromkeys(
                (
                    "button",
                    "buttons",
                    "button loop",
                    "toggle",
                    "snap",
                    "clasp",
                    "magnetic",
                    "hook eye",
                    "drawstring",
                    "adjustable pull",
                    "adjustable/pull",
                    "clip on",
                    "screw on",
                    "none",
                    "sling back",
                    "slingback",
                ),
                None,
            ),
        },
    ),
    "heel_type": (
        (
            "heel type",
            "heel style",
            "heel shape",
            "absatzform",
            "absatzart",
            "heel shoe type",
            "type de talon",
            "tipo de tacón",
        ),
        {
            **dict.fromkeys((*HEEL_WORDS, "platform", "plateau"), None),
            # Shopify's styles of heeled shoes that tell nothing of the heel itself.
            **dict.fromkeys(
                (
                    "ankle strap dorsay",
                    "ankle strap pumps",
                    "brogues heels",
                    "classic dorsay",
                    "classic pumps",
                    "loafer pumps",
                    "mary jane heels",
                    "mule heels",
                    "oxford heels",
                    "platform heels",
                    "slingback dorsay",
                    "slingback heels",
                    "t strap dorsay",
                    "t strap pumps",
                ),
                None,
            ),
            **dict.fromkeys(("block", "block heel", "chunky", "blockabsatz"), Options.of("block")),
            **dict.fromkeys(
                ("wedge", "wedge heels", "keilabsatz", "compensé", "cuña"), Options.of("wedge")
            ),
            "cone": Options.of("cone"),
            **dict.fromkeys(("kitten", "trichterabsatz"), Options.of("kitten")),
            **dict.fromkeys(
                ("stiletto", "pfennigabsatz", "aiguille", "aguja", "slim"), Options.of("stiletto")
            ),
            **dict.fromkeys(("spool", "louis"), Options.of("spool")),
            "cuban": Options.of("cuban"),
            "stacked": Options.of("stacked"),
            **dict.fromkeys(("no heel", "ohne absatz", "sans talon"), Options.of("none")),
        },
    ),
    "midsole_material": (
        ("midsole", "midsole material", "zwischensohle", "semelle intermédiaire", "mediasuela"),
        {
            **dict.fromkeys(("eva", "ethylene vinyl acetate", "eva foam"), Options.of("eva")),
            "eva blend": Options.of("eva_blend"),
            **dict.fromkeys(("pu", "polyurethane", "polyurethan"), Options.of("pu")),
            **dict.fromkeys(("tpu", "etpu", "tpu foam", "expanded tpu"), Options.of("tpu_foam")),
            **dict.fromkeys(("peba", "pebax"), Options.of("peba")),
            **dict.fromkeys(("cork", "cork latex", "kork"), Options.of("cork_latex")),
            **dict.fromkeys(("rubber", "gummi"), Options.of("rubber")),
            **dict.fromkeys(("leather", "leder"), Options.of("leather")),
            **dict.fromkeys(("wood", "holz"), Options.of("wood")),
            **dict.fromkeys(("air", "gel"), Options.of("air_gel")),
        },
    ),
    "insole_material": (
        (
            "insole material",
            "insole",
            "insole type",
            "footbed material",
            "footbed",
            "innensohle",
            "decksohle",
            "semelle intérieure",
            "plantilla",
        ),
        {
            **dict.fromkeys(("memory foam", "memory", "memory schaum"), Options.of("memory_foam")),
            "ortholite": Options.of("ortholite"),
            **dict.fromkeys(("eva", "ethylene vinyl acetate"), Options.of("eva")),
            **dict.fromkeys(("latex", "latex lined"), Options.of("latex")),
            "gel": Options.of("gel"),
            "poron": Options.of("poron"),
            **dict.fromkeys(("cork", "kork"), Options.of("cork")),
            **dict.fromkeys(("leather", "leder", "cuir", "cuero"), Options.of("leather")),
            **dict.fromkeys(
                ("textile", "textil", "fabric", "cotton", "mesh"), Options.of("textile")
            ),
            **dict.fromkeys(
                (
                    "synthetic",
                    "synthetic leather",
                    "faux leather",
                    "rubber",
                    "removable",
                    "padded",
                    "cushioned",
                    "orthotic friendly",
                    "moisture wicking",
                    "polyurethane",
                    "pu",
                    "foam",
                ),
                None,
            ),
        },
    ),
    "construction": (
        ("construction", "sole construction", "machart", "sole attachment"),
        {
            **dict.fromkeys(
                ("stitched", "welted", "goodyear welted", "goodyear welt", "blake", "rahmengenäht"),
                Options.of("stitched"),
            ),
            **dict.fromkeys(("cemented", "glued", "geklebt"), Options.of("cemented")),
            **dict.fromkeys(("injected", "direct injected", "gespritzt"), Options.of("injected")),
            **dict.fromkeys(("vulcanised", "vulcanized", "vulkanisiert"), Options.of("vulcanised")),
            "cork footbed": Options.of("cork_footbed"),
        },
    ),
    "size_system": (
        ("size system", "shoe size system", "footwear size system"),
        {
            **{word: Options.of(word) for word in ("eu", "uk", "us", "mondopoint")},
            **dict.fromkeys(("au", "br", "cn", "de", "fr", "it", "jp", "mex", "mx"), None),
        },
    ),
}

WIDTH_FIELDS: tuple[str, ...] = (
    "width",
    "shoe width",
    "shoe fit",
    "width fitting",
    "weite",
    "schuhweite",
)
WIDTH_FIELDS += ("largeur", "chaussant", "horma", "fit type")
WIDTH_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("narrow", "schmal", "slim", "étroit", "estrecho", "n"), "narrow"),
    **dict.fromkeys(
        (
            "regular",
            "medium",
            "normal",
            "normale",
            "standard",
            "average",
            "m",
            "regular size",
            "d(m)",
            "b(m)",
            "mittel",
        ),
        "regular",
    ),
    **dict.fromkeys(("wide", "weit", "breit", "large", "ancho", "ancha", "w", "wide fit"), "wide"),
    **dict.fromkeys(
        ("extra wide", "x wide", "ww", "xw", "extra weit", "4e", "very wide"), "extra_wide"
    ),
}
# A letter means another width for men and for women (domain reference, 3.6).
WIDTH_LETTERS_MEN = {"b": "narrow", "d": "regular", "2e": "wide", "ee": "wide"}
WIDTH_LETTERS_WOMEN = {
    **dict.fromkeys(("aa", "2a"), "narrow"),
    "b": "regular",
    "d": "wide",
    **dict.fromkeys(("2e", "ee"), "extra_wide"),
}

FEATURE_FIELDS = ("shoe features", "shoe feature", "features", "special features", "highlights")
FEATURES: Mapping[str, tuple[str, Options]] = {
    "arch support": ("arch_support", _SOME),
    "orthopedic": ("arch_support", Options.of("2", "3")),
    "cushioned": ("cushioning", _SOME),
    "cushioning": ("cushioning", _SOME),
    "removable insole": ("removable_insole", Options.of("yes")),
    "removable footbed": ("removable_insole", Options.of("yes")),
    "orthotic friendly": ("orthotic_friendly", Options.of("yes")),
    "wide toe box": ("toe_shape", Options.of("foot_shaped")),
}

# An insole's material hints at light or moderate cushioning, never more (10.2); a person decides.
CUSHION_HINTS = frozenset({"memory_foam", "ortholite", "eva", "latex", "gel", "poron"})

# Labels of an insole that say more than what it is made of (Zappos' list): attribute, value, and
# whether the label only hints.
INSOLE_LABELS: Mapping[str, tuple[str, Options, bool]] = {
    "removable": ("removable_insole", Options.of("yes"), False),
    "orthotic friendly": ("orthotic_friendly", Options.of("yes"), False),
    "padded": ("cushioning", Options.of("1", "2"), True),
    "cushioned": ("cushioning", Options.of("1", "2"), True),
}

SAYS_NOTHING = frozenset(
    {"", "-", "n/a", "n / a", "na", "other", "unknown", "not applicable", "keine angabe", "null"}
)
