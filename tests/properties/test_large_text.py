"""A large file read in blocks gives what the careful reader gives, or is left to it."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskplug.errors import DataRefused
from riskplug.ingest import coded, files, ingest, large_text, load_profiles
from riskplug.ingest.extract import Extract
from riskplug.ingest.profile import Profile, TableRule
from riskplug.model import Ingested
from riskplug.workspace import Workspace

PROFILE = Profile.model_validate({"name": "large", "decimal": "."})
RULE = TableRule.model_validate({"files": "x.csv", "columns": {"part_no": "a", "quantity": "b"}})

cells = st.sampled_from(
    ["A-1", "", " x ", "7", "0007", '"q"', '"a,b"', '"x""y"', '"', "é", "漢字", "1.5", "NaN", "a b"]
)
rows = st.lists(cells, min_size=1, max_size=4).map(",".join) | st.tuples(cells, cells, cells).map(",".join)
ends = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", "\n\n"])
texts = st.lists(st.tuples(rows, ends), max_size=40).map(lambda lines: "".join(line + end for line, end in lines))


def read(path: Path, large: int, block: int) -> tuple[Extract | DataRefused, bool]:
    """What reading gives, and whether the file was read in blocks."""
    used: list[bool] = []
    plain = files.read_streamed
    with pytest.MonkeyPatch.context() as patch:
        in_blocks(patch, large, block)
        patch.setattr(
            files,
            "read_streamed",
            lambda *given: used.append((found := plain(*given)) is not None) or found,  # type: ignore[func-returns-value]
        )
        try:
            return files.read_file(path, "inventory", PROFILE, RULE, path.parent, "UTC"), any(used)
        except DataRefused as refused:
            return refused, any(used)


def in_blocks(patch: pytest.MonkeyPatch, large: int, block: int) -> None:
    """What counts as large, and the bytes that are looked at, parsed and coded at once."""
    patch.setattr(large_text, "LARGE", large)
    for name, size in (("_SCANNED", block), ("_BLOCK", block), ("_CODED", 3 * block)):
        patch.setattr(large_text, name, size)
    patch.setattr(coded, "SPARE", block // 16)


def columns(extract: Extract) -> dict[str, list[str]]:
    return {name: extract.columns.column(name).cast(pa.string()).to_pylist() for name in extract.columns.column_names}


def agree(data: bytes, block: int) -> bool:
    """Compare both ways; whether blocks were used."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(data)
        careful, _ = read(path, 1 << 40, 1 << 24)
        quick, streamed = read(path, 0, block)
    if isinstance(careful, DataRefused) or isinstance(quick, DataRefused):
        assert str(careful) == str(quick)
        return streamed
    assert columns(quick) == columns(careful)
    assert quick.lines.tolist() == careful.lines.tolist()
    assert (quick.rejects, quick.dropped, quick.preamble) == (careful.rejects, careful.dropped, careful.preamble)
    assert (quick.sha256, quick.size, quick.file) == (careful.sha256, careful.size, careful.file)
    return streamed


@settings(max_examples=250, deadline=None, derandomize=True)
@given(text=texts, block=st.sampled_from([16, 64, 1 << 16]), mark=st.booleans())
def test_any_text_is_read_in_blocks_as_it_is_read_with_care(text: str, block: int, mark: bool) -> None:
    agree(("\ufeff" if mark else "").encode() + f"a,b,c\n{text}".encode(), block)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("block", [24, 100, 1 << 16])
def test_a_clean_file_is_read_in_blocks(end: str, last: bool, block: int) -> None:
    body = end.join(f'P-{number},{number},"x, y"' for number in range(200))
    assert agree(f"a,b,c{end}{body}{end if last else ''}".encode(), block)


@pytest.mark.parametrize(
    "data",
    [
        b"a,b,c\nA,1,x\nB,2\nC,3,z\n",
        b"a,b,c\nA,1,x\n\nC,3,z\n",
        b"a,b,c\nA,1,x\rB,2,y\nC,3,z\n",
        b"a,b,c\nA,1,\xff\nC,3,z\n",
        b"a,b,c\nA,1,\x00\nC,3,z\n",
        b'a,b,c\nA,1,"x\nB,2,y"\nC,3,z\n',
        b"a,b,c\nA,1,x\nC,3,z\n\n\n",
    ],
    ids=["short row", "blank line", "lone CR", "no UTF-8", "NUL", "break in quotes", "blank lines at the end"],
)
def test_what_is_not_clean_is_left_to_the_careful_reader(data: bytes) -> None:
    assert not agree(data, 1 << 16)


parts = st.sampled_from(
    ["A-1", "B-2", " A-1", "0007", "7", '="0008"', "'9", "", "NULL", "1.2E+05", "3-Mar", "#N/A", "漢字", '"x, y"']
)
quantities = st.sampled_from(["1", "2", "2.50", "", "x", "-1", "1e3"])
fewer = st.sampled_from(["", "EA", "pcs", "kg"])
lines = st.lists(st.tuples(parts, parts, quantities, fewer).map(",".join), min_size=1, max_size=60)


def ingested(folder: Path, large: int, block: int) -> Ingested:
    workspace = Workspace.model_validate(
        {
            "root": folder,
            "workspace": {"name": "large"},
            "sites": {"DE01": {"country": "DE"}},
            "sources": {"erp": {"path": "."}},
        }
    )
    with pytest.MonkeyPatch.context() as patch:
        in_blocks(patch, large, block)
        return ingest(workspace, load_profiles(), date(2025, 4, 28))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(rows=lines, block=st.sampled_from([48, 256, 1 << 16]))
def test_canonical_tables_are_the_same_whichever_way_a_file_is_read(rows: list[str], block: int) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bom_lines.csv").write_text("parent,component,quantity,unit\n" + "\n".join(rows) + "\n")
        careful, quick = ingested(folder, 1 << 40, 1 << 24), ingested(folder, 0, block)
    pd.testing.assert_frame_equal(quick.tables["bom_lines"], careful.tables["bom_lines"])
    pd.testing.assert_frame_equal(quick.quarantine, careful.quarantine)
    assert (quick.dropped, quick.files, quick.refused) == (careful.dropped, careful.files, careful.refused)
    taken = len(quick.tables["bom_lines"]) + len(quick.quarantine) + sum(quick.dropped.values())
    assert taken == len(rows) or quick.refused[0].table == "bom_lines"
