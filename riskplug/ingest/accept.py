"""From one extract to its accepted rows: mapped, typed, placed at a site; every other row set aside with a reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import DataRefused, suggestion
from riskplug.ingest.dates import read_dates
from riskplug.ingest.extract import Extract, Lines, one_array
from riskplug.ingest.faults import Fault, faults_where
from riskplug.ingest.keys import clean
from riskplug.ingest.mapping import absent_columns, map_columns, unknown_columns
from riskplug.ingest.profile import Profile, TableRule
from riskplug.ingest.typed import TypedTable, type_table
from riskplug.model import QUARANTINE_COLUMNS, FileDoubt
from riskplug.tables import TABLES

OTHER = "other:"


@dataclass(frozen=True)
class Place:
    """Where rows of a source belong: the site it is configured for, and all sites of the workspace."""

    table: str
    source: str
    site: str | None
    sites: tuple[str, ...]
    zone: str


@dataclass(frozen=True)
class Accepted:
    """``rows``: typed columns, ``file`` and ``row``, and unused source columns under ``other:``.

    ``dropped``: by rule, of the rows of the table's own file; ``dropped_beside``: of the files joined to it, the file
    before the rule.
    """

    rows: pa.Table
    quarantine: pd.DataFrame
    dropped: dict[str, int]
    unknown: tuple[str, ...]
    extracted_at: datetime | None
    dropped_beside: dict[str, int]
    doubts: tuple[FileDoubt, ...]


def accept(extract: Extract, rule: TableRule, profile: Profile, place: Place) -> Accepted:
    """Accept what fits the contract; DataRefused when the file as a whole does not."""
    try:
        mapped = map_columns(extract, place.table, rule, profile)
        typed = type_table(place.table, mapped.text, profile)
    except DataRefused as refused:
        raise DataRefused(refused.what, refused.where or extract.file, refused.fix) from refused
    placed = place_rows(typed, mapped.text.num_rows, place)
    faults = [*mapped.faults, *placed.faults, *_across_columns(place.table, placed.columns)]
    bad = _first_faults(faults)
    rows = _as_rows(placed.columns, extract.file, mapped.lines, mapped.others)
    dropped = dict(extract.dropped)
    for name, count in mapped.dropped.items():
        dropped[name] = dropped.get(name, 0) + count
    kept = np.setdiff1d(np.arange(len(mapped.lines)), bad["at"]) if len(bad) else None
    return Accepted(
        rows if kept is None else rows.take(pa.array(kept)),
        pd.concat(
            [_rejected(extract, place), _faulty(bad, mapped.lines, extract.file, place, placed.columns)],
            ignore_index=True,
        ),
        dropped,
        unknown_columns(extract, rule, profile),
        extract.extracted_at or _age(extract, rule, profile, placed.columns, place.zone),
        {f"{other.file}: {name}": count for other in extract.beside for name, count in other.dropped.items()},
        tuple(_doubts(extract, mapped.lines, rule, profile, place)),
    )


_UNENDED = (
    "the last line, {}, does not end: the file may be cut off inside its last value. Transfer it again, end the line, "
    "or declare `last_line_end: optional` where the program never ends it"
)


def _doubts(extract: Extract, lines: Lines, rule: TableRule, profile: Profile, place: Place) -> Iterator[FileDoubt]:
    """What is odd about the file or those joined to it; a last line that a rule leaves out is a footer, and whole."""
    of_own = extract.unended is not None and bool(np.isin(extract.unended, lines))
    for each, counts in ((extract, of_own), *((other, other.unended is not None) for other in extract.beside)):
        if counts and profile.last_line_end == "expected":
            yield FileDoubt(place.table, place.source, each.file, _UNENDED.format(each.unended), is_cut=True)
    absent = absent_columns(extract, rule) if profile.tables else ()
    if absent:
        names = ", ".join(absent)
        verb = "column {} that the profile names is" if len(absent) == 1 else "columns {} that the profile names are"
        yield FileDoubt(place.table, place.source, extract.file, f"{verb.format(names)} not in the file")


def place_rows(typed: TypedTable, count: int, place: Place) -> TypedTable:
    """Fill blank sites and set aside rows of a site nobody configured, or of none where the table needs one."""
    only = place.sites[0] if len(place.sites) == 1 and TABLES[place.table].blank_site == "only" else None
    fill = place.site or only
    if "site" not in typed.columns and (fill or len(place.sites) < 2 or TABLES[place.table].blank_site == "every"):
        return TypedTable({**typed.columns, "site": _everywhere(fill, count)}, list(typed.faults))
    sites = typed.columns.get("site", pa.nulls(count, pa.string()).dictionary_encode())
    names = sites.cast(pa.string()) if pa.types.is_dictionary(sites.type) else sites
    names = pc.fill_null(names, fill) if fill else names
    faults = list(typed.faults)
    if place.sites:
        unknown = pc.and_(pc.is_valid(names), pc.invert(pc.is_in(names, pa.array(place.sites, pa.string()))))
        faults += faults_where("site", unknown, names, lambda name: f"unknown site; {suggestion(name, place.sites)}")
    if len(place.sites) > 1 and TABLES[place.table].blank_site == "only":
        faults += faults_where("site", pc.is_null(names), names, "blank site, and the workspace has several")
    return TypedTable({**typed.columns, "site": names.dictionary_encode()}, faults)


def _everywhere(word: str | None, count: int) -> pa.DictionaryArray:
    """One word, or none, in every row: a byte each."""
    codes = pa.nulls(count, pa.int8()) if word is None else pa.array(np.zeros(count, dtype=np.int8))
    return pa.DictionaryArray.from_arrays(codes, pa.array([] if word is None else [word], pa.string()))


def _across_columns(table: str, columns: dict[str, pa.Array]) -> list[Fault]:
    faults: list[Fault] = []
    if "valid_from" in columns and "valid_to" in columns:
        late = pc.greater(columns["valid_from"], columns["valid_to"])
        faults += faults_where("valid_to", late, columns["valid_to"], "ends before it starts")
    if table == "declarations":
        count = len(columns["material"])
        nothing = pa.nulls(count, pa.string())
        part, mpn = columns.get("part_no", nothing), columns.get("mpn", nothing)
        neither = pc.and_(pc.is_null(part), pc.is_null(mpn))
        faults += faults_where("part_no", neither, nothing, "neither part_no nor mpn")
    return faults


def _first_faults(faults: Sequence[Fault]) -> pd.DataFrame:
    """One entry per faulty row, the first found: quarantined and accepted rows add up to the rows read."""
    pieces = [
        pd.DataFrame({"at": fault.rows, "column": fault.column, "value": fault.values, "reason": fault.reasons})
        for fault in faults
    ]
    if not pieces:
        return pd.DataFrame({"at": np.empty(0, dtype=np.int64), "column": "", "value": "", "reason": ""})
    return pd.concat(pieces, ignore_index=True).drop_duplicates("at").sort_values("at", kind="stable")


def _as_rows(columns: dict[str, pa.Array], file: str, lines: Lines, others: pa.Table) -> pa.Table:
    named = _everywhere(file, len(lines))
    return pa.table(
        {
            **columns,
            "file": named,
            "row": pa.array(lines),
            **{f"{OTHER}{name}": others.column(name) for name in others.column_names},
        }
    )


def _faulty(bad: pd.DataFrame, lines: Lines, file: str, place: Place, columns: Mapping[str, pa.Array]) -> pd.DataFrame:
    at = bad["at"].to_numpy(dtype=np.int64)
    part_no, site = (_words_at(columns.get(name), at) for name in ("part_no", "site"))
    return quarantined(place, file, lines[at], bad["column"], bad["value"], bad["reason"], part_no, site)


def _words_at(column: pa.Array | None, at: Lines) -> object:
    """Some keys of a column, empty where they are missing or could not be read."""
    if column is None:
        return ""
    return pc.fill_null(pc.cast(column.take(pa.array(at)), pa.string()), "").to_numpy(zero_copy_only=False)


def _rejected(extract: Extract, place: Place) -> pd.DataFrame:
    """Rows that a reader set aside, those of joined files under their own name."""
    pairs = [(each.file, reject) for each in (extract, *extract.beside) for reject in each.rejects]
    return quarantined(
        place,
        [file for file, _ in pairs],
        np.array([reject.line for _, reject in pairs], dtype=np.int64),
        "",
        [reject.value for _, reject in pairs],
        [reject.reason for _, reject in pairs],
    )


def quarantined(
    place: Place,
    file: object,
    lines: Lines,
    column: object,
    value: object,
    reason: object,
    part_no: object = "",
    site: object = "",
) -> pd.DataFrame:
    """Quarantine entries (QUARANTINE_COLUMNS) for the given lines."""
    frame = pd.DataFrame({"line": np.asarray(lines, dtype=np.int64)})
    content = {
        "table": place.table,
        "source": place.source,
        "file": file,
        "column": column,
        "value": value,
        "reason": reason,
        "part_no": part_no,
        "site": site,
    }
    for name, values in content.items():
        frame[name] = pd.Series(
            np.asarray(values, dtype=object) if not isinstance(values, str) else values, index=frame.index, dtype="str"
        )
    return frame[list(QUARANTINE_COLUMNS)]


def _age(
    extract: Extract, rule: TableRule, profile: Profile, columns: dict[str, pa.Array], zone: str
) -> datetime | None:
    """The newest day of the declared column, else of `as_of`: single stocks may have been counted long before."""
    if rule.as_of and rule.as_of.column:
        if rule.as_of.column not in extract.columns.column_names:
            raise DataRefused(
                f"no column {rule.as_of.column!r} with the export date",
                extract.file,
                suggestion(rule.as_of.column, extract.columns.column_names) or "correct `as_of`",
            )
        text = clean(pc.cast(extract.columns.column(rule.as_of.column), pa.string()), profile.null_words)
        days = read_dates(rule.as_of.column, one_array(text), profile)[0]
    else:
        days = columns.get("as_of", pa.nulls(0, pa.timestamp("s")))
    newest = pc.max(days).as_py()
    return None if newest is None else datetime.combine(newest.date(), time(), ZoneInfo(zone))
