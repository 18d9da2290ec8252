"""Checksums of rows: SQLite does not see every change inside a page, so alerts and messages carry their own.

A row written before there were checksums has none, and is taken as it is until it is next written.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Column, Connection, Float, Row, Table, select

from riskplug.errors import StateUnusable
from riskplug.state.backup import restore_hint
from riskplug.state.engine import state_file
from riskplug.state.schema import alert, outbox

# What may change without the row being written anew is not in it.
_ALERT = [column.name for column in alert.c if column.name not in ("suppression", "checksum")]
_OUTBOX = ("scope", "receiver", "delivery_key", "payload")
_BETWEEN, _MISSING = "\x1f", "\x1e"


def alert_checksums(rows: pd.DataFrame | Mapping[str, Sequence[Any]]) -> list[str]:
    """One checksum per row of columns of the alert table, values as the database gives them."""
    texts = [_texts(alert.c[name], rows[name]) for name in _ALERT]
    return [_digest(_BETWEEN.join(row)) for row in zip(*texts, strict=True)]


def message_checksum(row: Mapping[str, Any]) -> str:
    """The checksum of a message: whose it is, and what it says."""
    said = json.dumps(json.loads(json.dumps(row["payload"])), sort_keys=True)
    return _digest(_BETWEEN.join([*(str(row[name]) for name in _OUTBOX[:-1]), said]))


def refuse_changed_message(connection: Connection, row: Row[Any]) -> None:
    """StateUnusable for a message that is not as it was written: it must not be sent."""
    if row.checksum is not None and row.checksum != message_checksum(row._asdict()):
        raise _damaged(connection, outbox, [str(row.id)])


def refuse_changed_alerts(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    """StateUnusable where rows of the alert table are not as they were written."""
    sealed = [row for row in rows if row.checksum is not None]
    columns = {name: [getattr(row, name) for row in sealed] for name in _ALERT}
    pairs = zip(sealed, alert_checksums(columns), strict=True)
    changed = [str(row.alert_key) for row, checksum in pairs if row.checksum != checksum]
    if changed:
        raise _damaged(connection, alert, changed)


def check_rows(connection: Connection) -> int:
    """Compare every alert and every message with its checksum; how many have one. StateUnusable where they differ."""
    alerts = connection.execute(select(alert)).all()
    refuse_changed_alerts(connection, alerts)
    messages = connection.execute(select(outbox.c.id, outbox.c.checksum, *(outbox.c[name] for name in _OUTBOX))).all()
    for row in messages:
        refuse_changed_message(connection, row)
    return sum(row.checksum is not None for row in (*alerts, *messages))


def _texts(column: Column[Any], values: Iterable[Any]) -> list[str]:
    """A column's values as text that is the same before they are written and after they are read."""
    plain = float if isinstance(column.type, Float) else str
    return [_MISSING if value is None else f"{plain(value)}" for value in values]


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _damaged(connection: Connection, table: Table, keys: Sequence[str]) -> StateUnusable:
    some = ", ".join(keys[:3]) + (" ..." if len(keys) > 3 else "")
    url = connection.engine.url
    file = state_file(url)
    return StateUnusable(
        f"the state is damaged: {len(keys)} rows of {table.name} are not as they were written ({some})",
        url.render_as_string(),
        restore_hint(file) if file else "restore it from your backup",
    )
