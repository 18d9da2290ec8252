"""Delimited text: the C reader of pyarrow for a clean file, record by record only where something is wrong."""

import io
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from riskplug.errors import DataRefused
from riskplug.ingest.extract import Lines, Reject, numbered
from riskplug.ingest.profile import Profile, TableRule
from riskplug.ingest.records import BLANK, Records, RecordSplitter, split_record
from riskplug.ingest.text import count_newlines, decode, split_lines

_HEAD_LINES = 500
MAX_COLUMNS = 16_384  # of a spreadsheet; nothing that people export has more
_HINT = re.compile(r"sep=(.)", re.IGNORECASE)


@dataclass(frozen=True)
class Delimited:
    """The columns of a delimited file as text, and where each row stands.

    Every physical line is one of: ``preamble`` and header (together ``above``), first line of a row, ``continued``
    line of a row, reject, dropped (blank ones under their own name). ``unended``: line of the last row, if that is the
    last line and does not end.
    """

    columns: pa.Table
    lines: Lines
    rejects: tuple[Reject, ...]
    dropped: dict[str, int]
    preamble: tuple[str, ...]
    above: int
    continued: int = 0
    unended: int | None = None


def read_delimited(data: bytes, profile: Profile, rule: TableRule, where: str) -> Delimited:
    """Read the bytes of a delimited file; DataRefused when the file as a whole cannot be trusted."""
    text = decode(data, profile.encoding, where)
    if not text:
        raise DataRefused("the file is empty but for its byte-order mark", where, "export it again")
    names, above, preamble = header_of(_head(text), profile, rule, where)
    body = text[_start_of(text, above) :]
    drop = [item.line for item in rule.drop_rows if item.line is not None]
    table = None if _has_dropped_line(body, drop) else _read_clean(body, names, profile)
    if table is not None:
        lines = numbered(above + 1, table.num_rows)
        blank = _blank_at_end(body)
        unended = _unended(text, lines)
        return Delimited(table, lines, (), {BLANK: blank} if blank else {}, preamble, above, unended=unended)
    table, lines, records = _read_carefully(split_lines(body), names, profile, drop, above + 1)
    _refuse_cut(text, records, where)
    _refuse_other_width(rule, names, table, records, where)
    unended = None if _ends_without_row(text, records, drop) else _unended(text, lines)
    return Delimited(table, lines, tuple(records.rejects), records.dropped, preamble, above, records.continued, unended)


def header_of(
    head: Sequence[str], profile: Profile, rule: TableRule, where: str
) -> tuple[list[str], int, tuple[str, ...]]:
    """(column names, lines above the first row, the preamble among them) by the first lines of a file."""
    at = _header_line(head, profile, rule, where)
    names, above = _header(head, at, profile, rule, where)
    return names, above, tuple(head[: above if rule.names else at])


def _head(text: str) -> list[str]:
    """The first lines, where the header must be; the end of a long text is not split for it."""
    end = 0
    for _ in range(_HEAD_LINES):
        end = text.find("\n", end) + 1
        if not end:
            return split_lines(text) or [""]
    return split_lines(text[:end])


def _header_line(head: Sequence[str], profile: Profile, rule: TableRule, where: str) -> int:
    hint = _HINT.fullmatch(head[0])
    if hint and hint[1] != profile.delimiter:
        raise DataRefused(
            f"the file says its separator is {hint[1]!r}, the profile says {profile.delimiter!r}",
            f"{where}:1",
            "correct `delimiter` in the profile",
        )
    if rule.skip_until is not None:
        return _first_with(head, rule.skip_until, profile, where)
    at = (rule.header_row or profile.header_row) - 1 + bool(hint)
    if at >= len(head):
        raise DataRefused(
            f"no header: it should be on line {at + 1}, the file has {len(head)}", where, "export it again"
        )
    return at


def _first_with(head: Sequence[str], name: str, profile: Profile, where: str) -> int:
    for at, line in enumerate(head):
        fields = split_record(line, profile.delimiter, profile.quote) or []
        if name in (item.strip() for item in fields):
            return at
    raise DataRefused(
        f"no line with a column {name!r} among the first {len(head)}",
        where,
        "correct `skip_until` in the profile, or export it again",
    )


def _header(head: Sequence[str], at: int, profile: Profile, rule: TableRule, where: str) -> tuple[list[str], int]:
    """The column names, and how many lines stand above the first row."""
    if rule.names:
        # a list without a header: rows begin on the header's line, or below the one that `skip_until` finds
        return _unique(list(rule.names), where), at + (rule.skip_until is not None)
    above = at + rule.header_rows
    if above > len(head):
        raise DataRefused(f"the header ends on line {above}, the file has {len(head)}", where, "export it again")
    fields = [_fields(line, profile, f"{where}:{at + 1}") for line in head[at:above]]
    joined = [" ".join(filter(None, column)) for column in itertools.zip_longest(*fields, fillvalue="")]
    return _unique([name or f"(column {at})" for at, name in enumerate(joined, 1)], f"{where}:{at + 1}"), above


