"""One ticket per alert and episode: looked for by its label, then made, commented, reopened or left alone."""

import base64
import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field

from riskplug.catalogue import SEVERITIES
from riskplug.errors import UsageError
from riskplug.extend.options import Secret, Url, WebOptions, secret, url_of
from riskplug.extend.protocols import Capabilities, Delivery, Digest, DigestLine, Limits, Receipt
from riskplug.extend.wording import digest_text, every_line, shortened, visible

if TYPE_CHECKING:
    from riskplug_plugins.ticket.jira import Issue, Jira

_OPENING, _OVER, _STILL = {"new", "reopened", "worse"}, {"resolved", "retired"}, "ongoing"
# A lease on a message lasts five minutes; a visit must be over before.
_VISIT_SECONDS = 120.0
_MAX_SUMMARY, _MAX_TEXT = 200, 4_000


class TicketOptions(WebOptions):
    """``url``: Jira's address. ``project``: a project's key. ``token``: with ``user``, an API token of Cloud; alone, a
    personal access token.

    ``severity``: the mildest that gets a ticket. ``per_night``: how many are made in one night at most, the others in
    the nights after. ``reopen_days``: how long after it was resolved a ticket is reopened rather than followed by
    another. ``left_alone``: resolutions that are an answer. ``reopen`` and ``close``: names of transitions; without
    ``close`` an alert that is over is only commented. ``fields``: what else Jira asks of a new ticket.
    """

    url: Url
    project: str = Field(pattern=r"^[A-Z][A-Z0-9_]+$")
    token: Secret
    user: str | None = None
    issue_type: str = "Task"
    product: Literal["cloud", "server"] | None = None
    severity: Literal["critical", "warning", "info"] = "critical"
    per_night: int = Field(default=10, ge=1, le=50)
    reopen_days: int = Field(default=30, ge=0)
    left_alone: tuple[str, ...] = ("Won't Fix", "Won't Do", "Duplicate")
    reopen: str | None = None
    close: str | None = None
    fields: dict[str, Any] = Field(default_factory=dict)


class TicketNotifier:
    """Makes and keeps Jira tickets. A message that is sent again finds what the first attempt made."""

    kind: ClassVar[str] = "ticket"
    Options: ClassVar[type[Any]] = TicketOptions
    limits: ClassVar[Limits] = Limits(text=4_000, blocks=100, per_second=1.0)
    capabilities: ClassVar[Capabilities] = Capabilities(idempotent=True, chat=True, standing=True)

    def __init__(self, options: TicketOptions, /) -> None:
        self._options = options

    def render(self, digest: Digest) -> Mapping[str, Any]:
        """The tickets that should be there after this night."""
        told = [line for line in every_line(digest) if self._concerns(line)][: self.limits.blocks]
        return {
            "text": digest_text(digest, self.limits.text),
            "date": digest.business_date.isoformat(),
            "night": f"riskplug-{_hash(digest.workspace)[:8]}-{digest.business_date}",
            "tickets": [_ticket(line, digest) for line in told],
        }

    def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
        """One visit: a search for all tickets, then what each needs."""
        from riskplug_plugins.ticket.jira import Trouble

        plan = {**_minimal(delivery), **delivery.payload}
        try:
            visit = _Visit(self._jira(timeout), self._options, delivery.key[:16], plan)
            visit.look()
        except UsageError as error:
            return Receipt("not_accepted", f"{error.where}: {error.what}")
        except Trouble as trouble:
            return trouble.receipt
        return visit.carry_out()

    def find(self, delivery: Delivery, *, timeout: float) -> Receipt | None:
        """Sending looks first itself."""
        return None

    def _concerns(self, line: DigestLine) -> bool:
        """What is milder gets no ticket, but one that is there hears how it went on."""
        severe = SEVERITIES.index(line.severity) <= SEVERITIES.index(self._options.severity)
        return severe or line.change not in {*_OPENING, _STILL}

    def _jira(self, timeout: float) -> "Jira":
        from riskplug_plugins.ticket.jira import Jira

        options = self._options
        url, token = url_of(options.url).rstrip("/"), secret(options.token)
        pair = base64.b64encode(f"{options.user}:{token}".encode()).decode()
        way_in = f"Basic {pair}" if options.user is not None else f"Bearer {token}"
        cloud = (urlsplit(url).hostname or "").endswith(".atlassian.net")
        is_cloud = options.product == "cloud" if options.product else cloud
        end = time.monotonic() + _VISIT_SECONDS
        headers, trusted = {"Authorization": way_in}, (options.ca_file, options.private_hosts)
        return Jira(url, is_cloud, headers, (token, pair), *trusted, timeout, end)


