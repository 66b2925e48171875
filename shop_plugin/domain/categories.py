"""What a shoe is made for, and for whom, read from a shop's own category words and the title.

Only words that name a kind of shoe decide. A shop's last category segment is
the most exact one and is read first, then the whole path, then the title.
What no rule knows is ``OTHER`` or ``UNKNOWN``: nothing is guessed, for a
category makes some facts true by definition (:mod:`.resolution`).
"""

from __future__ import annotations

import re
from functools import lru_cache

from shop_plugin.domain.attributes import AgeGroup, Gender, UseCategory

# In this order: the first rule that finds a word decides, so the narrower kinds stand first.
_RULES: tuple[tuple[UseCategory, str], ...] = (
    (
        UseCategory.OTHER,
        r"soccer|football boots?|football cleats?|cleats?|spikes?|golf|cycling|climbing|ski boots?"
        r"|ice skates?|roller ?skates?|dance shoes?|water shoes?|socks?|shoe ?trees?|insoles?",
    ),
    (
        UseCategory.SAFETY_BOOT,
        r"safety (?:boots?|shoes?|trainers?)|steel[- ]?toe|composite[- ]?toe|work boots?"
        r"|sicherheits(?:schuhe?|stiefel)|chaussures? de sécurité|(?:botas?|zapatos?) de seguridad",
    ),
    (
        UseCategory.WORK_STANDING,
        r"work shoes?|nurs(?:e|ing) (?:shoes?|clogs?)|kitchen shoes?|chef (?:shoes?|clogs?)"
        r"|service shoes?|slip[- ]resistant shoes?|work & (?:duty|safety)|arbeitsschuhe?",
    ),
    (UseCategory.BAREFOOT, r"barefoot|barfu(?:ß|ss)schuhe?|minimalist shoes?"),
    (UseCategory.TRAIL, r"trail(?:[- ]?run(?:ning)?)?|traillauf\w*|trailrunning"),
    (UseCategory.RACING, r"racing (?:shoes?|flats?)|road racing|marathon racers?|wettkampfschuhe?"),
    (
        UseCategory.RUNNING,
        r"running|runners?|jogging|laufschuhe?|chaussures? de course"
        r"|zapatillas de (?:correr|running)",
    ),
    (
        UseCategory.HIKING,
        r"hik(?:ing|ers?)|trekking|mountaineering|wander(?:schuhe?|stiefel)|randonnée|senderismo",
    ),
    (UseCategory.WALKING, r"walking|nordic walking|chaussures? de marche"),
    (
        UseCategory.TRAINING,
        r"training|cross[- ]?train(?:ing|ers?)|gym|fitness|basketball|tennis|volleyball|squash"
        r"|badminton|handball|netball|court (?:sports?|trainers?)|sports? shoes?|sportschuhe?",
    ),
    (
        UseCategory.SLIPPER,
        r"slippers?|house shoes?|moccasin slippers?|hausschuhe?|pantoffeln?|chaussons?"
        r"|pantoufles?|pantuflas?|zapatillas de (?:casa|estar)",
    ),
    (
        UseCategory.FLIP_FLOP,
        r"flip[- ]?flops?|thongs?|thong sandals?|sliders?|slides?|pool slides?|zehentrenner"
        r"|badelatschen|badeschlappen|tongs?|claquettes?|chanclas?",
    ),
    (
        UseCategory.HEEL,
        r"(?:high|mid|low|block|kitten|stiletto|spool|cone|cuban)[- ]heel(?:s|ed)?"
        r"|heels|heeled (?:sandals?|shoes?|mules?)|pumps?|stilettos?|court shoes?|wedges?"
        r"|peep[- ]?toes?|slingbacks?|high ?heels?|stöckelschuhe?|absatzschuhe?|keilsandaletten?"
        r"|escarpins?|talons hauts|chaussures? à talons?|(?:zapatos? de )?tac(?:ón|ones)",
    ),
    (
        UseCategory.BOOT,
        r"boots?|booties?|chelseas?|chukkas?|chukka boots?|combat|western/cowboy|cowboy"
        r"|knee[- ]high|mid[- ]calf|over[- ]the[- ]knee|wellingtons?|stiefel(?:etten?)?"
        r"|winterstiefel|gummistiefel|bottes?|bottines?|botas?|botines?",
    ),
    (UseCategory.SANDAL, r"sandals?|sandale[ns]?|sandaletten?|sandalias?|mules?|clogs?|huaraches?"),
    (
        UseCategory.FLAT,
        r"flats?|flat shoes?|ballet flats?|ballerinas?|ballerines?|bellies|bailarinas?"
        r"|manoletinas?",
    ),
    (
        UseCategory.DRESS_LEATHER,
        r"oxfords?|derb(?:y|ys|ies)|brogues?|monk[- ]?straps?|loafers?|moccasins?|formal shoes?"
        r"|(?<!women's )(?<!womens )dress shoes?|lace[- ]?ups?|schnürschuhe?|halbschuhe?|mocassins?"
        r"|richelieus?|zapatos? de (?:vestir|cordones)",
    ),
    (
        UseCategory.CASUAL_SNEAKER,
        r"sneakers?|fashion trainers?|trainers?|plimsolls?|skate(?:board(?:ing)?)?(?: shoes?)?"
        r"|canvas shoes?|turnschuhe?|baskets?|tennis en toile|deportivas?|zapatillas?",
    ),
)

