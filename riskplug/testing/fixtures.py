"""pytest fixtures for authors of notifiers: ``pytest_plugins = ["riskplug.testing.fixtures"]`` in conftest.py."""

from collections.abc import Iterator

import pytest

from riskplug.testing.slack_server import SlackServer


@pytest.fixture
def slack_server() -> Iterator[SlackServer]:
    """A Slack-shaped server that runs for one test."""
    with SlackServer() as running:
        yield running
