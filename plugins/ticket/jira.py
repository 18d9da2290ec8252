"""Jira's REST interface, as far as tickets need it: search, create, comment, move.

Version 2 takes plain text with Jira's markup, in Cloud and on a server of one's own. Only search differs: Cloud has
taken `/rest/api/2/search` away (developer.atlassian.com, CHANGE-2046).
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from riskplug.extend.protocols import Receipt
from riskplug.extend.web import Answer, Request, ask, receipt_of
from riskplug.extend.wording import blotted, shortened, visible

_FIELDS = "labels,status,resolution,resolutiondate,description"
_MAX_FOUND = 100


class Trouble(Exception):
    """Jira did not do what was asked; ``receipt`` says how sure that is."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.detail)
        self.receipt = receipt


@dataclass(frozen=True, slots=True)
class Issue:
    """A ticket as Jira knows it. ``resolved_on``: None while it is not resolved."""

    key: str
    labels: frozenset[str]
    description: str
    is_done: bool
    resolution: str
    resolved_on: date | None


@dataclass(frozen=True, slots=True)
class Jira:
    """One visit to Jira, over at ``end`` (time.monotonic)."""

    url: str
    is_cloud: bool
    headers: Mapping[str, str]
    hidden: tuple[str, ...]
    ca_file: Path | None
    private_hosts: tuple[str, ...]
    timeout: float
    end: float

    def labelled(self, project: str, labels: Sequence[str]) -> list[Issue]:
        """Tickets with any of the labels, the newest first."""
        listed = ", ".join(f'"{label}"' for label in labels)
        query = {
            "jql": f'project = "{project}" AND labels in ({listed}) ORDER BY created DESC',
            "fields": _FIELDS,
            "maxResults": _MAX_FOUND,
        }
        found = self._ask("GET", f"/rest/api/{'3/search/jql' if self.is_cloud else '2/search'}?{urlencode(query)}")
        if not isinstance(found, dict) or not isinstance(found.get("issues"), list):
            raise Trouble(Receipt("not_accepted", "the search was answered by something that is not Jira"))
        return [_issue(item) for item in found["issues"]]

    def create(self, fields: Mapping[str, Any]) -> str:
        """The key of a new ticket."""
        made = self._ask("POST", "/rest/api/2/issue", {"fields": fields})
        if not isinstance(made, dict) or not made.get("key"):
            raise Trouble(Receipt("ambiguous", "Jira answered without the key of the new ticket"))
        return str(made["key"])

    def has_comment(self, key: str, mark: str) -> bool:
        """Whether one of the last comments has the mark."""
        found = self._ask("GET", f"/rest/api/2/issue/{key}/comment?orderBy=-created&maxResults=50")
        comments = found.get("comments", ()) if isinstance(found, dict) else ()
        return any(mark in json.dumps(comment) for comment in comments)

    def comment(self, key: str, text: str) -> None:
        """Say something below a ticket."""
        self._ask("POST", f"/rest/api/2/issue/{key}/comment", {"body": text})

    def move(self, key: str, name: str | None, *, done: bool) -> bool:
        """Take the transition of that name, or the first that leads there; False when there is none."""
        found = self._ask("GET", f"/rest/api/2/issue/{key}/transitions")
        offered = found.get("transitions", ()) if isinstance(found, dict) else ()
        fitting = [step for step in offered if _fits(step, name, done)]
        if fitting:
            self._ask("POST", f"/rest/api/2/issue/{key}/transitions", {"transition": {"id": str(fitting[0]["id"])}})
        return bool(fitting)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        left = min(self.timeout, self.end - time.monotonic())
        if left <= 0:
            raise Trouble(Receipt("not_accepted", "the time of one visit was up; the rest follows with the next"))
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Accept": "application/json", "Content-Type": "application/json", **self.headers}
        asked = Request(f"{self.url}{path}", method, sent, headers, self.ca_file, self.hidden, self.private_hosts)
        answer = ask(asked, timeout=left)
        # A question that got no answer has changed nothing.
        receipt = receipt_of(answer, idempotent=method == "GET")
        if receipt.outcome != "delivered":
            said = shortened(blotted(_said(answer), self.hidden), 300) or receipt.detail
            raise Trouble(Receipt(receipt.outcome, said, retry_after=receipt.retry_after))
        return answer.json()


def _issue(item: Mapping[str, Any]) -> Issue:
    fields = item.get("fields") or {}
    status = (fields.get("status") or {}).get("statusCategory") or {}
    resolved = fields.get("resolutiondate")
    return Issue(
        str(item["key"]),
        frozenset(fields.get("labels") or ()),
        json.dumps(fields.get("description") or ""),
        status.get("key") == "done",
        str((fields.get("resolution") or {}).get("name", "")),
        datetime.fromisoformat(resolved).date() if resolved else None,
    )


def _fits(step: Mapping[str, Any], name: str | None, done: bool) -> bool:
    if name is not None:
        return str(step.get("name", "")).casefold() == name.casefold()
    return (((step.get("to") or {}).get("statusCategory") or {}).get("key") == "done") == done


def _said(answer: Answer) -> str:
    """Jira's own words about what was wrong."""
    told = answer.json() if answer.status >= 400 else None
    if not isinstance(told, dict):
        return ""
    words = [*map(str, told.get("errorMessages") or ()), *(f"{k}: {v}" for k, v in (told.get("errors") or {}).items())]
    return visible(f"HTTP {answer.status}: {'; '.join(words)}") if words else ""
