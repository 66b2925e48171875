"""How feet and back hang together, and when neither a shoe nor a page is the answer."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.learning import (
    RedFlags,
    Section,
    Topic,
    advice,
    guided,
    plain,
    studied,
)

FEET_AND_BACK = Topic(
    slug="feet-and-back",
    title=_("How feet and back hang together"),
    summary=_("What a step does to the rest of you, and how much a shoe can have to do with it."),
    sections=(
        Section(
            _("The simple picture"),
            (
                plain(
                    _(
                        "Your foot meets the ground first. How it lands and rolls moves the ankle "
                        "and the knee a little, and hip and lower back move with them."
                    )
                ),
                plain(
                    _(
                        "Muscles in foot and lower leg hold up the arch and push you forward. When "
                        "they get tired, others have more to do."
                    )
                ),
                advice(
                    _(
                        "It may go the other way too: with a sore back you often walk "
                        "differently, and your feet notice."
                    )
                ),
            ),
        ),
        Section(
            _("What studies found"),
            (
                studied(
                    _(
                        "Among 1,930 adults, the shape of the arch, flat or high, did not go with "
                        "low back pain. Women whose feet rolled inward as they walked had it more "
                        "often; for men there was no such link."
                    ),
                    "menz_2013",
                    low_back="mixed",
                ),
                studied(
                    _(
                        "A survey found more low back pain among people with flat feet. A survey "
                        "cannot tell which of the two came first."
                    ),
                    "almutairi_2021",
                    low_back="weak",
                ),
                studied(
                    _(
                        "One national guideline looked at all trials and advises against insoles "
                        "and rocker soles for low back pain."
                    ),
                    "nice_ng59",
                    low_back="against",
                ),
            ),
        ),
        Section(
            _("What follows for your shoes"),
            (
                guided(
                    _(
                        "Fit comes first. Most people who were measured wore shoes of the wrong "
                        "length or width, and that goes with sore feet."
                    ),
                    "G5",
                ),
                advice(
                    _(
                        "If the way your feet work is a part of your pain, support under the arch "
                        "may be worth a try. If it is not, other shoes will hardly change much."
                    )
                ),
                plain(
                    _(
                        "The Guide match compares a shoe with a list of features. It does not "
                        "know you, and it is no forecast for your back."
                    )
                ),
            ),
        ),
    ),
    red_flags=(RedFlags.BACK, RedFlags.FOOT),
    related=("low-back-pain", "fit", "how-the-match-is-made"),
)

PROFESSIONAL = Topic(
    slug="when-to-see-a-professional",
    title=_("When to see a professional"),
    summary=_("Signs that need a person who can look at you. No shoe and no page can."),
    sections=(
        Section(
            _("Soon, but without hurry"),
            (
                advice(
                    _(
                        "Have a look taken at pain that stays for weeks, that keeps you from "
                        "what you usually do, or that gets worse although you rest."
                    )
                ),
                advice(
                    _(
                        "A podiatrist looks after feet, a physiotherapist after the way you move, "
                        "and your doctor knows whom to ask first."
                    )
                ),
            ),
        ),
        Section(
            _("What to bring"),
            (
                advice(
                    _(
                        "Take the shoes you wear most, and the insoles in them. How they are worn "
                        "down tells a professional a lot."
                    )
                ),
                advice(
                    _(
                        "Write down since when it hurts, where, at what time of day, and what "
                        "makes it better or worse."
                    )
                ),
            ),
        ),
    ),
    red_flags=(RedFlags.BACK, RedFlags.FOOT),
    related=("feet-and-back", "diabetes-or-numb-feet"),
)
