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


def release_unused_memory() -> None:
    """Give back what Arrow and the C library keep for later: of a large table the one keeps a gigabyte that the other
    cannot use, and the other what lies between arrays that are still there.
    """
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        import ctypes

        # glibc alone has it
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def peak_memory_bytes() -> int:
    """Most memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
