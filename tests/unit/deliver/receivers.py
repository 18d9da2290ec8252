"""Receivers that do as they are told, and a state to keep messages in."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel

from riskplug.extend.protocols import Capabilities, Delivery, Digest, Limits, Receipt
from riskplug.model import Change, Severity


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2025, 4, 28, 2, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **amount: float) -> None:
        self.now += timedelta(**amount)


class Obedient:
    """Answers with the receipts it was given, in order, then takes everything."""

    kind: ClassVar[str] = "obedient"
    Options: ClassVar[type[Any]] = BaseModel
    limits: ClassVar[Limits] = Limits()
    capabilities: ClassVar[Capabilities] = Capabilities(reconcile=True)

    def __init__(self, *answers: Receipt | Exception, found: Receipt | Exception | None = None) -> None:
        self.answers, self.found = list(answers), found
        self.sent: list[Delivery] = []
        self.looked: list[Delivery] = []

    def render(self, digest: Digest) -> Mapping[str, Any]:
        return {"text": digest.headline}

    def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
        self.sent.append(delivery)
        answer = self.answers.pop(0) if self.answers else Receipt("delivered")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def find(self, delivery: Delivery, *, timeout: float) -> Receipt | None:
        self.looked.append(delivery)
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


class Blind(Obedient):
    """Cannot be asked what arrived, as an incoming webhook cannot."""

    capabilities: ClassVar[Capabilities] = Capabilities()


class Talker(Obedient):
    """Has threads, edits and files; says everything that it is told."""

    capabilities: ClassVar[Capabilities] = Capabilities(update=True, thread=True, file=True, reconcile=True)

    def render(self, digest: Digest) -> Mapping[str, Any]:
        lines = [[line.title, line.text, line.owner, line.about, line.left, line.state] for line in digest.lines]
        more = [*digest.notes, *digest.silences, *digest.gaps, *digest.dates]
        return {"text": digest.headline, "part": digest.part, "lines": lines, "more": more, "left": digest.more}


def change(kind: str = "new", severity: Severity = "critical", key: str = "k1", **other: Any) -> Change:
    identity = other.pop("identity", {"part_no": "M-1", "site": "DE01"})
    given = {"owner": "anna", "message": "12 days left", "episode": 1, "previous_severity": None, **other}
    return Change(kind=kind, key=key, rule=given.pop("rule", "runway"), severity=severity, identity=identity, **given)


ON = date(2025, 4, 28)