def _fields(line: str, profile: Profile, where: str) -> list[str]:
    fields = split_record(line, profile.delimiter, profile.quote)
    if fields is None:
        raise DataRefused("unbalanced quotes in the header", where, "export it again")
    return [name.strip() for name in fields]


def _unique(names: list[str], where: str) -> list[str]:
    if len(names) > MAX_COLUMNS:
        raise DataRefused(f"{len(names):,} columns in the header", where, "this is no list of parts or orders")
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise DataRefused(f"column {twice[0]!r} is there twice", where, "rename one of them in the export")
    return names


def _start_of(text: str, line: int) -> int:
    """Where a physical line (0 = first) begins; the end of the text when there is no such line."""
    at = 0
    for _ in range(line):
        found = re.compile(r"\r\n|\n|\r").search(text, at)
        if found is None:
            return len(text)
        at = found.end()
    return at


def _blank_at_end(body: str) -> int:
    """Blank lines below the last row; a long text is not copied to find them, unless it ends in very many."""
    tail = rows = ""
    for size in (1000, len(body)):
        tail = body[-size:]
        rows = tail.rstrip("\r\n")
        if rows:
            break
    return max(0, count_newlines(tail[len(rows) :]) - bool(rows))


def _has_dropped_line(body: str, patterns: Sequence[str]) -> bool:
    return any(re.search(pattern, body, re.MULTILINE) for pattern in patterns)


def _read_clean(body: str, names: Sequence[str], profile: Profile) -> pa.Table | None:
    """All rows at once, or None when one is not clean.

    Clean means: one record per physical line, each of the right width, quotes in pairs. Then record n stands on line
    n of the body, and no record can have swallowed another.
    """
    rows = body.rstrip("\r\n")
    if not rows:
        return _as_table([], names)
    if not (profile.delimiter + profile.quote).isascii():
        return None
    quoted = bool(profile.quote) and profile.quote in rows
    if quoted and rows.count(profile.quote) % 2:
        return None
    try:
        table = pacsv.read_csv(
            io.BytesIO(rows.encode("utf-8")),
            read_options=pacsv.ReadOptions(column_names=list(names)),
            parse_options=pacsv.ParseOptions(
                delimiter=profile.delimiter,
                quote_char=profile.quote if quoted else False,
                newlines_in_values=quoted,
                ignore_empty_lines=False,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    # an empty line reads as a row of blanks: the careful way leaves it out
    if table.num_rows != count_newlines(rows) + 1 or _has_empty_line(rows):
        return None
    return table


def _read_carefully(
    body: Sequence[str], names: Sequence[str], profile: Profile, drop: Sequence[str], first: int
) -> tuple[pa.Table, Lines, Records]:
    """Plain lines at once, the others record by record, in the order of the file."""
    splitter = RecordSplitter(len(names), profile.delimiter, profile.quote, drop)
    plain = splitter.plain(body)
    at_once = _read_clean("\n".join(itertools.compress(body, plain)), names, profile)
    if at_once is None:
        plain[:] = False
        at_once = _as_table([], names)
    records = splitter.split(body, first, plain)
    lines = np.concatenate((np.flatnonzero(plain) + first, np.asarray(records.lines, dtype=np.int64)))
    order = np.argsort(lines, kind="stable")
    return pa.concat_tables([at_once, _as_table(records.rows, names)]).take(pa.array(order)), lines[order], records


def _has_empty_line(rows: str) -> bool:
    return rows[0] in "\r\n" or any(pair in rows for pair in ("\n\n", "\r\r", "\n\r"))


def _as_table(rows: Sequence[Sequence[str]], names: Sequence[str]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)})


def _refuse_other_width(rule: TableRule, names: Sequence[str], table: pa.Table, records: Records, where: str) -> None:
    """Declared names that fit no row are those of another list."""
    if rule.names and records.rejects and not table.num_rows:
        first = records.rejects[0]
        raise DataRefused(
            f"the profile names {len(names)} columns, and no row has as many ({first.reason})",
            f"{where}:{first.line}",
            "correct `names` in the profile, or export the list as before",
        )


def _unended(text: str, lines: Lines) -> int | None:
    """The last row's line, where the text ends with it and without a line end: its last value may be cut off."""
    return None if text.endswith(("\n", "\r")) or not len(lines) else int(lines[-1])


def _ends_without_row(text: str, records: Records, drop: Sequence[str]) -> bool:
    """Whether the last line is no row: set aside, or left out by a rule."""
    if records.rejects and records.rejects[-1].line == count_newlines(text) + 1:
        return True
    last = text[max(text.rfind("\n"), text.rfind("\r")) + 1 :]
    return any(re.search(pattern, last) for pattern in drop)


def _refuse_cut(text: str, records: Records, where: str) -> None:
    """A last line that is short and not ended is a transfer that broke off: what came before it is not complete."""
    last = count_newlines(text) + 1
    if text.endswith(("\n", "\r")) or not records.rejects or records.rejects[-1].line != last:
        return
    if "too few" in records.rejects[-1].reason or "never properly closed" in records.rejects[-1].reason:
        raise DataRefused("the file ends in the middle of a row", f"{where}:{last}", "transfer the file again")
