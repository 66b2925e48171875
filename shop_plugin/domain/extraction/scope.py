"""What a phrase stands in: a denial, a question, a comparison, an outfit, another paragraph.

Windows follow the domain reference, 10.3: five words before and three after
a phrase, never across the end of its clause.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from shop_plugin.domain.extraction.cues import Cue, Cues, find_cues
from shop_plugin.domain.extraction.texts import PlainText

WORDS_BEFORE = 5
WORDS_AFTER = 3
_REACH = 64

_DENIAL = re.compile(
    r"(?<![\w-])(?:no|not|never|without|w/o|lacks?|lacking|zero|free of|devoid of|minus"
    r"|absence of|nor|neither|cannot|(?:is|are|was|do|does|has|have|had|wo|ca)n'?t)(?=\s)"
)
_NO_DENIAL = re.compile(
    r"(?<![\w-])(?:not (?:only|just|merely|to mention)|no (?:matter|doubt|wonder|compromis\w+|less"
    r"|shortage|lack|need|end|stranger|tie|sew|slip|show|fuss|frills)\b"
    r"|(?:never|not|without) (?:sacrific\w+|compromis\w+|los(?:e|ing)|giv\w+ up|skimp\w*|adding"
    r"|underestimate|lacks?|miss))"
)
_PREFIXES = ("non", "un")
_PREFIXES_REACH = 5
_DIRECT_DENIAL = re.compile(r"(?<!\w)(?:non|un)-?\s?\Z")
_DILUTED = re.compile(
    r"(?<![\w-])(?:minimal|minimum|minimalist|little|barely any|hardly any|scant|scarce)"
    r"(?:\s[\w-]+)?[\s-]\Z"
)
# Who needs or wants it does not have it yet.
_WISHED_FOR = re.compile(
    r"\b(?:needs?|wants?|requires?|prefers?|seeks?|seeking|looking for|crav(?:es?|ing)|misses)"
    r"(?: (?:some|more|extra|additional|a bit of|added|good|real|the|that|any|less|a|an|better))*"
    r"\s\Z"
)
_TAKEN_BACK = re.compile(
    r"\W{0,3}(?:[\w'-]+\W{1,3}){0,3}?(?:not included|sold separately|available separately"
    r"|not supplied|not provided|optional|at extra cost|extra charge|need(?:s)? to be bought"
    r"|required|recommended|you (?:may|can|could) add)\b"
    r"| (?:is|are)(?: not\b|n't\b)"
)

_COMPARISON = re.compile(
    r"\b(?:unlike|compared (?:to|with)|in comparison (?:to|with)|as opposed to|rather than"
    r"|instead of|other than|than)\b"
)
_OUTFIT = re.compile(
    r"\b(?:(?:pair|pairs|paired|pairing|combine|combines|team|teams|teamed|teaming)"
    r"(?:\s[\w'-]{1,14}){0,4}?|worn|styled|matched|clubbed|dressed up|dressed down"
    r"|(?:wear|style|match|rock|sport|dress|club)"
    r"(?: (?:it|them|these|this|yours|up|down|your [\w']{1,12})){1,3}"
    r"|(?:go|goes|look|looks|work|works) (?:great|well|good|perfectly|nicely|beautifully|best"
    r"|amazing|fabulous)|(?:great|perfect|ideal|suitable) (?:match |fit |to wear )?)"
    r"\s?(?:with|alongside)\b"
)
_MODEL = re.compile(
    r"\b(?:(?:our |the |fashion )?model(?:'s)? (?:is|wears|wearing|height|measures)"
    r"|she is wearing|shown with|designed to be worn under)\b"
)
_REVIEW = re.compile(
    r"(?:^|\s)(?:i(?=\s)|i'm|i've|i'd|i'll|my (?:feet|foot|heels?|arch(?:es)?|wife|husband"
    r"|daughter|son|doctor|podiatrist|old|last|size))\b"
    r"|\b(?:reviewers?|customers? (?:say|said|love|report|rated?)|[1-5] (?:out of 5|stars?))\b"
)
# "Paired with plush cushioning" is said of the shoe; "pairs well with" is advice for an outfit.
_SHOE_ITSELF = re.compile(r"pair|combin|team")
_ADVICE = re.compile(
    r"\b(?:well|perfectly|great|nicely|beautifully)\b"
    r"|\A(?:pair|combine|team)\b.*\b(?:it|them|these|this|yours)\b"
)
_NOWHERE = 1 << 60
_QUESTION = re.compile(
    r"\A\W*(?:q\s?[:.]\s*)?(?:do|does|did|is|are|was|were|can|could|will|would|has|have|should|may"
    r"|what|what's|which|who|where|when|why|how|any|need|want|looking|searching|suffer|tired|wonder"
    r"\w*|anyone|got|ever|prefer|question)\b"
)
_SECTION = re.compile(
    r"\s{0,3}(?:"
    r"(?P<rest>(?:customer |product |verified |user )?reviews?\s?[:(\n]|(?:customer )?questions?"
    r" (?:and|&) answers?|q\s?&\s?a\b|q\s?:|faqs?\b|frequently asked|customers also"
    r"|you may also like|related products?|people also)"
    r"|(?P<part>(?:size|sizing|fit|measur\w+) (?:guide|chart|table|info\w*|advice)"
    r"|how to (?:measure|find your size|choose)|care(?: instructions?| guide| tips?)?\s?[:\n]"
    r"|care instructions?\b|(?:material )?(?:and|&) care\s?[:\n]|cleaning\s?[:\n]"
    r"|(?:shipping|delivery|returns?|postage|exchanges?)(?: (?:and|&) \w+| policy| info\w*)?"
    r"\s?[:\n]"
    r"|(?:free|fast|flat rate|standard|express) (?:shipping|delivery)"
    r"|about (?:us|the (?:brand|store|seller))\s?[:\n]))"
)
_RESUME = re.compile(
    r"\s{0,3}(?:specifications?|key features|features|details|product"
    r" (?:details|description|information|features)|description|highlights|materials?|construction"
    r"|heel height|sole|upper)\b\s?(?=[:\n]|of\b)"
)


class Stance(StrEnum):
    """What a text says about the phrase found in it."""

    SAID = "said"
    DENIED = "denied"
    DILUTED = "diluted"
    OUTSIDE = "outside"


@dataclass(slots=True)
class _Sentence:
    start: int
    end: int
    is_outside: bool
    comparisons: list[int]
    outfit: int
    firm_outfit: int
    model: int
    is_simple: bool = False


_NO_SENTENCE = _Sentence(0, 0, False, [], _NOWHERE, _NOWHERE, _NOWHERE)


@dataclass(slots=True)
class Scope:
    """Judges the phrases of one text; remembers its sentences, so that time stays linear."""

    text: PlainText
    _sentences: dict[int, _Sentence] = field(default_factory=dict)
    _sections: list[tuple[int, int]] | None = None
    _last: _Sentence = field(init=False)
    cues: Cues = field(init=False)

    def __post_init__(self) -> None:
        self.cues = find_cues(self.text.lowered)
        self._last = _NO_SENTENCE

    def judge(self, start: int, end: int, *, is_feature: bool = False) -> tuple[Stance, int]:
        """Return what is said of the phrase, and where saying so begins ("no" arch support).

        ``is_feature`` marks phrases such as "cushioning" of which a text may
        say that the shoe itself pairs them with something.
        """
        if self.is_outside(start, is_feature=is_feature):
            return Stance.OUTSIDE, start
        lowered, cues = self.text.lowered, self.cues
        if cues.has_taken_back and _TAKEN_BACK.match(lowered, end, end + _REACH):
            return Stance.OUTSIDE, start
        reach = max(0, start - _REACH)
        low, has_stance = cues.last_break(lowered, reach, start)
        if not has_stance and not _may_be_denied_directly(lowered, start):
            return Stance.SAID, start
        # Only now is it worth to know where the sentence starts; it never starts before the clause.
        before = lowered[max(low, self.text.sentence(start)[0]) : start]
        low = start - len(before)
        if _WISHED_FOR.search(before):
            return Stance.OUTSIDE, start
        direct = _DIRECT_DENIAL.search(before)
        if direct is not None:
            return Stance.DENIED, low + direct.start()
        diluted = _DILUTED.search(before)
        if diluted is not None:
            return Stance.DILUTED, low + diluted.start()
        for denial in _DENIAL.finditer(before):
            if len(before[denial.end() :].split()) >= WORDS_BEFORE:
                continue
            if not _NO_DENIAL.match(before, denial.start()):
                return Stance.DENIED, low + denial.start()
        return Stance.SAID, start

    def is_outside(self, start: int, *, is_feature: bool = False) -> bool:
        """Tell whether an offset stands where the text speaks of something else."""
        if self.cues.is_simple:
            return False
        sentence = self._sentence(start)
        if sentence.is_outside or (self.cues.sections and self._in_section(start)):
            return True
        if sentence.is_simple:
            return False
        outfit = sentence.firm_outfit if is_feature else min(sentence.outfit, sentence.firm_outfit)
        if min(sentence.model, outfit) <= start:
            return True
        index = bisect_right(sentence.comparisons, start)
        if not index:
            return False
        compared = max(sentence.comparisons[index - 1], start - 2 * _REACH)
        return "," not in self.text.lowered[compared:start]

    def _sentence(self, offset: int) -> _Sentence:
        # Phrases come in the order of the text: most stand where the last one did.
        if self._last.start <= offset < self._last.end:
            return self._last
        start, end = self.text.sentence(offset)
        known = self._sentences.get(start)
        if known is None:
            known = self._sentences[start] = self._read_sentence(start, end)
        self._last = known
        return known

    def _read_sentence(self, start: int, end: int) -> _Sentence:
        words = self.text.lowered[start:end]
        sentence = _Sentence(start, end, False, [], _NOWHERE, _NOWHERE, _NOWHERE)
        if words.rstrip().endswith("?") and _QUESTION.match(words):
            sentence.is_outside = True
            return sentence
        found = self.cues.kinds_within(start, end)
        if not found:
            sentence.is_simple = True
            return sentence
        if Cue.REVIEW in found:
            sentence.is_outside = _REVIEW.search(words) is not None
        if Cue.COMPARISON in found:
            sentence.comparisons = [start + cue.end() for cue in _COMPARISON.finditer(words)]
        if Cue.MODEL in found:
            model = _MODEL.search(words)
            sentence.model = _NOWHERE if model is None else start + model.end()
        if Cue.OUTFIT in found:
            for cue in _OUTFIT.finditer(words):
                if _SHOE_ITSELF.match(cue[0]) and not _ADVICE.search(cue[0]):
                    sentence.outfit = min(sentence.outfit, start + cue.end())
                else:
                    sentence.firm_outfit = min(sentence.firm_outfit, start + cue.end())
        return sentence

    def _in_section(self, offset: int) -> bool:
        if self._sections is None:
            self._sections = _find_sections(self.text, self.cues.sections)
        index = bisect_right(self._sections, (offset, _NOWHERE))
        return bool(index) and offset < self._sections[index - 1][1]


def _may_be_denied_directly(lowered: str, start: int) -> bool:
    """Tell whether "non" or "un" may stand right before an offset."""
    return lowered[max(0, start - _PREFIXES_REACH) : start].rstrip("- \n").endswith(_PREFIXES)


def _find_sections(text: PlainText, cues: list[int]) -> list[tuple[int, int]]:
    """Return the paragraphs that are reviews, answers, size guides, care or shipping."""
    if not cues:
        return []
    lowered, breaks = text.lowered, text.breaks
    # A headline stands at the beginning of a sentence.
    starts = sorted({breaks[bisect_right(breaks, cue) - 1] for cue in cues})
    heads = [head for head in map(_matcher(lowered, _SECTION), starts) if head is not None]
    if not heads:
        return []
    found = map(_matcher(lowered, _RESUME), text.breaks)
    resumes = [match.start() for match in found if match is not None]
    sections: list[tuple[int, int]] = []
    for head in heads:
        start = head.start()
        if sections and start < sections[-1][1]:
            continue
        index = bisect_right(resumes, start)
        stop = resumes[index] if index < len(resumes) else len(lowered)
        if head["part"]:
            stop = min(stop, _paragraph_end(text, head.end()))
        sections.append((start, stop))
    return sections


def _matcher(text: str, pattern: re.Pattern[str]) -> Callable[[int], re.Match[str] | None]:
    return lambda offset: pattern.match(text, offset)


def _paragraph_end(text: PlainText, offset: int) -> int:
    """Return the end of the line where the text has lines, else of the sentence."""
    head = text.lowered.find("\n", max(0, offset - 1))
    if head < 0:
        return text.sentence(min(offset, len(text.lowered) - 1))[1]
    if not text.lowered[offset - 1 : head].strip(" :\n"):
        following = text.lowered.find("\n", head + 1)
        return len(text.lowered) if following < 0 else following
    return head
