"""Known names found in any text, in one pass over its words whatever the number of names."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

_WORD = re.compile(r"\w+")
Name = tuple[str, ...]


def words_of(text: str) -> Name:
    """A name as it is compared: its words without case and punctuation."""
    return tuple(word.casefold() for word in _WORD.findall(text))


@dataclass(frozen=True)
class Known:
    """Classes by the words of a name, and the lengths of names that begin with a word, the longest first."""

    names: Mapping[Name, tuple[str, ...]]
    lengths: Mapping[str, tuple[int, ...]]

    def replaced(self, text: str, classes: Collection[str], put: Callable[[str, str], str]) -> str:
        """The text with each name of these classes replaced by ``put(class, name)``; longer names go first."""
        if not self.names:
            return text
        marks = list(_WORD.finditer(text))
        said = [mark.group().casefold() for mark in marks]
        made, done, at = list[str](), 0, 0
        while at < len(marks):
            length, name = self._name_at(said, at, classes)
            if name:
                start, end = marks[at].start(), marks[at + length - 1].end()
                made += [text[done:start], put(name, text[start:end])]
                done = end
            at += length
        return "".join([*made, text[done:]])

    def _name_at(self, said: list[str], at: int, classes: Collection[str]) -> tuple[int, str]:
        for length in self.lengths.get(said[at], ()):
            for kind in self.names.get(tuple(said[at : at + length]), ()):
                if kind in classes:
                    return length, kind
        return 1, ""


def known_names(by_class: Mapping[str, Iterable[str]]) -> Known:
    """An index of names by class; a name may belong to several."""
    names: dict[Name, tuple[str, ...]] = {}
    lengths: dict[str, set[int]] = {}
    for kind, texts in by_class.items():
        for text in texts:
            words = words_of(text)
            if words and kind not in names.get(words, ()):
                names[words] = (*names.get(words, ()), kind)
                lengths.setdefault(words[0], set()).add(len(words))
    return Known(names, {word: tuple(sorted(found, reverse=True)) for word, found in lengths.items()})


NOTHING = known_names({})
