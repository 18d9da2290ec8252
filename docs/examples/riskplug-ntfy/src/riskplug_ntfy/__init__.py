"""Receiver `ntfy`: the digest as a push message through an ntfy server."""

from riskplug.extend import hookimpl
from riskplug.extend.protocols import Notifier
from riskplug_ntfy.notifier import NtfyNotifier


@hookimpl
def riskplug_notifiers() -> list[type[Notifier]]:
    return [NtfyNotifier]
