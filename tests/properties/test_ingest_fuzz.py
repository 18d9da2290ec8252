"""Text exports of any shape: every input ends in rows, quarantine or a refusal, and every line is accounted for."""

import csv
import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from riskplug.errors import DataRefused
from riskplug.ingest import Profile, inspect_file
from riskplug.ingest.delimited import Delimited, read_delimited
from riskplug.ingest.inspection import Inspection
from riskplug.ingest.profile import TableRule
from riskplug.tables import TABLES
from tests.examples import examples

SETTLED = settings(
    max_examples=examples(150),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
QUICK = settings(SETTLED, max_examples=examples(400))
SLOW = settings(SETTLED, max_examples=examples(60))
NEWLINES = re.compile("\r\n|\n|\r")
DELIMITERS = st.sampled_from([",", ";", "\t", "|", "¦"])
QUOTES = st.sampled_from(['"', "'", ""])
# What breaks readers of CSV: delimiters, quotes, line ends, blanks, look-alikes of them, and values that are no values.
PIECES = st.sampled_from(
    [
        *("a", "1", "total", "é", "\U0001f9f2", "=1+1", "-", "1e400", "NaN", "00000000", "sep=;", "\\"),
        *(",", ";", "\t", "|", "¦", '"', '""', "'", " ", "\n", "\r\n", "\r", "\n\n"),
        *("\ufeff", "\u2028", "\x1c", "\x85", "\x0b", "\x0c", "\u00a0"),
    ]
)
MESSES = st.lists(PIECES, max_size=40).map("".join)
HEADERS = st.sampled_from(
    ["part_no,quantity\n", "part_no;quantity;unit\r\n", "part_no\tquantity\r", "part_no|x|quantity\n"]
)


def profile(**declared: Any) -> Profile:
    return Profile.model_validate({"name": "test", "reader": "canonical", "decimal": ".", **declared})


def lines_of(text: str) -> int:
    """Physical lines, counted the slow way: the last one counts when it holds something."""
    pieces = NEWLINES.split(text)
    return len(pieces) - (not pieces[-1])


def accounted(read: Delimited) -> int:
    rows = len(read.lines) + read.continued
    return read.above + rows + len(read.rejects) + sum(read.dropped.values())


def read(text: str, declared: Profile, rule: TableRule) -> Delimited | None:
    """The delimited file, or None where it is refused; anything else fails the test."""
    try:
        return read_delimited(text.encode(declared.encoding), declared, rule, "export.csv")
    except DataRefused as refused:
        assert refused.what and refused.where and refused.fix
        return None


@QUICK
@given(MESSES, DELIMITERS, QUOTES, st.sampled_from([{}, {"drop_rows": [{"line": "total"}]}]), st.integers(1, 3))
@example('a,b\n1,"x\n', ",", '"', {}, 1)
@example('a,b\n1,"x\ny"\n2,z\n\n', ",", '"', {}, 1)
@example("\ufeff", ",", '"', {}, 1)
@example("a\r\r1\r", ",", '"', {}, 1)
def test_every_line_is_header_row_reject_dropped_or_blank(
    text: str, delimiter: str, quote: str, rule: dict[str, Any], header_rows: int
) -> None:
    declared = profile(delimiter=delimiter, quote=quote)
    found = read(text, declared, TableRule.model_validate({**rule, "header_rows": header_rows}))
    if found is None:
        return
    assert accounted(found) == lines_of(text.removeprefix("\ufeff"))
    assert found.columns.num_rows == len(found.lines)
    starts = [*found.lines.tolist(), *(reject.line for reject in found.rejects)]
    assert len(set(starts)) == len(starts) and all(found.above < line <= lines_of(text) for line in starts)


@SLOW
@given(HEADERS, MESSES, DELIMITERS, st.sampled_from(sorted(TABLES)), st.booleans())
def test_whatever_follows_a_header_ends_in_rows_quarantine_or_a_refusal(
    tmp_path: Path, header: str, mess: str, delimiter: str, table: str, sites: bool
) -> None:
    text, declared = header + mess, profile(delimiter=delimiter)
    found = inspected(tmp_path, text.encode(), table, declared)
    if found.refused:
        assert found.verdict == "refused" and found.rows.empty
        return
    raw = read(text, declared, TableRule())
    assert raw is not None
    taken = len(found.rows) + len(found.quarantine) + sum(found.dropped.values())
    assert raw.above + raw.continued + taken == lines_of(text)


@SLOW
@given(
    st.binary(max_size=200), st.sampled_from(["utf-8", "cp1252", "utf-16", "utf-16-le", "cp932", "gb18030", "latin-1"])
)
@example(b"", "utf-8")
@example(b"\xff\xfe", "utf-16")
@example(b"\xef\xbb\xbf", "utf-8")
def test_arbitrary_bytes_never_break_the_reader(tmp_path: Path, data: bytes, encoding: str) -> None:
    found = inspected(tmp_path, data, "declarations", profile(encoding=encoding, decimal=None))
    assert found.verdict in ("accepted", "degraded", "refused")


CELLS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "1",
        "-5",
        "1e400",
        "nan",
        "1,5",
        "2025-04-28",
        "00000000",
        "9999-12-31",
        "TRUE",
        "ST",
        "#N/A",
        "12.0",
        "A-1",
        "5 %",
    ]
)


@SLOW
@given(st.data(), st.sampled_from(sorted(TABLES)))
def test_any_cells_are_accepted_or_quarantined_record_by_record(
    tmp_path: Path, data: st.DataObject, table: str
) -> None:
    names = [*TABLES[table].column_names]
    width = len(names)
    records = data.draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6))
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([names, *records])
    found = inspected(tmp_path, text.getvalue().encode(), table, profile())
    assert not found.refused
    known = found.rows if table != "declarations" else found.rows.drop_duplicates(["file", "row"])
    assert len(known) + len(found.quarantine) + sum(found.dropped.values()) == len(records)
    numbers = found.rows.select_dtypes("float")
    assert not numbers.isin([float("inf"), float("-inf")]).any(axis=None)


def inspected(folder: Path, data: bytes, table: str, declared: Profile) -> Inspection:
    path = folder / "export.csv"
    path.write_bytes(data)
    found = inspect_file(table, [path], declared, None, date(2025, 4, 28))
    found.document()
    return found


def test_a_field_of_200_kilobytes_is_read() -> None:
    long = "x" * 200_000
    found = read(f'a,b\n1,"{long}"\n2,"two\nlines"\n', profile(), TableRule())
    assert found is not None and found.columns.column("b").to_pylist() == [long, "two\nlines"]
    assert (found.lines.tolist(), found.continued) == ([2, 3], 1)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("line", ['A;"pipe;5', '"', '"""', 'A;"', 'a";b;"c', ';"";"'])
def test_quotes_that_never_close_cost_no_more_than_a_look_at_each_line(line: str) -> None:
    text = "a;b;c\n" + f"{line}\n" * 20_000
    found = read(text, profile(delimiter=";"), TableRule())
    assert found is not None and accounted(found) == 20_001
