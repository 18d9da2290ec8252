"""Decimal and thousands marks, signs, and what no number format reads, by the values of number columns.

A single mark before three digits proves nothing: 1,234 may be one or a thousand.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_SPACES = " \u00a0\u202f\u2009"
_GROUPING = "'’" + _SPACES
_BODY = re.compile(rf"\d[\d.,{_GROUPING}]*(?:[eE][+-]?\d+)?|[.,]\d+(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Witness:
    """A value, and where it stands."""

    value: str
    where: str
    column: str

    def __str__(self) -> str:
        return f"{self.value!r} ({self.where})"


@dataclass(frozen=True)
class Marks:
    """What one number says of the marks: proved ones, or one that may be either."""

    decimal: str = ""
    thousands: str = ""
    either: str = ""
    indian: bool = False


@dataclass
class NumberEvidence:
    """What the number columns of all files prove. Every list holds the first witnesses only."""

    decimals: dict[str, list[Witness]] = field(default_factory=dict)
    thousands: dict[str, list[Witness]] = field(default_factory=dict)
    either: dict[str, list[Witness]] = field(default_factory=dict)
    decimal_columns: dict[str, set[str]] = field(default_factory=dict)
    indian: list[Witness] = field(default_factory=list)
    trailing: list[Witness] = field(default_factory=list)
    brackets: list[Witness] = field(default_factory=list)
    unreadable: list[Witness] = field(default_factory=list)
    columns: int = 0

    def add(self, values: Iterable[Witness]) -> None:
        """Take one column's distinct values in; words a profile may declare as missing are left out before."""
        self.columns += 1
        for witness in values:
            self._add(witness)

    def _add(self, witness: Witness) -> None:
        body, sign = unsigned(witness.value)
        marks = marks_of(body)
        if marks is None:
            _keep(self.unreadable, witness)
            return
        if sign in ("trailing", "brackets"):
            _keep(self.trailing if sign == "trailing" else self.brackets, witness)
        for mark, found in ((marks.decimal, self.decimals), (marks.either, self.either)):
            if mark:
                _keep(found.setdefault(mark, []), witness)
        if marks.decimal:
            self.decimal_columns.setdefault(marks.decimal, set()).add(witness.column)
        for mark in marks.thousands:
            _keep(self.thousands.setdefault(mark, []), witness)
        if marks.indian:
            _keep(self.indian, witness)


def _keep(found: list[Witness], witness: Witness) -> None:
    """The first few, and the first of every further column: each column is to be named."""
    if len(found) < 3 or all(witness.column != other.column for other in found):
        found.append(witness)


def unsigned(text: str) -> tuple[str, str]:
    """A number without its sign, and where that stood: leading, trailing, brackets or nowhere."""
    plain = text.strip().replace("\u2212", "-")
    if re.fullmatch(r"\(.+\)", plain):
        return plain[1:-1].strip(), "brackets"
    if plain.endswith("-") and len(plain) > 1:
        return plain[:-1].strip(), "trailing"
    return (plain[1:].strip(), "leading") if plain[:1] in ("-", "+") else (plain, "")


def is_number(text: str) -> bool:
    """Whether a text is a number in any format, a percent sign included."""
    return marks_of(unsigned(text.rstrip("% "))[0]) is not None


def marks_of(body: str) -> Marks | None:
    """What an unsigned number proves; None when it is none in any format."""
    if not _BODY.fullmatch(body):
        return None
    whole = re.sub(r"[eE][+-]?\d+$", "", body).strip()
    found = re.findall(r"\D", whole)
    groups = re.split(r"\D", whole)
    if not found:
        return Marks()
    kinds = list(dict.fromkeys(found))
    if len(kinds) == 1 and len(found) == 1:
        return _of_one_mark(found[0], groups)
    if len(kinds) == 1:
        return _grouped(kinds, groups, "")
    if len(found) - found.index(kinds[-1]) > 1 or kinds[-1] not in ".," or len(kinds) > 2:
        return None
    return _grouped(kinds[:1], groups[:-1], kinds[-1])


