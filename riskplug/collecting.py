"""When Python looks for dead cycles, and when it had better not."""

import functools
import gc
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
EVERY = 10_000
"""New objects after which a command looks for dead cycles. By itself Python 3.11 looks after 700; while the imported
libraries make their 350,000, that is a fifth of the time."""


def collect_seldom() -> None:
    """For a process that does one thing and ends: what imports and settings make stays to the end of it."""
    gc.set_threshold(EVERY)


def collect_no_more() -> None:
    """For a process about to end: nothing that lives now is looked through again, which would take a second."""
    gc.freeze()


def uncollected(work: Callable[P, T]) -> Callable[P, T]:
    """``work`` while the search for dead cycles waits.

    For what makes records by the hundred thousand and keeps them: the search goes through all of them again and again,
    finds nothing, and takes a fifth of the time.
    """

    @functools.wraps(work)
    def waiting(*given: P.args, **named: P.kwargs) -> T:
        if not gc.isenabled():
            return work(*given, **named)
        gc.disable()
        try:
            return work(*given, **named)
        finally:
            gc.enable()

    return waiting
