"""Names against a list: what is the same is looked up, what is alike is compared only where something is shared."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Literal

from riskplug_plugins.screening.likeness import Letters, likeness
from riskplug_plugins.screening.listfile import Entry

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

from riskplug.extend.names import readings_of

Way = Literal["identifier", "name", "order", "within", "like"]
Words = tuple[str, ...]
# Of a name in another order of words, and of one inside a longer name: less sure than the name, surer than a likeness.
_SCORES: dict[Way, float] = {"identifier": 1.0, "name": 1.0, "order": 0.99, "within": 0.9}
WAYS: dict[Way, str] = {
    "identifier": "same identifier",
    "name": "same name",
    "order": "same words in another order",
    "within": "the listed name is part of it",
    "like": "similar name",
}
# Shorter names and words differ by a letter too easily to be called similar for it.
_LONG_NAME, _LONG_WORD = 6, 4
_TELLING_WORDS = 2
# Words that are less alike than this are two words.
_SAME_WORD = 0.75
_BATCH = 10_000
_SHORTEST_IDENTIFIER = 6


@dataclass(frozen=True, slots=True)
class Match:
    """One name against one entry. ``listed``: the name or alias that matched; ``score``: 0 to 1."""

    entry: Entry
    way: Way
    score: float
    listed: str

    @property
    def sure(self) -> bool:
        """The whole name or an identifier: not merely similar."""
        return self.way in ("identifier", "name", "order")


@dataclass(frozen=True, slots=True)
class _Reading:
    entry: Entry
    listed: str
    words: Words
    different: frozenset[str]
    joined: str
    ordered: str


class Matcher:
    """Entries by what a name may share with them. ``threshold``: least likeness; ``within_words``: a listed name of
    so many words is also looked for inside longer names, 0 is never."""

    def __init__(self, entries: Sequence[Entry], threshold: float, within_words: int) -> None:
        self.threshold, self.within_words = threshold, within_words
        self.readings = [
            _Reading(entry, listed, words, frozenset(words), "".join(words), "".join(sorted(words)))
            for entry in entries
            for listed in entry.names
            for words in readings_of(listed)
            if words
        ]
        self.frequency = Counter(word for reading in self.readings for word in reading.different)
        self.whole: dict[str, list[int]] = {}
        self.ordered: dict[str, list[int]] = {}
        self.rarest: dict[str, list[int]] = {}
        self.near: dict[str, list[int]] = {}
        self.known: dict[str, list[int]] = {}
        self.identifiers = {key: entry for entry in entries for one in entry.identifiers if (key := plain(one))}
        self.letters = Letters([reading.joined for reading in self.readings])
        for n, reading in enumerate(self.readings):
            self._add(n, reading)

    def _add(self, n: int, reading: _Reading) -> None:
        self.whole.setdefault(reading.joined, []).append(n)
        self.ordered.setdefault(reading.ordered, []).append(n)
        telling = sorted(reading.different, key=lambda word: (self.frequency[word], -len(word), word))
        if 0 < self.within_words <= len(reading.words):
            self.rarest.setdefault(telling[0], []).append(n)
        if len(reading.joined) >= _LONG_NAME:
            keys = {key for word in telling[:_TELLING_WORDS] for key in _word_keys(word)}
            for key in keys | _whole_keys(reading.joined):
                self.near.setdefault(key, []).append(n)

    def matches(self, names: Sequence[str]) -> list[list[Match]]:
        """For each name, the best match with every entry that it matches, best first."""
        best: list[dict[int, Match]] = [{} for _ in names]
        for start in range(0, len(names), _BATCH):
            batch = names[start : start + _BATCH]
            read = [(n, words) for n, name in enumerate(batch, start) for words in readings_of(name)]
            for n, name in enumerate(batch, start):
                for match in self._by_identifier(name):
                    _keep(best[n], match)
            for n, words in read:
                for match in self._same(words):
                    _keep(best[n], match)
            for n, match in self._alike(read):
                _keep(best[n], match)
        return [sorted(found.values(), key=_rank) for found in best]

    def _by_identifier(self, name: str) -> Iterator[Match]:
        if not self.identifiers:
            return
        for word in sorted({name, *re.split(r"[\s,;:()]+", name)}):
            entry = self.identifiers.get(plain(word))
            if entry is not None:
                yield Match(entry, "identifier", _SCORES["identifier"], word)

    def _same(self, words: Words) -> Iterator[Match]:
        yield from self._told("name", self.whole.get("".join(words), ()))
        yield from self._told("order", self.ordered.get("".join(sorted(words)), ()))
        different = frozenset(words)
        for word in different & self.rarest.keys():
            inside = (n for n in self.rarest[word] if self._is_inside(self.readings[n], words, different))
            yield from self._told("within", inside)

    def _is_inside(self, listed: _Reading, words: Words, different: frozenset[str]) -> bool:
        if len(listed.words) >= len(words) or not listed.different <= different:
            return False
        return not Counter(listed.words) - Counter(words)

    def _told(self, way: Way, numbers: Iterable[int]) -> Iterator[Match]:
        for n in numbers:
            reading = self.readings[n]
            yield Match(reading.entry, way, _SCORES[way], reading.listed)

    def _alike(self, read: Sequence[tuple[int, Words]]) -> Iterator[tuple[int, Match]]:
        """(number of the name, match) for what is alike and not the same."""
        import numpy as np

        pairs = self._pairs([words for _, words in read])
        words, readings = [read[one][1] for one, _ in pairs], [self.readings[other] for _, other in pairs]
        as_said = likeness(["".join(one) for one in words], [reading.joined for reading in readings])
        ordered = likeness(["".join(sorted(one)) for one in words], [reading.ordered for reading in readings])
        score = np.maximum(as_said, ordered)
        good = np.flatnonzero((score >= self.threshold) & (score < 1))
        same = same_words([words[at] for at in good], [readings[at].words for at in good])
        for at in good[same]:
            yield read[pairs[at][0]][0], Match(readings[at].entry, "like", float(score[at]), readings[at].listed)

    def _pairs(self, names: Sequence[Words]) -> list[tuple[int, int]]:
        """(position, reading) of what shares a spelling and whose letters do not rule a likeness out."""
        import numpy as np

        joined = ["".join(words) for words in names]
        found = [self._candidates(words, whole) for words, whole in zip(names, joined, strict=True)]
        mine = np.repeat(np.arange(len(names)), [len(some) for some in found])
        theirs = np.fromiter(chain.from_iterable(found), dtype=np.int64, count=len(mine))
        possible = Letters(joined).may_be_alike(mine, self.letters, theirs, self.threshold)
        return list(zip(mine[possible].tolist(), theirs[possible].tolist(), strict=True))

    def _candidates(self, words: Words, joined: str) -> set[int]:
        if len(joined) < _LONG_NAME:
            return set()
        whole = (self.near[key] for key in _whole_keys(joined) & self.near.keys())
        return set().union(*whole, *(self._known(word) for word in words))

    def _known(self, word: str) -> list[int]:
        """Readings that share a spelling with a word; words come back in many names."""
        if word not in self.known:
            self.known[word] = sorted({n for key in _word_keys(word) for n in self.near.get(key, ())})
        return self.known[word]


def plain(text: str) -> str:
    """An identifier without blanks and signs; empty for one too short, or without a digit, to identify anybody."""
    bare = re.sub(r"[^0-9A-Z]", "", text.upper())
    return bare if len(bare) >= _SHORTEST_IDENTIFIER and any(sign.isdigit() for sign in bare) else ""


def same_words(left: Sequence[Words], right: Sequence[Words]) -> "npt.NDArray[np.bool_]":
    """Per pair of names, whether they may be one word by word: numbers are equal, and of as many words each has its
    like. North and south are two words, however alike two long names are as a whole."""
    import numpy as np

    pairs = list(zip(left, right, strict=True))
    words = sorted({(a, b) for one, other in pairs if len(one) == len(other) for a in one for b in other})
    alike = dict(zip(words, likeness([a for a, _ in words], [b for _, b in words]).tolist(), strict=True))
    return np.array([_paired(one, other, alike) for one, other in pairs], dtype=bool)


def _paired(one: Words, other: Words, alike: Mapping[tuple[str, str], float]) -> bool:
    if _numbers(one) != _numbers(other):
        return False
    if len(one) != len(other):
        return True
    rest = list(other)
    for word in sorted(one, key=len, reverse=True):
        best = max(rest, key=lambda candidate: alike[word, candidate])
        if alike[word, best] < _SAME_WORD:
            return False
        rest.remove(best)
    return True


def _numbers(words: Words) -> list[str]:
    return sorted(word for word in words if any(sign.isdigit() for sign in word))


def _whole_keys(joined: str) -> set[str]:
    return {f"={spelling}" for spelling in _spellings(joined)}


def _word_keys(word: str) -> set[str]:
    return _spellings(word) if len(word) >= _LONG_WORD else {word}


def _spellings(word: str) -> set[str]:
    """The word, and the word without one of its letters: two that share a spelling differ by a letter or two."""
    return {word, *(word[:n] + word[n + 1 :] for n in range(len(word)))}


def _keep(found: dict[int, Match], match: Match) -> None:
    kept = found.get(id(match.entry))
    if kept is None or _rank(match) < _rank(kept):
        found[id(match.entry)] = match


def _rank(match: Match) -> tuple[float, int, int]:
    return -match.score, list(WAYS).index(match.way), match.entry.line
