"""What people decide about alerts, in the database: what holds, and the log of everything, to which is only added."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd
from sqlalchemy import Connection, Date, and_, bindparam, delete, func, insert, select, update

from riskplug.alerts import HANDLING_COLUMNS, Decision
from riskplug.alerts.handling import handling_rows
from riskplug.alerts.ledger import HELD
from riskplug.state.ledger import BATCH, records, rows_of, upsert
from riskplug.state.schema import alert, alert_event, alert_handling, alert_volume, scan

_WITHDRAWN = {"ack": "unack", "assign": "unassign", "snooze": "unsnooze", "waive": "unwaive"}


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One entry of the log: a step of the life-cycle (``actor`` is scan), or what somebody did.

    ``business_date``: that of the scan, or the one on which somebody did it; ``at``: what the clock said.
    """

    alert_key: str
    at: datetime
    business_date: date | None
    kind: str
    old: str
    new: str
    reason: str
    actor: str
    scan_id: str | None


def read_handlings(connection: Connection, scope: str) -> pd.DataFrame:
    """HANDLING_COLUMNS of every alert of a scope."""
    columns = [alert_handling.c[name] for name in HANDLING_COLUMNS]
    query = select(*columns).join(alert, alert.c.alert_key == alert_handling.c.alert_key)
    query = query.where(alert.c.scope == scope).order_by(alert_handling.c.alert_key, alert_handling.c.kind)
    return rows_of(connection, query, HANDLING_COLUMNS)


def decide(connection: Connection, decisions: Sequence[Decision], at: datetime) -> None:
    """Replace what held before of the same kind."""
    rows = handling_rows(decisions, at)
    upsert(connection, alert_handling, rows, ("alert_key", "kind"))
    said = [(one.alert_key, one.kind, "", one.said, one.reason, one.author, one.set_on) for one in decisions]
    _log(connection, said, at)


def withdraw(
    connection: Connection, handled: pd.DataFrame, author: str, reason: str, on: date | None, at: datetime
) -> None:
    """Take away what holds."""
    same = and_(
        alert_handling.c.alert_key == bindparam("its_key"),
        alert_handling.c.kind == bindparam("its_kind"),
    )
    pairs = list(zip(handled["alert_key"].tolist(), handled["kind"].tolist(), strict=True))
    if pairs:
        connection.execute(delete(alert_handling).where(same), [{"its_key": k, "its_kind": v} for k, v in pairs])
    _log(connection, [(key, _WITHDRAWN[kind], kind, "", reason, author, on) for key, kind in pairs], at)


def comment(connection: Connection, keys: Sequence[str], author: str, text: str, on: date | None, at: datetime) -> None:
    """A remark changes nothing but the log."""
    _log(connection, [(key, "comment", "", "", text, author, on) for key in keys], at)


def release(
    connection: Connection, scope: str, rule: str, author: str, reason: str, on: date | None, at: datetime
) -> int | None:
    """Allow as many findings of a rule as the last scan had; the next scan then tells what it held."""
    mine = and_(alert_volume.c.scope == scope, alert_volume.c.rule == rule, alert_volume.c.held)
    seen = connection.execute(select(alert_volume.c.seen).where(mine)).scalar()
    if seen is None:
        return None
    connection.execute(
        update(alert_volume).where(mine).values(held=False, released=seen, released_by=author, released_at=at)
    )
    held = and_(alert.c.scope == scope, alert.c.rule == rule, alert.c.suppression == HELD)
    keys = list(connection.scalars(select(alert.c.alert_key).where(held)))
    connection.execute(update(alert).where(held).values(suppression=""))
    _log(connection, [(key, "released", "", "", reason, author, on) for key in keys], at)
    return int(seen)


def events(connection: Connection, scope: str, keys: Sequence[str]) -> list[AlertEvent]:
    """The log of some alerts, the oldest entry first."""
    found: list[AlertEvent] = []
    for some in _batches(keys):
        # A step of the life-cycle has the date of its scan, what somebody did the date on which it was done.
        on = func.coalesce(alert_event.c.business_date, scan.c.business_date, type_=Date())
        columns = (alert_event.c.alert_key, alert_event.c.at, on)
        said = (alert_event.c[name] for name in ("kind", "old", "new", "reason", "actor", "scan_id"))
        query = select(*columns, *said).join(scan, scan.c.id == alert_event.c.scan_id, isouter=True)
        query = query.join(alert, alert.c.alert_key == alert_event.c.alert_key)
        query = query.where(alert.c.scope == scope, alert_event.c.alert_key.in_(some)).order_by(alert_event.c.id)
        found += [AlertEvent(*row) for row in connection.execute(query)]
    return found


def _batches(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), BATCH // 4):
        yield keys[start : start + BATCH // 4]


Entry = tuple[str, str, str, str, str, str, date | None]


def _log(connection: Connection, entries: Sequence[Entry], at: datetime) -> None:
    names = ("alert_key", "kind", "old", "new", "reason", "actor", "business_date")
    for batch in records(pd.DataFrame(entries, columns=list(names)).assign(at=at)):
        connection.execute(insert(alert_event), batch)
