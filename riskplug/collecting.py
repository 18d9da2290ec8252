"""When Python looks for dead cycles, and when it had better not."""

import functools
import gc
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


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
