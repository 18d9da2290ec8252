"""A time limit on the statements of SQLite, which has no server to set one."""

import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

_STEPS = 10_000  # of SQLite's machine between two looks at the clock: well under a millisecond
_LIMIT = "riskplug_limit"


class Limit:
    """When the statement under way has to end. ``is_passed``: it was stopped because it had not."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.is_passed = False
        self._ends = 0.0

    def start(self, *_: Any) -> None:
        """A statement begins."""
        self.is_passed = False
        self._ends = time.monotonic() + self.seconds

    def stops(self) -> bool:
        """Asked by SQLite while it works; true interrupts it."""
        self.is_passed = self.is_passed or time.monotonic() > self._ends
        return self.is_passed


def limit_statements(connection: Connection, seconds: float) -> None:
    """Interrupt each statement of this connection that takes longer, the reading of its rows included."""
    limit = Limit(seconds)
    limit.start()
    connection.info[_LIMIT] = limit
    sa.event.listen(connection, "before_cursor_execute", limit.start)
    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(limit.stops, _STEPS)


def passed_limit(connection: Connection) -> float | None:
    """The limit in seconds that the last statement was stopped at; None where it was not stopped for that."""
    limit = connection.info.get(_LIMIT)
    return limit.seconds if isinstance(limit, Limit) and limit.is_passed else None
