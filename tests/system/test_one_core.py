"""A machine with one core comes to what one with two comes to."""

from pathlib import Path

import pandas as pd
import pytest
from crash_points import Company

from riskplug import beside
from riskplug.model import ScanRecord

pytestmark = pytest.mark.timeout(300)


def scanned(folder: Path, cores: int, monkeypatch: pytest.MonkeyPatch) -> ScanRecord:
    monkeypatch.setattr(beside, "cores", lambda: cores)
    return Company.made(folder).scanned()


def test_a_scan_says_the_same_on_one_core_and_on_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = (scanned(tmp_path / str(cores), cores, monkeypatch) for cores in (1, 2))
    assert list(one.facts) == list(two.facts)
    for grain, rows in one.facts.items():
        pd.testing.assert_frame_equal(rows, two.facts[grain], check_exact=True)
    pd.testing.assert_frame_equal(one.outcome.findings, two.outcome.findings, check_exact=True)
    assert [stage.name for stage in one.stages] == [stage.name for stage in two.stages]
    assert [(stage.name, stage.rows) for stage in one.stages] == [(stage.name, stage.rows) for stage in two.stages]
    assert one.balances == two.balances and one.degraded == two.degraded == ()
    kept = ("scans/*/*/facts/*.parquet", "snapshots/*/*/*.parquet")
    for pattern in kept:
        written = [sorted(p.name for p in (tmp_path / n / ".riskplug").glob(pattern)) for n in ("1", "2")]
        assert written[0] == written[1] and len(written[0]) > 8
