"""Calling code that is not ours: whatever it does wrong becomes a record, not a crash."""

import contextlib
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from riskplug.errors import PluginFault, Problem
from riskplug.extend.lines import advice, raised_in
from riskplug.secrets import blot

T = TypeVar("T")
Isolation = Literal["none", "process"]
MAX_WARNINGS = 20
MAX_TEXT = 500
MAX_RAISED = 2_000
OUT_OF_MEMORY = "ran out of memory -> let it read or make less"


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
    """The outcome of a guarded call: a value, or a fault; and how long it took.

    ``raised``: type and text of what was raised, for one who can say more of it. ``notes``: what else is to be said.
    """

    value: T | None
    fault: Fault | None
    seconds: float
    warnings: tuple[str, ...] = ()
    raised: tuple[str, str] = ("", "")
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where another process finds a plugin: a module that can be imported, or with ``file`` one made of a file."""

    module: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Care:
    """How a rule kind is called: whose it is, whether in a process of its own, and what it may cost.

    ``max_findings``: None leaves it to the number of rows. ``time_limit_seconds`` ends a process of its own; in the
    scan's own it is only said that a rule took longer. ``memory_limit_mb``: what a process of its own may take beyond
    Python, pandas and the frames that it was given.
    """

    plugin: str = ""
    version: str = ""
    place: Place | None = None
    isolation: Isolation = "none"
    max_findings: int | None = None
    time_limit_seconds: float = 300
    memory_limit_mb: int = 2_000


@contextlib.contextmanager
def aside(prints: bool = False) -> Iterator[None]:
    """What is printed goes to stderr, for stdout is for results; with ``prints`` it is the result."""
    with contextlib.nullcontext() if prints else contextlib.redirect_stdout(sys.stderr):
        yield


def call(plugin: str, where: str, function: Callable[[], T], *, prints: bool = False) -> Guarded[T]:
    """Call plugin code. Whatever it raises becomes a fault, PanicException and CancelledError too, which are no
    Exception; only KeyboardInterrupt goes through, and it is said where it came. ``prints``: see `aside`."""
    started = time.perf_counter()
    value: T | None = None
    fault: Fault | None = None
    raised = ("", "")
    with aside(prints), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = function()
        except KeyboardInterrupt:
            print(f"riskplug: plugin {plugin}, {where}: interrupted (KeyboardInterrupt)", file=sys.stderr)
            raise
        except BaseException as error:
            fault, raised = fault_of(plugin, where, error), (type(error).__name__, text_of(error))
    heard = tuple(dict.fromkeys(cut(blot(str(item.message))) for item in caught))[:MAX_WARNINGS]
    return Guarded(value, fault, time.perf_counter() - started, heard, raised)


def fault_of(plugin: str, where: str, error: BaseException) -> Fault:
    """What was raised, with the line of the plugin's own file and what to do, unless its words say that themselves."""
    said = worded(error)
    line = None if isinstance(error, PluginFault | MemoryError) else raised_in(error)
    return (
        Fault(plugin, where, f"{said} ({line.place})", advice(error, line.plugin))
        if line
        else Fault(plugin, where, said)
    )


def worded(error: BaseException) -> str:
    """What was raised, in one line: the words of a PluginFault, else the type and its text."""
    if isinstance(error, PluginFault):
        what = f"{error.where}: {error.what}" if error.where else error.what
        return blot(f"{what} -> {error.fix}" if error.fix else what)
    if isinstance(error, MemoryError):
        return OUT_OF_MEMORY
    name, text = type(error).__name__, text_of(error)
    return cut(f"{name}: {text}" if text else name)


def text_of(error: BaseException) -> str:
    """What an exception says of itself, at most MAX_RAISED characters."""
    try:
        return cut(blot(str(error)), MAX_RAISED)
    except KeyboardInterrupt:
        raise
    except BaseException:  # an exception of a plugin may fail at saying what it is
        return "(without words)"


def cut(text: str, most: int = MAX_TEXT) -> str:
    """A text short enough for a line in a report."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
