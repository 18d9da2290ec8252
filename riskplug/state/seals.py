"""Checksums of rows: SQLite does not see every change inside a page, so alerts and messages carry their own.

A row written before there were checksums has none, and is taken as it is until it is next written.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Float, Row, Select, Table, select, type_coerce
from sqlalchemy.types import NullType

from riskplug.errors import StateUnusable
from riskplug.state.backup import restore_hint
from riskplug.state.engine import state_file
from riskplug.state.schema import alert, outbox

# What may change without the row being written anew is not in it.
_ALERT = [column.name for column in alert.c if column.name not in ("suppression", "checksum")]
_OUTBOX = ("scope", "receiver", "delivery_key", "payload")
_BETWEEN, _MISSING = "\x1f", "\x1e"


def alert_checksums(columns: Mapping[str, Sequence[Any]]) -> list[str]:
    """One checksum per row of columns of the alert table, values as the database gives them."""
    texts = [_texts(alert.c[name], columns[name]) for name in _ALERT]
    return [_digest(text) for text in map(_BETWEEN.join, zip(*texts, strict=True))]


def message_checksum(row: Mapping[str, Any]) -> str:
    """The checksum of a message: whose it is, and what it says."""
    said = json.dumps(json.loads(json.dumps(row["payload"])), sort_keys=True)
    return _digest(_BETWEEN.join([*(str(row[name]) for name in _OUTBOX[:-1]), said]))


def refuse_changed_message(connection: Connection, row: Row[Any]) -> None:
    """StateUnusable for a message that is not as it was written: it must not be sent."""
    if row.checksum is not None and row.checksum != message_checksum(row._asdict()):
        raise _damaged(connection, outbox, [str(row.id)])


def read_alerts(connection: Connection, query: Select[Any]) -> dict[str, Sequence[Any]]:
    """Every column of the alert table that ``query`` gives; StateUnusable where a row is not as it was written."""
    # Whole columns, as the driver gives them: 100,000 rows of 36 values each made ready one by one take seconds.
    untouched = query.with_only_columns(*(type_coerce(column, NullType()) for column in alert.c))
    given = list(zip(*connection.execute(untouched).all(), strict=True)) or [()] * len(alert.c)
    columns = {
        column.name: _made(values, column, connection.dialect) for column, values in zip(alert.c, given, strict=True)
    }
    return _unchanged(connection, columns)


def _made(values: Sequence[Any], column: Column[Any], dialect: Dialect) -> Sequence[Any]:
    """A column's values as SQLAlchemy would give them; dates are few, so each is made once."""
    if isinstance(column.type, Float):
        return values
    make = column.type.dialect_impl(dialect).result_processor(dialect, None)
    if make is None:
        return values
    made = {value: make(value) for value in set(values)}
    return [made[value] for value in values]


def _unchanged(connection: Connection, columns: dict[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    pairs = zip(columns["alert_key"], columns["checksum"], alert_checksums(columns), strict=True)
    changed = [str(key) for key, written, now in pairs if written is not None and written != now]
    if changed:
        raise _damaged(connection, alert, changed)
    return columns


def check_rows(connection: Connection) -> int:
    """Compare every alert and every message with its checksum; how many have one. StateUnusable where they differ."""
    sealed = [checksum for checksum in read_alerts(connection, select(alert))["checksum"] if checksum is not None]
    messages = connection.execute(select(outbox.c.id, outbox.c.checksum, *(outbox.c[name] for name in _OUTBOX))).all()
    for row in messages:
        refuse_changed_message(connection, row)
    return len(sealed) + sum(row.checksum is not None for row in messages)


def _texts(column: Column[Any], values: Sequence[Any]) -> Sequence[str]:
    """A column's values as text that is the same before they are written and after they are read."""
    types = set(map(type, values))
    if types <= {str}:
        return values
    plain = float if isinstance(column.type, Float) else str
    if plain is float or len(types - {type(None)}) > 1:
        return [_MISSING if value is None else f"{plain(value)}" for value in values]
    # Dates and counts are few: each is spelled once. Of one type, what is equal is spelled alike.
    spelled = {value: _MISSING if value is None else f"{value}" for value in set(values)}
    return list(map(spelled.__getitem__, values))


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
