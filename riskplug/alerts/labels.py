"""What an alert can be recognised by: its rule, its severity, and what it is about."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import translate

import numpy as np
import numpy.typing as npt
import pandas as pd

Mask = npt.NDArray[np.bool_]
COLUMNS = ("rule", "severity", "grain", "site", "part_no", "material", "measure", "owner")
"""Labels that every alert has, empty where they say nothing of it; any other one is a field of its identity."""
_SHORT = {"part": "part_no"}

Matchers = Sequence[tuple[str, tuple[str, ...]]]
"""Labels with the patterns that they may have; all of the labels must fit, each by any of its patterns."""


@dataclass(frozen=True, slots=True)
class Inhibit:
    """One declaration: an open alert like ``source`` keeps quiet those like ``target`` with the same ``equal`` labels.

    A label that neither of them has counts as the same.
    """

    source: Matchers
    target: Matchers
    equal: tuple[str, ...] = ()


def full_name(label: str) -> str:
    """The label by its full name: ``part`` is ``part_no``."""
    return _SHORT.get(label, label)


def fits(value: str, patterns: Iterable[str]) -> bool:
    """Whether a text is like one of the patterns (``M-*``); capitals do not matter."""
    return _compiled(patterns).fullmatch(value) is not None


def words_of(matchers: Matchers) -> str:
    """Matchers as people write them: ``rule=runway-* site=DE01``."""
    return " ".join(f"{name}={pattern}" for name, patterns in matchers for pattern in patterns)


class Labels:
    """The labels of many alerts (rows with COLUMNS and ``identity``). Each is read once, each different value matched
    once: what a rule or a site is called is the same for thousands of alerts.
    """

    def __init__(self, rows: pd.DataFrame) -> None:
        self._rows = rows
        self._coded: dict[str, tuple[npt.NDArray[np.intp], Sequence[str]]] = {}

    def matches(self, matchers: Matchers) -> Mask:
        """Which alerts fit all of the matchers."""
        found = np.ones(len(self._rows), dtype=bool)
        for name, patterns in matchers:
            codes, values = self.coded(name)
            like = _compiled(patterns)
            hits = np.fromiter((like.fullmatch(value) is not None for value in values), dtype=bool, count=len(values))
            found &= hits[codes] if len(codes) else found
        return found

    def coded(self, name: str) -> tuple[npt.NDArray[np.intp], Sequence[str]]:
        """A label as numbers, and the values that they stand for."""
        name = full_name(name)
        if name not in self._coded:
            codes, values = pd.factorize(np.asarray(self._texts(name), dtype=object))
            self._coded[name] = codes, [str(value) for value in values]
        return self._coded[name]

    def _texts(self, name: str) -> list[str]:
        if name in COLUMNS:
            return [str(value) for value in self._rows[name].tolist()]
        # Fields of the identity stand in its text alone, which has to be read.
        fields = map(json.loads, self._rows["identity"].tolist())
        return ["" if one.get(name) is None else str(one[name]) for one in fields]


def _compiled(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(translate(pattern) for pattern in patterns), re.IGNORECASE)
