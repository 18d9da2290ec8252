"""The outbox as senders see it; ``state`` keeps it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from riskplug.extend.protocols import Delivery, Receipt

Status = Literal["pending", "ambiguous", "delivered", "dead"]
"""Also ``sending`` while a lease holds (expired, the row is as good as ambiguous), and ``superseded``: an update that a
newer one made pointless; ``dropped``: somebody put it away."""


@dataclass(frozen=True, slots=True)
class Leased:
    """A message that this process alone may send. ``doubtful``: an earlier attempt may have arrived."""

    id: int
    receiver: str
    delivery: Delivery
    attempt: int
    doubtful: bool
    token: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an attempt leaves its message.

    ``minimal``: try again without the form. ``anew``: what it belongs to is gone; it becomes a message of its own.
    ``hold_until``: before that time no message goes to its receiver, nor to the ``companions``, which share its limit.
    """

    status: Status
    receipt: Receipt
    not_before: datetime | None = None
    reconciled: bool = False
    minimal: bool = False
    anew: bool = False
    hold_until: datetime | None = None
    companions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """What `riskplug outbox list` shows of a message. ``not_before``: the message's own time, or its receiver's."""

    id: int
    receiver: str
    status: str
    attempts: int
    created: datetime
    not_before: datetime | None
    detail: str
    operation: str = "post"
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that is out there, or on its way: the newest of its slot.

    ``slot`` names what can be edited later: ``digest:DATE:ATTEMPT``, ``status``, ``alert:KEY:EPISODE``. ``number``
    grows with time. ``payload_hash`` is of what it was last given, ``closed`` whether it had its last word.
    """

    receiver: str
    slot: str
    number: int
    payload_hash: str
    closed: bool = False


class OutboxStore(Protocol):
    """Where messages wait."""

    def lease(self, receivers: Collection[str], *, now: datetime, lease: timedelta, owner: str) -> Leased | None:
        """The next message of these receivers that is due, taken by exactly one caller; None when there is none.

        A receiver gets one message at a time, in the order in which they were queued.
        """
        ...

    def settle(self, leased: Leased, settlement: Settlement, *, now: datetime) -> bool:
        """Record the end of an attempt; False when the lease was lost meanwhile, and then nothing is changed."""
        ...

    def posted(self) -> list[Posted]:
        """Per receiver and slot the newest message that is out there or on its way."""
        ...

    def waiting(self) -> list[OutboxRow]:
        """Every message not delivered, dead ones included, oldest first; not what somebody put away."""
        ...
