"""For tests of riskplug and of its plugins: a Slack-shaped server."""

from riskplug.testing.slack_server import SlackServer

__all__ = ["SlackServer"]
