"""What an engine does for a scan, and the one that needs nothing: this process."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from riskplug.errors import WorkFailed

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")


class Engine(Protocol):
    """Works out one function over many items.

    ``each``: the results in the order of the items, whoever finished first. ``function`` is one of a module, ``shared``
    what all items are worked out from; both are only read. Items are taken when there is somebody for them, so that a
    caller who stops early has worked out little in vain. ``stage``: the name that a failure is told by.
    ``failed``: what stands in for the result of an item that could not be worked out; without it WorkFailed is raised.
    ``apart``: whether other processes work, so that it pays to cut work into pieces.
    """

    @property
    def workers(self) -> int: ...

    @property
    def apart(self) -> bool: ...

    def each(
        self,
        stage: str,
        function: Callable[[S, T], R],
        items: Iterable[T],
        shared: S,
        failed: Callable[[T, WorkFailed], R] | None = None,
    ) -> Iterator[R]: ...


class Local:
    """One item after the other, here. What an item raises is raised."""

    workers = 1
    apart = False

    def each(
        self,
        stage: str,
        function: Callable[[S, T], R],
        items: Iterable[T],
        shared: S,
        failed: Callable[[T, WorkFailed], R] | None = None,
    ) -> Iterator[R]:
        for item in items:
            yield function(shared, item)


LOCAL: Engine = Local()
