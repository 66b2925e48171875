"""Back pain, long days on one's feet, and those for whom there is no match on purpose."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.learning import RedFlags, Section, Shelf, Topic, advice, plain, studied
from shop_plugin.services.learning.texts.feet import (
    CUSHIONED,
    SUPPORTED,
    UP_TO_TWO_INCHES,
    WHAT_IT_IS,
    WHAT_SHOES_CAN_DO,
)

LOW_BACK_PAIN = Topic(
    slug="low-back-pain",
    title=_("Low back pain"),
    summary=_("What studies say of shoes and backs: less than shops do."),
    conditions=("low_back_pain",),
    sections=(
        Section(
            WHAT_IT_IS,
            (
                advice(
                    _(
                        "Low back pain has many reasons. Shoes are at most a small part of the "
                        "picture, and for many people none."
                    )
                ),
            ),
        ),
        Section(
            _("Insoles"),
            (
                studied(
                    _(
                        "A review of six trials with more than 2,000 people, most of them without "
                        "pain at the start: insoles did not keep back pain away. The longest trial "
                        "took 14 weeks."
                    ),
                    "sahar_2007",
                    low_back="against",
                ),
                studied(
                    _(
                        "A later review of 14 trials found less pain with insoles made to measure "
                        "than with none, in people who had pain already."
                    ),
                    "kong_2020",
                    low_back="mixed",
                ),
                studied(
                    _(
                        "A small trial of ready-made insoles, 41 people, saw no clear difference "
                        "after twelve weeks."
                    ),
                    "sadler_2023",
                    low_back="weak",
                ),
                studied(
                    _(
                        "One national guideline weighs all this and advises against insoles for "
                        "low back pain."
                    ),
                    "nice_ng59",
                    low_back="against",
                ),
            ),
        ),
        Section(
            _("Soles and heels"),
            (
                studied(
                    _(
                        "115 people wore rocker soles or flat soles for a year. In the end there "
                        "was no difference. Those who hurt when standing or walking did better on "
                        "flat ones, so a rocker earns nothing in the match for backs."
                    ),
                    "macrae_2013",
                    low_back="against",
                ),
                studied(
                    _(
                        "Nine of eleven studies found high heels and back pain together, at no "
                        "certain height. Together does not mean that one brings the other."
                    ),
                    "younas_2023",
                    low_back="weak",
                ),
                studied(
                    _(
                        "96 women who stood at work had less soreness in back, legs and feet with "
                        "soft insoles. For 25 of them the shoes became too tight."
                    ),
                    "basford_1988",
                    feet="some",
                    low_back="weak",
                ),
            ),
        ),
    ),
    shelf=Shelf(
        _("See cushioned shoes with arch support and a heel up to two inches"),
        (*SUPPORTED, *CUSHIONED, *UP_TO_TWO_INCHES),
    ),
    red_flags=(RedFlags.BACK,),
    related=("feet-and-back", "heel-height", "exercises"),
)

STANDING_ALL_DAY = Topic(
    slug="standing-all-day",
    title=_("Standing all day"),
    summary=_("Work on your feet: soft underneath, held on top, room for an insole."),
    conditions=("standing_all_day",),
    sections=(
        Section(
            WHAT_SHOES_CAN_DO,
            (
                studied(
                    _(
                        "A review of ten studies of people who stand at work: soft mats, shoes and "
                        "insoles made it less uncomfortable."
                    ),
                    "speed_2016",
                    feet="some",
                ),
                studied(
                    _(
                        "96 women who stood at work had less soreness in back, legs and feet with "
                        "soft insoles. For 25 of them the shoes became too tight, so look for room "
                        "and an insole that comes out."
                    ),
                    "basford_1988",
                    feet="some",
                    low_back="weak",
                ),
                advice(
                    _(
                        "Change how you stand when you can, and walk a few steps. No sole does "
                        "that for you."
                    )
                ),
                advice(
                    _(
                        "Where floors are wet, a sole that grips comes before everything else on "
                        "this page."
                    )
                ),
            ),
        ),
    ),
    shelf=Shelf(
        _("See cushioned shoes that are fastened, with a heel up to two inches"),
        (*CUSHIONED, ("fastening", "secure"), *UP_TO_TWO_INCHES),
    ),
    red_flags=(RedFlags.BACK, RedFlags.FOOT),
    related=("cushioning", "replace-in-time", "fit"),
)

DIABETES = Topic(
    slug="diabetes-or-numb-feet",
    title=_("Diabetes or numb feet"),
    summary=_("There is no match here, on purpose. Please ask a professional."),
    conditions=("diabetes_or_numb_feet",),
    sections=(
        Section(
            _("Why there is no match"),
            (
                plain(
                    _(
                        "If you cannot feel a stone in your shoe, you cannot feel a seam that "
                        "rubs. A list of features is not enough then; somebody has to look at "
                        "your feet."
                    )
                ),
                advice(
                    _(
                        "An Australian guideline asks that people at risk get their shoes from "
                        "trained professionals, and that shoes made for them are looked at every "
                        "three months."
                    ),
                    "van_netten_2018",
                ),
                advice(
                    _(
                        "It also asks them to look into their shoes each time before wearing them, "
                        "and at their feet each time after."
                    ),
                    "van_netten_2018",
                ),
            ),
        ),
    ),
    red_flags=(RedFlags.FOOT,),
    related=("when-to-see-a-professional",),
)

CHILDREN = Topic(
    slug="children",
    title=_("Children’s feet"),
    summary=_("No match for them: the guide was written for adults. Fit is what counts."),
    sections=(
        Section(
            _("What counts"),
            (
                plain(
                    _(
                        "Children’s shoes get no Guide match here. What helps is measuring often, "
                        "because feet outgrow shoes before shoes wear out."
                    )
                ),
                advice(
                    _(
                        "Up to 16 months, feet grow about half a size in two months; up to two "
                        "years, in three; up to three years, in four; later, in four to six."
                    ),
                    "children_growth",
                ),
                advice(
                    _(
                        "Measure first walkers every four to six weeks, toddlers every six to "
                        "eight, primary school children every three to four months, older ones "
                        "every five to six."
                    ),
                    "children_checks",
                ),
                advice(_("For older children, a heel of at most one inch is enough.")),
            ),
        ),
        Section(
            _("Flat feet in children"),
            (
                studied(
                    _(
                        "A review of 16 trials with 1,058 children is not sure that insoles for "
                        "flat feet do anything for them. The studies are of low quality."
                    ),
                    "evans_2022",
                    feet="weak",
                ),
                advice(
                    _(
                        "Most children’s flat feet need nothing, as long as they do not hurt. If "
                        "they do, ask a doctor."
                    ),
                    "evans_2022",
                    "children_growth",
                ),
            ),
        ),
    ),
    red_flags=(RedFlags.FOOT,),
    related=("fit", "measure-your-feet"),
)
