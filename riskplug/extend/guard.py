"""Calling code that is not ours: whatever it does wrong becomes a record, not a crash."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from riskplug.errors import Problem

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """What a plugin did wrong: who, where, and in its own words; ``fix``: what to do, where that is known."""

    plugin: str
    where: str
    message: str
    fix: str = ""

    @property
    def problem(self) -> Problem:
        """The same as a mistake of a file."""
        return Problem(f"plugin {self.plugin}: {self.message}", self.where, self.fix, "plugin")

    def __str__(self) -> str:
        return f"plugin {self.plugin}, {self.where}: {self.message}" + (f"; {self.fix}" if self.fix else "")


@dataclass(frozen=True, slots=True)
class Guarded(Generic[T]):
    """The outcome of a guarded call: a value, or a fault; and how long it took."""

    value: T | None
    fault: Fault | None
    seconds: float
    warnings: tuple[str, ...] = ()


def call(plugin: str, where: str, function: Callable[[], T]) -> Guarded[T]:
    """Call plugin code. Exceptions and SystemExit become a fault; KeyboardInterrupt goes through."""
    started = time.perf_counter()
    value: T | None = None
    fault: Fault | None = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = function()
        except (Exception, SystemExit) as error:
            fault = Fault(plugin, where, f"{type(error).__name__}: {error}")
    heard = tuple(str(item.message) for item in caught)
    return Guarded(value, fault, time.perf_counter() - started, heard)