_ORDER = tuple(category for category, _ in _RULES)
_WORDS = re.compile(
    "|".join(
        rf"(?P<r{number}>(?<![\w-])(?:{words})(?![\w-]))"
        for number, (_, words) in enumerate(_RULES)
    ),
    re.IGNORECASE,
)
_SEGMENTS = re.compile(r"\s*(?:>|/|,|:|»|\|)\s*")

_CHILD = (
    r"kids?'?s?|child(?:ren)?'?s?|toddlers?'?|infants?'?|bab(?:y|ies)|newborns?|youth|juniors?|jr"
    r"|boys?'?s?|girls?'?s?|little kids?|big kids?|kinder|jungen|mädchen|enfants?|bébés?|fille"
    r"|garçon|niñ[oa]s?|teens?"
)
# In a title "baby" may be a colour ("baby blue") and "boy" a style: only plain words count.
_CHILD_IN_TITLE = (
    r"kids'?|kid's|children'?s?|toddlers?'?|infants?'?|youth|boys'?|boy's|girls'?|girl's"
    r"|little kids?|big kids?|juniors?'?|kinder(?:schuhe?|sandalen?|stiefel)?|enfants?|niñ[oa]s?"
)
_WOMEN = r"wom[ae]n'?s?'?|female|lad(?:y|ies)'?s?|damen|frauen|femmes?|mujer(?:es)?|señoras?"
_MEN = r"m[ae]n'?s?'?|male|gentlem[ae]n'?s?|herren|männer|hommes?|hombres?|caballeros?"
_BOTH = r"unisex|gender[- ]neutral|all genders"
_ADULT = r"adults?|erwachsene|adultes?|adultos?"


def _compile(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{words})(?!\w)", re.IGNORECASE)


_CHILD_WORDS, _CHILD_IN_TITLE_WORDS = _compile(_CHILD), _compile(_CHILD_IN_TITLE)
_WOMEN_WORDS, _MEN_WORDS, _BOTH_WORDS = _compile(_WOMEN), _compile(_MEN), _compile(_BOTH)
_ADULT_WORDS = _compile(_ADULT)


def classify_category(text: str, title: str) -> UseCategory:
    """Return what a shoe is made for, by the shop's category text first, then by its title."""
    found = _classify_path(text) if text else None
    return found or _find(title, ignored="flat") or UseCategory.OTHER


@lru_cache(maxsize=2048)
def read_gender(text: str) -> Gender:
    """Return whom a text names: women, men, both (unisex), or nobody (unknown)."""
    women, men = _WOMEN_WORDS.search(text), _MEN_WORDS.search(text)
    if _BOTH_WORDS.search(text) or (women and men):
        return Gender.UNISEX
    if women:
        return Gender.WOMEN
    return Gender.MEN if men else Gender.UNKNOWN


def read_age_group(*, age_group: str = "", gender: str = "", category: str, title: str) -> AgeGroup:
    """Return whose feet a shoe is for.

    The first of age field, gender field, category and title that says
    anything decides; naming women or men says adult.
    """
    for text in (age_group, gender, category):
        if text and (found := _age_in(text)):
            return found
    if _CHILD_IN_TITLE_WORDS.search(title):
        return AgeGroup.KIDS
    return AgeGroup.ADULT if read_gender(title) is not Gender.UNKNOWN else AgeGroup.UNKNOWN


@lru_cache(maxsize=2048)
def _age_in(text: str) -> AgeGroup | None:
    if _CHILD_WORDS.search(text):
        return AgeGroup.KIDS
    if _ADULT_WORDS.search(text) or read_gender(text) in (Gender.WOMEN, Gender.MEN):
        return AgeGroup.ADULT
    return None


@lru_cache(maxsize=4096)
def _classify_path(text: str) -> UseCategory | None:
    segments = [segment for segment in _SEGMENTS.split(text) if segment]
    return (_find(segments[-1]) if segments else None) or _find(text)


def _find(text: str, *, ignored: str = "") -> UseCategory | None:
    """Return the first rule, in the order of the rules, of which a word stands in the text.

    In a title "flat" alone may be a colour or a knit, so it is ``ignored`` there.
    """
    best = len(_ORDER)
    for match in _WORDS.finditer(text):
        group = match.lastgroup
        if group is not None and match.group().lower() != ignored:
            best = min(best, int(group[1:]))
    return _ORDER[best] if best < len(_ORDER) else None
