"""Receiver `ticket`: one Jira ticket per alert above a severity, found again by its label."""

from collections.abc import Iterable

from riskplug.extend import hookimpl
from riskplug.extend.protocols import Notifier


@hookimpl
def riskplug_notifiers() -> Iterable[type[Notifier]]:
    """This plugin's receiver kind."""
    from riskplug_plugins.ticket.notifier import TicketNotifier

    return [TicketNotifier]
