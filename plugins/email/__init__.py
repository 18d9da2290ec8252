"""Receiver `email`: the digest by SMTP, to one list or to each owner."""

from collections.abc import Iterable

from riskplug.extend import hookimpl
from riskplug.extend.protocols import Notifier


@hookimpl
def riskplug_notifiers() -> Iterable[type[Notifier]]:
    """This plugin's receiver kind."""
    from riskplug_plugins.email.notifier import EmailNotifier

    return [EmailNotifier]
