"""What a stage leaves behind is given back when it is over."""

import ctypes
import sys
from pathlib import Path

import numpy as np
import pytest

from riskplug.stages import Stages, release_unused_memory

KEPT_BY_GLIBC = sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim")


def resident() -> int:
    """Bytes of memory that this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not KEPT_BY_GLIBC, reason="another C library")
def test_what_lies_between_arrays_that_stay_is_given_back() -> None:
    release_unused_memory()
    with Stages()("content"):
        arrays = [np.ones(12_000) for _ in range(1_000)]
        kept = arrays[::10]
        del arrays
        before = resident()
    assert before - resident() > 50_000_000
    assert len(kept) == 100


def test_a_c_library_without_it_gives_back_nothing_and_fails_at_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    release_unused_memory()
