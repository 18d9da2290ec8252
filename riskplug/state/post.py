"""The outbox as planned: messages queued and shown; none is queued twice, none is ever dropped silently."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from riskplug.deliver import Message, OutboxRow, Posted
from riskplug.state import marks
from riskplug.state.claims import Claim
from riskplug.state.schema import outbox, outbox_file, outbox_item, receiver_hold, scan
from riskplug.state.seals import message_checksum

SENDING, DEAD, SUPERSEDED, DROPPED = "sending", "dead", "superseded", "dropped"
WAITS = ("pending", "ambiguous")
ORPHANED = "the message it belongs to could not be delivered"


def add(connection: Connection, taken: Claim, messages: Sequence[Message], now: datetime) -> None:
    """Queue messages. One that was queued before stays as it is; one without news is not repeated.

    After an older state was put back, one that may have been sent is doubtful, one that was sent is there.
    """
    doubt = marks.doubt_of(connection, taken.business_date)
    for one in messages:
        same = outbox.c.delivery_key == one.key
        said = and_(outbox.c.receiver == one.receiver, outbox.c.remarks_key == one.remarks_key)
        known = connection.execute(select(outbox.c.id).where(same if one.items else or_(same, said))).first()
        if known is None:
            _supersede(connection, one, taken.scope)
            number = _queue(connection, taken, one, now, marks.in_doubt(doubt, one.receiver) if doubt else {})
            sent = marks.sent_earlier(connection, one.key) if doubt else None
            if sent:
                marks.arrived(connection, number, sent)


def _supersede(connection: Connection, one: Message, scope: str) -> None:
    """Updates coalesce: an older one that still waits would only be overwritten. Posts and replies never do."""
    if one.operation != "update":
        return
    older = and_(
        outbox.c.scope == scope,
        outbox.c.receiver == one.receiver,
        outbox.c.slot == one.slot,
        outbox.c.operation == "update",
        outbox.c.status.in_(WAITS),
    )
    connection.execute(update(outbox).where(older).values(status=SUPERSEDED, detail="a newer update takes its place"))


def _queue(connection: Connection, taken: Claim, one: Message, now: datetime, other: Mapping[str, object]) -> int:
    said = {"scope": taken.scope, "receiver": one.receiver, "delivery_key": one.key, "payload": dict(one.payload)}
    queued = connection.execute(
        insert(outbox).values(
            **said,
            checksum=message_checksum(said),
            scan_id=taken.scan_id,
            remarks_key=one.remarks_key,
            attempts=0,
            created=now,
            operation=one.operation,
            slot=one.slot,
            thread=one.thread,
            payload_hash=one.payload_hash,
            last_word=int(one.last_word),
            expires=now + one.expires_after if one.expires_after else None,
            fallback={"receiver": one.fallback.receiver, "payload": dict(one.fallback.payload)}
            if one.fallback
            else None,
            **{"status": "pending", "detail": "", **other},
        )
    )
    number = int(queued.inserted_primary_key[0]) if queued.inserted_primary_key else 0
    items = [{"outbox_id": number, "alert_key": key, "kind": kind} for key, kind in one.items]
    if items:
        connection.execute(insert(outbox_item), items)
    for n, file in enumerate(one.files):
        told = {"name": file.name, "media_type": file.media_type, "alt": file.alt, "content": file.content}
        connection.execute(insert(outbox_file).values(outbox_id=number, n=n, **told))
    return number


def within(scope: str) -> list[ColumnElement[bool]]:
    """Rows of a scope; of all where it is empty."""
    return [outbox.c.scope == scope] if scope else []


def waiting(connection: Connection, scope: str, now: datetime) -> list[OutboxRow]:
    """Every message that was not delivered, oldest first, with the time before which it is not tried."""
    columns = (
        outbox.c.id,
        outbox.c.receiver,
        outbox.c.status,
        outbox.c.attempts,
        outbox.c.created,
        outbox.c.not_before,
        outbox.c.detail,
        outbox.c.operation,
        outbox.c.slot,
        outbox.c.scope,
    )
    left = outbox.c.status.not_in(("delivered", SUPERSEDED, DROPPED))
    rows = connection.execute(select(*columns).where(left, *within(scope)).order_by(outbox.c.id)).all()
    held = _held(connection, now)
    found = [(OutboxRow(*row[:-1]), held.get((row.scope, row.receiver))) for row in rows]
    return [replace(one, not_before=_later(one.not_before, until)) if _waits(one) else one for one, until in found]


def _waits(one: OutboxRow) -> bool:
    return one.status in WAITS


def _held(connection: Connection, now: datetime) -> dict[tuple[str, str], datetime]:
    columns = (receiver_hold.c.scope, receiver_hold.c.receiver, receiver_hold.c.until)
    rows = connection.execute(select(*columns).where(receiver_hold.c.until > now))
    return {(scope, receiver): until for scope, receiver, until in rows}


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment), default=None)


def turn(connection: Connection, scope: str, business_date: date) -> int:
    """How many scans of a date have queued something."""
    mine = and_(scan.c.scope == scope, scan.c.business_date == business_date)
    query = select(func.count(outbox.c.scan_id.distinct())).join(scan, scan.c.id == outbox.c.scan_id).where(mine)
    return int(connection.execute(query).scalar() or 0)


def posted(connection: Connection, scope: str) -> list[Posted]:
    """Per receiver and slot the newest message that is out there or on its way."""
    lives = and_(outbox.c.slot != "", outbox.c.status.not_in((DEAD, SUPERSEDED, DROPPED)), *within(scope))
    newest = select(func.max(outbox.c.id)).where(lives).group_by(outbox.c.receiver, outbox.c.slot)
    columns = (outbox.c.receiver, outbox.c.slot, outbox.c.id, outbox.c.payload_hash, outbox.c.last_word)
    rows = connection.execute(select(*columns).where(outbox.c.id.in_(newest)).order_by(outbox.c.id))
    return [Posted(*row[:4], bool(row[4])) for row in rows]
