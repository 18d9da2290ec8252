"""Work that goes on beside a scan, in threads of its own.

Most of a scan's time is spent in numpy, scipy and Arrow, which hold no interpreter lock while they work: two threads
make use of two cores. What runs beside may read what it was given and must not change it, prints nothing and calls no
plugin: warnings and stdout are turned aside for the whole process while a plugin is called.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Beside:
    """Who works beside; without a pool what is started is done when somebody asks for it."""

    pool: ThreadPoolExecutor | None = None

    def start(self, work: Callable[..., T], *given: object, **named: object) -> "Future[T]":
        """Start some work, in the order in which it is handed in. What it raises is raised by ``result()``."""
        called = partial(work, *given, **named)
        return self.pool.submit(copy_context().run, called) if self.pool else _InTurn(called)


NOBODY = Beside()
"""Everything in turn."""


@contextmanager
def helping_threads() -> Iterator[Beside]:
    """Threads more where there is a core for them. In the end what runs is waited for, what never began not done."""
    if cores() < 2:
        yield NOBODY
        return
    # two, so that what somebody waits for does not itself wait for what is on its way to the disk
    pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="beside")
    try:
        yield Beside(pool)
    finally:
        pool.shutdown(cancel_futures=True)


def done(value: T) -> "Future[T]":
    """What is known already, as if somebody had worked it out beside."""
    future: Future[T] = Future()
    future.set_result(value)
    return future


class _InTurn(Future[T]):
    """Work that is done by whoever asks for its result first."""

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__()
        self._work = work

    def result(self, timeout: float | None = None) -> T:
        if not self.done():
            try:
                self.set_result(self._work())
            except Exception as error:
                self.set_exception(error)
        return super().result(timeout)


def cores() -> int:
    """Cores that this process may use."""
    may_use = getattr(os, "sched_getaffinity", None)
    return len(may_use(0)) if may_use else os.cpu_count() or 1
