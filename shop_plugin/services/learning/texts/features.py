"""The six things that the guide asks of a shoe: what is known of each, and how to check it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.learning import Section, Shelf, Topic, advice, guided, plain, studied

WHAT_IS_KNOWN = _("What is known")
HOW_TO_CHECK = _("How to check it in the shop")

ARCH_SUPPORT = Topic(
    slug="arch-support",
    title=_("Arch support"),
    summary=_("A footbed that meets the arch: good for some feet, unproven for backs."),
    guideline="G1",
    sections=(
        Section(
            WHAT_IS_KNOWN,
            (
                guided(
                    _(
                        "Insoles with a shape help some people with sore feet. Trials do not show "
                        "that they keep back pain away, and one national guideline advises against "
                        "them for low back pain."
                    ),
                    "G1",
                ),
                studied(
                    _(
                        "For people who had back pain already, one review of 14 trials saw less "
                        "pain with insoles made to measure. For ready-made ones, a small trial saw "
                        "no clear difference."
                    ),
                    "kong_2020",
                    "sadler_2023",
                    low_back="mixed",
                ),
                studied(
                    _(
                        "More is not always better: at work, insoles made the shoes too tight for "
                        "25 of 96 women. That is why an insole that comes out counts here."
                    ),
                    "basford_1988",
                    feet="some",
                ),
            ),
        ),
        Section(
            HOW_TO_CHECK,
            (
                advice(
                    _(
                        "Press your thumb on the footbed where the arch is. Mild support gives "
                        "way, high support hardly does."
                    )
                ),
                advice(_("Lift the insole. If it comes out, there is room for one of your own.")),
            ),
        ),
    ),
    shelf=Shelf(_("See shoes with moderate or high arch support"), (("arch", "3"), ("arch", "2"))),
    related=("flat-feet", "plantar-fasciitis", "fit"),
)

CUSHIONING = Topic(
    slug="cushioning",
    title=_("Cushioning"),
    summary=_("Softer steps for standing and running. For backs, little is proven."),
    guideline="G2",
    sections=(
        Section(
            WHAT_IS_KNOWN,
            (
                guided(
                    _(
                        "Softer shoes may feel better when you stand or run. For the back there is "
                        "little proof."
                    ),
                    "G2",
                ),
                studied(
                    _(
                        "848 runners got harder or softer shoes. Those in "
                        "hard ones were hurt more often, light runners above all. An earlier trial "
                        "with 247 runners saw no difference."
                    ),
                    "malisoux_2020",
                    "theisen_2014",
                    feet="mixed",
                ),
                studied(
                    _(
                        "Laboratories drop a weight on a shoe to measure its cushioning. The "
                        "standard for it says itself that such numbers may not match what you "
                        "feel, and that no research ties them to injuries."
                    ),
                    "astm_f1976",
                    feet="weak",
                ),
            ),
        ),
        Section(
            HOW_TO_CHECK,
            (
                advice(
                    _(
                        "Walk on a hard floor, not on the carpet of the shop. Soft should not "
                        "mean wobbly: stand on one leg in it."
                    )
                ),
                plain(
                    _(
                        "A soft insole is thin. Most of the cushioning lies in the sole under it, "
                        "so an insole alone never counts as high cushioning here."
                    )
                ),
            ),
        ),
    ),
    shelf=Shelf(
        _("See shoes with moderate or high cushioning"),
        (("cushioning", "3"), ("cushioning", "2")),
    ),
    related=("standing-all-day", "high-arch", "replace-in-time"),
)

HEEL_HEIGHT = Topic(
    slug="heel-height",
    title=_("Heel height"),
    summary=_("Two inches are a guide, not a border of nature. The slope is what you feel."),
    guideline="G3",
    sections=(
        Section(
            WHAT_IS_KNOWN,
            (
                guided(
                    _(
                        "Surveys find high heels and back pain together. No exact safe height is "
                        "proven; two inches are used as a guide."
                    ),
                    "G3",
                ),
                studied(
                    _(
                        "Many say that heels hollow the back. Most published work does not bear "
                        "that out; the results differ."
                    ),
                    "russell_2010",
                    low_back="mixed",
                ),
                advice(
                    _(
                        "American podiatrists name two inches as the limit, orthopaedic surgeons "
                        "two and a quarter. Both are rules of thumb."
                    ),
                    "apma_heels",
                    "aaos_heels",
                ),
            ),
        ),
        Section(
            _("The slope, not the number on the label"),
            (
                plain(
                    _(
                        "What your foot feels is the heel less the platform under the ball. Five "
                        "inches on a platform of two are a rise of three."
                    )
                ),
                plain(
                    _(
                        "A running shoe with 38 mm of foam at the heel and 30 mm at the front "
                        "rises by 8 mm only."
                    )
                ),
                plain(
                    _(
                        "A tall platform still makes it easier to tip over. So a part of it counts "
                        "here as well."
                    )
                ),
                advice(
                    _(
                        "Shops measure heels in different places: at the back, at the side, in the "
                        "middle. Take a number as right to about 5 mm."
                    )
                ),
            ),
        ),
    ),
    shelf=Shelf(
        _("See shoes with a heel up to two inches"),
        (("heel", "up_to_1in"), ("heel", "1_to_2in")),
    ),
    related=("flats", "how-the-match-is-made"),
)

FLATS = Topic(
    slug="flats",
    title=_("Flats"),
    summary=_("Flat is fine. Flat, thin and without support is what the guide is wary of."),
    guideline="G4",
    sections=(
        Section(
            WHAT_IS_KNOWN,
            (
                guided(
                    _(
                        "That flats without support or cushioning are bad for posture is a rule of "
                        "thumb."
                    ),
                    "G4",
                ),
                studied(
                    _(
                        "In a trial with 57 people, walking in very simple, flat shoes made foot "
                        "muscles as much stronger as exercises did."
                    ),
                    "ridge_2019",
                    feet="some",
                ),
                advice(
                    _(
                        "So if you like thin soles, change over slowly: a short walk first, more "
                        "from week to week. Feet that are hurried may get hurt."
                    )
                ),
            ),
        ),
        Section(
            HOW_TO_CHECK,
            (
                advice(
                    _(
                        "Fold a flat in half. If it folds in the middle and you feel the floor "
                        "through it, it has neither support nor cushioning."
                    )
                ),
                plain(
                    _(
                        "Not every flat lacks them. If nobody says so, arch support stays open "
                        "here; we do not guess it from the shape."
                    )
                ),
            ),
        ),
    ),
    shelf=Shelf(
        _("See flats with arch support"),
        (("category", "flat"), ("arch", "3"), ("arch", "2"), ("arch", "1")),
    ),
    related=("heel-height", "arch-support", "exercises"),
)

FIT = Topic(
    slug="fit",
    title=_("The right fit"),
    summary=_("The best-studied point of all: neither tight nor loose, in length and width."),
    guideline="G5",
    sections=(
        Section(
            WHAT_IS_KNOWN,
            (
                guided(
                    _(
                        "In studies that measured people, 63 to 72 of 100 wore shoes that did not "
                        "match the length or width of their feet. A wrong fit goes with sore feet, "
                        "bent toes, corns and hard skin. For the back nobody has looked directly."
                    ),
                    "G5",
                ),
                advice(
                    _("Tight shoes press where it hurts already; in loose ones you walk oddly.")
                ),
            ),
        ),
        Section(
            HOW_TO_CHECK,
            (
                advice(
                    _(
                        "Try shoes on late in the day, standing, with both feet. Buy for the "
                        "larger one."
                    ),
                    "ten_points",
                ),
                advice(
                    _(
                        "Leave 1 to 1.3 cm (3/8 to 1/2 in) before the longest toe, and see that "
                        "the ball of the foot lies where the shoe is widest."
                    ),
                    "ten_points",
                ),
                advice(
                    _("Do not count on a shoe to stretch. One that must is too small."),
                    "ten_points",
                ),
                advice(
                    _(
                        "A good everyday shoe is comfortable, deep enough for an insole, fastened "
                        "over the foot, firm at the heel and broad at the base."
                    ),
                    "nhs_footwear",
                ),
            ),
        ),
    ),
    related=("measure-your-feet", "bunions", "children"),
)

REPLACE_IN_TIME = Topic(
    slug="replace-in-time",
    title=_("Replace in time"),
    summary=_("Soles go flat before they look old. Look first, repair next, replace last."),
    guideline="G6",
    sections=(
        Section(
            WHAT_IS_KNOWN,
            (
                guided(
                    _(
                        "Cushioning fades with use. How much that matters differs from one person "
                        "to the next."
                    ),
                    "G6",
                ),
                studied(
                    _(
                        "Tested by a machine, running shoes kept about three quarters of their "
                        "cushioning after 50 miles (80 km) and three fifths after 500 (800 km)."
                    ),
                    "cook_1985",
                    feet="some",
                ),
                studied(
                    _(
                        "After 200 miles (320 km) runners had changed the way they ran, so that "
                        "the load on them stayed the same. Foam fades; that this harms anybody is "
                        "not shown."
                    ),
                    "kong_2009",
                    feet="some",
                ),
                studied(
                    _(
                        "Of 264 runners, those who used more than one pair in turn were hurt less "
                        "often. They may differ in other ways too."
                    ),
                    "malisoux_2015",
                    feet="weak",
                ),
            ),
        ),
        Section(
            _("Have a look"),
            (
                advice(
                    _(
                        "Put the pair on a table. Does a heel lean? Are there deep creases in the "
                        "side of the sole? Is the tread gone where you push off?"
                    )
                ),
                advice(
                    _(
                        "Press a thumb into the sole from inside. If it feels hard and flat, the "
                        "cushioning is gone, and an insole may be worth a try first."
                    )
                ),
                advice(
                    _(
                        "Heel tips, soles that are sewn on and cork footbeds can be made new. A "
                        "foam sole cannot."
                    )
                ),
            ),
        ),
    ),
    related=("cushioning", "standing-all-day"),
)
