"""What the tests of receivers share: the shipped kinds, a certificate for this host, secrets, servers."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from digests import CANARY
from listener import Listener

from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Notifier
from tests.unit.notifiers.certificates import Certificate, certificate


@pytest.fixture(scope="session")
def this_host(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for localhost and 127.0.0.1."""
    return certificate(tmp_path_factory.mktemp("this-host"), "localhost", "127.0.0.1")


@pytest.fixture(scope="session")
def another_host(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for somebody else."""
    return certificate(tmp_path_factory.mktemp("another-host"), "mail.example.com")


@pytest.fixture(scope="session")
def kinds() -> dict[str, type[Notifier]]:
    """The shipped receiver kinds."""
    return PluginHost.load(Choice()).notifiers()


@pytest.fixture
def made(kinds: dict[str, type[Notifier]]) -> Callable[..., Notifier]:
    """A receiver of a kind with options as riskplug.toml has them."""

    def of(kind: str, **options: Any) -> Notifier:
        return kinds[kind](kinds[kind].Options.model_validate(options))

    return of


@pytest.fixture(autouse=True)
def canary(monkeypatch: pytest.MonkeyPatch) -> str:
    """The one secret of all tests, in CANARY."""
    monkeypatch.setenv("CANARY", CANARY)
    return CANARY


@pytest.fixture
def web() -> Iterator[Listener]:
    """An HTTP server on this host that does as it is told."""
    with Listener() as listener:
        yield listener


@pytest.fixture
def secure_web(this_host: Certificate) -> Iterator[Listener]:
    """The same behind TLS."""
    with Listener(this_host.cert, this_host.key) as listener:
        yield listener
