"""Every test of the database runs on SQLite and on PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from riskplug.state import State, open_state


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2025, 4, 28, 2, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        # where pgserver keeps its lock file; it warns, and shares one lock with every other run, when none is set
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        pgserver = pytest.importorskip("pgserver")
    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database (in PostgreSQL: of an empty schema, which is quicker made)."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state.db"
    server, name = request.getfixturevalue("postgres"), f"state_{uuid4().hex}"
    server.psql(f"CREATE SCHEMA {name};")
    uri = server.get_uri()
    return f"{uri}{'&' if '?' in uri else '?'}options=-csearch_path%3D{name}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(url: str, tmp_path: Path, clock: Clock) -> Iterator[Callable[[], State]]:
    """Opens the same database again, as another process would."""
    states: list[State] = []

    def open_again() -> State:
        states.append(open_state(url, tmp_path, clock=clock))
        return states[-1]

    yield open_again
    for state in states:
        state.close()


@pytest.fixture
def state(opened: Callable[[], State]) -> State:
    return opened()
