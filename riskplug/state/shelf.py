"""Messages that are put away or taken out again: by somebody, or by age. What happened to alerts stays in their log."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, and_, delete, exists, func, insert, or_, select, update

from riskplug.alerts.ledger import LIVE
from riskplug.deliver.message import WEEK
from riskplug.state.post import DEAD, DROPPED, ORPHANED, SUPERSEDED, WAITS, within
from riskplug.state.schema import (
    alert,
    alert_event,
    attempt,
    message,
    outbox,
    outbox_file,
    outbox_item,
    receiver_hold,
    restore_mark,
    scan,
    sent_before,
)

_OVER = ("delivered", DEAD, SUPERSEDED, DROPPED)
_BATCH = 500
_Some = TypeVar("_Some")


@dataclass(frozen=True, slots=True)
class Dropping:
    """Why messages are put away, and who says so."""

    by: str
    reason: str
    at: datetime


def drop(connection: Connection, numbers: Sequence[int], why: Dropping, scope: str) -> list[int]:
    """Put away messages that wait or are dead, with the replies that cannot go without them.

    Returns the numbers that are neither; then nothing is changed. It stays in the log of attempts, and for good in the
    log of the alerts that the message was about.
    """
    mine = and_(outbox.c.id.in_(numbers), outbox.c.status.in_((DEAD, *WAITS)), *within(scope))
    rows = connection.execute(select(outbox).where(mine).with_for_update()).all()
    unknown = sorted(set(numbers) - {row.id for row in rows})
    if unknown:
        return unknown
    replies = (reply for row in rows for reply in _replies(connection, row))
    for row in {one.id: one for one in (*rows, *replies)}.values():
        connection.execute(update(outbox).where(outbox.c.id == row.id).values(status=DROPPED, detail=_said(why)))
        _log(connection, row, why)
    return []


def _replies(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    """What goes below a post, or edits it, and would wait for ever; none where another stands in its slot."""
    if not row.slot or row.operation != "post":
        return []
    same = and_(outbox.c.scope == row.scope, outbox.c.receiver == row.receiver, outbox.c.id != row.id)
    stands = select(outbox.c.id).where(same, outbox.c.slot == row.slot, outbox.c.status == "delivered")
    if connection.execute(stands).first():
        return []
    edits = and_(outbox.c.slot == row.slot, outbox.c.operation == "update")
    lost = or_(outbox.c.status.in_(WAITS), and_(outbox.c.status == DEAD, outbox.c.detail == ORPHANED))
    below = and_(same, or_(outbox.c.thread == row.slot, edits), lost)
    return list(connection.execute(select(outbox).where(below)).all())


def _said(why: Dropping) -> str:
    return f"put away by {why.by}: {why.reason}"


def _log(connection: Connection, row: Row[Any], why: Dropping) -> None:
    last = connection.execute(select(func.max(attempt.c.n)).where(attempt.c.outbox_id == row.id)).scalar() or 0
    when = {"started": why.at, "ended": why.at}
    told = {"outcome": "dropped", "detail": _said(why), "reconciled": 0}
    connection.execute(insert(attempt).values(outbox_id=row.id, n=last + 1, **when, **told))
    _note(connection, [row], why)


def _note(connection: Connection, rows: Iterable[Any], why: Dropping) -> None:
    """In the log of each alert that a message was about: its receiver did not hear of it."""
    receivers = {row.id: row.receiver for row in rows}
    items = select(outbox_item).where(outbox_item.c.outbox_id.in_(receivers))
    events = [
        {
            "alert_key": item.alert_key,
            "kind": "not told",
            "old": item.kind,
            "new": receivers[item.outbox_id],
            "reason": why.reason,
            "actor": why.by,
            "at": why.at,
        }
        for item in connection.execute(items)
    ]
    if events:
        connection.execute(insert(alert_event), events)


def put_back(connection: Connection, number: int, scope: str, now: datetime) -> bool:
    """A dead or dropped message of a scope into the queue again, with the replies that went with it, and a week to go.

    False when it is neither.
    """
    away = and_(outbox.c.status.in_((DEAD, DROPPED)), *within(scope))
    row = connection.execute(select(outbox).where(outbox.c.id == number, away)).first()
    if row is None:
        return False
    again = {"attempts": 0, "not_before": None, "expires": now + WEEK}
    connection.execute(update(outbox).where(outbox.c.id == number).values(status="ambiguous", **again))
    if row.slot:
        below = and_(outbox.c.scope == row.scope, outbox.c.receiver == row.receiver, outbox.c.thread == row.slot)
        went = or_(outbox.c.detail == ORPHANED, and_(outbox.c.status == DROPPED, outbox.c.detail == row.detail))
        connection.execute(update(outbox).where(below, went, away).values(status="pending", detail="", **again))
    return True


def prune(connection: Connection, scope: str, on: date, before: datetime, now: datetime) -> int:
    """Delete messages of a scope that are over, and neither queued nor tried since ``before``; returns how many.

    Those of the business date ``on`` stay, because a scan of it may be run again, and those that a later edit or reply
    needs: the newest of each slot, as long as its alert lives or ended after ``before``. A dead message is noted in the
    log of its alerts before it goes.
    """
    todays = exists().where(scan.c.id == outbox.c.scan_id, scan.c.business_date == on)
    lately = exists().where(attempt.c.outbox_id == outbox.c.id, attempt.c.started >= before)
    over = and_(outbox.c.scope == scope, outbox.c.status.in_(_OVER), outbox.c.created < before)
    old = and_(over, ~todays, ~lately)
    rows: list[Any] = list(
        connection.execute(select(outbox.c.id, outbox.c.receiver, outbox.c.slot, outbox.c.status).where(old))
    )
    needed = _needed(connection, [row for row in rows if row.slot], before.date())
    gone = [row for row in rows if row.id not in needed]
    dead: list[Any] = [row for row in gone if row.status == DEAD]
    for some in _batches(dead):
        _note(connection, some, Dropping("scan", "could not be delivered, and is too old to be kept", now))
    for some in _batches(gone):
        numbers = [row.id for row in some]
        for table in (outbox_item, outbox_file, attempt, message):
            connection.execute(delete(table).where(table.c.outbox_id.in_(numbers)))
        connection.execute(delete(outbox).where(outbox.c.id.in_(numbers)))
    _forget(connection, scope, before)
    return len(gone)


def _needed(connection: Connection, rows: Sequence[Row[Any]], before: date) -> set[int]:
    """The newest delivered message of a status line, and of an alert that may still be edited or answered."""
    lives = _lasting(connection, {_alert_of(row.slot) for row in rows} - {""}, before)
    newest: dict[tuple[str, str], int] = {}
    for row in rows:
        if row.status == "delivered" and (row.slot == "status" or _alert_of(row.slot) in lives):
            newest[row.receiver, row.slot] = max(row.id, newest.get((row.receiver, row.slot), 0))
    return set(newest.values())


def _alert_of(slot: str) -> str:
    """The key of the alert that a slot is about, else nothing."""
    kind, _, rest = slot.partition(":")
    return rest.partition(":")[0] if kind == "alert" else ""


def _lasting(connection: Connection, keys: set[str], before: date) -> set[str]:
    """Alerts that live, or ended so late that they may come back as the same."""
    lives = or_(alert.c.condition.in_(LIVE), alert.c.closed_on >= before)
    found: set[str] = set()
    for some in _batches(sorted(keys)):
        found |= set(connection.scalars(select(alert.c.alert_key).where(alert.c.alert_key.in_(some), lives)))
    return found


def _forget(connection: Connection, scope: str, before: datetime) -> None:
    """Pauses that are over, and restores too old to matter."""
    over = and_(receiver_hold.c.scope == scope, receiver_hold.c.until < before)
    connection.execute(delete(receiver_hold).where(over))
    lasts = select(restore_mark.c.id).where(restore_mark.c.until >= before.date())
    if connection.execute(lasts).first() is None:
        connection.execute(delete(sent_before))


def _batches(rows: Sequence[_Some]) -> Iterator[Sequence[_Some]]:
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]
