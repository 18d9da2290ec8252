"""Sending what waits in the outbox. Nothing sleeps here; what must wait carries a time before which it is not tried."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from riskplug.deliver.outbox import Leased, OutboxStore, Settlement
from riskplug.extend import guard
from riskplug.extend.protocols import Notifier, Receipt, SharingALimit
from riskplug.secrets import blot

MAX_ATTEMPTS = 8
LEASE = timedelta(minutes=5)
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)
_LONGEST_HOLD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one receiver's messages in this run; ``waiting`` and ``dead`` count what is left afterwards."""

    receiver: str
    delivered: int = 0
    waiting: int = 0
    dead: int = 0
    detail: str = ""

    @property
    def complete(self) -> bool:
        return not self.waiting and not self.dead

    @property
    def counts(self) -> dict[str, int]:
        return {"delivered": self.delivered, "waiting": self.waiting, "dead": self.dead}

    def __str__(self) -> str:
        counts = ((self.delivered, "delivered"), (self.waiting, "waiting"), (self.dead, "dead"))
        said = ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing to send"
        return f"{said} ({self.detail})" if self.detail and not self.complete else said


def send_outbox(
    store: OutboxStore,
    notifiers: Mapping[str, Notifier],
    *,
    clock: Callable[[], datetime],
    owner: str,
    timeout: float = 10.0,
    lease: timedelta = LEASE,
    max_attempts: int = MAX_ATTEMPTS,
) -> tuple[Delivered, ...]:
    """Try every due message once; one receiver's trouble does not touch another's.

    A receiver that did not take a message is left alone with all its messages, by later runs too, until it may be tried
    again, so that they keep their order; where it says that its limit is reached, so are those that share the limit.
    After an ambiguous attempt, or one whose process died, the notifier looks for the message before it is sent again.
    """
    delivered = dict.fromkeys(notifiers, 0)
    open_receivers = set(notifiers)
    while leased := store.lease(open_receivers, now=clock(), lease=lease, owner=owner):
        settlement = attempt(leased, notifiers[leased.receiver], timeout, clock(), max_attempts)
        if settlement.receipt.retry_after is not None:
            settlement = replace(settlement, companions=_companions(leased.receiver, notifiers))
        store.settle(leased, settlement, now=clock())
        if settlement.status == "delivered":
            delivered[leased.receiver] += 1
        if settlement.hold_until is not None:
            open_receivers -= {leased.receiver, *settlement.companions}
    return _outcomes(store, delivered)


def attempt(leased: Leased, notifier: Notifier, timeout: float, now: datetime, max_attempts: int) -> Settlement:
    """Send one message, or find that it had arrived."""
    if leased.doubtful:
        found = _look(leased, notifier, timeout)
        if found is not None:
            return _settled(leased, found, now, max_attempts, reconciled=True)
    asked = guard.call(leased.receiver, "send", lambda: notifier.send(leased.delivery, timeout=timeout), prints=True)
    # An exception does not say how far the message came.
    receipt = asked.value or Receipt("ambiguous", str(asked.fault))
    if receipt.outcome == "ambiguous":
        seen = replace(
            leased, delivery=replace(leased.delivery, attempted_since=leased.delivery.attempted_since or now)
        )
        found = _look(seen, notifier, timeout)
        if found is not None and found.outcome == "delivered":
            return _settled(leased, found, now, max_attempts, reconciled=True)
    return _settled(leased, receipt, now, max_attempts)


def _look(leased: Leased, notifier: Notifier, timeout: float) -> Receipt | None:
    """None: not there, or the receiver cannot say; at-least-once then means to send."""
    if not notifier.capabilities.reconcile:
        return None
    asked = guard.call(leased.receiver, "find", lambda: notifier.find(leased.delivery, timeout=timeout))
    return Receipt("ambiguous", str(asked.fault)) if asked.fault else asked.value


def _settled(
    leased: Leased, receipt: Receipt, now: datetime, max_attempts: int, reconciled: bool = False
) -> Settlement:
    receipt = replace(receipt, detail=blot(receipt.detail))
    if receipt.outcome == "delivered":
        return Settlement("delivered", receipt, reconciled=reconciled)
    if receipt.outcome == "rejected":
        asked, payload = receipt.reference.get("try"), leased.delivery.payload
        plainer = asked == "minimal" and not payload.get("minimal")
        anew = asked == "post" and leased.delivery.operation != "post" and "lost" not in payload
        return Settlement("pending" if plainer or anew else "dead", receipt, minimal=plainer, anew=anew)
    until = now + _pause(leased.attempt, receipt.retry_after)
    if leased.attempt >= max_attempts:
        return Settlement("dead", receipt, hold_until=until)
    # Not accepted after an ambiguous attempt leaves that attempt as doubtful as it was.
    doubtful = receipt.outcome == "ambiguous" or leased.doubtful
    return Settlement("ambiguous" if doubtful else "pending", receipt, until, reconciled, hold_until=until)


def _pause(attempt: int, asked_for: float | None) -> timedelta:
    """How long the receiver is left alone: as long as it asks, a day at most, else longer with each attempt."""
    if asked_for is None or math.isnan(asked_for):
        return min(_FIRST_WAIT * (1 << min(attempt - 1, 10)), _LONGEST_WAIT)
    return timedelta(seconds=min(max(asked_for, 0.0), _LONGEST_HOLD.total_seconds()))


def _companions(receiver: str, notifiers: Mapping[str, Notifier]) -> tuple[str, ...]:
    """The other receivers whose messages count for the same limit."""
    limits = {name: one.limit_key() for name, one in notifiers.items() if isinstance(one, SharingALimit)}
    mine = limits.pop(receiver, None)
    return tuple(name for name, limit in limits.items() if limit == mine)


def _outcomes(store: OutboxStore, delivered: Mapping[str, int]) -> tuple[Delivered, ...]:
    left = store.waiting()
    names = [*delivered, *sorted({row.receiver for row in left} - set(delivered))]
    outcomes = []
    for name in names:
        mine = [row for row in left if row.receiver == name]
        dead = sum(row.status == "dead" for row in mine)
        detail = next((row.detail for row in reversed(mine) if row.detail), "")
        if mine and name not in delivered:
            detail = detail or "no notifier for this receiver is loaded"
        outcomes.append(Delivered(name, delivered.get(name, 0), len(mine) - dead, dead, detail))
    return tuple(outcomes)
