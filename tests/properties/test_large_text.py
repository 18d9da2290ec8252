"""A large file read in blocks gives what the careful reader gives, or is left to it."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskplug.errors import DataRefused
from riskplug.ingest import files, large_text
from riskplug.ingest.extract import Extract
from riskplug.ingest.profile import Profile, TableRule

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
        patch.setattr(large_text, "LARGE", large)
        patch.setattr(large_text, "_BLOCK", block)
        patch.setattr(
            files,
            "read_streamed",
            lambda *given: used.append((found := plain(*given)) is not None) or found,  # type: ignore[func-returns-value]
        )
        try:
            return files.read_file(path, "inventory", PROFILE, RULE, path.parent, "UTC"), any(used)
        except DataRefused as refused:
            return refused, any(used)


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
