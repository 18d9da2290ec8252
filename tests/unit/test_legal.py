"""The copy of the register that a scan keeps."""

import gzip
from pathlib import Path

import pytest

from riskplug.legal import REGISTER, keep_register, kept_register
from riskplug.regimes import load_measures

SHIPPED = load_measures([Path(__file__).parents[2] / "rules" / "regimes"])


def test_the_register_comes_back_as_it_was(tmp_path: Path) -> None:
    keep_register(tmp_path / "scan", SHIPPED)
    assert kept_register(tmp_path / "scan") == SHIPPED


def test_equal_registers_give_equal_bytes_and_few_of_them(tmp_path: Path) -> None:
    for name in ("one", "two"):
        keep_register(tmp_path / name, SHIPPED)
    one, two = ((tmp_path / name / REGISTER).read_bytes() for name in ("one", "two"))
    assert one == two
    assert len(one) < 50_000


@pytest.mark.parametrize("text", [b"", b"no gzip", b'[{"id": "from a later version"}]'])
def test_a_copy_that_cannot_be_read_counts_as_none(tmp_path: Path, text: bytes) -> None:
    (tmp_path / REGISTER).write_bytes(gzip.compress(text) if text.startswith(b"[") else text)
    assert kept_register(tmp_path) is None
    assert kept_register(tmp_path / "nowhere") is None
