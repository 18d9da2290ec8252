"""Whatever code of a plugin does, its caller gets a record of it."""

import asyncio
from typing import Any, NoReturn

import pytest

from riskplug.extend import guard


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
