"""A month of nights in one process: memory and what lives in it stay as they are."""

import ctypes
import gc
from collections import Counter
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from crash_points import Company
from small_company import NIGHT, dated, stock
from sqlalchemy import Engine

from riskplug.extend.host import PluginHost

NIGHTS, WARM = 30, 10
WORKED_OUT = {0, 29}
"""Nights on which every stage computes anew; on the others only what reaches the disk and the database does."""
WATCHED = (pd.DataFrame, Engine, PluginHost)
pytestmark = pytest.mark.timeout(900)


def megabytes() -> float:
    """Memory of this process that is resident, once what is free has been given back."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


def living() -> Counter[str]:
    """How many objects there are of the kinds that a night makes."""
    return Counter(kind.__name__ for one in gc.get_objects() for kind in WATCHED if isinstance(one, kind))


def test_thirty_nights_in_one_process_leave_no_memory_behind(tmp_path: Path) -> None:
    company = Company.made(tmp_path / "small")
    sizes, alive = [], []
    for number in range(NIGHTS):
        night = NIGHT + timedelta(days=number)
        dated(company.folder, night)
        stock(company.folder, {"M-1": 160 - 4 * number, "M-2": 50, "M-3": 600 - 19 * number}, night)
        if number in WORKED_OUT:
            company.remembered.clear()
        company.scanned()
        sizes.append(megabytes())
        print(f"{night}: {sizes[-1]:.1f} MB", flush=True)
        if number in (WARM, NIGHTS - 1):
            alive.append(living())
    slope = np.polyfit(range(NIGHTS - WARM), sizes[WARM:], 1)[0]
    print(f"{slope:.2f} MB a night")
    assert alive[0] == alive[1]
    assert slope < 0.5, sizes
    assert len(list((company.folder.state / "scans").glob("*/*/run.json"))) == NIGHTS
