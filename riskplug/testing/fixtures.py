"""pytest fixtures for authors of plugins, there in every pytest that runs where riskplug is installed.

The entry point has this module's own name, so that ``-p no:riskplug.testing.fixtures`` leaves it out, and
``pytest_plugins = ["riskplug.testing.fixtures"]`` brings it where plugins are not loaded by themselves. It has no
hooks, and imports nothing of riskplug before a test asks for a fixture: suites without use for it do not pay for it.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import pandas as pd

    from riskplug.extend.host import PluginHost
    from riskplug.extend.protocols import Digest, ScanContext
    from riskplug.testing.slack_server import SlackServer


@pytest.fixture
def sample_tables() -> "dict[str, pd.DataFrame]":
    """Every canonical table of a small company (riskplug/testing/company.py), a fresh copy for each test."""
    from riskplug.testing.company import sample_tables

    return sample_tables()


@pytest.fixture
def sample_facts() -> "dict[str, pd.DataFrame]":
    """Every fact table of that company by grain; computed once in a run of pytest, a fresh copy for each test."""
    from riskplug.testing.company import sample_facts

    return sample_facts()


@pytest.fixture
def scan_context() -> "ScanContext":
    """The scan of that company: business date 2025-04-28, EUR, 365 days."""
    from riskplug.testing.company import CONTEXT

    return CONTEXT


@pytest.fixture
def plugin_host(tmp_path: Path) -> "Callable[..., PluginHost]":
    """``plugin_host(plugin, ...)``: a host with these plugins and no others.

    A plugin is a path, a module, or the text of one, which becomes a file of the test's ``tmp_path``.
    """
    from riskplug.testing.hosting import host_of

    def load(*plugins: Path | ModuleType | str) -> "PluginHost":
        return host_of(*(_written(plugin, tmp_path, at) for at, plugin in enumerate(plugins, start=1)))

    return load


@pytest.fixture
def sample_digests() -> "Mapping[str, Digest]":
    """Digests for tests of notifiers by name: ordinary, quiet, hostile (texts that would steer a reader), long."""
    from riskplug.testing.digests import sample_digests

    return sample_digests()


@pytest.fixture
def slack_server() -> "Iterator[SlackServer]":
    """A Slack-shaped server that runs for one test."""
    from riskplug.testing.slack_server import SlackServer

    with SlackServer() as running:
        yield running


@pytest.fixture
def fake_slack(slack_server: "SlackServer", monkeypatch: pytest.MonkeyPatch) -> "SlackServer":
    """The same with its token in SLACK_BOT_TOKEN, where a workspace looks for it; give ``base_url`` to the receiver."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", slack_server.token)
    return slack_server


def _written(plugin: Path | ModuleType | str, folder: Path, at: int) -> Path | ModuleType:
    if not isinstance(plugin, str):
        return plugin
    place = folder / f"given_{at}" / f"given_{at}.py"
    place.parent.mkdir(mode=0o755)
    place.write_text(plugin, encoding="utf-8")
    return place
