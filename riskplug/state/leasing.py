"""Messages lent to one sender at a time, and settled: what each attempt did to its message and to those beside it."""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, delete, exists, insert, or_, select, text, update

from riskplug.deliver import Leased, Settlement
from riskplug.extend.protocols import Attachment, Delivery
from riskplug.state.claims import is_gone
from riskplug.state.post import DEAD, ORPHANED, SENDING, SUPERSEDED, WAITS, within
from riskplug.state.schema import attempt, message, outbox, outbox_file, outbox_item, receiver_hold
from riskplug.state.seals import message_checksum, refuse_changed_message

_DETAIL_LENGTH = 1000
# Any number does, as long as nobody else's is the same: under it one sender at a time takes or settles.
_ADVISORY_LOCK = 7_239_164_403
_OTHER = outbox.alias()
# The slot of the message that must be there first: an update's own, a reply's parent's.
_NEEDS = case((outbox.c.operation == "update", outbox.c.slot), else_=outbox.c.thread)


def take(
    connection: Connection, receivers: Collection[str], *, scope: str, now: datetime, lease: timedelta, owner: str
) -> Leased | None:
    """Lease the oldest due message of the receivers; a lost lease counts as an attempt that may have arrived.

    None goes to a receiver that is held, or that is just being sent another one: what is queued keeps its order.
    """
    _alone(connection)
    _expire(connection, scope, now)
    gone = outbox.c.owner.in_(_dead(connection))
    waits = and_(outbox.c.status.in_(WAITS), or_(outbox.c.not_before.is_(None), outbox.c.not_before <= now))
    lost = and_(outbox.c.status == SENDING, or_(outbox.c.lease_until < now, gone))
    mine = and_(outbox.c.receiver.in_(sorted(receivers)), *within(scope))
    _drop_outdated(connection, and_(mine, lost))
    free = and_(or_(_NEEDS == "", _is_there()), ~_is_held(now), ~_is_busy(now, _dead(connection)))
    query = select(outbox).where(mine, or_(waits, lost), free).order_by(outbox.c.id).limit(20)
    leases = (_leased(connection, row, now, lease, owner) for row in connection.execute(query).all())
    return next((leased for leased in leases if leased), None)


def _dead(connection: Connection) -> list[str]:
    """Owners of leases whose process is certainly gone."""
    owners = select(outbox.c.owner).where(outbox.c.status == SENDING).distinct()
    return [owner for owner in connection.scalars(owners) if owner and is_gone(owner)]


def _is_there() -> ColumnElement[bool]:
    same = and_(_OTHER.c.scope == outbox.c.scope, _OTHER.c.receiver == outbox.c.receiver)
    return exists().where(same, _OTHER.c.slot == _NEEDS, _OTHER.c.status == "delivered")


def _is_held(now: datetime) -> ColumnElement[bool]:
    """The receiver asked for a pause, or did not answer just now."""
    same = and_(receiver_hold.c.scope == outbox.c.scope, receiver_hold.c.receiver == outbox.c.receiver)
    return exists().where(same, receiver_hold.c.until > now)


def _is_busy(now: datetime, dead: Collection[str]) -> ColumnElement[bool]:
    """Somebody is sending to the receiver: two at once could land in the wrong order, or both in its limit."""
    same = and_(_OTHER.c.scope == outbox.c.scope, _OTHER.c.receiver == outbox.c.receiver)
    lives = and_(_OTHER.c.lease_until >= now, _OTHER.c.owner.not_in(dead))
    return exists().where(same, _OTHER.c.status == SENDING, _OTHER.c.id != outbox.c.id, lives)


