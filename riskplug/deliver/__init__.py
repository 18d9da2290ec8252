"""Delivery: who is told what, worded once, sent at least once."""

from riskplug.deliver.digest import LINE_BUDGET, Night, Remarks, counts_line, digest_of
from riskplug.deliver.message import Message, Planned, plain_text, plan_digests, rendered
from riskplug.deliver.outbox import Leased, OutboxRow, OutboxStore, Settlement
from riskplug.deliver.receivers import build_notifiers
from riskplug.deliver.routing import routed, takes
from riskplug.deliver.sending import LEASE, MAX_ATTEMPTS, Delivered, send_outbox

__all__ = [
    "LEASE",
    "LINE_BUDGET",
    "MAX_ATTEMPTS",
    "Delivered",
    "Leased",
    "Message",
    "Night",
    "OutboxRow",
    "OutboxStore",
    "Planned",
    "Remarks",
    "Settlement",
    "build_notifiers",
    "counts_line",
    "digest_of",
    "plain_text",
    "plan_digests",
    "rendered",
    "routed",
    "send_outbox",
    "takes",
]
