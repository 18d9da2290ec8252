"""A snapshot read back is what was written, and one that was touched is refused."""

import errno
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from riskplug.beside import NOBODY, Beside
from riskplug.catalogue import GRAINS, frame
from riskplug.errors import StateUnusable
from riskplug.model import CHECK_COLUMNS, QUARANTINE_COLUMNS, Ingested, InputFile, Validated
from riskplug.state.snapshots import (
    Snapshot,
    _Sink,
    accepted_rows,
    newest_of,
    read_snapshot,
    snapshots,
    write_snapshot,
)
from riskplug.tables import CARRIED, PART_COLUMNS, TABLES, Table, conform, empty

PARTS = pd.Index(["A", "B", "C"], dtype="str")
DAY = date(2025, 4, 28)


def tables() -> dict[str, pd.DataFrame]:
    made = {name: empty(name, PARTS) for name in TABLES}
    part = {"part_no": ["A", "C"], "description": ["Motor", None], "phantom": [True, None], "safety_stock": [1.5, None]}
    made["parts"] = conform("parts", pd.DataFrame({**part, "source": "erp", "base_unit": "pc"}), PARTS)
    lines = pd.DataFrame({"parent": ["A"], "component": ["B"], "quantity": [2.0], "valid_to": ["2025-12-31"]})
    made["bom_lines"] = conform("bom_lines", lines, PARTS)
    return made


def write(folder: Path, scan_id: str, day: date = DAY, verdict: str = "accepted", rows: int = 2) -> Path:
    return frozen(folder, NOBODY, scan_id, day, verdict, rows).path


def frozen(
    folder: Path, beside: Beside, scan_id: str = "s", day: date = DAY, verdict: str = "accepted", rows: int = 2
) -> Snapshot:
    facts = frame(GRAINS["table"], {"table": ["parts"], "source": ["erp"], "verdict": [verdict], "rows": [rows]})
    nothing = pd.DataFrame(columns=list(QUARANTINE_COLUMNS))
    stamp = datetime(2025, 4, 28, 3, tzinfo=UTC)
    files = (InputFile("parts", "erp", "exports/parts.csv", "ab" * 32, 2, 99, stamp, "canonical"),)
    ingested = Ingested(tables(), nothing, files, (), absent_stock={"erp": "unknown"})
    validated = Validated(tables(), nothing, pd.DataFrame(columns=list(CHECK_COLUMNS)), facts)
    return write_snapshot(
        folder,
        ingested,
        validated,
        scan_id=scan_id,
        business_date=day,
        versions={"riskplug": "0"},
        hashes={"rules": "12"},
        beside=beside,
    )


def test_tables_come_back_with_their_dtypes_and_missing_values(tmp_path: Path) -> None:
    back = read_snapshot(write(tmp_path, "s1"))
    for name, table in tables().items():
        pd.testing.assert_frame_equal(
            back.validated.tables[name].astype("object"), table.astype("object"), check_index_type=False
        )
    parts, lines = back.validated.tables["parts"], back.validated.tables["bom_lines"]
    assert parts["part_no"].dtype == lines["component"].dtype == lines["parent"].dtype
    assert str(parts["phantom"].dtype) == "boolean"
    assert back.files[0].extracted_at == datetime(2025, 4, 28, 3, tzinfo=UTC)
    assert back.absent_stock == {"erp": "unknown"}
    assert back.business_date == DAY


def test_a_refused_stock_list_that_leaves_out_zeros_makes_no_zero(tmp_path: Path) -> None:
    facts = frame(
        GRAINS["table"], {"table": ["inventory", "inventory"], "source": ["a", "b"], "verdict": ["refused", "accepted"]}
    )
    nothing = pd.DataFrame(columns=list(QUARANTINE_COLUMNS))
    ingested = Ingested(tables(), nothing, (), (), absent_stock={"a": "zero", "b": "zero"})
    validated = Validated(tables(), nothing, pd.DataFrame(columns=list(CHECK_COLUMNS)), facts)
    written = write_snapshot(tmp_path, ingested, validated, scan_id="s", business_date=DAY, versions={}, hashes={})
    assert read_snapshot(written.path).absent_stock == {"b": "zero"}


def as_checked() -> dict[str, pd.DataFrame]:
    """Every table as validation may leave it: a row gone, and with it the last use of part D and of some words; a
    column without a value, and words that no row has.
    """
    parts = pd.Index(["A", "C", "D", "F"], dtype="str")
    found = {name: _as_checked(table, parts) for name, table in TABLES.items()}
    found["demand"] = found["demand"].iloc[:0]
    return found


def _as_checked(table: Table, parts: pd.Index) -> pd.DataFrame:
    of_kind = {
        "part": ["A", "D", "F", None],
        "key": ["k", "gone", None, "j"],
        "text": ["", "text", None, "nan"],
        "date": ["2025-04-28", None, "1969-12-31", "2025-01-01"],
        "flag": [True, None, False, None],
    }
    cells = {c.name: of_kind.get(c.kind, [-0.0, 7.0, None, float("inf")]) for c in (*table.columns, *CARRIED)}
    choices = {c.name: [c.choices[-1], c.choices[0], None, c.choices[-1]] for c in table.columns if c.kind == "choice"}
    rows = conform(table.name, pd.DataFrame({**cells, **choices}), parts)
    never = {"company": pd.Categorical([None] * 4, categories=pd.Index([], dtype="str")), "row": float("nan")}
    return rows.assign(**never).drop(index=1)


