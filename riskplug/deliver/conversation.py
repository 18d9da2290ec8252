"""A night in a channel with threads and edits: a digest with replies and a file, critical alerts as messages of their
own, both kept up to date by editing them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from riskplug.deliver.attachment import alerts_file
from riskplug.deliver.digest import FRESH, GONE, Night, Remarks, ends_soon, line_of, open_alerts, undelivered
from riskplug.deliver.grouping import Group, group_name, grouped
from riskplug.deliver.message import Message, hash_of, rendered
from riskplug.deliver.outbox import Posted
from riskplug.extend.protocols import Attachment, Digest, DigestLine, DigestPart, Notifier
from riskplug.model import Change

if TYPE_CHECKING:
    from riskplug.deliver.planning import Reader

THREAD_LINES, BARS, EDITS = 15, 12, 30
_TOLD = {
    "worse": "Worse",
    "better": "Better",
    "reopened": "Back",
    "resolved": "Resolved",
    "retired": "Closed with its rule",
    "escalated": "Nobody has answered",
    "expired": "No longer silent",
}

Bar = tuple[str, float, str]
"""Label, days, severity."""
Draw = Callable[[Sequence[Bar]], bytes]


@dataclass(frozen=True, slots=True)
class Chart:
    """A part's balance as a picture, drawn when somebody is to see it: a PNG, and what it shows in words."""

    part_no: str
    site: str
    draw: Callable[[], bytes]
    says: str


@dataclass(frozen=True)
class Conversation:
    """One receiver's night. ``failed`` is told why something lost its form."""

    receiver: str
    night: Night
    remarks: Remarks
    notifier: Notifier | None
    reader: "Reader"
    posted: Sequence[Posted]
    failed: Callable[[str], None]
    draw: Draw | None = None
    charts: Sequence[Chart] = ()

    def around(self, root: Message, changes: Sequence[Change], news: Sequence[Change]) -> list[Message]:
        """The digest, the single messages, the replies by group, and the file, in the order in which they go."""
        slot = f"digest:{self.night.business_date}:{self.night.attempt}"
        parent = replace(root, slot=slot)
        if not news:
            return [parent]
        more = news if len(news) > self.reader.top else ()
        replies = [self._reply(parent, group, n) for n, group in enumerate(grouped(more, self.reader.replies))]
        return [parent, *self._singles(news), *replies, *self._file(parent, changes)]

    def edits(self, changes: Sequence[Change]) -> list[Message]:
        """Messages of alerts that read differently now; what happened is said in their thread as well, for edits ring
        no bell. Those that ended come first, and no more than a night's allowance."""
        known = {one.slot: one for one in self.posted}
        ours = [(change, known[_slot(change)]) for change in changes if _slot(change) in known]
        ours.sort(key=lambda pair: pair[0].kind not in GONE)
        made: list[Message] = []
        room = self.reader.singles - self._fresh_count(changes)
        for change, one in ours:
            if one.closed and change.kind not in FRESH:
                continue
            found = self._edit(change, one)
            notes = found[1:][: max(room, 0)]
            room -= len(notes)
            made += [*found[:1], *notes]
        return made[: EDITS + self.reader.singles]

    def files(self, changes: Sequence[Change]) -> tuple[Attachment, ...]:
        """Every alert of the receiver, a picture of the shortest runways, and the balances of parts it is told of."""
        name = f"riskplug-{self.night.business_date}-{self.night.attempt}"
        table = alerts_file(name, self.night, changes, self.remarks, self.reader.redactor)
        picture = self._picture(name, changes)
        return (*((table, picture) if picture else (table,)), *self._balances(name, changes))

    def message(self, digest: Digest, *key: object) -> Message:
        """A message of this night with a key of its own."""
        payload, fault = rendered(self.receiver, digest, self.notifier)
        if fault:
            self.failed(fault)
        name = hash_of([self.receiver, self.night.scope, self.night.business_date.isoformat(), *key])
        return Message(self.receiver, name, name, payload)

    def _digest(self, part: DigestPart, headline: str, lines: Sequence[DigestLine], more: int = 0) -> Digest:
        night = self.night
        return Digest(night.workspace, night.business_date, night.scan_id, headline, {}, tuple(lines), more, part=part)

    def _line(self, change: Change) -> DigestLine:
        return line_of(change, self.remarks, self.reader.redactor)

    def _fresh_count(self, changes: Sequence[Change]) -> int:
        known = {one.slot for one in self.posted}
        fresh = [change for change in changes if _is_single(change) and _slot(change) not in known]
        return min(len(fresh), self.reader.singles)

    def _singles(self, news: Sequence[Change]) -> list[Message]:
        known = {one.slot for one in self.posted}
        fresh = [change for change in news if _is_single(change) and _slot(change) not in known]
        return [self._single(change) for change in fresh[: self.reader.singles]]

    def _single(self, change: Change) -> Message:
        line = self._line(change)
        # Neither date nor kind of tonight: an alert that goes on as it was must read as it did.
        line = replace(line, change=change.kind if change.kind in (*GONE, "unknown") else "open")
        made = self.message(self._digest("single", line.title, [line]), self.night.attempt, _slot(change))
        return replace(made, slot=_slot(change), items=((change.key, change.kind),))

    def _edit(self, change: Change, one: Posted) -> list[Message]:
        """The edited message where it reads differently, and a note where something happened."""
        single = self._single(change)
        gone = change.kind in GONE
        if single.payload_hash == one.payload_hash:
            return []
        key = hash_of([single.key, "update", single.payload_hash])
        update = replace(single, key=key, remarks_key=key, operation="update", last_word=gone, items=())
        return [update, self._note(change)] if change.kind in _TOLD and not change.suppression else [update]

    def _note(self, change: Change) -> Message:
        line = self._line(change)
        head = f"{_TOLD[change.kind]} on {self.night.business_date.isoformat()}"
        made = self.message(self._digest("note", head, [line]), self.night.attempt, _slot(change), "note", change.kind)
        return replace(made, operation="reply", thread=_slot(change), items=((change.key, change.kind),))

    def _reply(self, parent: Message, group: Group, n: int) -> Message:
        named = group_name(group, self.reader.redactor.value(group.dimension, group.value))
        title = self.remarks.titles.get(group.value, named) if group.dimension == "rule" else named
        counts = ", ".join(f"{now} {name}" for name, (now, _) in open_alerts(group.changes).items() if now)
        ended = sum(change.kind in GONE for change in group.changes)
        said = ", ".join(part for part in (counts, f"{ended} resolved" if ended else "") if part)
        lines = [self._line(change) for change in group.changes[:THREAD_LINES]]
        digest = self._digest("thread", f"{title}: {said}", lines, max(0, len(group.changes) - THREAD_LINES))
        made = self.message(digest, parent.key, "reply", n)
        return replace(made, operation="reply", thread=parent.slot)

    def _file(self, parent: Message, changes: Sequence[Change]) -> list[Message]:
        if self.notifier is None or not self.notifier.capabilities.file:
            return []
        key = hash_of([parent.key, "file"])
        text = f"All {len(changes):,} alerts of this channel"
        made = Message(self.receiver, key, key, {"text": text}, operation="file", thread=parent.slot)
        return [replace(made, files=self.files(changes))]

    def _picture(self, name: str, changes: Sequence[Change]) -> Attachment | None:
        open_ones = [one for one in changes if one.rule in self.remarks.days and one.kind not in GONE]
        short = sorted((one for one in open_ones if one.metric is not None), key=lambda one: one.metric or 0.0)
        bars: dict[str, Bar] = {}
        for one in short:
            label = self._line(one).about
            bars.setdefault(label, (label, max(one.metric or 0.0, 0.0), one.severity))
        worst = list(bars.values())[:BARS]
        if not worst or self.draw is None:
            return None
        said = "; ".join(f"{label}: {days:.0f} days" for label, days, _ in worst)
        return Attachment(f"{name}.png", "image/png", self.draw(worst), f"Shortest runways. {said}")

    def _balances(self, name: str, changes: Sequence[Change]) -> list[Attachment]:
        """A chart shows part numbers and quantities: none where the receiver may not read them as they are."""
        if self.reader.redactor.hides & {"part_numbers", "quantities", "suppliers"}:
            return []
        told = {(one.identity.get("part_no"), one.identity.get("site")) for one in changes if one.kind not in GONE}
        mine = [chart for chart in self.charts if (chart.part_no, chart.site) in told]
        return [
            Attachment(f"{name}-balance-{n}.png", "image/png", chart.draw(), chart.says)
            for n, chart in enumerate(mine, start=1)
        ]


