"""From changes to messages in the outbox: rendered now, sent later, a fixed number per receiver and night."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from riskplug.deliver.conversation import Chart, Conversation, Draw, quiet_night
from riskplug.deliver.digest import LINE_BUDGET, Night, Remarks, digest_of, heard, standing
from riskplug.deliver.message import Fallback, Message, hash_of, rendered
from riskplug.deliver.outbox import Posted
from riskplug.deliver.redaction import OPEN, Redactor
from riskplug.deliver.routing import routed
from riskplug.extend.protocols import Digest, Notifier
from riskplug.model import Change
from riskplug.workspace import Route

# Three messages a night are a digest; the rest of the allowance is for what has to be acted on.
REPLIES, SINGLES, TOP = 6, 10, 10


@dataclass(frozen=True)
class Reader:
    """How one receiver wants to be told.

    ``heartbeat``: an edited status line on nights without news, where messages can be edited. ``fallback``: who is
    told what this receiver could not be. ``replies``, ``singles``, ``top``: most replies to a digest, single messages
    of critical alerts, and lines of the digest itself. ``keyless``: the key of its hashes cannot be had tonight; what
    was sent with hashes is then not edited, and what happened is said below it.
    """

    redactor: Redactor = OPEN
    heartbeat: bool = True
    fallback: str = ""
    replies: int = REPLIES
    singles: int = SINGLES
    top: int = TOP
    keyless: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """What a receiver will be told: the digest, and the messages in the order in which they go.

    ``fault`` says why something had to be rendered as plain text.
    """

    receiver: str
    digest: Digest
    messages: tuple[Message, ...]
    fault: str = ""

    @property
    def message(self) -> Message:
        """The first one: the digest, or its parent."""
        return self.messages[0]


def plan_digests(
    changes: Sequence[Change],
    news: Sequence[Change],
    *,
    night: Night,
    routes: Sequence[Route],
    notifiers: Mapping[str, Notifier],
    remarks: Remarks | None = None,
    budget: int = LINE_BUDGET,
    readers: Mapping[str, Reader] | None = None,
    posted: Iterable[Posted] = (),
    draw: Draw | None = None,
    charts: Sequence[Chart] = (),
) -> tuple[Planned, ...]:
    """The messages of every receiver that has something to be told: news, changed law, that the scan was degraded, that
    something about one of its alerts is quiet no longer soon, or, where it keeps alerts of its own
    (`Capabilities.standing`), what is open.

    A receiver with threads and updates gets a conversation, the others one message. ``changes`` are only counted, and
    edited where they were told before (``posted``). ``draw`` makes the picture of the worst runways,
    ``charts`` the balances of single parts. Sends nothing and reads no clock; equal arguments give equal bytes.
    """
    plan = _Plan(night, notifiers, remarks or Remarks(), budget, readers or {}, draw, charts)
    counted, told = routed(changes, routes), routed(news, routes)
    known: dict[str, list[Posted]] = {name: [] for name in told}
    for one in posted:
        known.setdefault(one.receiver, []).append(one)
    found = (plan.of(name, counted.get(name, ()), told[name], known.get(name, [])) for name in told)
    return tuple(planned for planned in found if planned.messages)


@dataclass(frozen=True)
class _Plan:
    night: Night
    notifiers: Mapping[str, Notifier]
    remarks: Remarks
    budget: int
    readers: Mapping[str, Reader]
    draw: Draw | None = None
    charts: Sequence[Chart] = ()
    nobody: Reader = field(default_factory=Reader)

    def of(self, name: str, changes: Sequence[Change], news: Sequence[Change], posted: Sequence[Posted]) -> Planned:
        return replace(self, remarks=heard(self.remarks, changes))._of(name, changes, news, posted)

    def _of(self, name: str, changes: Sequence[Change], news: Sequence[Change], posted: Sequence[Posted]) -> Planned:
        notifier, reader = self.notifiers.get(name), self.readers.get(name, self.nobody)
        can = notifier.capabilities if notifier else None
        talks = bool(can and can.update and can.thread)
        keeps = bool(can and can.standing)
        tells = bool(news or self.remarks.degraded or self.remarks.law or (keeps and changes))
        # A status line says on a quiet night what ends soon; without one the digest does.
        tells = tells or (any(one.keys for one in self.remarks.silences) and not (talks and reader.heartbeat))
        budget = reader.top if talks and tells else self.budget
        digest = digest_of(self.night, changes, news, self.remarks, budget, reader.redactor)
        if notifier and keeps:
            lines = standing(changes, self.remarks, reader.redactor, notifier.limits.blocks)
            digest = replace(digest, standing=lines)
        faults: list[str] = []
        talk = Conversation(
            name, self.night, self.remarks, notifier, reader, posted, faults.append, self.draw, self.charts
        )
        messages: list[Message] = []
        if tells:
            root = self._root(name, digest if not talks else replace(digest, part="parent"), news, faults.append)
            messages += self._whole(root, talk, changes) if not talks else talk.around(root, changes, news)
        if talks:
            edits = talk.edits(changes)
            messages += [one for one in edits if one.operation == "reply"] if reader.keyless else edits
            messages += quiet_night(talk, digest) if not tells and reader.heartbeat else []
        fault = "; ".join(dict.fromkeys(faults))
        shown = replace(digest, notes=(*digest.notes, f"shown as plain text: {fault}")) if fault else digest
        return Planned(name, shown, tuple(messages), fault)

    def _root(self, name: str, digest: Digest, news: Sequence[Change], failed: Callable[[str], None]) -> Message:
        """The digest itself; a night and attempt give it its key, so that the same scan again queues nothing."""
        payload, fault = rendered(name, _in_one(digest), self.notifiers.get(name))
        if fault:
            failed(fault)
        night, remarks = self.night, self.remarks
        where = [name, night.scope, night.workspace, night.business_date.isoformat()]
        remarks_key = hash_of([*where, "remarks", [*remarks.degraded, *remarks.law]])
        if remarks.silences and not (remarks.degraded or remarks.law or digest.standing):
            # Told when the last of them comes within sight, not again on every night until it ends.
            remarks_key = hash_of([*where[:3], "ends soon", remarks.silences[-1].name or remarks.silences[-1].text])
        items = tuple((change.key, change.kind) for change in news)
        events = sorted([change.key, change.kind, str(change.episode), change.severity] for change in news)
        # A corrected export may turn an alert off and on again within one date: then the attempt tells the posts apart.
        key = hash_of([*where, night.attempt, events]) if items else remarks_key
        fallback = self._fallback(name, news, digest)
        return Message(name, key, remarks_key, payload, items, fallback=fallback)

    def _whole(self, root: Message, talk: Conversation, changes: Sequence[Change]) -> list[Message]:
        can = talk.notifier.capabilities if talk.notifier else None
        return [replace(root, files=talk.files(changes)) if can and can.file else root]

    def _fallback(self, name: str, news: Sequence[Change], digest: Digest) -> Fallback | None:
        """The whole digest as the fallback receiver may read it."""
        other = self.readers.get(name, self.nobody).fallback
        if not other:
            return None
        redactor = self.readers.get(other, self.nobody).redactor
        again = digest_of(self.night, (), news, self.remarks, self.budget, redactor)
        head = f"could not be delivered to {name}: {digest.headline}"
        told = replace(again, headline=head, counts=digest.counts, open=digest.open)
        return Fallback(other, rendered(other, _in_one(told), self.notifiers.get(other))[0])


def _in_one(digest: Digest) -> Digest:
    """A whole digest says everything in its notes, for notifiers that know nothing else."""
    if digest.part != "whole":
        return digest
    return replace(digest, notes=(*digest.notes, *digest.silences, *digest.gaps))