def test_a_scan_goes_on_with_what_every_later_reading_gives(tmp_path: Path) -> None:
    given, nothing = as_checked(), pd.DataFrame(columns=list(QUARANTINE_COLUMNS))
    facts = frame(GRAINS["table"], {"table": ["parts"], "source": ["erp"], "verdict": ["accepted"], "rows": [3]})
    validated = Validated(given, nothing, pd.DataFrame(columns=list(CHECK_COLUMNS)), facts)
    ingested = Ingested(given, nothing, (), ())
    now = write_snapshot(tmp_path, ingested, validated, scan_id="s", business_date=DAY, versions={}, hashes={})
    later = read_snapshot(now.path)
    for name, table in TABLES.items():
        here, there = now.validated.tables[name], later.validated.tables[name]
        pd.testing.assert_frame_equal(here, there, check_exact=True, check_index_type="exact")
        assert _spelt(here) == _spelt(there) == _spelt(given[name]), name
        for column in table.columns:
            assert _within(here[column.name]) == _within(there[column.name]), f"{name}.{column.name}"
    assert list(now.validated.tables["parts"]["part_no"].cat.categories) == ["A", "F"]
    assert len({id(column.cat.categories) for column in _part_columns(now) + _part_columns(later)}) == 2
    for here, there in zip(_beside(now.validated), _beside(later.validated), strict=True):
        pd.testing.assert_frame_equal(here, there, check_exact=True)
    assert replace(now, validated=later.validated) == later


def _spelt(rows: pd.DataFrame) -> list[list[str]]:
    return rows.astype("object").map(repr).to_numpy().tolist()


def _within(column: pd.Series) -> tuple[str, ...]:
    """How a column is kept, down to the words that no row has."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return (str(column.dtype),)
    words, codes = column.cat.categories, column.cat.codes
    return (str(words.dtype), str(codes.dtype), str(codes.tolist()), *map(str, words))


def _part_columns(snapshot: Snapshot) -> list[pd.Series]:
    return [frame[name] for frame in snapshot.validated.tables.values() for name in PART_COLUMNS if name in frame]


def _beside(validated: Validated) -> tuple[pd.DataFrame, ...]:
    return validated.quarantine, validated.checks, validated.facts


@pytest.mark.parametrize("forgotten", ["parts", "checks"])
def test_a_disk_that_keeps_other_bytes_than_were_written_ends_the_scan(
    forgotten: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forgetful(_Sink):
        def close(self) -> None:
            super().close()
            path = Path(self.name)
            if path.stem == forgotten:
                path.write_bytes(path.read_bytes()[:-1] + b"?")

    monkeypatch.setattr("riskplug.state.snapshots._Sink", Forgetful)
    with pytest.raises(StateUnusable, match=rf"{forgotten}\.parquet: the disk does not hold what was written"):
        frozen(tmp_path, NOBODY)
    assert list(snapshots(tmp_path)) == []


def test_tables_are_written_beside_each_other_as_one_after_the_other(tmp_path: Path) -> None:
    in_turn = frozen(tmp_path / "in turn", NOBODY)
    with ThreadPoolExecutor(2) as pool:
        together = frozen(tmp_path / "together", Beside(pool))
    assert together.manifest == in_turn.manifest == read_snapshot(together.path).manifest


def test_a_disk_that_is_full_while_tables_are_written_beside_leaves_no_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_there = _Sink.write

    def full(self: _Sink, content: bytes) -> int:
        if Path(self.name).stem == "demand":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_there(self, content)

    monkeypatch.setattr(_Sink, "write", full)
    with ThreadPoolExecutor(2) as pool, pytest.raises(OSError, match="No space left"):
        frozen(tmp_path, Beside(pool))
    assert list(snapshots(tmp_path)) == []


def test_a_file_changed_afterwards_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = write(tmp_path, "s1")
    damaged = bytearray((path / "parts.parquet").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (path / "parts.parquet").write_bytes(damaged)
    with pytest.raises(StateUnusable, match=r"parts\.parquet.*\n.*restore the snapshot") as caught:
        read_snapshot(path)
    assert caught.value.exit_code == 11


def test_a_half_written_snapshot_is_never_found(tmp_path: Path) -> None:
    path = write(tmp_path, "s1")
    (path / "manifest.json").unlink()
    assert list(snapshots(tmp_path)) == []


def test_the_newest_scan_of_a_date_is_found(tmp_path: Path) -> None:
    write(tmp_path, "s1")
    second = write(tmp_path, "s0")
    assert newest_of(tmp_path, DAY) == second
    assert newest_of(tmp_path, date(2025, 4, 29)) is None


def test_row_counts_to_compare_with_come_from_the_last_accepted_table_before_the_date(tmp_path: Path) -> None:
    write(tmp_path, "s1", date(2025, 4, 26), rows=100)
    write(tmp_path, "s2", date(2025, 4, 27), verdict="refused", rows=0)
    write(tmp_path, "s3", DAY, rows=7)
    assert accepted_rows(tmp_path, DAY) == {("parts", "erp"): 100}
