"""What one can do oneself: exercises for feet and legs, measuring, and reading the match."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.learning import (
    Exercise,
    RedFlags,
    Section,
    Topic,
    advice,
    guided,
    plain,
    studied,
)

EXERCISES = Topic(
    slug="exercises",
    title=_("Exercises for feet and legs"),
    summary=_("Six simple ones for the living room. Barefoot, slowly, and never into pain."),
    sections=(
        Section(
            _("Why"),
            (
                studied(
                    _(
                        "People who did foot exercises, and people who walked in very simple "
                        "shoes, got larger and stronger foot muscles, by about as much."
                    ),
                    "ridge_2019",
                    feet="some",
                ),
                studied(
                    _("We know of no trial in which foot exercises alone changed back pain."),
                    low_back="none",
                ),
            ),
        ),
        Section(
            _("When to stop"),
            (
                advice(
                    _(
                        "A gentle pull or tired muscles are fine. Stop at sharp pain, at tingling "
                        "or numbness, or when it still hurts the next morning."
                    )
                ),
                advice(
                    _(
                        "After an injury or an operation, with swollen feet or with brittle bones, "
                        "ask a professional before you begin."
                    )
                ),
            ),
        ),
    ),
    exercises=(
        Exercise(
            "short_foot",
            _("Short foot"),
            (
                _("Sit with your bare foot flat on the floor."),
                _("Pull the ball of the foot towards the heel, so that the arch rises."),
                _("Keep the toes long, do not curl them. Hold for five breaths."),
            ),
            _("Five times on each side, once a day"),
        ),
        Exercise(
            "toe_curl",
            _("Towel pull"),
            (
                _("Lay a small towel on a smooth floor and sit down behind it."),
                _("Put your toes on its edge. The heel stays where it is."),
                _("Pull the towel towards you with your toes, bit by bit."),
            ),
            _("Twice on each side, three times a week"),
        ),
        Exercise(
            "calf_stretch",
            _("Calf stretch at the wall"),
            (
                _("Stand at a wall, hands on it, one foot a step behind the other."),
                _("Keep the back heel on the floor and the back knee straight."),
                _("Lean forward until the calf pulls gently. Hold for five breaths."),
            ),
            _("Three times on each side, once a day"),
        ),
        Exercise(
            "heel_raise",
            _("Heel raise"),
            (
                _("Stand behind a chair and hold on to it lightly."),
                _("Rise on the balls of both feet while you count to three."),
                _("Come down as slowly."),
            ),
            _("Ten times, three times a week"),
        ),
        Exercise(
            "ball_roll",
            _("Roll a ball"),
            (
                _("Sit or stand, with a tennis ball under one bare foot."),
                _("Roll it from heel to toes and back, as firmly as is pleasant."),
            ),
            _("One minute on each side, as often as you like"),
        ),
        Exercise(
            "one_leg",
            _("Stand on one leg"),
            (
                _("Stand next to a wall or a table that you can reach at once."),
                _("Lift one foot a little. Let the other find its balance."),
                _("Stand for half a minute, then change."),
            ),
            _("Twice on each side, once a day"),
        ),
    ),
    red_flags=(RedFlags.FOOT, RedFlags.BACK),
    related=("feet-and-back", "flats", "when-to-see-a-professional"),
)

MEASURE = Topic(
    slug="measure-your-feet",
    title=_("How to measure your feet"),
    summary=_("A sheet of paper, a pencil, a wall: five minutes, in the evening."),
    sections=(
        Section(
            _("You need paper, a pencil and a ruler"),
            (
                advice(
                    _(
                        "Measure late in the day, when feet are largest, in the socks that you "
                        "will wear."
                    ),
                    "ten_points",
                ),
                plain(
                    _(
                        "Lay the sheet against a wall. Stand on it with your heel at the wall and "
                        "your weight on both feet."
                    )
                ),
                plain(
                    _(
                        "Mark the tip of the longest toe. It need not be the big one. Hold the "
                        "pencil upright."
                    )
                ),
                plain(
                    _(
                        "Mark the widest place on both sides, at the ball. Measure from the wall "
                        "to the toe, and from side to side."
                    )
                ),
                advice(
                    _("Do the other foot too. The larger number of each is yours."), "ten_points"
                ),
            ),
        ),
        Section(
            _("From the foot to the shoe"),
            (
                guided(
                    _("Most people who were measured wore the wrong size, so this is worth it."),
                    "G5",
                ),
                plain(
                    _(
                        "Inside, a shoe is longer than the foot: about 15 mm is usual. Sizes of "
                        "two brands differ, so a length in millimetres tells you more than a "
                        "number on the box."
                    )
                ),
                advice(_("Between two sizes, take the larger one if you want to add an insole.")),
            ),
        ),
    ),
    related=("fit", "children"),
)

MATCH = Topic(
    slug="how-the-match-is-made",
    title=_("How the Guide match is made"),
    summary=_("Every number in it, so that you can work out any match by hand."),
    sections=(
        Section(
            _("In short"),
            (
                plain(
                    _(
                        "Every known fact of a shoe is turned into a number from 0 to 100. Each "
                        "counts with its weight; the sum is the base, at most 100 points."
                    )
                ),
                plain(
                    _(
                        "Some facts set a limit that the match cannot pass, however good the rest "
                        "is. The lowest limit that holds counts."
                    )
                ),
                plain(
                    _(
                        "What nobody states is not zero. It is counted once at its worst and once "
                        "at its best; so the match is a range, and more facts can only make it "
                        "narrower."
                    )
                ),
                advice(
                    _(
                        "The weights are a choice. They put a published guide into numbers, and "
                        "measure no effect on anybody."
                    )
                ),
            ),
        ),
    ),
    related=("heel-height", "fit", "feet-and-back"),
)
