"""Threads of this process give what one after the other gives."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from riskplug.scale import engine
from riskplug.scale.engine import THREADS

PATIENCE = 60


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "cores", lambda: 2)


def test_results_come_in_the_order_of_the_items_though_a_later_one_is_done_first(two: None) -> None:
    done = threading.Event()

    def work(shared: int, item: int) -> int:
        if item == 1:
            done.set()
        elif item == 0:
            assert done.wait(PATIENCE), "the second item is not worked out beside the first"
        return shared - item

    assert list(THREADS.each("any", work, range(20), 100)) == [100 - item for item in range(20)]


def test_what_an_item_raises_is_raised_in_its_turn_and_ends_all_others(two: None) -> None:
    begun: list[int] = []

    def work(_: None, item: int) -> int:
        begun.append(item)
        if item >= 5:
            raise ValueError(f"item {item}")
        return item

    answers = THREADS.each("any", work, range(10_000), None)
    assert [next(answers) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match=r"^item 5$"):
        next(answers)
    assert max(begun) < 20


def test_an_interrupt_while_items_are_under_way_leaves_what_nobody_has_begun(
    two: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    free = threading.Event()

    class Pool(ThreadPoolExecutor):
        """Lets go of what is under way when it is about to end."""

        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            free.set()
            super().shutdown(wait, cancel_futures=cancel_futures)

    def items() -> Iterator[int]:
        yield from range(3)
        raise KeyboardInterrupt

    def work(_: None, item: int) -> None:
        begun.append(item)
        assert free.wait(PATIENCE)

    monkeypatch.setattr(engine, "ThreadPoolExecutor", Pool)
    with pytest.raises(KeyboardInterrupt):
        list(THREADS.each("any", work, items(), None))
    assert set(begun) <= {0, 1}
    assert not [one for one in threading.enumerate() if one.name.startswith("any")]


def test_who_stops_early_has_little_worked_out_in_vain(two: None) -> None:
    begun: list[int] = []

    def work(_: None, item: int) -> int:
        begun.append(item)
        return item

    answers = THREADS.each("any", work, range(10_000), None)
    assert [next(answers), next(answers)] == [0, 1]
    del answers
    assert max(begun) < 6


def test_one_processor_takes_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "cores", lambda: 1)
    where: Callable[[None, int], int] = lambda _, item: threading.get_ident()  # noqa: E731
    assert set(THREADS.each("any", where, range(3), None)) == {threading.get_ident()}
