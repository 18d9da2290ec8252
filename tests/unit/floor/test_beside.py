"""What runs beside a scan gives what it gives in turn, and nobody leaves it running."""

from collections.abc import Iterator
from contextvars import ContextVar
from threading import Event, Timer, current_thread, main_thread

import pytest

from riskplug import beside
from riskplug.beside import Beside, helping_threads

WHO = ContextVar("WHO", default="nobody")


@pytest.fixture(params=[1, 2])
def helper(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Beside]:
    """On one core and on two."""
    monkeypatch.setattr(beside, "cores", lambda: request.param)
    with helping_threads() as made:
        yield made


def test_what_was_started_is_had_when_it_is_asked_for(helper: Beside) -> None:
    started = [helper.start(pow, base, exp=3) for base in range(4)]
    assert [one.result() for one in started] == [0, 1, 8, 27]
    assert beside.done("known").result() == "known"


def test_what_goes_wrong_is_told_to_whoever_asks_and_the_next_is_done(helper: Beside) -> None:
    broken = helper.start(int, "seven")
    after = helper.start(int, "7")
    assert after.result() == 7
    with pytest.raises(ValueError, match="'seven'"):
        broken.result()


def test_the_work_knows_what_whoever_started_it_knew(helper: Beside) -> None:
    token = WHO.set("the scan")
    try:
        assert helper.start(WHO.get).result() == "the scan"
    finally:
        WHO.reset(token)


@pytest.mark.parametrize(("cores", "here"), [(1, True), (2, False)])
def test_a_thread_more_needs_a_core_more(cores: int, here: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "cores", lambda: cores)
    with helping_threads() as helper:
        assert (helper.start(current_thread).result() is main_thread()) is here


def test_a_scan_that_breaks_off_waits_for_what_runs_and_drops_what_never_began(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(beside, "cores", lambda: 2)
    began, go, ended, other = Event(), Event(), Event(), Event()

    def slow() -> None:
        began.set()
        go.wait(30)
        ended.set()

    def broken_off() -> None:
        with helping_threads() as helper:
            for _ in range(2):
                helper.start(slow)
            helper.start(other.set)
            assert began.wait(30)
            Timer(0.2, go.set).start()
            raise RuntimeError("broken off")

    with pytest.raises(RuntimeError, match="broken off"):
        broken_off()
    assert ended.is_set() and not other.is_set()
