"""Answers that several disruptions share, asked for by several threads."""

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from riskplug.plan.touched import Solved

PATIENCE = 60


def test_two_threads_ask_once() -> None:
    solved, asked, begun, free = Solved(), [], threading.Event(), threading.Event()

    def ask() -> str:
        asked.append(1)
        begun.set()
        assert free.wait(PATIENCE)
        return "answer"

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(solved.once, ("key",), ask)
        assert begun.wait(PATIENCE)
        second = pool.submit(solved.once, ("key",), ask)
        with pytest.raises(TimeoutError):
            second.result(timeout=0.2)
        free.set()
        assert (first.result(PATIENCE), second.result(PATIENCE)) == ("answer", "answer")
    assert len(asked) == 1


def test_a_failure_reaches_all_who_wait_and_is_no_answer() -> None:
    solved, begun, free = Solved(), threading.Event(), threading.Event()

    def fail() -> str:
        begun.set()
        assert free.wait(PATIENCE)
        raise RuntimeError("the linear programme over 3 parts was not solved")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(solved.once, ("key",), fail)
        assert begun.wait(PATIENCE)
        second = pool.submit(solved.once, ("key",), lambda: "too early")
        with pytest.raises(TimeoutError):
            second.result(timeout=0.2)
        free.set()
        for one in (first, second):
            with pytest.raises(RuntimeError, match="over 3 parts"):
                one.result(PATIENCE)
    assert solved.once(("key",), lambda: "answer") == "answer"


def test_answers_travel_to_other_processes() -> None:
    solved = Solved()
    solved.once(("key",), lambda: 1.5)
    assert pickle.loads(pickle.dumps(solved)).answers == {("key",): 1.5}