def quiet_night(talk: Conversation, digest: Digest) -> list[Message]:
    """One status message below the last digest, edited as long as nothing is new; none on a date that had a digest."""
    digests = [one for one in talk.posted if one.slot.startswith("digest:")]
    if any(one.slot.startswith(f"digest:{talk.night.business_date}:") for one in digests):
        return []
    total, worst = sum(now for now, _ in digest.open.values()), digest.open.get("critical", (0, 0))[0]
    said = f"Nothing new on {talk.night.business_date.isoformat()}: {total:,} open, {worst:,} of them critical"
    if talk.remarks.silences:
        said = f"{said}; {ends_soon(len(talk.remarks.silences))}"
    if talk.remarks.dead_letters:
        said = f"{undelivered(talk.remarks.dead_letters)}. {said}"
    made = talk.message(replace(digest, part="status", headline=said), "status")
    status = next((one for one in talk.posted if one.slot == "status"), None)
    if status and status.payload_hash == made.payload_hash:
        return []
    key = hash_of([made.key, made.payload_hash])
    newest = max((one.number for one in digests), default=0)
    stays = status is not None and status.number > newest
    return [replace(made, key=key, remarks_key=key, slot="status", operation="update" if stays else "post")]


def _slot(change: Change) -> str:
    return f"alert:{change.key}:{change.episode}"


def _is_single(change: Change) -> bool:
    return change.severity == "critical" and change.kind in (*FRESH, "escalated") and not change.suppression
