"""For tests of riskplug and of its plugins: a Slack-shaped server, and the tests that rules carry."""

from riskplug.testing.rules import rule_failures
from riskplug.testing.slack_server import SlackServer

__all__ = ["SlackServer", "rule_failures"]
