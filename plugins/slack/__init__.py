"""Receiver `slack`: one digest per night in a channel, with a bot token."""

from collections.abc import Iterable

from riskplug.extend import hookimpl
from riskplug.extend.protocols import Notifier


@hookimpl
def riskplug_notifiers() -> Iterable[type[Notifier]]:
    """This plugin's receiver kind."""
    from riskplug_plugins.slack.notifier import SlackNotifier

    return [SlackNotifier]