def _of_one_mark(mark: str, groups: Sequence[str]) -> Marks | None:
    before, after = groups
    if mark in _GROUPING:
        return Marks(thousands=mark) if len(after) == 3 and 1 <= len(before) <= 3 else None
    # no group of thousands begins with a zero, has more than three digits before it, or other than three behind it
    proves = len(after) != 3 or not 1 <= len(before) <= 3 or before.startswith("0")
    return Marks(decimal=mark) if proves else Marks(either=mark)


def _grouped(marks: Sequence[str], groups: Sequence[str], decimal: str) -> Marks | None:
    if all(len(group) == 3 for group in groups[1:]) and 1 <= len(groups[0]) <= 3:
        return Marks(decimal, marks[0])
    indian = len(groups[-1]) == 3 and all(len(group) == 2 for group in groups[1:-1]) and 1 <= len(groups[0]) <= 2
    return Marks(decimal, marks[0], indian=True) if indian and len(groups) > 2 else None


@dataclass(frozen=True)
class MarksFound:
    """The marks to declare; ``decimal`` None where it is undecided or never needed.

    ``reason``: why, for the reader. ``open``: what a person must decide, as (what, witnesses, which lines).
    """

    decimal: str | None
    thousands: str
    grouping: str
    reason: str
    ambiguous: tuple[Witness, ...] = ()
    conflict: tuple[Witness, ...] = ()
    maybe_thousands: str = ""
    maybe: tuple[Witness, ...] = ()


def weigh(evidence: NumberEvidence) -> MarksFound:
    """Decide the marks where values prove them; leave open what no value proves."""
    grouping = "indian" if evidence.indian else "three"
    proved = set(evidence.decimals)
    as_thousands = {mark for mark in evidence.thousands if mark in ".,"}
    if len(proved) > 1 or proved & as_thousands or len(as_thousands) > 1:
        return MarksFound(None, "", grouping, "", conflict=_first_of_each(evidence))
    either = set(evidence.either)
    decimal, reason = _decimal(evidence, proved, as_thousands, either)
    if decimal is None:
        ambiguous = tuple(witness for found in evidence.either.values() for witness in found)
        return MarksFound(None, "", grouping, reason, ambiguous=ambiguous)
    marks = "".join(sorted(evidence.thousands))
    other = "," if decimal == "." else "."
    if other not in either or other in marks:
        return MarksFound(decimal, marks, grouping, reason)
    if _is_proved_in_each(evidence, decimal, other):
        return MarksFound(decimal, marks + other, grouping, reason)
    return MarksFound(
        decimal, marks, grouping, reason, maybe_thousands=marks + other, maybe=tuple(evidence.either[other])
    )


def _decimal(
    evidence: NumberEvidence, proved: set[str], as_thousands: set[str], either: set[str]
) -> tuple[str | None, str]:
    if proved:
        mark = next(iter(proved))
        return mark, f"proved by {evidence.decimals[mark][0]}"
    if as_thousands:
        mark = next(iter(as_thousands))
        return "," if mark == "." else ".", f"{evidence.thousands[mark][0]} has {mark!r} between thousands"
    others = [mark for mark in evidence.thousands if mark in _GROUPING]
    if len(either) == 1 and others:
        return next(iter(either)), f"{evidence.thousands[others[0]][0]} has another mark between thousands"
    return None, "" if either else "no number has a point or a comma yet"


def _is_proved_in_each(evidence: NumberEvidence, decimal: str, other: str) -> bool:
    """Whether every column with a doubtful 1.234 has a proof of the decimal mark, too."""
    proved = evidence.decimal_columns.get(decimal, set())
    return all(witness.column in proved for witness in evidence.either[other])


def _first_of_each(evidence: NumberEvidence) -> tuple[Witness, ...]:
    return tuple(found[0] for found in (*evidence.decimals.values(), *evidence.thousands.values()))
