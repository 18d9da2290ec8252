"""How a text file is laid out: delimiter, quotes, preamble, header, and the rows as the readers will see them."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from riskplug.errors import DataRefused
from riskplug.ingest.delimited import read_delimited
from riskplug.ingest.extract import Reject
from riskplug.ingest.profile import Profile, TableRule
from riskplug.ingest.records import split_record
from riskplug.ingest.ruled import read_ruled
from riskplug.ingest.suggest.sample import Sample
from riskplug.ingest.suggest.vocabulary import all_titles, compact

_DELIMITERS = (";", "\t", ",", "|", "^", "~")
_LOOKED_AT = 300
_HEADER_WITHIN = 60
_HINT = re.compile(r"sep=(.)", re.IGNORECASE)
_RULE_LINE = re.compile(r"\s*[+|]*(?:[-=_][+|]*){5,}\s*")
_NUMBER_OR_DATE = re.compile(r"[+-]?[\d.,' \u00a0\u202f]*\d[\d.,]*-?|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}.*")


@dataclass(frozen=True)
class Seen:
    """The values of one source column: how often each is there, and the line it is first on (0: near the end)."""

    name: str
    counts: Mapping[str, int]
    first: Mapping[str, int]
    blank: int

    @property
    def filled(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Layout:
    """``header_line``: physical line of the header, None without one. ``twice``: titles that are there several times.

    ``rows``: text under the source's names; ``lines``: where they stand.
    """

    reader: str
    delimiter: str
    quote: str
    hinted: bool
    header_line: int | None
    names: tuple[str, ...]
    preamble: tuple[str, ...]
    rows: pa.Table
    lines: tuple[int, ...]
    rejects: tuple[Reject, ...]
    dropped: Mapping[str, int] = field(default_factory=dict)
    twice: tuple[str, ...] = ()
    close: str = ""  # another delimiter that fits nearly as well

    def seen(self, keep: Sequence[bool] | None = None) -> dict[str, Seen]:
        """The distinct values of each column, rows left out that ``keep`` says no to."""
        return {name: _seen(name, self.column(name), self.lines, keep) for name in self.names}

    def column(self, name: str) -> list[str]:
        return [(value or "").strip() for value in self.rows.column(name).to_pylist()]


def _seen(name: str, values: Sequence[str], lines: Sequence[int], keep: Sequence[bool] | None) -> Seen:
    counts: Counter[str] = Counter()
    first: dict[str, int] = {}
    for at, value in enumerate(values):
        if keep is None or keep[at]:
            counts[value] += 1
            first.setdefault(value, lines[at])
    return Seen(name, counts, first, counts.pop("", 0))


def lay_out(sample: Sample) -> Layout:
    """The layout that explains the first lines best; DataRefused when no delimiter makes columns of them."""
    lines = sample.head
    if _is_ruled(lines[:_LOOKED_AT]):
        try:
            return _ruled(sample)
        except DataRefused:
            pass  # a list without a header, or none: look at it as delimited by bars
    hint = _HINT.fullmatch(lines[0]) if lines else None
    ranked = _ranked(lines[bool(hint) : _LOOKED_AT], hint[1] if hint else None)
    if not ranked:
        shown = next((line for line in lines if line.strip()), "")[:80]
        raise DataRefused(
            f"not a table: no delimiter makes columns of it; it begins {shown!r}",
            str(sample.path),
            "export it as CSV, XLSX or Parquet",
        )
    best = ranked[0]
    close = next((other.delimiter for other in ranked[1:] if _comes_near(other, best, lines)), "")
    return _delimited(sample, best, bool(hint), close if not best.titles and not hint else "")


@dataclass(frozen=True)
class _Split:
    """What a delimiter makes of the first lines; ``share``: of lines that have the usual number of fields."""

    delimiter: str
    quote: str
    width: int
    share: float
    titles: int

    @property
    def key(self) -> tuple[int, int, float, int]:
        return (int(self.titles >= 2), self.titles, self.share, self.width)


def _comes_near(other: _Split, best: _Split, lines: Sequence[str]) -> bool:
    """Whether another delimiter makes as good columns; a comma that only stands between digits is a decimal one."""
    if other.delimiter == "," and not any(re.search(r"(?<!\d),|,(?!\d)", line) for line in lines[:_LOOKED_AT]):
        return False
    return other.width >= 3 and other.share >= 0.9 * best.share


def _ranked(lines: Sequence[str], hinted: str | None) -> list[_Split]:
    found = [_split(lines, delimiter) for delimiter in ((hinted,) if hinted else _DELIMITERS)]
    return sorted((item for item in found if item is not None), key=lambda item: item.key, reverse=True)


def _split(lines: Sequence[str], delimiter: str) -> _Split | None:
    filled = [line for line in lines if line.strip()]
    quote = _quote(filled, delimiter)
    rows = [split_record(line, delimiter, quote) or [] for line in filled]
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return None
    width, count = widths.most_common(1)[0]
    titles = max((_titles(row) for row in rows[:_HEADER_WITHIN] if len(row) > 1), default=0)
    return _Split(delimiter, quote, width, round(count / len(filled), 2), titles)


def _quote(lines: Sequence[str], delimiter: str) -> str:
    """Quotation marks that open a field; marks that only stand inside one are inches or text."""
    opens = re.compile(rf'(^|{re.escape(delimiter)})\s*"')
    return '"' if not any('"' in line for line in lines) or any(opens.search(line) for line in lines) else ""


def _titles(row: Sequence[str]) -> int:
    return sum(compact(cell) in all_titles() for cell in row if cell.strip())


def _delimited(sample: Sample, split: _Split, hinted: bool, close: str) -> Layout:
    at = _header_at(sample.head, split, hinted)
    twice: tuple[str, ...] = ()
    if at is None:
        start = _first_wide(sample.head, split, hinted)
        names = tuple(f"column {number}" for number in range(1, split.width + 1))
        read = _read(sample, split, start, names)
        preamble = sample.head[:start]
    else:
        cells = split_record(sample.head[at], split.delimiter, split.quote) or []
        names, twice = _named(cells)
        read = _read(sample, split, at + 1, names)
        preamble = sample.head[:at]
    return Layout(
        "delimited",
        split.delimiter,
        split.quote,
        hinted,
        None if at is None else at + 1,
        names,
        tuple(preamble[hinted:]),
        read.columns,
        read.lines,
        read.rejects,
        {},
        twice,
        close,
    )


def _header_at(lines: Sequence[str], split: _Split, hinted: bool) -> int | None:
    """The line with most titles we know; else the first full line, if it has no numbers and the next ones have."""
    best, found = 0, None
    rows = {
        at: split_record(line, split.delimiter, split.quote) or []
        for at, line in enumerate(lines[:_HEADER_WITHIN])
        if at >= hinted and line.strip()
    }
    for at, row in rows.items():
        if len(row) >= max(2, split.width - 1) and _titles(row) > best and not _has_values(row):
            best, found = _titles(row), at
    if best >= 2 or (best and best * 2 >= split.width):
        return found
    wide = [at for at, row in rows.items() if len(row) == split.width]
    if not wide or _has_values(rows[wide[0]]):
        return None
    cells = [cell.strip() for cell in rows[wide[0]]]
    is_header = all(cells) and len(set(cells)) == len(cells) and any(_has_values(rows[at]) for at in wide[1:])
    return wide[0] if is_header else None


def _has_values(row: Sequence[str]) -> bool:
    return any(_NUMBER_OR_DATE.fullmatch(cell.strip()) for cell in row if cell.strip())


def _first_wide(lines: Sequence[str], split: _Split, hinted: bool) -> int:
    rows = (split_record(line, split.delimiter, split.quote) or [] for line in lines)
    return next((at for at, row in enumerate(rows) if at >= hinted and len(row) == split.width), int(hinted))


def _named(cells: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Titles as the reader names them, and those that are there twice (which the reader refuses)."""
    names = [cell.strip() or f"(column {at})" for at, cell in enumerate(cells, 1)]
    twice = tuple(dict.fromkeys(name for name in names if names.count(name) > 1))
    return tuple(f"{name} (column {at})" if name in twice else name for at, name in enumerate(names, 1)), twice


