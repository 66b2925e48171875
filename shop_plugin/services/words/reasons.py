"""What is said about each reason code: the fact, what the guide says, a few words, the tone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop_plugin.services.words.attributes import (
    attribute_in_sentence,
    condition_label,
    join_words,
    option_label,
)
from shop_plugin.services.words.lengths import describe_both_units

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said about one code: the fact, what the guide says, the few words, the tone."""

    fact: str
    says: str
    short: str
    tone: str


def word_reason(code: str, params: Params, *, unit: str) -> Wording:
    """Return the words for a reason in the reader's language and unit.

    :raises KeyError: for a code there are no words for.
    """
    return _WORDINGS[code](params, unit)


def describe_heel_limit(unit: str) -> str:
    """Return the guide's two inches in a unit.

    :raises KeyError: for a unit that is none of "in", "cm" and "mm".
    """
    return {"in": _("2 in"), "cm": _("5.1 cm"), "mm": _("51 mm")}[unit]


def _points(limit: int) -> str:
    """Return a limit of the score in whole points, rounded up as an upper end is shown."""
    return str(-(-limit // 100))


def _rise(params: Params, unit: str) -> str:
    return describe_both_units(params["low"], params["high"], unit=unit)


def _heel_over(params: Params, unit: str) -> Wording:
    return Wording(
        _("The heel rises {rise}, above the guide's {limit}").format(
            rise=_rise(params, unit), limit=describe_heel_limit(unit)
        ),
        _("This limits the match to {points} of 100").format(points=_points(params["limit"])),
        _("Heel over {limit}").format(limit=describe_heel_limit(unit)),
        "limit",
    )


def _heel_may_be_over(params: Params, unit: str) -> Wording:
    return Wording(
        _("The heel rises {rise}, which may be above the guide's {limit}").format(
            rise=_rise(params, unit), limit=describe_heel_limit(unit)
        ),
        _("The exact heel height would settle it"),
        _("Heel may be over {limit}").format(limit=describe_heel_limit(unit)),
        "unknown",
    )


def _heel_moderate(params: Params, unit: str) -> Wording:
    return Wording(
        _("The heel rises {rise}").format(rise=_rise(params, unit)),
        _("The guide accepts heels up to {limit}; lower counts for more").format(
            limit=describe_heel_limit(unit)
        ),
        _("Moderate heel"),
        "neutral",
    )


def _heel_ok(params: Params, unit: str) -> Wording:
    if params["basis"] == "category":
        fact = _("Shoes of this kind have a low heel by design")
    elif params["high"] == 0:
        fact = _("There is no rise at the heel")
    elif params["low"] == 0:
        rise = describe_both_units(params["high"], params["high"], unit=unit)
        fact = _("The heel rises at most {rise}").format(rise=rise)
    else:
        fact = _("The heel rises {rise}").format(rise=_rise(params, unit))
    says = _("The guide asks for no more than {limit}").format(limit=describe_heel_limit(unit))
    return Wording(fact, says, _("Low heel"), "good")


def _heel_near_limit(params: Params, unit: str) -> Wording:
    return Wording(
        _("The heel is close to the guide's {limit}").format(limit=describe_heel_limit(unit)),
        _("Heels grow a little with the shoe size, so your size may lie on the other side"),
        _("Close to {limit}").format(limit=describe_heel_limit(unit)),
        "neutral",
    )


def _platform_used(params: Params, unit: str) -> Wording:
    pitch_low, pitch_high = (max(0, end) for end in params["pitch"])
    return Wording(
        _("From toe to heel the foot rises {pitch}").format(
            pitch=describe_both_units(pitch_low, pitch_high, unit=unit)
        ),
        _("The match looks at this rise more than at the printed heel height"),
        _("Rise counted, not heel height"),
        "neutral",
    )


def _arch(params: Params, unit: str) -> Wording:
    return _amount(
        params,
        names={
            (0, 0): _("There is no arch support"),
            (1, 1): _("There is mild arch support"),
            (2, 2): _("There is moderate arch support"),
            (3, 3): _("There is high arch support"),
            (1, 3): _("There is arch support; how much is not stated"),
            (2, 3): _("There is clear arch support"),
            (1, 2): _("There is some arch support"),
        },
        unsure=_("Arch support is little, or none"),
        says=_("The guide asks for good arch support"),
        shorts=(_("No arch support"), _("Mild arch support"), _("Arch support")),
        unsure_short=_("Arch support unclear"),
    )


def _cushion(params: Params, unit: str) -> Wording:
    return _amount(
        params,
        names={
            (0, 0): _("There is no cushioning"),
            (1, 1): _("There is light cushioning"),
            (2, 2): _("There is moderate cushioning"),
            (3, 3): _("There is strong cushioning"),
            (1, 3): _("There is cushioning; how much is not stated"),
            (2, 3): _("There is clear cushioning"),
            (1, 2): _("There is some cushioning"),
        },
        unsure=_("Cushioning is little, or none"),
        says=_("The guide asks for good cushioning"),
        shorts=(_("No cushioning"), _("Light cushioning"), _("Cushioned")),
        unsure_short=_("Cushioning unclear"),
    )


def _amount(
    params: Params,
    *,
    names: Mapping[tuple[int, int], str],
    unsure: str,
    says: str,
    shorts: tuple[str, str, str],
    unsure_short: str,
) -> Wording:
    low, high = params["low"], params["high"]
    fact = names.get((low, high), unsure)
    if high == 0:
        return Wording(fact, says, shorts[0], "limit")
    if low == 0:
        return Wording(fact, says, unsure_short, "unknown")
    if high == 1:
        return Wording(fact, says, shorts[1], "neutral")
    return Wording(fact, says, shorts[2], "good")


def _unsupported(params: Params, unit: str) -> Wording:
    return Wording(
        _("There is neither arch support nor cushioning"),
        _("The guide asks for at least one; this limits the match to {points} of 100").format(
            points=_points(params["limit"])
        ),
        _("No support, no cushioning"),
        "limit",
    )


def _flat_unsupported(params: Params, unit: str) -> Wording:
    return Wording(
        _("This flat has neither arch support nor cushioning"),
        _("The guide is wary of such flats; this limits the match to {points} of 100").format(
            points=_points(params["limit"])
        ),
        _("Flat without support"),
        "limit",
    )


def _one_lacking(params: Params, unit: str) -> Wording:
    is_arch = params["which"] == "arch_support"
    return Wording(
        _("There is cushioning, but no arch support")
        if is_arch
        else _("There is arch support, but no cushioning"),
        _("The guide asks for both; this limits the match to {points} of 100").format(
            points=_points(params["limit"])
        ),
        _("Arch support is lacking") if is_arch else _("Cushioning is lacking"),
        "limit",
    )


def _profile_limited(params: Params, unit: str) -> Wording:
    shorts = {
        "CAP_PROFILE_HEEL": _("Heel over {limit}").format(limit=describe_heel_limit(unit)),
        "CAP_PROFILE_TOE": _("Pointed toe"),
        "CAP_PROFILE_FASTENING": _("Loose on the foot"),
        "CAP_PROFILE_ARCH": _("Low arch support"),
        "CAP_PROFILE_CUSHION": _("Hardly any cushioning"),
    }
    facts = {
        "CAP_PROFILE_HEEL": (
            _heel_over(params, unit).fact
            if "low" in params
            else _("The heel is over {limit}").format(limit=describe_heel_limit(unit))
        ),
        "CAP_PROFILE_TOE": _("The toe is pointed"),
        "CAP_PROFILE_FASTENING": _("Nothing holds the heel in the shoe"),
        "CAP_PROFILE_ARCH": _("Arch support is low"),
        "CAP_PROFILE_CUSHION": _("The sole has hardly any cushioning"),
    }
    says = _("For {condition} this limits the match to {points} of 100").format(
        condition=condition_label(params["profile"]), points=_points(params["limit"])
    )
    return Wording(facts[params["cap"]], says, shorts[params["cap"]], "limit")


def _toe_roomy(params: Params, unit: str) -> Wording:
    return Wording(
        _("The toe is {shape}, which leaves room").format(
            shape=_options("toe_shape", "shapes", params)
        ),
        _("The guide asks for a fit that is not tight"),
        _("Room for the toes"),
        "good",
    )


def _toe_pointed(params: Params, unit: str) -> Wording:
    return Wording(
        _("The toe is pointed"),
        _("The guide asks for a fit that is not tight; check the room at your toes"),
        _("Pointed toe"),
        "limit",
    )


def _widths(params: Params, unit: str) -> Wording:
    return Wording(
        _("It comes in these widths: {widths}").format(
            widths=_options("width_options", "widths", params, is_choice=False)
        ),
        _("The guide asks for the right width"),
        _("Several widths"),
        "good",
    )


def _fastening(params: Params, *, is_secure: bool) -> Wording:
    kinds = _options("fastening", "kinds", params)
    if is_secure:
        return Wording(
            _("It fastens securely: {kinds}").format(kinds=kinds),
            _("The guide asks for a shoe that holds the foot"),
            _("Fastens securely"),
            "good",
        )
    return Wording(
        _("Little holds the foot: {kinds}").format(kinds=kinds),
        _("The guide asks for a shoe that holds the foot; check that your heel stays down"),
        _("Loose on the foot"),
        "limit",
    )


def _options(key: str, name: str, params: Params, *, is_choice: bool = True) -> str:
    return join_words([option_label(key, item) for item in params[name]], is_choice=is_choice)


def _fit(code: str, params: Params) -> Wording:
    if code == "FIT_OK":
        return Wording(_("This size leaves your toes enough room"), "", _("Size fits"), "good")
    limit = _("This limits your match to {points} of 100").format(points=_points(params["limit"]))
    if code == "FIT_TOO_TIGHT":
        return Wording(_("This size is too tight for you"), limit, _("Too tight"), "limit")
    return Wording(_("This size is too loose for you"), limit, _("Too loose"), "limit")


def _worn(params: Params, unit: str) -> Wording:
    return Wording(
        _("This pair has probably used {percent} % of its life").format(percent=params["pct"]),
        _("The guide asks to look at worn shoes; this limits the match to {points} of 100").format(
            points=_points(params["limit"])
        ),
        _("Probably worn"),
        "limit",
    )


def _low_coverage(params: Params, unit: str) -> Wording:
    labels = [attribute_in_sentence(key) for key in params["missing"]]
    shown = labels[:4]
    more = len(labels) - len(shown)
    fact = _("Not known: {facts}").format(facts=", ".join(shown))
    if more:
        fact = ngettext("{fact}, and {count} more", "{fact}, and {count} more", more).format(
            fact=fact, count=more
        )
    return Wording(
        fact,
        _("The maker's data sheet or a look at the shoe would help"),
        _("Too little is stated"),
        "unknown",
    )


def _conflict(params: Params, unit: str) -> Wording:
    return Wording(
        _("The sources disagree about this: {fact}").format(
            fact=attribute_in_sentence(params["attribute"])
        ),
        _("Both are counted as possible until the shop has checked"),
        _("Sources disagree"),
        "unknown",
    )


def _fixed(fact: str, says: str, short: str, tone: str) -> Wording:
    return Wording(fact, says, short, tone)


_WORDINGS: Mapping[str, Callable[[Params, str], Wording]] = {
    "HEEL_OVER_2IN": _heel_over,
    "HEEL_MAY_BE_OVER_2IN": _heel_may_be_over,
    "HEEL_MODERATE": _heel_moderate,
    "HEEL_OK": _heel_ok,
    "HEEL_NEAR_LIMIT": _heel_near_limit,
    "HEEL_PLATFORM_USED": _platform_used,
    "HEEL_UNKNOWN": lambda params, unit: _fixed(
        _("The heel height is not stated"),
        _("The number would show whether it stays within {limit}").format(
            limit=describe_heel_limit(unit)
        ),
        _("Heel height not stated"),
        "unknown",
    ),
    "ARCH_HIGH": _arch,
    "ARCH_MODERATE": _arch,
    "ARCH_MILD": _arch,
    "ARCH_NONE": _arch,
    "ARCH_UNKNOWN": lambda params, unit: _fixed(
        _("Arch support is not stated"),
        _("Ask the shop whether the footbed is shaped under the arch"),
        _("Arch support not stated"),
        "unknown",
    ),
    "INSOLE_REMOVABLE": lambda params, unit: _fixed(
        _("The insole comes out, or there is room for your own"),
        _("The guide counts an insole with good arch support"),
        _("Room for own insole"),
        "good",
    ),
    "CUSHION_HIGH": _cushion,
    "CUSHION_MODERATE": _cushion,
    "CUSHION_LIGHT": _cushion,
    "CUSHION_NONE": _cushion,
    "CUSHION_UNKNOWN": lambda params, unit: _fixed(
        _("Cushioning is not stated"),
        _("Ask the shop what the sole is made of"),
        _("Cushioning not stated"),
        "unknown",
    ),
    "FLAT_UNSUPPORTED": _flat_unsupported,
    "UNSUPPORTED": _unsupported,
    "ONE_LACKING": _one_lacking,
    "STABLE_HEEL": lambda params, unit: _fixed(
        _("Heel and sole are firm and the base is broad"),
        _("The guide counts stability as support"),
        _("Stable heel and sole"),
        "good",
    ),
    "TOE_POINTED": _toe_pointed,
    "TOE_ROOMY": _toe_roomy,
    "WIDTHS_AVAILABLE": _widths,
    "FASTENING_SECURE": lambda params, unit: _fastening(params, is_secure=True),
    "FASTENING_LOOSE": lambda params, unit: _fastening(params, is_secure=False),
    "FIT_TOO_TIGHT": lambda params, unit: _fit("FIT_TOO_TIGHT", params),
    "FIT_TOO_LOOSE": lambda params, unit: _fit("FIT_TOO_LOOSE", params),
    "FIT_OK": lambda params, unit: _fit("FIT_OK", params),
    "WORN_PAST_LIFE": _worn,
    "PROFILE_LIMITED": _profile_limited,
    "NOTE_MINIMAL_DESIGN": lambda params, unit: _fixed(
        _("This is a very simple shoe by design"),
        _(
            "The guide gives it few points, yet walking in such shoes can make foot muscles "
            "stronger; change over slowly"
        ),
        _("Simple by design"),
        "neutral",
    ),
    "NOTE_ROCKER_NO_CREDIT": lambda params, unit: _fixed(
        _("The sole is a rocker"),
        _("For the back this earns nothing: in a year-long study flat soles did as well"),
        _("Rocker sole"),
        "neutral",
    ),
    "CONFLICTING_DATA": _conflict,
    "LOW_COVERAGE": _low_coverage,
    "NOT_SCORED_CHILD": lambda params, unit: _fixed(
        _("Children's shoes are not matched with the guide"),
        _("Check the fit often: feet grow faster than shoes wear"),
        _("Children's shoe"),
        "neutral",
    ),
    "NOT_SCORED_REFER": lambda params, unit: _fixed(
        _("With diabetes or numb feet no match is shown"),
        _("Please choose shoes together with a podiatrist or doctor"),
        _("Ask a professional"),
        "neutral",
    ),
    "EVIDENCE_WEAK": lambda params, unit: _fixed(
        _("For low back pain the evidence behind shoes and insoles is thin, in part against them"),
        _("Take the match as a list of features, and go by what feels right to you"),
        _("Evidence is thin"),
        "neutral",
    ),
}
