"""How fast listing text is read, beside a loop over one regular expression per phrase.

    python -m bench.extract [LISTINGS]

The anchor is what one writes first: every phrase of the vocabulary compiled
with ``re`` and searched for in turn. Both sides find phrases in the same
texts in the same run, and both must find the same ones.

The whole of reading (scope, figures, quotes) is timed as well, on long and on
short listings, beside a plain reader: the same loop, with a look for "no" in
the five words before each phrase and for a figure with a unit on either side.
The plain reader does far less (no questions, comparisons, sections, ranges,
levels) and reads worse, so its matches are not compared; its time is a floor
for what the same vocabulary costs without the one pass. Figures are processor
time, the quickest of several turns: they leave out waiting, not a slow machine.
"""

from __future__ import annotations

import json
import platform
import random
import re
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from shop_plugin.domain.extraction import EXTRACTOR_VERSION, extract
from shop_plugin.domain.extraction import vocabulary as vocabulary_package
from shop_plugin.domain.extraction.phrases import find_phrases
from shop_plugin.domain.extraction.texts import PlainText, make_plain
from shop_plugin.domain.extraction.vocabulary import expand, load_vocabulary

WORDS = 300
GOAL_RATIO = 50
GOAL_READING_RATIO = 10
GOAL_LISTINGS = 10_000
Match = tuple[int, int, int]

# What listings are made of, in our own words: most of it says nothing footback wants to know.
IDLE = (
    "Made for long days in the city and short ones by the sea.",
    "The upper is cut from smooth leather and finished by hand.",
    "A quiet colour that goes from the office to the evening.",
    "Reinforced seams keep the shape where it matters.",
    "Grippy outsole for wet stone and dry sand.",
    "Named after the harbour where the first pair was drawn.",
    "The lining breathes and the tongue stays in place.",
    "Reflective piping helps others to see you at dusk.",
    "Comes in a box made of recycled board.",
    "The maker has worked in the same valley for sixty years.",
    "Wipe clean with a damp cloth and let them dry slowly.",
    "A contrast heel patch carries the mark of the house.",
)
TELLING = (
    "Cushioned footbed with a removable insole.",
    "Heel height: 2 3/4 in (7 cm).",
    "Platform 1 in, heel 4 in.",
    "Built-in arch support and a firm heel counter.",
    "EVA midsole with shock-absorbing pods.",
    "Heel-to-toe drop 8 mm, weight 280 g per shoe.",
    "Round toe, lace-up front and a side zip.",
    "Padded collar, no arch support.",
    "Do these run small?",
    "Pairs well with 4-inch heels for the evening.",
    "Shaft measures approximately 12 inches from the arch.",
    "Available in wide widths.",
)
TITLES = (
    "Harbour Women's Block Heel Pump, Black, 7.5 B(M) US",
    "Lio Trail Runner Men",
    "Rosa 3 Inch Wedge Sandal",
    "Nocturne Chelsea Boot",
    "Alma Ballet Flats",
)


def make_texts(count: int, *, words: int, seed: int = 7) -> list[str]:
    """Return listings of about so many words: two idle sentences for each that tells."""
    chance = random.Random(seed)
    texts = []
    for _ in range(count):
        parts: list[str] = []
        length = 0
        while length < words:
            sentence = chance.choice(TELLING if chance.random() < 1 / 3 else IDLE)
            parts.append(sentence)
            length += sentence.count(" ") + 1
        texts.append(" ".join(parts))
    return texts


def read_phrases() -> list[list[str]]:
    """Return the spellings of every phrase of the English vocabulary, as its file holds them."""
    raw = Path(vocabulary_package.__file__).with_name("en.toml").read_text(encoding="utf-8")
    data: dict[str, Any] = tomllib.loads(raw)
    words = {name: body.split("|") for name, body in data["words"].items()}
    phrases = [
        phrase for kind in ("rule", "measure") for each in data[kind] for phrase in each["phrases"]
    ]
    phrases += data["blocked"]["phrases"]
    return [sorted(set(expand(phrase, words)), key=len, reverse=True) for phrase in phrases]


def compile_patterns(spellings: list[list[str]]) -> list[re.Pattern[str]]:
    """Return one pattern per phrase, longest spelling first, begun by letters to be quick."""
    return [re.compile(rf"(?:{'|'.join(map(re.escape, each))})(?![^\W_])") for each in spellings]


def match_in_turn(texts: list[PlainText], patterns: list[re.Pattern[str]]) -> list[set[Match]]:
    """Return per text where each pattern matches whole words: the plain loop."""
    results = []
    for text in texts:
        lowered = text.lowered
        found: set[Match] = set()
        for number, pattern in enumerate(patterns):
            match = pattern.search(lowered)
            while match is not None:
                start = match.start()
                if start and lowered[start - 1].isalnum():
                    match = pattern.search(lowered, start + 1)
                else:
                    found.add((number, start, match.end()))
                    match = pattern.search(lowered, match.end())
        results.append(found)
    return results


