"""Suppliers and their parents against lists of named entities: hits to look at, never a clearance."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from riskplug.extend.names import words_of
from riskplug.regimes.entities import EntityList

SCREENED = ("supplier", "entity_hit", "entity_list", "entity_instrument", "entity_why")
# Shorter keys differ by a letter too easily to be called similar for it.
FUZZY_LENGTH = 6
# Strongest first; a name that matches several lists keeps the strongest.
_LISTS = ("control", "watch", "not_stated")


@dataclass(frozen=True, slots=True)
class Match:
    """One name against one entity of one list; ``sure``: the whole name or an alias of it."""

    sure: bool
    name: str
    of: EntityList

    def __str__(self) -> str:
        which = "list not stated" if self.of.list == "not_stated" else f"{self.of.list} list"
        unnamed = f"; {self.of.unnamed} of its {self.of.listed} names are not on file" if self.of.unnamed else ""
        return f"{'' if self.sure else 'like '}{self.name}, {self.of.instrument} ({which}){unnamed}"


def screen(suppliers: pd.DataFrame, lists: Sequence[EntityList], on: date) -> pd.DataFrame:
    """SCREENED columns for the rows of ``suppliers`` (supplier, name, parent_company) that a list in force speaks of.

    ``entity_hit``: ``hit`` where name or parent is an entity's whole name or alias, ``similar`` where it holds the
    entity's words, differs by one letter, or names a group of which unnamed units are listed. A supplier without a row
    here was not found on partial lists, which proves nothing; that a parent owns half or more of it is seldom known.
    """
    index = _Index([one for one in lists if one.starts <= on and (one.through is None or on <= one.through)])
    best: dict[str, tuple[Match, str]] = {}
    named = suppliers[["supplier", "name", "parent_company"]].drop_duplicates().astype("object")
    # names of firms are compared one by one; what is asked of each does not grow with the lists
    for supplier, name, parent in named.itertuples(index=False, name=None):
        found = index.strongest({"name": name, "parent company": parent})
        if found is not None and isinstance(supplier, str):
            best[supplier] = min(best.get(supplier, found), found, key=lambda one: _rank(one[0]))
    rows = [
        (supplier, "hit" if match.sure else "similar", match.of.list, match.of.instrument, why)
        for supplier, (match, why) in best.items()
    ]
    return pd.DataFrame(rows, columns=list(SCREENED)).astype("str")


class _Index:
    """Entities by their words, to be asked name by name in time that does not grow with the lists."""

    def __init__(self, lists: Iterable[EntityList]) -> None:
        self.whole: dict[str, list[Match]] = {}
        self.by_word: dict[str, list[tuple[tuple[str, ...], Match]]] = {}
        self.near: dict[str, list[Match]] = {}
        self.lengths: set[int] = set()
        self.known: dict[str, Match | None] = {}
        for one in lists:
            for entity in one.entities:
                for name in (entity.name, *entity.aliases):
                    self._add(name, entity.units, one)

    def _add(self, name: str, units: bool, of: EntityList) -> None:
        words = words_of(name)
        key, similar = "".join(words), Match(False, name, of)
        self.whole.setdefault(key, []).append(Match(not units, name, of))
        self.by_word.setdefault(words[0], []).append((words, similar))
        if len(key) >= FUZZY_LENGTH:
            self.lengths |= {len(key) - 1, len(key), len(key) + 1}
            for spelling in _spellings(key):
                self.near.setdefault(spelling, []).append(similar)

    def strongest(self, names: Mapping[str, object]) -> tuple[Match, str] | None:
        """The strongest match of several names of one supplier, and the words for it."""
        found = [
            (match, f"{kind} {name!r}: {match}")
            for kind, name in names.items()
            if isinstance(name, str) and (match := self._best(name)) is not None
        ]
        return min(found, key=lambda one: _rank(one[0]), default=None)

    def _best(self, name: str) -> Match | None:
        if name not in self.known:
            self.known[name] = min(self._matches(words_of(name)), key=_rank, default=None)
        return self.known[name]

    def _matches(self, words: tuple[str, ...]) -> Iterator[Match]:
        key = "".join(words)
        yield from self.whole.get(key, ())
        for n, word in enumerate(words):
            yield from (match for listed, match in self.by_word.get(word, ()) if words[n : n + len(listed)] == listed)
        if len(key) in self.lengths:
            yield from (match for spelling in _spellings(key) for match in self.near.get(spelling, ()))


def _rank(match: Match) -> tuple[bool, int, date]:
    return not match.sure, _LISTS.index(match.of.list), match.of.starts


def _spellings(key: str) -> set[str]:
    """The key, and the key without one of its letters: two names that share a spelling differ by a letter or two."""
    return {key, *(key[:n] + key[n + 1 :] for n in range(len(key)))}
