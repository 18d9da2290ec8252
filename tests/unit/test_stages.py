"""What a stage leaves behind is given back when it is over."""

import ctypes
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from riskplug.stages import Stages, release_unused_memory, reuse_memory

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


PAGES_ASKED_FOR = """
import resource
from riskplug.stages import reuse_memory
{first}
def asked():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def night():
    return len([bytearray(20_000_000) for _ in range(10)])
night()
before = asked()
for _ in range(5):
    night()
print(asked() - before)
"""


@pytest.mark.skipif(not KEPT_BY_GLIBC, reason="another C library")
def test_the_next_arrays_take_the_place_of_those_before_them() -> None:
    """By the system's own count of pages that it had to hand out: ten arrays of 20 MB have 48,830 of 4 kB."""

    def pages(first: str) -> int:
        script = PAGES_ASKED_FOR.format(first=first)
        return int(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout)

    assert pages("reuse_memory()") < 48_830
    assert pages("") > 4 * 48_830


def test_another_c_library_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    reuse_memory()
