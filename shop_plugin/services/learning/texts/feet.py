"""Conditions of the foot: what each is, what shoes can and cannot do, and what is known."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.learning import (
    RedFlags,
    Section,
    Shelf,
    Topic,
    advice,
    guided,
    plain,
    studied,
)

# Facets that several pages lead to.
SUPPORTED = (("arch", "3"), ("arch", "2"))
CUSHIONED = (("cushioning", "3"), ("cushioning", "2"))
UP_TO_TWO_INCHES = (("heel", "up_to_1in"), ("heel", "1_to_2in"))
ROOMY_TOE = (("toe", "foot_shaped"), ("toe", "round"))

WHAT_IT_IS = _("What it is")
WHAT_SHOES_CAN_DO = _("What shoes can do, and what not")

FLAT_FEET = Topic(
    slug="flat-feet",
    title=_("Flat feet and rolling inward"),
    summary=_("A low arch, and a foot that leans inward. Not everybody has both, or trouble."),
    conditions=("flat_feet", "overpronation"),
    sections=(
        Section(
            WHAT_IT_IS,
            (
                plain(
                    _(
                        "A flat foot has a low arch or none, so that most of the sole touches the "
                        "floor. It may run in the family; body weight and some illnesses can add "
                        "to it."
                    )
                ),
                plain(
                    _(
                        "Overpronation means that the foot rolls further inward than usual at "
                        "each step. Many flat feet do that, but not all."
                    )
                ),
            ),
        ),
        Section(
            WHAT_SHOES_CAN_DO,
            (
                advice(
                    _(
                        "Plenty of people with flat feet do well in ordinary shoes. How a pair "
                        "feels after an hour tells you more than its label."
                    )
                ),
                guided(
                    _(
                        "Support under the arch helps some people’s feet. For backs, trials show "
                        "no clear gain."
                    ),
                    "G1",
                ),
                studied(
                    _(
                        "In a study of 1,930 adults a flat foot as such did not go with low back "
                        "pain. Rolling inward did, in women only."
                    ),
                    "menz_2013",
                    low_back="mixed",
                ),
                advice(
                    _(
                        "Three tests in the shop: squeeze the heel, it should not give way. Bend "
                        "the shoe, it should bend at the toes and not in the middle. Twist it "
                        "like a wet towel, it should resist."
                    ),
                    "shop_tests",
                ),
            ),
        ),
    ),
    shelf=Shelf(
        _("See shoes with moderate or high arch support and a heel up to two inches"),
        (*SUPPORTED, *UP_TO_TWO_INCHES),
    ),
    red_flags=(RedFlags.FOOT,),
    related=("arch-support", "children", "exercises"),
)

PLANTAR_FASCIITIS = Topic(
    slug="plantar-fasciitis",
    title=_("Plantar fasciitis"),
    summary=_("A sore heel and sole. Here studies of shoes and insoles say the most."),
    conditions=("plantar_fasciitis",),
    sections=(
        Section(
            WHAT_IT_IS,
            (
                plain(
                    _(
                        "A tough band runs under the foot from the heel to the toes. When it is "
                        "irritated, heel and sole hurt."
                    )
                ),
                advice(
                    _(
                        "Shoes without enough support and an unusual way of walking are often "
                        "named as reasons."
                    )
                ),
            ),
        ),
        Section(
            WHAT_SHOES_CAN_DO,
            (
                studied(
                    _(
                        "150 people with a sore heel wore a contoured sandal, a flat flip-flop or "
                        "an insert. More of those in the contoured sandal felt better than in the "
                        "flip-flop, and about as many as with the insert. The maker paid a part "
                        "of the study."
                    ),
                    "vicenzino_2015",
                    feet="some",
                ),
                studied(
                    _(
                        "A review of 43 trials found contoured insoles of full length ahead of "
                        "heel cups, and a rocker sole with an insole ahead of either alone."
                    ),
                    "schuitema_2020",
                    feet="some",
                ),
                advice(
                    _(
                        "The health service in the UK names a cushioned heel and good arch "
                        "support, and advises against high heels, tight or pointed shoes, "
                        "flip-flops, backless slippers, and bare feet on hard floors."
                    ),
                    "nhs_heel",
                ),
                advice(
                    _(
                        "Shoes are one part. Ask a podiatrist or a physiotherapist about the "
                        "others, such as stretching."
                    )
                ),
            ),
        ),
    ),
    shelf=Shelf(
        _("See shoes with moderate or high arch support and cushioning"),
        (*SUPPORTED, *CUSHIONED),
    ),
    red_flags=(RedFlags.FOOT,),
    related=("arch-support", "cushioning", "exercises"),
)

BUNIONS = Topic(
    slug="bunions",
    title=_("Bunions"),
    summary=_("A bump beside the big toe. What counts is room, and a soft upper."),
    conditions=("bunions",),
    sections=(
        Section(
            WHAT_IT_IS,
            (
                plain(
                    _(
                        "A bunion is a bony bump where the big toe joins the foot. The toe leans "
                        "towards its neighbours."
                    )
                ),
                advice(
                    _(
                        "It mostly comes from the family, podiatrists say. Narrow shoes do not "
                        "start it, but they can make it sore."
                    ),
                    "bunion_practice",
                ),
            ),
        ),
        Section(
            WHAT_SHOES_CAN_DO,
            (
                plain(_("No shoe takes a bunion away. A roomy one rubs it less.")),
                guided(
                    _(
                        "Shoes that are too narrow or too short go with sore feet, corns and hard "
                        "skin. These are links found by measuring many people, not proof of a "
                        "cause."
                    ),
                    "G5",
                ),
                advice(
                    _(
                        "American orthopaedic surgeons draw the line at heels of two and a quarter "
                        "inches (57 mm), American podiatrists at two inches, as the guide does."
                    ),
                    "aaos_heels",
                    "apma_heels",
                ),
                advice(
                    _(
                        "Feel inside, where your bunion will be: no seam and no hard edge should "
                        "run there."
                    )
                ),
            ),
        ),
    ),
    shelf=Shelf(
        _("See shoes with a round or foot-shaped toe and a heel up to two inches"),
        (*ROOMY_TOE, *UP_TO_TWO_INCHES),
    ),
    red_flags=(RedFlags.FOOT,),
    related=("fit", "heel-height", "hammertoe"),
)

HAMMERTOE = Topic(
    slug="hammertoe",
    title=_("Hammertoe"),
    summary=_("A toe that stays bent. It needs height above it, more than width beside it."),
    conditions=("hammertoe",),
    sections=(
        Section(
            WHAT_IT_IS,
            (
                plain(
                    _(
                        "A hammertoe is bent at a joint and no longer lies flat. Its top may rub "
                        "against the shoe."
                    )
                ),
                guided(
                    _(
                        "People with bent smaller toes wear badly fitting shoes more often. Which "
                        "came first, such studies cannot say."
                    ),
                    "G5",
                ),
            ),
        ),
        Section(
            WHAT_SHOES_CAN_DO,
            (
                plain(_("No shoe makes a bent toe straight. A deep one leaves it in peace.")),
                advice(
                    _(
                        "Look at the shoe from the side: is there height above the toes, not only "
                        "at the instep? A soft upper without seams there rubs least."
                    )
                ),
                advice(
                    _(
                        "Flip-flops make toes grip to hold on. A strap or laces do that work for "
                        "them."
                    )
                ),
            ),
        ),
    ),
    shelf=Shelf(
        _("See shoes with a round or foot-shaped toe that are fastened over the foot"),
        (*ROOMY_TOE, ("fastening", "secure"), *UP_TO_TWO_INCHES),
    ),
    red_flags=(RedFlags.FOOT,),
    related=("fit", "bunions"),
)

NEUROMA = Topic(
    slug="neuroma",
    title=_("Morton’s neuroma"),
    summary=_("An irritated nerve at the ball of the foot. It likes room and a soft front."),
    conditions=("neuroma",),
    sections=(
        Section(
            WHAT_IT_IS,
            (
                plain(
                    _(
                        "Morton’s neuroma is an irritated nerve between two toes, at the ball of "
                        "the foot. Some say that it feels like a pebble in the shoe."
                    )
                ),
            ),
        ),
        Section(
            WHAT_SHOES_CAN_DO,
            (
                studied(
                    _("We know of no trial that says which shoe is best for it."),
                    feet="none",
                ),
                advice(
                    _(
                        "A front that presses from the sides and a thin, hard sole are what many "
                        "feel at once. Room, and cushioning under the ball, may feel better."
                    )
                ),
                advice(
                    _(
                        "Quite flat is not always best: with tight calves a low heel may be "
                        "kinder. So a heel below one inch earns nothing extra in the match."
                    ),
                    "neuroma_practice",
                ),
            ),
        ),
    ),
    shelf=Shelf(
        _("See cushioned shoes with a round or foot-shaped toe"),
        (*CUSHIONED, *ROOMY_TOE, *UP_TO_TWO_INCHES),
    ),
    red_flags=(RedFlags.FOOT,),
    related=("cushioning", "fit"),
)

HIGH_ARCH = Topic(
    slug="high-arch",
    title=_("High arches"),
    summary=_("Less of the sole touches the ground, so heel and ball carry more."),
    conditions=("high_arch",),
    sections=(
        Section(
            WHAT_IT_IS,
            (
                plain(
                    _(
                        "With a high arch the middle of the foot stays off the floor. Heel and "
                        "ball carry what is left."
                    )
                ),
            ),
        ),
        Section(
            WHAT_SHOES_CAN_DO,
            (
                studied(
                    _(
                        "154 people with painful high arches wore insoles made for them, or sham "
                        "ones. The real ones did better, by about eight points "
                        "on a scale of pain."
                    ),
                    "burns_2006",
                    feet="some",
                ),
                studied(
                    _("In a study of 1,930 adults a high arch did not go with low back pain."),
                    "menz_2013",
                    low_back="mixed",
                ),
                advice(
                    _(
                        "Cushioning first, then a footbed that touches the whole arch. Shoes built "
                        "stiff against rolling inward answer another question."
                    )
                ),
            ),
        ),
    ),
    shelf=Shelf(
        _("See shoes with moderate or high cushioning"),
        CUSHIONED,
    ),
    red_flags=(RedFlags.FOOT,),
    related=("cushioning", "arch-support"),
)