@dataclass(frozen=True)
class _Read:
    columns: pa.Table
    lines: tuple[int, ...]
    rejects: tuple[Reject, ...]


def _read(sample: Sample, split: _Split, start: int, names: Sequence[str]) -> _Read:
    """The sampled rows through the reader itself, below a header of our own; the last lines come as line 0."""
    header = "\t".join(f"c{at}" for at in range(len(names))).replace("\t", split.delimiter)
    body = [header, *sample.head[start:], *sample.tail]
    profile = Profile(name="trial", delimiter=split.delimiter, quote=split.quote)
    data = ("\n".join(body) + "\n").encode("utf-8", errors="replace")
    read = read_delimited(data, profile, TableRule(files=("trial",)), str(sample.path))
    end = len(sample.head) - start + 1
    lines = [line + start - 1 if line <= end else 0 for line in read.lines.tolist()]
    rejects = [
        Reject(reject.line + start - 1 if reject.line <= end else 0, reject.value, reject.reason)
        for reject in read.rejects
    ]
    return _Read(read.columns.rename_columns(list(names)), tuple(lines), tuple(rejects))


def _is_ruled(lines: Sequence[str]) -> bool:
    """Rule lines, and most of the others between bars."""
    filled = [line.strip() for line in lines if line.strip()]
    rules = sum(_RULE_LINE.fullmatch(line) is not None for line in filled)
    barred = sum(line.startswith("|") and line.endswith("|") and line.count("|") > 2 for line in filled)
    return rules >= 2 and barred * 2 >= len(filled) - rules


def _ruled(sample: Sample) -> Layout:
    """The sampled lines through the reader of lists, which finds header, totals and page titles itself."""
    lines = [*sample.head, *sample.tail]
    title = next((at for at, line in enumerate(lines[:_LOOKED_AT]) if _titles(line.split("|")) >= 2), None)
    known = (
        next((cell.strip() for cell in lines[title].split("|") if compact(cell) in all_titles()), None)
        if (title is not None)
        else None
    )
    # in the file's own encoding: the bars of an East Asian list stand by its bytes
    encoding = sample.encoding.name
    data = ("\n".join(lines) + "\n").encode(encoding, errors="replace")
    rule = TableRule(files=("trial",), skip_until=known)
    read = read_ruled(data, Profile(name="trial", reader="ruled", encoding=encoding), rule, str(sample.path))
    end = len(sample.head)
    at = tuple(line if line <= end else 0 for line in read.lines.tolist())
    header = len(read.preamble) if title is None else title + 1
    return Layout(
        "ruled",
        "|",
        "",
        False,
        header,
        tuple(read.columns.column_names),
        read.preamble[: header - 1],
        read.columns,
        at,
        read.rejects,
        read.dropped,
    )