_DENIAL = re.compile(r"\b(?:no|not|never|without|lacks?|n't)\b")
_LENGTH = re.compile(r"(\d+(?:[.,]\d+)?(?: \d/\d)?)\s?(in|inch|inches|\"|cm|mm|g|oz)\b")


def read_in_turn(texts: list[PlainText], patterns: list[re.Pattern[str]]) -> int:
    """Return how many phrases a plain reader believes or measures: no scope, no sections."""
    believed = 0
    for text, found in zip(texts, match_in_turn(texts, patterns), strict=True):
        for _, start, end in found:
            before = " ".join(text.lowered[max(0, start - 64) : start].split()[-5:])
            near = text.lowered[max(0, start - 40) : end + 40]
            believed += _DENIAL.search(before) is None or _LENGTH.search(near) is not None
    return believed


def match_at_once(texts: list[PlainText], spellings: list[list[str]]) -> list[set[Match]]:
    """Return the same from the extractor's one pass (not timed: see :func:`find_all`)."""
    vocabulary = load_vocabulary("en")
    owners: dict[str, list[int]] = defaultdict(list)
    for number, each in enumerate(spellings):
        for spelling in each:
            owners[spelling].append(number)
    results = []
    for text in texts:
        ends: dict[int, int] = {}
        found: set[Match] = set()
        for start, negative_end, index in find_phrases(text, vocabulary=vocabulary):
            for number in owners[vocabulary.entries[index].phrase]:
                if start >= ends.get(number, 0):
                    ends[number] = -negative_end
                    found.add((number, start, -negative_end))
        results.append(found)
    return results


def find_all(texts: list[PlainText]) -> int:
    vocabulary = load_vocabulary("en")
    return sum(len(find_phrases(text, vocabulary=vocabulary)) for text in texts)


def measure(work: Callable[[], object], *, times: int) -> float:
    """Return the processor seconds of the quickest of several turns (one thread does it all)."""
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def main(arguments: list[str]) -> int:
    count = int(arguments[0]) if arguments else 100
    long_texts = make_texts(count, words=WORDS)
    short_texts = make_texts(count * 10, words=25, seed=11)
    megabytes = sum(len(text.encode()) for text in long_texts) / 1e6
    spellings = read_phrases()
    patterns = compile_patterns(spellings)
    plain = [make_plain(text) for text in long_texts]

    is_equal = match_in_turn(plain, patterns) == match_at_once(plain, spellings)
    loop = measure(lambda: match_in_turn(plain, patterns), times=2)
    once = measure(lambda: find_all(plain), times=5)
    plainly = measure(lambda: read_in_turn(list(map(make_plain, long_texts)), patterns), times=2)
    whole = measure(lambda: [extract(title="", description=text) for text in long_texts], times=5)
    short = measure(
        lambda: [
            extract(title=TITLES[number % len(TITLES)], description=text)
            for number, text in enumerate(short_texts)
        ],
        times=5,
    )
    ratio, reading_ratio = loop / once, plainly / whole
    per_second = len(short_texts) / short
    print(f"{count} listings of about {WORDS} words, {megabytes:.2f} MB, {len(patterns)} phrases")
    print(f"one pattern per phrase (re)      {megabytes / loop:8.2f} MB/s")
    print(f"all phrases in one pass          {megabytes / once:8.2f} MB/s   {ratio:.0f} times")
    print(f"phrases found are the same       {is_equal}")
    print(f"a plain reader, long             {plainly / count * 1e6:8.0f} microseconds a listing")
    print(
        f"the whole of reading, long       {whole / count * 1e6:8.0f} microseconds a listing, "
        f"{megabytes / whole:.2f} MB/s   {reading_ratio:.1f} times"
    )
    print(
        f"the whole of reading, short      {1e6 / per_second:8.0f} microseconds a listing, "
        f"{per_second:.0f} listings/s"
    )
    goals = {
        "P7": {
            "value": round(ratio, 1),
            "goal": GOAL_RATIO,
            "met": is_equal and ratio >= GOAL_RATIO,
        },
        "P7_matches_equal": {"value": is_equal, "goal": True, "met": is_equal},
        "reading_ratio": {
            "value": round(reading_ratio, 1),
            "goal": GOAL_READING_RATIO,
            "met": reading_ratio >= GOAL_READING_RATIO,
        },
        "listings_per_second": {
            "value": round(per_second),
            "goal": GOAL_LISTINGS,
            "met": per_second >= GOAL_LISTINGS,
        },
    }
    versions = {
        "python": platform.python_version(),
        "ahocorasick-rs": version("ahocorasick-rs"),
        "extractor": EXTRACTOR_VERSION,
    }
    print(json.dumps({"bench": "extract", "versions": versions, "size": count, "goals": goals}))
    return 0 if is_equal else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
