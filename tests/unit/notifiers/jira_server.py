"""A Jira-shaped server on this host: projects of tickets, found by label, commented, moved; answers as Jira does."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from digests import CANARY
from listener import Got, Listener

_SEARCH = re.compile(r'^project = "(\w+)" AND labels in \((.*)\) ORDER BY created DESC$')


class JiraServer(Listener):
    """``issues``: the oldest first. ``required``: a field without which no ticket is made. ``cloud``: which search."""

    def __init__(self) -> None:
        super().__init__()
        self.issues: list[dict[str, Any]] = []
        self.comments: dict[str, list[str]] = {}
        self.required, self.cloud, self.way_in = "", False, f"Bearer {CANARY}"

    def ordinary(self, got: Got) -> tuple[int, dict[str, str], Any]:
        if got.headers.get("Authorization") != self.way_in:
            return 401, {}, {"errorMessages": ["You are not authenticated."], "errors": {}}
        parts = urlsplit(got.path)
        if parts.path == f"/rest/api/{'3/search/jql' if self.cloud else '2/search'}":
            return self._search(parse_qs(parts.query))
        if parts.path == "/rest/api/2/issue" and got.method == "POST":
            return self._create(got.json()["fields"])
        found = re.fullmatch(r"/rest/api/2/issue/([A-Z]+-\d+)/(comment|transitions)", parts.path)
        if found:
            return self._below(self.issue(found[1]), found[2], got)
        return 404, {}, {"errorMessages": [f"null for uri: {parts.path}"], "errors": {}}

    def issue(self, key: str) -> dict[str, Any]:
        return next(issue for issue in self.issues if issue["key"] == key)

    def resolve(self, key: str, resolution: str, on: str) -> None:
        """A person closes a ticket."""
        status = {"name": "Done", "statusCategory": {"key": "done"}}
        resolved = {"resolution": {"name": resolution}, "resolutiondate": f"{on}T10:00:00.000+0000"}
        self.issue(key)["fields"].update(status=status, **resolved)

    def _search(self, query: dict[str, list[str]]) -> tuple[int, dict[str, str], Any]:
        asked = _SEARCH.match(query["jql"][0])
        assert asked, query["jql"]
        labels = set(re.findall(r'"([^"]+)"', asked[2]))
        found = [issue for issue in self.issues if labels & set(issue["fields"]["labels"])]
        return 200, {}, {"issues": list(reversed(found))}

    def _create(self, fields: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        if self.required and self.required not in fields:
            return 400, {}, {"errorMessages": [], "errors": {self.required: f"{self.required} is required."}}
        assert len(fields["summary"]) <= 255 and "\n" not in fields["summary"]
        assert all(label and " " not in label for label in fields["labels"])
        key = f"{fields['project']['key']}-{len(self.issues) + 1}"
        opened = {"status": {"name": "To Do", "statusCategory": {"key": "new"}}, "resolution": None}
        self.issues.append({"key": key, "fields": {**fields, **opened, "resolutiondate": None}})
        return 201, {}, {"id": "1", "key": key}

    def _below(self, issue: dict[str, Any], what: str, got: Got) -> tuple[int, dict[str, str], Any]:
        said = self.comments.setdefault(issue["key"], [])
        if what == "comment" and got.method == "POST":
            said.append(got.json()["body"])
            return 201, {}, {"id": "1"}
        if what == "comment":
            return 200, {}, {"comments": [{"body": text} for text in reversed(said)]}
        if got.method == "GET":
            return 200, {}, {"transitions": [_step("11", "Reopen", "new"), _step("21", "Close", "done")]}
        done = got.json()["transition"]["id"] == "21"
        status = {"name": "x", "statusCategory": {"key": "done" if done else "new"}}
        issue["fields"].update(status=status, resolution={"name": "Done"} if done else None)
        return 204, {}, b""


def _step(number: str, name: str, category: str) -> dict[str, Any]:
    return {"id": number, "name": name, "to": {"statusCategory": {"key": category}}}
