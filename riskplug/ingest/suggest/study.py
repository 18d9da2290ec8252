"""One file looked at: its encoding, its layout, the table it is, and the values of its columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import DataRefused
from riskplug.ingest.files import read_file
from riskplug.ingest.profile import Profile, TableRule
from riskplug.ingest.suggest.columns import SURE, Guess, HeaderMapping, Match, guess_table
from riskplug.ingest.suggest.days import is_date
from riskplug.ingest.suggest.drops import Drops, find_drops
from riskplug.ingest.suggest.layout import Layout, Seen, lay_out
from riskplug.ingest.suggest.marks import Witness, is_number
from riskplug.ingest.suggest.sample import MAX_LINES, Encoding, format_of, read_ends, read_sample, refuse_other
from riskplug.ingest.suggest.vocabulary import all_titles, compact, words
from riskplug.tables import Column, Kind, column_of

NUMBERS = ("quantity", "number", "pct")
TYPED = ("xlsx", "parquet")
MAX_WORKBOOK = 20_000_000
_NO_ROWS_NEEDED = "suppliers"  # a table that read_file takes without rows, too


@dataclass(frozen=True)
class Study:
    """``cut``: the file's last line is not ended. ``native``: columns that come as numbers or dates."""

    path: Path
    encoding: Encoding | None
    layout: Layout
    drops: Drops
    guess: Guess
    is_ended: bool = True
    native: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def mapping(self) -> HeaderMapping | None:
        return self.guess.mapping

    @cached_property
    def seen(self) -> dict[str, Seen]:
        return self.layout.seen(self.drops.keep)

    def at(self, line: int) -> str:
        return f"{self.name}:{line}" if line else f"{self.name}, near its end"

    def witness(self, column: str, value: str) -> Witness:
        return Witness(value, self.at(self.seen[column].first[value]), f"{self.name}: {column}")

    def fields(self) -> Iterator["Field"]:
        """The mapped columns that are sure enough to be read, stock and order columns included.

        A file without a header has none: there the columns that hold nothing but numbers or dates speak.
        """
        if self.layout.header_line is None:
            yield from self._unnamed()
        if self.mapping is None:
            return
        table = self.mapping.table
        for name, match in self.mapping.columns.items():
            if match.confidence >= SURE:
                yield Field(self, column_of(table, name), match, self.seen[match.source])
        for sign, match in self.mapping.signs.items():
            if sign in ("+ordered", "+received") or sign[1:] in self.mapping.stocks.values():
                yield Field(self, Column(sign, "quantity", ""), match, self.seen[match.source])

    def _unnamed(self) -> Iterator["Field"]:
        for name, seen in self.seen.items():
            values = [value for value in seen.counts if value.casefold() not in words("null")]
            kind = "number" if all(map(is_number, values)) else "date" if all(map(is_date, values)) else ""
            if values and kind:
                yield Field(self, Column("(unnamed)", cast(Kind, kind), ""), Match(name, 0, ""), seen)


@dataclass(frozen=True)
class Field:
    """A source column under the canonical column it is taken for."""

    study: Study
    column: Column
    match: Match
    seen: Seen

    @property
    def where(self) -> str:
        return f"{self.study.name}, column {self.match.source!r}"

    def witnesses(self) -> list[Witness]:
        """Its distinct values, without the words for a missing one and those that native types need not prove."""
        if self.match.source in self.study.native:
            return []
        null = words("null")
        return [
            self.study.witness(self.match.source, value) for value in self.seen.counts if value.casefold() not in null
        ]


def study_file(path: Path, table: str | None) -> Study:
    """Look at one file; DataRefused for what is no table."""
    head, tail = read_ends(path)
    found = format_of(path, head, tail)
    refuse_other(found, head, path)
    if found == "xlsx":
        layout, native = _workbook(path), frozenset[str]()
    elif found == "parquet":
        layout, native = _parquet(path)
    else:
        sample = read_sample(path, head, tail)
        layout = lay_out(sample)
        return _study(path, sample.encoding, layout, table, sample.is_ended, frozenset())
    return _study(path, None, layout, table, True, native)


def _study(
    path: Path, encoding: Encoding | None, layout: Layout, table: str | None, is_ended: bool, native: frozenset[str]
) -> Study:
    names = layout.names if layout.header_line is not None else ()
    study = Study(path, encoding, layout, find_drops(layout), guess_table(names, path.name, table), is_ended, native)
    return _with_checked_values(study)


def _with_checked_values(study: Study) -> Study:
    """Titles whose values are no numbers lose their confidence: `Bestand` may be a text."""
    mapping = study.mapping
    if mapping is None:
        return study
    columns = {
        name: replace(match, confidence=0.5) if _is_otherwise(study, column_of(mapping.table, name), match) else match
        for name, match in mapping.columns.items()
    }
    checked = replace(mapping, columns=columns)
    return replace(study, guess=replace(study.guess, mapping=checked))


def _is_otherwise(study: Study, column: Column, match: Match) -> bool:
    seen = study.seen[match.source]
    if column.kind not in NUMBERS or match.source in study.native or not seen.filled:
        return False
    null = words("null")
    bad = sum(count for value, count in seen.counts.items() if value.casefold() not in null and not is_number(value))
    return bad * 2 > seen.filled


# --- files that come with columns


def _workbook(path: Path) -> Layout:
    """The first sheet through the reader of workbooks; its header is the row with most titles we know."""
    if path.stat().st_size > MAX_WORKBOOK:
        raise DataRefused(
            f"a workbook of {path.stat().st_size:,} bytes is not opened for a suggestion",
            str(path),
            "save its first thousand rows as a workbook and suggest on that, or export it as CSV",
        )
    first = _sheet(path, 1)
    best = (_known(first.names), 1)
    table = first.rows.slice(0, 60)
    for at, row in enumerate(zip(*(table.column(name).to_pylist() for name in table.column_names), strict=True)):
        best = max(best, (_known([str(cell or "") for cell in row]), first.lines[at]), key=lambda item: item[0])
    return first if best[1] == 1 else _sheet(path, best[1])


def _known(cells: Sequence[str]) -> int:
    return sum(compact(cell) in all_titles() for cell in cells)


def _sheet(path: Path, header: int) -> Layout:
    profile = Profile(name="trial", reader="xlsx")
    rule = TableRule(files=("trial",), header_row=header)
    extract = read_file(path, _NO_ROWS_NEEDED, profile, rule, path.parent, "UTC")
    rows = extract.columns.slice(0, MAX_LINES)
    lines = tuple(extract.lines[:MAX_LINES].tolist())
    return Layout(
        "xlsx", ",", '"', False, header, tuple(rows.column_names), extract.preamble, rows, lines, extract.rejects
    )


def _parquet(path: Path) -> tuple[Layout, frozenset[str]]:
    import pyarrow.parquet as pq

    try:
        batch = next(pq.ParquetFile(path).iter_batches(batch_size=MAX_LINES), None)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise DataRefused(f"not a readable Parquet file: {error}", str(path), "transfer the file again") from error
    if batch is None:
        raise DataRefused("the Parquet file has no rows", str(path), "export it again")
    native = frozenset(item.name for item in batch.schema if not _is_text(item.type))
    columns = {name: _as_text(batch.column(name)) for name in batch.schema.names}
    rows = pa.table(columns)
    lines = tuple(range(1, rows.num_rows + 1))
    return Layout("parquet", ",", '"', False, 1, tuple(rows.column_names), (), rows, lines, ()), native


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _as_text(values: pa.Array) -> pa.Array:
    try:
        return pc.cast(values, pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.nulls(len(values), pa.string())
