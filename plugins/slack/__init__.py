"""Receivers `slack` (a bot token: threads, edits, files, buttons) and `slack_webhook` (one digest per night)."""

from collections.abc import Iterable

from riskplug.extend import hookimpl
from riskplug.extend.protocols import Notifier


@hookimpl
def riskplug_notifiers() -> Iterable[type[Notifier]]:
    """This plugin's receiver kinds."""
    from riskplug_plugins.slack.notifier import SlackNotifier
    from riskplug_plugins.slack.webhook import SlackWebhookNotifier

    return [SlackNotifier, SlackWebhookNotifier]