def _alone(connection: Connection) -> None:
    """Until the transaction ends, no other sender takes or settles; SQLite has one writer anyway.

    PostgreSQL lets each statement see what others have written meanwhile: between the look at a receiver and the lease,
    another sender could take an earlier message of it, or write down that it is held.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})


def _drop_outdated(connection: Connection, lost: ColumnElement[bool]) -> None:
    """Edits whose sender died and that have a newer one: sent again they would bring back what is old."""
    same = and_(
        _OTHER.c.scope == outbox.c.scope, _OTHER.c.receiver == outbox.c.receiver, _OTHER.c.slot == outbox.c.slot
    )
    newer = exists().where(same, _OTHER.c.id > outbox.c.id, _OTHER.c.status != DEAD)
    old = and_(lost, outbox.c.operation == "update", newer)
    connection.execute(update(outbox).where(old).values(status=SUPERSEDED, owner=None, lease_until=None))


def _leased(connection: Connection, row: Row[Any], now: datetime, lease: timedelta, owner: str) -> Leased | None:
    """Take one row if it is still as it was read; an attempt that never ended stays on record as lost."""
    refuse_changed_message(connection, row)
    token, doubtful = secrets.token_hex(16), row.status in ("ambiguous", SENDING)
    same_token = outbox.c.token.is_(None) if row.token is None else outbox.c.token == row.token
    changed = connection.execute(
        update(outbox)
        .where(outbox.c.id == row.id, outbox.c.status == row.status, same_token)
        .values(
            status=SENDING,
            owner=owner,
            token=token,
            lease_until=now + lease,
            attempts=row.attempts + 1,
            attempted_since=row.attempted_since or now,
        )
    )
    if changed.rowcount != 1:
        return None
    unended = and_(attempt.c.outbox_id == row.id, attempt.c.ended.is_(None))
    connection.execute(update(attempt).where(unended).values(ended=now, outcome="lost"))
    begun = {"outbox_id": row.id, "n": _next_attempt(connection, row.id), "started": now}
    connection.execute(insert(attempt).values(**begun, outcome="started", detail="", reconciled=0))
    delivery = _delivery(connection, row, row.attempted_since if doubtful else None)
    return Leased(row.id, row.receiver, delivery, row.attempts + 1, doubtful, token)


def _next_attempt(connection: Connection, message_id: int) -> int:
    last = connection.execute(
        select(attempt.c.n).where(attempt.c.outbox_id == message_id).order_by(attempt.c.n.desc()).limit(1)
    ).scalar()
    return (last or 0) + 1


def _delivery(connection: Connection, row: Row[Any], since: datetime | None) -> Delivery:
    files = connection.execute(
        select(outbox_file.c.name, outbox_file.c.media_type, outbox_file.c.content, outbox_file.c.alt)
        .where(outbox_file.c.outbox_id == row.id)
        .order_by(outbox_file.c.n)
    )
    return Delivery(
        row.delivery_key,
        row.payload,
        since,
        row.operation,
        _reference(connection, row, row.thread),
        _reference(connection, row, row.slot) if row.operation == "update" else {},
        tuple(Attachment(*file) for file in files),
    )


def _reference(connection: Connection, row: Row[Any], slot: str) -> Mapping[str, str]:
    """Where the newest delivered message of a slot is."""
    if not slot:
        return {}
    mine = and_(outbox.c.scope == row.scope, outbox.c.receiver == row.receiver, outbox.c.slot == slot)
    there = select(message.c.reference).join(outbox, outbox.c.id == message.c.outbox_id).where(mine)
    found: Mapping[str, str] | None = connection.execute(there.order_by(outbox.c.id.desc()).limit(1)).scalar()
    return found or {}


def settle(connection: Connection, leased: Leased, settlement: Settlement, now: datetime) -> bool:
    """Record how an attempt ended, unless the lease was lost; and until when its receiver is left alone."""
    _alone(connection)
    mine = and_(outbox.c.id == leased.id, outbox.c.token == leased.token, outbox.c.status == SENDING)
    row = connection.execute(select(outbox).where(mine)).one_or_none()
    if row is None:
        return False
    values = _settled(leased, settlement, row)
    if connection.execute(update(outbox).where(mine).values(**values)).rowcount != 1:
        return False
    receipt = settlement.receipt
    if settlement.hold_until is not None:
        for name in (leased.receiver, *settlement.companions):
            _hold(connection, row.scope, name, settlement.hold_until, receipt.detail[:_DETAIL_LENGTH])
    ended = {"ended": now, "outcome": receipt.outcome, "detail": receipt.detail[:_DETAIL_LENGTH]}
    last = and_(attempt.c.outbox_id == leased.id, attempt.c.ended.is_(None))
    how = {"retry_after": receipt.retry_after, "reconciled": int(settlement.reconciled)}
    connection.execute(update(attempt).where(last).values(**ended, **how))
    if settlement.status == "delivered":
        there = {"receiver": leased.receiver, "reference": dict(receipt.reference), "delivered": now}
        # A message that was put back after it had arrived is there already.
        connection.execute(delete(message).where(message.c.outbox_id == leased.id))
        connection.execute(insert(message).values(outbox_id=leased.id, **there))
        connection.execute(delete(outbox_file).where(outbox_file.c.outbox_id == leased.id))
    if settlement.status == DEAD:
        _bury(connection, row, now)
    return True


def _hold(connection: Connection, scope: str, receiver: str, until: datetime, detail: str) -> None:
    """Leave a receiver alone; a longer pause that it has already stays."""
    mine = and_(receiver_hold.c.scope == scope, receiver_hold.c.receiver == receiver)
    known = connection.execute(select(receiver_hold.c.until).where(mine)).scalar()
    if known is None:
        connection.execute(insert(receiver_hold).values(scope=scope, receiver=receiver, until=until, detail=detail))
    elif known < until:
        connection.execute(update(receiver_hold).where(mine).values(until=until, detail=detail))


def _settled(leased: Leased, settlement: Settlement, row: Row[Any]) -> dict[str, object]:
    values: dict[str, object] = {
        "status": settlement.status,
        "not_before": settlement.not_before,
        "lease_until": None,
        "owner": None,
        "detail": settlement.receipt.detail[:_DETAIL_LENGTH],
    }
    if settlement.status == "pending":
        values["attempted_since"] = None
    if settlement.minimal:
        values["payload"] = {**leased.delivery.payload, "minimal": True}
    if settlement.anew:
        lost = dict(leased.delivery.target or leased.delivery.thread)
        values["payload"] = {**leased.delivery.payload, "lost": lost}
        # What follows in the thread goes below the message that takes over; nothing goes below a file.
        values |= {"operation": "post", "slot": row.thread or row.slot} if row.operation != "file" else {}
        values["thread"] = ""
    if "payload" in values:
        values["checksum"] = message_checksum({**row._asdict(), **values})
    return values


def _expire(connection: Connection, scope: str, now: datetime) -> None:
    """What nobody could be told in time is dead, not dropped."""
    over = and_(outbox.c.status.in_(WAITS), outbox.c.expires <= now, *within(scope))
    for row in connection.execute(select(outbox).where(over)).all():
        why = f"not delivered by {row.expires:%Y-%m-%d}" + (f": {row.detail}" if row.detail else "")
        connection.execute(update(outbox).where(outbox.c.id == row.id).values(status=DEAD, detail=why[:_DETAIL_LENGTH]))
        _bury(connection, row, now)


def _bury(connection: Connection, row: Row[Any], now: datetime) -> None:
    """What follows from a message that is given up: replies and edits cannot go without it, the fallback is told."""
    if row.slot and row.operation == "post":
        same = and_(outbox.c.scope == row.scope, outbox.c.receiver == row.receiver, outbox.c.status.in_(WAITS))
        replies = and_(same, outbox.c.thread == row.slot)
        connection.execute(update(outbox).where(replies).values(status=DEAD, detail=ORPHANED))
        edits = and_(same, outbox.c.slot == row.slot, outbox.c.operation == "update")
        connection.execute(update(outbox).where(edits).values(status=SUPERSEDED, detail=ORPHANED))
    if row.fallback:
        _tell_instead(connection, row, now)


def _tell_instead(connection: Connection, row: Row[Any], now: datetime) -> None:
    """Queue the copy that was worded for the fallback receiver, once."""
    key = hashlib.sha256(f"{row.delivery_key} fallback".encode()).hexdigest()
    if connection.execute(select(outbox.c.id).where(outbox.c.delivery_key == key)).first():
        return
    same = {"scope": row.scope, "scan_id": row.scan_id, "delivery_key": key, "remarks_key": key, "created": now}
    values = {**same, "receiver": row.fallback["receiver"], "payload": row.fallback["payload"]}
    values["checksum"] = message_checksum(values)
    queued = connection.execute(insert(outbox).values(**values, status="pending", attempts=0, detail=""))
    number = queued.inserted_primary_key[0] if queued.inserted_primary_key else None
    items = select(outbox_item.c.alert_key, outbox_item.c.kind).where(outbox_item.c.outbox_id == row.id)
    copies = [{"outbox_id": number, "alert_key": key, "kind": kind} for key, kind in connection.execute(items)]
    if copies:
        connection.execute(insert(outbox_item), copies)
