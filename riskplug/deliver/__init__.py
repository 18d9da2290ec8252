"""Delivery: who is told what, worded once, sent at least once."""

from riskplug.deliver.conversation import Chart
from riskplug.deliver.digest import LINE_BUDGET, Night, Remarks, Silence, counts_line, digest_of
from riskplug.deliver.known import Known, known_names
from riskplug.deliver.message import Fallback, Message, plain_text, rendered
from riskplug.deliver.outbox import Leased, OutboxRow, OutboxStore, Posted, Settlement
from riskplug.deliver.planning import Planned, Reader, plan_digests
from riskplug.deliver.receivers import build_notifiers
from riskplug.deliver.redaction import AS_IT_IS, CHAT, NAMES, Redactor, classes_of
from riskplug.deliver.routing import routed, takes
from riskplug.deliver.sending import LEASE, MAX_ATTEMPTS, Delivered, send_outbox
from riskplug.deliver.wording import Slot, Wording

__all__ = [
    "AS_IT_IS",
    "CHAT",
    "LEASE",
    "LINE_BUDGET",
    "MAX_ATTEMPTS",
    "NAMES",
    "Chart",
    "Delivered",
    "Fallback",
    "Known",
    "Leased",
    "Message",
    "Night",
    "OutboxRow",
    "OutboxStore",
    "Planned",
    "Posted",
    "Reader",
    "Redactor",
    "Remarks",
    "Settlement",
    "Silence",
    "Slot",
    "Wording",
    "build_notifiers",
    "classes_of",
    "counts_line",
    "digest_of",
    "known_names",
    "plain_text",
    "plan_digests",
    "rendered",
    "routed",
    "send_outbox",
    "takes",
]