class _Visit:
    """What one message does in Jira. ``mark`` stands in everything it writes, so that it writes it once."""

    def __init__(self, jira: "Jira", options: TicketOptions, mark: str, plan: Mapping[str, Any]) -> None:
        self._jira, self._options, self._plan = jira, options, plan
        self._mark = f"riskplug {mark}"
        self._known: list[Issue] = []
        self._made: list[str] = []
        self._touched: list[str] = []
        self._refused: list[str] = []
        self._over_bound = 0

    def look(self) -> None:
        """Find the tickets of all its alerts, and those that were made tonight."""
        tickets = self._plan["tickets"]
        if tickets:
            labels = [ticket["label"] for ticket in tickets]
            self._known = self._jira.labelled(self._options.project, [*labels, self._plan["night"]])

    def carry_out(self) -> Receipt:
        """Ticket by ticket; one that Jira refuses does not hide the others, an outage ends the visit."""
        from riskplug_plugins.ticket.jira import Trouble

        for ticket in self._plan["tickets"]:
            try:
                self._attend(ticket)
            except Trouble as trouble:
                if trouble.receipt.outcome != "rejected":
                    return trouble.receipt
                self._refused.append(f"{shortened(ticket['summary'], 60)}: {trouble.receipt.detail}")
        if self._refused:
            return Receipt("rejected", f"{self._summary()}; refused: {'; '.join(self._refused)}"[:1000])
        return Receipt("delivered", self._summary(), {"tickets": " ".join(self._made + self._touched)})

    def _summary(self) -> str:
        bound = f", {self._over_bound} without a ticket: more than {self._options.per_night} in one night"
        return f"{len(self._made)} made, {len(self._touched)} followed up{bound if self._over_bound else ''}"

    def _attend(self, ticket: Mapping[str, Any]) -> None:
        known = next((issue for issue in self._known if ticket["label"] in issue.labels), None)
        if known is None:
            self._make(ticket)
        elif self._mark in known.description or ticket["change"] == _STILL:
            return
        elif ticket["change"] in _OVER:
            self._say(known, ticket)
            if self._options.close and not known.is_done:
                self._jira.move(known.key, self._options.close, done=True)
        elif not known.is_done:
            self._say(known, ticket)
        elif ticket["change"] in _OPENING and known.resolution not in self._options.left_alone:
            self._come_back(known, ticket)

    def _come_back(self, known: "Issue", ticket: Mapping[str, Any]) -> None:
        since = (date.fromisoformat(self._plan["date"]) - known.resolved_on).days if known.resolved_on else 0
        if since > self._options.reopen_days:
            self._make(ticket)
        else:
            self._jira.move(known.key, self._options.reopen, done=False)
            self._say(known, ticket)

    def _make(self, ticket: Mapping[str, Any]) -> None:
        if ticket["change"] not in {*_OPENING, _STILL}:
            return
        tonight = sum(self._plan["night"] in issue.labels for issue in self._known)
        if tonight + len(self._made) >= self._options.per_night:
            self._over_bound += 1
            return
        fields = {
            **self._options.fields,
            "project": {"key": self._options.project},
            "issuetype": {"name": self._options.issue_type},
            "summary": ticket["summary"],
            "description": f"{ticket['description']}\n\n{self._mark}",
            "labels": ["riskplug", ticket["label"], self._plan["night"]],
        }
        self._made.append(self._jira.create(fields))

    def _say(self, known: "Issue", ticket: Mapping[str, Any]) -> None:
        if not self._jira.has_comment(known.key, self._mark):
            self._jira.comment(known.key, f"{ticket['comment']}\n\n{self._mark}")
        self._touched.append(known.key)


def _ticket(line: DigestLine, digest: Digest) -> dict[str, Any]:
    facts = [f"{name}: {value}" for name, value in line.identity.items() if value]
    facts += [f"owner: {line.owner}" if line.owner else "", f"severity: {line.severity}", f"rule: {line.rule}"]
    told = f"{line.title}\n{line.text}\n\n" + "\n".join(filter(None, facts))
    night = f"riskplug, {digest.workspace}, {digest.business_date}"
    return {
        "label": _label(line.key, line.episode),
        "change": line.change,
        "summary": shortened(visible(line.title).strip() or "riskplug alert", _MAX_SUMMARY),
        "description": f"{_verbatim(told)}\n{_verbatim(night)}",
        "comment": _verbatim(f"{night}: {line.change}, {line.severity}\n{line.text}"),
    }


def _minimal(delivery: Delivery) -> dict[str, Any]:
    """A digest that lost its form, as a ticket of its own."""
    text = str(delivery.payload["text"])
    ticket = {
        "label": _label(delivery.key, 1),
        "change": "new",
        "summary": shortened(visible(text.split("\n", 1)[0]).strip() or "riskplug", _MAX_SUMMARY),
        "description": _verbatim(text),
        "comment": _verbatim(text),
    }
    return {"date": date.max.isoformat(), "night": "riskplug-message", "tickets": [ticket]}


def _label(key: str, episode: int) -> str:
    return f"riskplug-{_hash(f'{key}:{episode}')[:24]}"


def _verbatim(text: str) -> str:
    """Text that Jira shows as it is: nothing in it is markup, a link, a picture or a mention."""
    lines: Sequence[str] = [visible(line) for line in text.split("\n")]
    inert = re.sub(r"\{(\s*noformat)", r"{ \1", "\n".join(lines), flags=re.IGNORECASE)
    return f"{{noformat}}\n{shortened(inert, _MAX_TEXT)}\n{{noformat}}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
