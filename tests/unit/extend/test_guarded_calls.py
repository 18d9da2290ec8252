"""Whatever code of a plugin does, its caller gets a record of it."""

import asyncio
from pathlib import Path
from typing import Any, NoReturn

import pytest

from riskplug.extend import guard
from tests.unit.extend.test_host import folder, load
from tests.unit.extend.test_strict import OBSERVER

__all__ = ["folder"]


class PanicException(BaseException):
    """As what compiled code of another language raises: no Exception."""


class Speechless(BaseException):
    def __str__(self) -> str:
        raise asyncio.CancelledError


def raising(error: BaseException) -> Any:
    def raised() -> NoReturn:
        raise error

    return raised


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PanicException("not a table"), "PanicException: not a table"),
        (asyncio.CancelledError(), "CancelledError"),
        (GeneratorExit("closed"), "GeneratorExit: closed"),
        (SystemExit(3), "SystemExit: 3"),
        (Speechless(), "Speechless: (without words)"),
        (RuntimeError("x" * 5_000_000), "RuntimeError: " + "x" * (guard.MAX_TEXT - 15) + "…"),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, BaseException) else "",
)
def test_whatever_is_raised_is_a_fault_of_bounded_length(error: BaseException, said: str) -> None:
    asked = guard.call("rude", "rule x", raising(error))
    assert asked.value is None
    assert asked.fault is not None and asked.fault.message == said
    assert asked.raised[0] == type(error).__name__ and len(asked.raised[1]) <= guard.MAX_RAISED


def test_an_interrupt_goes_through_and_says_whose_code_was_running(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        guard.call("rude", "rule x", raising(KeyboardInterrupt()))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "riskplug: plugin rude, rule x: interrupted (KeyboardInterrupt)\n"


@pytest.mark.parametrize("prints", [False, True])
def test_what_is_printed_is_no_result_unless_printing_is_the_task(
    prints: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    guard.call("loud", "rule x", lambda: print("hello"), prints=prints)
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == (("hello\n", "") if prints else ("", "hello\n"))


OFF = "repair the plugin, or switch it off: -p no:deep"
DEEP = """
import json

def down(n):
    return down(n + 1)

def outside(_):
    return json.loads("{")

def leave(_):
    raise SystemExit("bye")
"""


@pytest.mark.parametrize(
    ("name", "line", "said", "fix"),
    [
        (
            "down",
            5,
            "RecursionError: maximum recursion depth exceeded",
            OFF,
        ),
        ("outside", 8, "JSONDecodeError: Expecting property name", OFF),
        ("leave", 11, "SystemExit: bye", "a plugin must not end the program: raise an exception"),
    ],
)
def test_a_fault_says_the_last_line_in_the_plugins_own_file_and_what_to_do(
    folder: Path, name: str, line: int, said: str, fix: str
) -> None:
    host = load(folder, deep=DEEP)
    function = getattr(host.manager.get_plugin("deep"), name)
    fault = guard.call("deep", "rule x", lambda: function(0)).fault
    assert fault is not None
    assert fault.message.startswith(said) and fault.message.endswith(f"({folder / 'deep.py'}:{line})")
    assert fault.fix == fix


def test_an_observer_that_raises_is_told_with_its_line(folder: Path) -> None:
    host = load(folder, bad=OBSERVER.replace("pass", "raise OSError('no')"))
    host.notify("riskplug_scan_started", context=None)
    (fault,) = host.faults
    assert str(fault) == (
        f"plugin bad, riskplug_scan_started: OSError: no ({folder / 'bad.py'}:4); "
        "repair the plugin, or switch it off: -p no:bad"
    )
