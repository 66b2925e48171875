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
from shop_plugin.domain.extraction.vocabulary.grammar import Grammar

WORDS_BEFORE = 5
WORDS_AFTER = 3
_REACH = 64
_PREFIXES_REACH = 5
_NOWHERE = 1 << 60


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
    question: int = _NOWHERE
    is_simple: bool = False


_NO_SENTENCE = _Sentence(0, 0, False, [], _NOWHERE, _NOWHERE, _NOWHERE)


@dataclass(slots=True)
class Scope:
    """Judges the phrases of one text; remembers its sentences, so that time stays linear."""

    text: PlainText
    grammar: Grammar
    _sentences: dict[int, _Sentence] = field(default_factory=dict)
    _sections: list[tuple[int, int]] | None = None
    _last: _Sentence = field(init=False)
    cues: Cues = field(init=False)

    def __post_init__(self) -> None:
        self.cues = find_cues(self.text.lowered, self.grammar.cues)
        self._last = _NO_SENTENCE

    def judge(self, start: int, end: int, *, is_feature: bool = False) -> tuple[Stance, int]:
        """Return what is said of the phrase, and where saying so begins ("no" arch support).

        ``is_feature`` marks phrases such as "cushioning" of which a text may
        say that the shoe itself pairs them with something.
        """
        if self.is_outside(start, is_feature=is_feature):
            return Stance.OUTSIDE, start
        lowered, cues, grammar = self.text.lowered, self.cues, self.grammar
        if cues.has_taken_back and grammar.taken_back.match(lowered, end, end + _REACH):
            return Stance.OUTSIDE, start
        reach = max(0, start - _REACH)
        low, has_stance = cues.last_break(lowered, reach, start)
        if not has_stance and not _may_be_denied_directly(lowered, start, grammar.prefixes):
            return Stance.SAID, start
        # Only now is it worth to know where the sentence starts; it never starts before the clause.
        before = lowered[max(low, self.text.sentence(start)[0]) : start]
        low = start - len(before)
        if grammar.wished_for.search(before):
            return Stance.OUTSIDE, start
        direct = grammar.direct_denial.search(before)
        if direct is not None:
            return Stance.DENIED, low + direct.start()
        diluted = grammar.diluted.search(before)
        if diluted is not None:
            return Stance.DILUTED, low + diluted.start()
        for denial in grammar.denial.finditer(before):
            if len(before[denial.end() :].split()) >= WORDS_BEFORE:
                continue
            if not grammar.no_denial.match(before, denial.start()):
                return Stance.DENIED, low + denial.start()
        return Stance.SAID, start

    def is_outside(self, start: int, *, is_feature: bool = False) -> bool:
        """Tell whether an offset stands where the text speaks of something else."""
        if self.cues.is_simple:
            return False
        sentence = self._sentence(start)
        if (
            sentence.is_outside
            or sentence.question <= start
            or (self.cues.sections and self._in_section(start))
        ):
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
        if words.rstrip().endswith("?"):
            # In a list "... / Questions?" only the last entry asks.
            asked = words.rfind(" / ") + len(" / ") if " / " in words else 0
            if self.grammar.question.match(words[asked:]):
                sentence.question = start + asked
                if not asked:
                    return sentence
        found = self.cues.kinds_within(start, end)
        if not found:
            sentence.is_simple = True
            return sentence
        if Cue.REVIEW in found:
            sentence.is_outside = self.grammar.review.search(words) is not None
        if Cue.COMPARISON in found:
            sentence.comparisons = [
                start + cue.end() for cue in self.grammar.comparison.finditer(words)
            ]
        if Cue.MODEL in found:
            model = self.grammar.model.search(words)
            sentence.model = _NOWHERE if model is None else start + model.end()
        if Cue.OUTFIT in found:
            for cue in self.grammar.outfit.finditer(words):
                if self.grammar.outfit_of_itself.match(
                    cue[0]
                ) and not self.grammar.outfit_advice.search(cue[0]):
                    sentence.outfit = min(sentence.outfit, start + cue.end())
                else:
                    sentence.firm_outfit = min(sentence.firm_outfit, start + cue.end())
        return sentence

    def _in_section(self, offset: int) -> bool:
        if self._sections is None:
            self._sections = _find_sections(self.text, self.cues.sections, self.grammar)
        index = bisect_right(self._sections, (offset, _NOWHERE))
        return bool(index) and offset < self._sections[index - 1][1]


def _may_be_denied_directly(lowered: str, start: int, prefixes: tuple[str, ...]) -> bool:
    """Tell whether "non" or another prefix may stand right before an offset."""
    return lowered[max(0, start - _PREFIXES_REACH) : start].rstrip("- \n").endswith(prefixes)


def _find_sections(text: PlainText, cues: list[int], grammar: Grammar) -> list[tuple[int, int]]:
    """Return the paragraphs that are reviews, answers, size guides, care or shipping."""
    if not cues:
        return []
    lowered, breaks = text.lowered, text.breaks
    # A headline stands at the beginning of a sentence.
    starts = sorted({breaks[bisect_right(breaks, cue) - 1] for cue in cues})
    heads = [head for head in map(_matcher(lowered, grammar.section), starts) if head is not None]
    if not heads:
        return []
    found = map(_matcher(lowered, grammar.resume), text.breaks)
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
