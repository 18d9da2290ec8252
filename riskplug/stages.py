"""What the stages of a scan cost, for the progress display, the observers, the manifest and the metrics."""

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from riskplug.model import Stage


@dataclass
class Tally:
    """Rows that a stage handled; set inside the stage."""

    rows: int = 0


@dataclass
class Stages:
    """Runs stages one after the other. ``starting`` and ``finished`` are told; what they raise ends the scan."""

    starting: Callable[[str], None] = lambda name: None
    finished: Callable[[Stage], None] = lambda stage: None
    done: list[Stage] = field(default_factory=list)

    @contextmanager
    def __call__(self, name: str) -> Iterator[Tally]:
        """Time the body of a with-statement as one stage."""
        self.starting(name)
        tally, started = Tally(), time.perf_counter()
        yield tally
        release_unused_memory()
        stage = Stage(name, time.perf_counter() - started, tally.rows)
        self.done.append(stage)
        self.finished(stage)


# Parameters of glibc's mallopt, as its malloc.h numbers them, and what they are set to: the largest block that is taken
# from the heap, glibc's own upper bound, and how much may lie free at its end.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_FROM_HEAP, _FREE_AT_END = 32 << 20, 256 << 20


def reuse_memory() -> None:
    """Let arrays of up to 32 MB take the place of those before them. Else the C library gives each back to the system
    and asks for the next one, which then comes page by page.
    """
    mallopt = _of_glibc("mallopt")
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _FROM_HEAP)
        mallopt(_TRIM_THRESHOLD, _FREE_AT_END)


def release_unused_memory() -> None:
    """Give back what Arrow and the C library keep for later: of a large table the one keeps a gigabyte that the other
    cannot use, and the other what lies between arrays that are still there.
    """
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _of_glibc(name: str) -> Callable[..., int] | None:
    """One of its functions, None where another C library is used."""
    if sys.platform != "linux":
        return None
    import ctypes

    found: Callable[..., int] | None = getattr(ctypes.CDLL(None), name, None)
    return found


def peak_memory_bytes() -> int:
    """Most memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
