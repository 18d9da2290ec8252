"""A state that was put back does not know what was sent after it was copied; it says so, and senders look first."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, and_, case, delete, func, insert, literal, null, select, update

from riskplug.deliver.message import WEEK
from riskplug.errors import LockHeld
from riskplug.state.claims import is_gone
from riskplug.state.schema import (
    ABANDONED,
    COMPLETE,
    RUNNING,
    Instant,
    alert_event,
    attempt,
    message,
    outbox,
    outbox_file,
    restore_mark,
    scan,
    sent_before,
)

_WAITS = ("pending", "ambiguous", "sending")
_MAYBE = "may have been sent before the state was put back"
# Before any riskplug: a state that was never written knows of nothing that was sent.
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that a state knows to be delivered, and where it is."""

    key: str
    reference: Mapping[str, Any]
    delivered: datetime


@dataclass(frozen=True, slots=True)
class Doubt:
    """What may have been sent before a restore: since when, and the receivers that are taken to have it."""

    since: datetime
    told: frozenset[str]


def refuse_while_scanning(connection: Connection, now: datetime) -> None:
    """LockHeld while a scan of any workspace in this database is under way."""
    columns = (scan.c.scope, scan.c.business_date, scan.c.owner, scan.c.lease_until)
    for scope, on, owner, until in connection.execute(select(*columns).where(scan.c.status == RUNNING)):
        if until > now and not is_gone(owner):
            what = f"a scan of {on} is running: {owner}"
            raise LockHeld(what, f"scope {scope}", f"wait for it to end; its claim expires at {until:%H:%M} UTC")


def mark(
    connection: Connection,
    now: datetime,
    *,
    until: date,
    told: Collection[str] = (),
    sent: Iterable[Sent] = (),
) -> datetime:
    """Write down that this state was put back; returns the last moment that it knows of.

    What waits in it may have been sent meanwhile, scans that it shows as running are over. ``sent``: what the replaced
    state had delivered, where that could still be read.
    """
    since = last_moment(connection)
    connection.execute(insert(restore_mark).values(restored=now, since=since, until=until, told=sorted(told)))
    running = scan.c.status == RUNNING
    connection.execute(update(scan).where(running).values(status=ABANDONED, finished=now))
    _adopt(connection, sent)
    earlier = case((outbox.c.attempted_since < since, outbox.c.attempted_since), else_=literal(since, Instant()))
    free = {"owner": None, "lease_until": None, "attempted_since": earlier, "detail": _MAYBE}
    later = case((outbox.c.expires.is_(None), null()), else_=literal(now + WEEK, Instant()))
    waits = outbox.c.status.in_(_WAITS)
    connection.execute(update(outbox).where(waits).values(status="ambiguous", expires=later, **free))
    return since


def last_moment(connection: Connection) -> datetime:
    """When the state was last written."""
    columns = (scan.c.started, scan.c.finished, outbox.c.created, attempt.c.started, attempt.c.ended, alert_event.c.at)
    moments = (connection.execute(select(func.max(column))).scalar() for column in columns)
    return max((moment for moment in moments if moment), default=_EVER)


def scanned(connection: Connection) -> set[date]:
    """Business dates with a complete scan."""
    return set(connection.scalars(select(scan.c.business_date).where(scan.c.status == COMPLETE).distinct()))


def delivered(connection: Connection) -> list[Sent]:
    """Everything that is known to be delivered."""
    query = select(outbox.c.delivery_key, message.c.reference, message.c.delivered)
    rows = connection.execute(query.join(message, message.c.outbox_id == outbox.c.id))
    earlier = connection.execute(select(sent_before))
    return list({one.key: one for one in (Sent(*row) for row in (*earlier, *rows))}.values())


def _adopt(connection: Connection, sent: Iterable[Sent]) -> None:
    known = {row.delivery_key: row for row in connection.execute(select(outbox.c.delivery_key, outbox.c.id))}
    earlier = set(connection.scalars(select(sent_before.c.delivery_key)))
    for one in sent:
        if one.key in known:
            waits = and_(outbox.c.id == known[one.key].id, outbox.c.status.in_(_WAITS))
            if connection.execute(select(outbox.c.id).where(waits)).first():
                arrived(connection, known[one.key].id, one)
        elif one.key not in earlier:
            values = {"delivery_key": one.key, "reference": dict(one.reference), "delivered": one.delivered}
            connection.execute(insert(sent_before).values(**values))


def arrived(connection: Connection, number: int, sent: Sent) -> None:
    """A queued message that is there already."""
    receiver = select(outbox.c.receiver).where(outbox.c.id == number).scalar_subquery()
    over = {"status": "delivered", "owner": None, "lease_until": None, "detail": "known from the replaced state"}
    connection.execute(update(outbox).where(outbox.c.id == number).values(**over))
    there = {"reference": dict(sent.reference), "delivered": sent.delivered}
    connection.execute(insert(message).values(outbox_id=number, receiver=receiver, **there))
    connection.execute(delete(outbox_file).where(outbox_file.c.outbox_id == number))


def doubt_of(connection: Connection, business_date: date) -> Doubt | None:
    """Whether messages of a business date may have been sent before a restore."""
    columns = (restore_mark.c.since, restore_mark.c.told)
    rows = connection.execute(select(*columns).where(restore_mark.c.until >= business_date)).all()
    if not rows:
        return None
    return Doubt(min(row.since for row in rows), frozenset(name for row in rows for name in row.told))


def sent_earlier(connection: Connection, key: str) -> Sent | None:
    """What the replaced state knew of a message."""
    row = connection.execute(select(sent_before).where(sent_before.c.delivery_key == key)).one_or_none()
    return Sent(*row) if row else None


def in_doubt(doubt: Doubt, receiver: str) -> dict[str, object]:
    """How a message is queued that may have been sent."""
    if receiver in doubt.told:
        return {"status": "superseded", "detail": "taken as told before the state was put back"}
    return {"status": "ambiguous", "attempted_since": doubt.since, "detail": _MAYBE}
