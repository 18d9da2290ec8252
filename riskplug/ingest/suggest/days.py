"""Date formats by the values of date columns. Without a day beyond the 12th nothing says which number is the month."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from riskplug.ingest.date_formats import NoSuchDay, date_format
from riskplug.ingest.suggest.marks import Witness

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_TIME = r"(?P<time>[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(?P<zone>Z|[+-]\d{2}:?\d{2})?"
_THREE = re.compile(rf"(\d{{1,4}})([./-])(\d{{1,2}})\2(\d{{1,4}}){_TIME}")
_NAMED = re.compile(rf"(\d{{1,2}})([-. /])({_MONTHS})\2(\d{{4}}|\d{{2}})", re.IGNORECASE)
_EAST = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
_ALL_ZERO = re.compile(r"0[0.\-/]*0")
# The days systems write for "no date": Dynamics, SQL Server, .NET, Unix; 2154-12-31 is Dynamics' last day.
_NULL_DAYS = ((1900, 1, 1), (1753, 1, 1), (1, 1, 1), (1970, 1, 1), (2154, 12, 31))


def is_date(text: str) -> bool:
    """Whether a text has the shape of a date."""
    return any(shape.fullmatch(text) for shape in (_THREE, _NAMED, _EAST, _ALL_ZERO))


@dataclass
class DateEvidence:
    """What the date columns say. ``orders``: shapes whose day and month may be exchanged, by what proves which."""

    formats: dict[str, Witness] = field(default_factory=dict)
    orders: dict[tuple[str, str, str], dict[str, list[Witness]]] = field(default_factory=dict)
    null_days: dict[str, Witness] = field(default_factory=dict)
    serials: list[Witness] = field(default_factory=list)
    unreadable: list[Witness] = field(default_factory=list)

    def add(self, values: Iterable[Witness]) -> None:
        for witness in values:
            self._add(witness)

    def _add(self, witness: Witness) -> None:
        word = witness.value
        if _ALL_ZERO.fullmatch(word):
            return
        three, named = _THREE.fullmatch(word), _NAMED.fullmatch(word)
        if three:
            self._of_three(three, witness)
        elif named:
            year = "%Y" if len(named[4]) == 4 else "%y"
            self.formats.setdefault(f"%d{named[2]}%b{named[2]}{year}", witness)
        elif _EAST.fullmatch(word):
            self.formats.setdefault("%Y年%m月%d日", witness)
        elif re.fullmatch(r"(19|20|21|99)\d{6}", word):
            self._exact("%Y%m%d", witness)
        elif re.fullmatch(r"[3-5]\d{4}(\.\d+)?", word):
            self.serials.append(witness)
        else:
            self.unreadable.append(witness)

    def _of_three(self, found: re.Match[str], witness: Witness) -> None:
        first, mark, second, third = found[1], found[2], found[3], found[4]
        time = _time_format(found["time"], found["zone"])
        if len(first) == 4:
            self._exact(f"%Y{mark}%m{mark}%d{time}", witness)
            self._null_day((int(first), int(second), int(third)), witness)
            return
        if len(third) not in (2, 4) or len(first) > 2:
            self.unreadable.append(witness)
            return
        shape = self.orders.setdefault((mark, "%Y" if len(third) == 4 else "%y", time), {})
        kind = "day" if int(first) > 12 else "month" if int(second) > 12 else "either"
        shape.setdefault("neither" if int(first) > 12 and int(second) > 12 else kind, []).append(witness)
        self._null_day((int(third), int(second), int(first)), witness)

    def _exact(self, text: str, witness: Witness) -> None:
        try:
            read = date_format(text).read(witness.value, None)
        except NoSuchDay:
            read = None
        if read is None:
            self.unreadable.append(witness)
        else:
            self.formats.setdefault(text, witness)

    def _null_day(self, day: tuple[int, int, int], witness: Witness) -> None:
        if day in _NULL_DAYS:
            self.null_days.setdefault(witness.value, witness)


def _time_format(time: str | None, zone: str | None) -> str:
    if time is None:
        return ""
    seconds = "" if time.count(":") == 1 else ":%S.%f" if "." in time else ":%S"
    return f"{time[0]}%H:%M{seconds}{'%z' if zone else ''}"


@dataclass(frozen=True)
class DatesFound:
    """``formats``: proved ones with a witness each. ``open``: the two readings of a shape that nothing decides."""

    formats: dict[str, Witness]
    open: tuple[tuple[str, str, tuple[Witness, ...]], ...]
    conflicts: tuple[tuple[Witness, Witness], ...]

    @property
    def has_short_years(self) -> bool:
        return any("%y" in text for text in self.formats) or any("%y" in text for text, _, _ in self.open)


def weigh_dates(evidence: DateEvidence) -> DatesFound:
    """The formats that values prove, and the shapes where day and month may be exchanged."""
    formats = dict(evidence.formats)
    undecided: list[tuple[str, str, tuple[Witness, ...]]] = []
    conflicts: list[tuple[Witness, Witness]] = []
    for (mark, year, time), proofs in evidence.orders.items():
        day_first, month_first = f"%d{mark}%m{mark}{year}{time}", f"%m{mark}%d{mark}{year}{time}"
        if "day" in proofs and "month" in proofs:
            conflicts.append((proofs["day"][0], proofs["month"][0]))
            undecided.append((day_first, month_first, (proofs["day"][0], proofs["month"][0])))
        elif "day" in proofs or "month" in proofs:
            text = day_first if "day" in proofs else month_first
            formats[text] = (proofs.get("day") or proofs["month"])[0]
        elif "either" in proofs:
            undecided.append((day_first, month_first, tuple(proofs["either"][:3])))
    return DatesFound(formats, tuple(undecided), tuple(conflicts))
