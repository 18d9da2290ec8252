"""The outbox: messages that wait, are leased to one sender, and settled; none is lost, none sent blindly twice."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, or_, select, update

from riskplug.deliver import Leased, Message, OutboxRow, Settlement
from riskplug.extend.protocols import Delivery
from riskplug.state.claims import Claim, is_gone
from riskplug.state.schema import attempt, message, outbox, outbox_item

SENDING = "sending"
_DETAIL_LENGTH = 1000


def add(connection: Connection, taken: Claim, messages: Sequence[Message], now: datetime) -> None:
    """Queue messages. One that was queued before stays as it is; one without news is not repeated."""
    for one in messages:
        same = outbox.c.delivery_key == one.key
        said = and_(outbox.c.receiver == one.receiver, outbox.c.remarks_key == one.remarks_key)
        known = connection.execute(select(outbox.c.id).where(same if one.items else or_(same, said))).first()
        if known is None:
            _queue(connection, taken, one, now)


def _queue(connection: Connection, taken: Claim, one: Message, now: datetime) -> None:
    queued = connection.execute(
        insert(outbox).values(
            scope=taken.scope,
            scan_id=taken.scan_id,
            receiver=one.receiver,
            delivery_key=one.key,
            remarks_key=one.remarks_key,
            payload=dict(one.payload),
            status="pending",
            attempts=0,
            created=now,
            detail="",
        )
    )
    number = queued.inserted_primary_key[0] if queued.inserted_primary_key else None
    items = [{"outbox_id": number, "alert_key": key, "kind": kind} for key, kind in one.items]
    if items:
        connection.execute(insert(outbox_item), items)


def take(
    connection: Connection, receivers: Collection[str], *, scope: str, now: datetime, lease: timedelta, owner: str
) -> Leased | None:
    """Lease the oldest due message of the receivers; a lost lease counts as an attempt that may have arrived."""
    waits = and_(
        outbox.c.status.in_(("pending", "ambiguous")), or_(outbox.c.not_before.is_(None), outbox.c.not_before <= now)
    )
    lost = and_(outbox.c.status == SENDING, or_(outbox.c.lease_until < now, outbox.c.owner.in_(_dead(connection))))
    mine = and_(outbox.c.receiver.in_(sorted(receivers)), *_within(scope))
    query = select(outbox).where(mine, or_(waits, lost)).order_by(outbox.c.id).limit(20)
    leases = (_leased(connection, row, now, lease, owner) for row in connection.execute(query).all())
    return next((leased for leased in leases if leased), None)


def _dead(connection: Connection) -> list[str]:
    """Owners of leases whose process is certainly gone."""
    owners = select(outbox.c.owner).where(outbox.c.status == SENDING).distinct()
    return [owner for owner in connection.scalars(owners) if owner and is_gone(owner)]


def _within(scope: str) -> list[ColumnElement[bool]]:
    return [outbox.c.scope == scope] if scope else []


def _leased(connection: Connection, row: Row[Any], now: datetime, lease: timedelta, owner: str) -> Leased | None:
    """Take one row if it is still as it was read; an attempt that never ended stays on record as lost."""
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
    since = row.attempted_since if doubtful else None
    delivery = Delivery(row.delivery_key, row.payload, since)
    return Leased(row.id, row.receiver, delivery, row.attempts + 1, doubtful, token)


def _next_attempt(connection: Connection, message_id: int) -> int:
    last = connection.execute(
        select(attempt.c.n).where(attempt.c.outbox_id == message_id).order_by(attempt.c.n.desc()).limit(1)
    ).scalar()
    return (last or 0) + 1


def settle(connection: Connection, leased: Leased, settlement: Settlement, now: datetime) -> bool:
    """Record how an attempt ended, unless the lease was lost."""
    receipt = settlement.receipt
    values: dict[str, object] = {
        "status": settlement.status,
        "not_before": settlement.not_before,
        "lease_until": None,
        "owner": None,
        "detail": receipt.detail[:_DETAIL_LENGTH],
    }
    if settlement.minimal:
        values["payload"] = {**leased.delivery.payload, "minimal": True}
    if settlement.status == "pending":
        values["attempted_since"] = None
    mine = and_(outbox.c.id == leased.id, outbox.c.token == leased.token, outbox.c.status == SENDING)
    if connection.execute(update(outbox).where(mine).values(**values)).rowcount != 1:
        return False
    last = and_(attempt.c.outbox_id == leased.id, attempt.c.ended.is_(None))
    connection.execute(
        update(attempt)
        .where(last)
        .values(
            ended=now,
            outcome=receipt.outcome,
            detail=receipt.detail[:_DETAIL_LENGTH],
            retry_after=receipt.retry_after,
            reconciled=int(settlement.reconciled),
        )
    )
    if settlement.status == "delivered":
        connection.execute(
            insert(message).values(
                outbox_id=leased.id, receiver=leased.receiver, reference=dict(receipt.reference), delivered=now
            )
        )
    return True


def waiting(connection: Connection, scope: str) -> list[OutboxRow]:
    """Every message that was not delivered, oldest first."""
    columns = (
        outbox.c.id,
        outbox.c.receiver,
        outbox.c.status,
        outbox.c.attempts,
        outbox.c.created,
        outbox.c.not_before,
        outbox.c.detail,
    )
    rows = connection.execute(
        select(*columns).where(outbox.c.status != "delivered", *_within(scope)).order_by(outbox.c.id)
    )
    return [OutboxRow(*row) for row in rows]
