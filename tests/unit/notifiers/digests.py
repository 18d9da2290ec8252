"""Digests as receivers get them, and the one secret of all tests."""

from riskplug.extend.protocols import Delivery, Digest, Notifier
from riskplug.testing.digests import HOSTILE, KEY, digest, hostile, line, long

__all__ = ["CANARY", "HOSTILE", "KEY", "delivery", "digest", "hostile", "line", "long"]

CANARY = "canary-1f6a2e90-secret"


def delivery(notifier: Notifier, told: Digest | None = None, key: str = KEY) -> Delivery:
    """A message to send."""
    return Delivery(key, notifier.render(told or digest(line())))
