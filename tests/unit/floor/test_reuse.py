"""What is kept of a night is found by all that it came of and by nothing else, and believed only where it is whole."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pytest

from riskplug import reuse as module
from riskplug.reuse import NOTHING, Kept, Reuse, digest_of

TABLE = pa.table({"part_no": pa.array(["A", "B", None]).dictionary_encode(), "quantity": [1.0, None, 0.1 + 0.2]})
RESULT = Kept({"rows": TABLE, "none": TABLE.slice(0, 0)}, {"files": ["a", "ü"], "count": 3})


@pytest.fixture
def kept(tmp_path: Path) -> Reuse:
    """A folder with one result under the key of `x`."""
    reuse = Reuse(tmp_path / "reuse", "1")
    reuse.keep("ingest", reuse.key("ingest", "x"), RESULT)
    return reuse


def again(reuse: Reuse, ingredients: str = "1") -> Reuse:
    """The night after."""
    return Reuse(reuse.folder, ingredients)


def file_of(reuse: Reuse) -> Path:
    [path] = [path for path in (reuse.folder or Path()).rglob("*") if path.is_file()]
    return path


def test_what_is_kept_comes_back_to_the_last_bit(kept: Reuse) -> None:
    night = again(kept)
    found = night.found("ingest", night.key("ingest", "x"))
    assert found is not None
    assert found.told == RESULT.told
    for name, table in RESULT.tables.items():
        assert found.tables[name].equals(table) and found.tables[name].schema.equals(table.schema)


def test_its_file_is_for_its_owner_alone(kept: Reuse) -> None:
    path = file_of(kept)
    assert [oct(place.stat().st_mode & 0o777) for place in (path, path.parent)] == ["0o600", "0o700"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: data + b"\0",
        lambda data: bytes([data[200] ^ 1]).join([data[:200], data[201:]]),
        lambda data: data[:-40] + bytes([data[-40] ^ 1]) + data[-39:],
        lambda data: data.replace(b'"count": 3', b'"count": 4'),
        lambda data: b"riskplug",
    ],
    ids=["empty", "cut", "half", "longer", "a bit of a table", "a bit of the end", "a number", "something else"],
)
def test_what_is_damaged_is_not_there(kept: Reuse, damage: Callable[[bytes], bytes]) -> None:
    path = file_of(kept)
    path.write_bytes(damage(path.read_bytes()))
    night = again(kept)
    assert night.found("ingest", night.key("ingest", "x")) is None


def test_a_file_under_the_name_or_the_stage_of_another_is_not_believed(kept: Reuse) -> None:
    path, other = file_of(kept), kept.key("ingest", "y")
    (path.parent / other).write_bytes(path.read_bytes())
    (path.parent.parent / "validate").mkdir()
    (path.parent.parent / "validate" / path.name).write_bytes(path.read_bytes())
    assert again(kept).found("ingest", other) is None
    assert again(kept).found("validate", path.name) is None


def test_a_file_of_another_form_is_not_believed(kept: Reuse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SCHEMA", "riskplug.kept/2")
    assert again(kept).found("ingest", kept.key("ingest", "x")) is None


def test_other_code_or_packages_find_nothing(kept: Reuse) -> None:
    night = again(kept, "2")
    assert night.found("ingest", night.key("ingest", "x")) is None


def test_a_night_that_keeps_nothing_has_no_keys() -> None:
    assert NOTHING.key("ingest", "x") == ""
    NOTHING.keep("ingest", "", RESULT)
    assert NOTHING.found("ingest", "") is None and NOTHING.done == []


def test_a_dry_run_finds_but_leaves_all_as_it_is(kept: Reuse) -> None:
    night = Reuse(kept.folder, "1", writes=False)
    assert night.found("ingest", night.key("ingest", "x")) is not None
    night.keep("ingest", night.key("ingest", "y"), RESULT)
    night.tidy()
    assert again(kept).found("ingest", kept.key("ingest", "x")) is not None
    assert again(kept).found("ingest", kept.key("ingest", "y")) is None


def test_what_a_night_made_no_use_of_goes_where_its_stage_made_use_of_anything(kept: Reuse, tmp_path: Path) -> None:
    kept.keep("content", kept.key("content", "texts"), RESULT)
    night = again(kept)
    night.keep("ingest", night.key("ingest", "y"), RESULT)
    draft = tmp_path / "reuse" / "ingest" / ".z.part"
    draft.write_bytes(b"of a scan that was killed")
    night.tidy()
    assert not draft.exists()
    assert night.found("ingest", kept.key("ingest", "x")) is None
    assert night.found("ingest", kept.key("ingest", "y")) is not None
    assert night.found("content", kept.key("content", "texts")) is not None


def test_a_disk_that_does_not_take_it_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "reuse").write_text("a file where the folder should be")
    reuse = Reuse(tmp_path / "reuse", "1")
    reuse.keep("ingest", reuse.key("ingest", "x"), RESULT)
    reuse.tidy()
    assert reuse.found("ingest", reuse.key("ingest", "x")) is None
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    other = Reuse(tmp_path / "other", "1")
    other.keep("ingest", other.key("ingest", "x"), RESULT)
    assert list((tmp_path / "other").rglob("*")) == [tmp_path / "other" / "ingest"]


def rows(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"part_no": pd.Categorical(["A", "B"]), "quantity": [1.0, 2.0], **columns})


OTHERS = {
    "a value": rows(quantity=[1.0, 2.5]),
    "a missing value": rows(quantity=[1.0, None]),
    "the order of the rows": rows().iloc[::-1],
    "a row label": rows().set_axis([0, 7]),
    "a row more": pd.concat([rows(), rows()]),
    "a row less": rows().iloc[:1],
    "a category that no row has": rows(part_no=pd.Categorical(["A", "B"], categories=["A", "B", "C"])),
    "the order of categories": rows(part_no=pd.Categorical(["A", "B"], categories=["B", "A"])),
    "a dtype": rows(quantity=[1, 2]),
    "a name": rows().rename(columns={"quantity": "mass_g"}),
    "the order of columns": rows()[["quantity", "part_no"]],
    "a column more": rows(unit=["pc", "pc"]),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_table_has_another_digest(other: pd.DataFrame) -> None:
    assert digest_of(rows()) == digest_of(rows().copy())
    assert digest_of(other) != digest_of(rows())


def test_texts_do_not_run_into_one_another() -> None:
    digests = {digest_of("ab", "c"), digest_of("a", "bc"), digest_of("abc"), digest_of("abc", ""), digest_of("", "abc")}
    assert len(digests) == 5


def test_a_column_of_mixed_values_has_no_key(tmp_path: Path) -> None:
    assert Reuse(tmp_path, "1").key("validate", pd.DataFrame({"mixed": [1, "a"]})) == ""
