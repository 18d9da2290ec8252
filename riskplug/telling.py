"""What delivery has to know of a workspace: how each receiver is told, what may leave for it, on what a night rests."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

import pandas as pd

from riskplug.deliver import AS_IT_IS, CHAT, NAMES, Known, Reader, Redactor, Slot, Wording, known_names
from riskplug.errors import UsageError
from riskplug.extend import guard
from riskplug.extend.protocols import (
    Attachment,
    Delivery,
    Digest,
    DigestLine,
    Notifier,
    Probed,
    ProbeStep,
    Receipt,
)
from riskplug.model import Frames, InputFile
from riskplug.rules import RuleSet, metric_column
from riskplug.rules.message import Message, Placeholder
from riskplug.workspace import Receiver, Workspace

# Where the names of a class stand in the canonical tables.
_PLACES = {
    "part_numbers": (("parts", "part_no"), ("parts", "mpn")),
    "product_names": (("parts", "description"),),
    "suppliers": (
        ("suppliers", "supplier"),
        ("suppliers", "name"),
        ("suppliers", "parent_company"),
        ("parts", "manufacturer"),
        ("purchase_orders", "supplier"),
        ("sourcing", "supplier"),
        ("declarations", "supplier"),
    ),
    "customers": (),
}
TIMEOUT = 10.0
_LEFT = ("_runway_days", "time_to_survive_days")


def readers_of(
    workspace: Workspace, notifiers: Mapping[str, Notifier], rules: RuleSet, tables: Frames
) -> tuple[dict[str, Reader], list[str]]:
    """A reader per receiver, and what is wrong: a receiver whose hash key is missing gets nothing instead of hashes."""
    policies = {name: _policy(receiver, notifiers.get(name)) for name, receiver in workspace.receivers.items()}
    hidden = {kind for policy in policies.values() for kind in NAMES if policy[kind] != "as_is"}
    known, wordings = _known(tables, hidden), {rule.id: wording_of(rule.message) for rule in rules if rule.kind is None}
    readers, faults = dict[str, Reader](), list[str]()
    for name, receiver in workspace.receivers.items():
        key, fault = _key(name, receiver)
        faults += [fault] if fault else []
        redactor = Redactor(policies[name], key, wordings, known)
        fallback, most = receiver.fallback or "", (receiver.replies, receiver.singles, receiver.top)
        readers[name] = Reader(redactor, receiver.heartbeat, fallback, *most, keyless=bool(fault))
    return readers, faults


def wording_of(message: Message) -> Wording:
    """A rule's message as delivery reads it back; the date of a scan is a value, for an older message has another."""
    return [piece if isinstance(piece, str) else _slot(piece) for piece in message.pieces]


def runway_rules(rules: RuleSet) -> frozenset[str]:
    """Rules whose alerts are measured in days left."""
    return frozenset(rule.id for rule in rules if metric_column(rule).endswith(_LEFT))


def dates_of(rules: RuleSet, measures: pd.DataFrame, files: Iterable[InputFile]) -> tuple[str, ...]:
    """The rule pack, the day the law was last read, and the days the data is of."""
    pack = hashlib.sha256(repr(sorted(rules.versions.items())).encode()).hexdigest()[:7]
    read = measures["as_of"].max() if len(measures) else pd.NaT
    law = f"law as read on {read.date()}" if pd.notna(read) else "no law read"
    days = sorted({file.extracted_at.date() for file in files if file.extracted_at})
    data = "age of the data unknown"
    if days:
        data = f"data of {days[0]}" + (f" to {days[-1]}" if days[-1] != days[0] else "")
    return (f"{len(rules)} rules (pack {pack}), {law}, {data}",)


def tried(notifier: Notifier, workspace: str, now: datetime) -> Iterator[ProbeStep]:
    """What works of a receiver, found with a message that says that it is a test."""
    text = "This is a test of riskplug: nothing has happened, and nobody has to do anything"
    line = DigestLine("info", "test", "A test", "This line stands for an alert.", "nobody", "0" * 64)
    digest = Digest(workspace, now.date(), "test", text, {}, (line,), notes=("sent by `riskplug notify test`",))
    if isinstance(notifier, Probed):
        file = Attachment("riskplug-test.csv", "text/csv", b"this,is,a,test\r\n")
        yield from notifier.probe(digest, file, timeout=TIMEOUT)
        return
    asked = guard.call(notifier.kind, "render", lambda: notifier.render(digest))
    if asked.value is None:
        yield ProbeStep("render", False, str(asked.fault))
        return
    delivery = Delivery(uuid4().hex, asked.value)
    sent = guard.call(notifier.kind, "send", lambda: notifier.send(delivery, timeout=TIMEOUT), prints=True)
    receipt = sent.value or Receipt("ambiguous", str(sent.fault))
    yield ProbeStep("post", receipt.outcome == "delivered", receipt.detail)


def _slot(piece: Placeholder) -> str | Slot:
    if piece.constant is not None:
        return piece.constant
    if piece.column is None:
        return Slot(((piece.name, "date" if piece.name == "business_date" else "constant"),))
    return Slot(((piece.column.name, piece.column.kind),))


def _policy(receiver: Receiver, notifier: Notifier | None) -> dict[str, Any]:
    """Unknown kinds count as chat: whoever cannot be asked may be read by many."""
    base = CHAT if notifier is None or notifier.capabilities.chat else AS_IT_IS
    return {**base, **receiver.redact.treatments}


def _known(tables: Frames, classes: Iterable[str]) -> Known:
    return known_names({kind: _names(tables, kind) for kind in sorted(classes)})


def _names(tables: Frames, kind: str) -> list[str]:
    found: dict[str, None] = {}
    for table, column in _PLACES[kind]:
        rows = tables.get(table)
        if rows is not None and column in rows:
            found.update(dict.fromkeys(str(value) for value in rows[column].dropna().unique()))
    return [name for name in found if name]


def _key(name: str, receiver: Receiver) -> tuple[bytes, str]:
    if receiver.redact.key is None:
        return b"", ""
    try:
        return receiver.redact.key.resolve().get_secret_value().encode(), ""
    except UsageError as error:
        return b"", f"receiver {name}: {error.what}; what should be hashed is left out, and what was sent stays"
