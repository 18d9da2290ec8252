"""Alerts, their events and the coverage of the rules, to and from the database."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Table, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from riskplug.alerts import LEDGER_COLUMNS, Reconciled
from riskplug.state.claims import Claim
from riskplug.state.schema import alert, alert_event, coverage

BATCH = 2000
_DATES = ("first_seen", "last_seen", "checked_on", "closed_on")


def read_ledger(connection: Connection, scope: str) -> pd.DataFrame:
    """LEDGER_COLUMNS of every alert of a scope, as the database has them."""
    query = select(*(alert.c[name] for name in LEDGER_COLUMNS)).where(alert.c.scope == scope)
    rows = connection.execute(query.order_by(alert.c.alert_key)).all()
    return pd.DataFrame([tuple(row) for row in rows], columns=list(LEDGER_COLUMNS))


def write_ledger(connection: Connection, taken: Claim, reconciled: Reconciled, now: datetime) -> None:
    """The changed alerts, and one event for each step of their life."""
    rows = reconciled.alerts.assign(scope=taken.scope)
    upsert(connection, alert, rows, ("alert_key",))
    events = reconciled.events.assign(scan_id=taken.scan_id, actor="scan", at=now)
    for batch in records(events):
        connection.execute(insert(alert_event), batch)


def write_coverage(connection: Connection, scan_id: str, rows: pd.DataFrame) -> None:
    """What each rule could speak about tonight."""
    connection.execute(delete(coverage).where(coverage.c.scan_id == scan_id))
    for batch in records(rows.assign(scan_id=scan_id)):
        connection.execute(insert(coverage), batch)


def upsert(connection: Connection, table: Table, rows: pd.DataFrame, key: tuple[str, ...]) -> None:
    """Insert rows, or replace the ones with the same key."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    for batch in records(rows):
        statement = dialect.insert(table)
        changed = {name: statement.excluded[name] for name in batch[0] if name not in key}
        connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed), batch)


def records(rows: pd.DataFrame) -> Iterator[list[dict[str, Any]]]:
    """Rows as the driver takes them, in batches: missing is None, dates are dates."""
    plain = rows.astype("object").where(rows.notna(), None)
    for name in plain.columns.intersection(list(_DATES)):
        plain[name] = pd.Series(
            [day.date() if day is not None else None for day in plain[name]], index=plain.index, dtype="object"
        )
    for start in range(0, len(plain), BATCH):
        yield plain.iloc[start : start + BATCH].to_dict("records")  # type: ignore[misc]
