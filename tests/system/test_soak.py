"""A month of nights in one process: memory and what lives in it stay as they are."""

import ctypes
import gc
import tracemalloc
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from crash_points import Company
from small_company import NIGHT, dated, stock
from sqlalchemy import Engine

from riskplug.extend.host import PluginHost

NIGHTS, WARM, SETTLED = 30, 10, 6
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


@dataclass(frozen=True)
class Month:
    """``sizes``: resident MB after each night; ``held``: MB that Python and numpy hold of what is newer than WARM.

    ``alive``: what lived after two nights of the same kind.
    """

    sizes: list[float]
    held: list[float]
    alive: tuple[Counter[str], Counter[str]]
    scans: int


def played(path: Path) -> Month:
    """All nights; nothing else may have used this process before, or its memory comes into the measure."""
    company = Company.made(path)
    sizes, held, alive = [], [], []
    for number in range(NIGHTS):
        night = NIGHT + timedelta(days=number)
        dated(company.folder, night)
        stock(company.folder, {"M-1": 160 - 4 * number, "M-2": 50, "M-3": 600 - 19 * number}, night)
        if number in WORKED_OUT:
            company.remembered.clear()
        if number == WARM:
            tracemalloc.start()
        company.scanned()
        sizes.append(megabytes())
        if number >= WARM:
            held.append(tracemalloc.get_traced_memory()[0] / 2**20)
        if number in (WARM, NIGHTS - 2):
            alive.append(living())
    return Month(sizes, held, (alive[0], alive[1]), len(list((company.folder.state / "scans").glob("*/*/run.json"))))


def test_thirty_nights_in_one_process_leave_no_memory_behind(tmp_path: Path) -> None:
    """What a night asks for it gives back. The heap below still creeps: small pieces come to lie between large ones."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        month = pool.submit(played, tmp_path / "small").result()
    held, resident = a_night(month.held[SETTLED:-1]), a_night(month.sizes[WARM:])
    print([round(size, 1) for size in month.sizes], [round(size, 2) for size in month.held])
    print(f"held {held:.3f}, resident {resident:.2f} MB a night")
    assert month.scans == NIGHTS
    assert month.alive[0] == month.alive[1]
    assert held < 0.02
    assert resident < 2


def a_night(sizes: list[float]) -> float:
    """By how much they grow from one night to the next."""
    return float(np.polyfit(range(len(sizes)), sizes, 1)[0])
