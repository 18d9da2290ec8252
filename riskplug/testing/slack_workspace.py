"""A tiny Slack workspace in memory: channels, threads, edits, files, history; the rules of the Web API's methods."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from riskplug.testing.slack_limits import MAX_TEXT, block_problems

_PAGE = 100
Asked = dict[str, Any]
Answer = dict[str, Any]


@dataclass
class SlackWorkspace:
    """``messages``: by channel id, the oldest first, thread replies among them with their ``thread_ts``. ``files``: by
    id, ``name``, ``content`` and where they were shared. ``edits``: how often a message was edited, by ts."""

    channels: Mapping[str, str]
    base_url: str = ""
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    edits: dict[str, int] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)
    _last: int = 0

    def __post_init__(self) -> None:
        for channel in self.channels:
            self.messages.setdefault(channel, [])

    def call(self, method: str, asked: Asked) -> Answer:
        """The answer of a method of the Web API."""
        known: dict[str, Callable[[Asked], Answer]] = {
            "auth.test": lambda _: {"ok": True, "user": "riskplug", "team": "Test", "url": self.base_url},
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.getPermalink": self._permalink,
            "conversations.list": self._list,
            "conversations.history": lambda asked: self._history(asked, thread=False),
            "conversations.replies": lambda asked: self._history(asked, thread=True),
            "files.getUploadURLExternal": self._upload_url,
            "files.completeUploadExternal": self._share,
        }
        if method not in known:
            return {"ok": False, "error": "unknown_method"}
        with self.lock:
            return known[method](asked)

    def vanish(self, ts: str) -> None:
        """A message that somebody deleted."""
        with self.lock:
            for kept in self.messages.values():
                kept[:] = [message for message in kept if message["ts"] != ts]

    def uploaded(self, file: str, content: bytes) -> None:
        """The bytes of a file, sent to its own address."""
        self.files[file]["content"] = content

    def _place(self, name: object) -> str:
        known = {**{key: key for key in self.channels}, **{f"#{n}": key for key, n in self.channels.items()}}
        return {**known, **{n: key for key, n in self.channels.items()}}.get(str(name), "")

    def _found(self, channel: object, ts: object) -> dict[str, Any] | None:
        return next((one for one in self.messages.get(str(channel), ()) if one["ts"] == ts), None)

    def _stamp(self) -> str:
        """Unique and growing, whatever the clock does."""
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def _post(self, asked: Asked) -> Answer:
        place = self._place(asked.get("channel"))
        if not place:
            return {"ok": False, "error": "channel_not_found"}
        if asked.get("thread_ts") and not self._found(place, asked["thread_ts"]):
            return {"ok": False, "error": "thread_not_found"}
        refused = _refusal(asked)
        if refused:
            return refused
        stamp = self._stamp()
        self.messages[place].append({**asked, "text": asked.get("text", "")[:MAX_TEXT], "ts": stamp})
        return {"ok": True, "channel": place, "ts": stamp}

    def _update(self, asked: Asked) -> Answer:
        """By id alone; blocks that are left out stay, an empty list clears them."""
        found = self._found(asked.get("channel"), asked.get("ts"))
        if found is None:
            return {"ok": False, "error": "message_not_found"}
        refused = _refusal(asked)
        if refused:
            return refused
        found.update({name: asked[name] for name in ("text", "blocks") if name in asked})
        self.edits[found["ts"]] = self.edits.get(found["ts"], 0) + 1
        return {"ok": True, "channel": asked["channel"], "ts": found["ts"]}

    def _permalink(self, asked: Asked) -> Answer:
        if self._found(asked.get("channel"), asked.get("message_ts")) is None:
            return {"ok": False, "error": "message_not_found"}
        digits = str(asked["message_ts"]).replace(".", "")
        return {"ok": True, "permalink": f"https://test.slack.com/archives/{asked['channel']}/p{digits}"}

    def _list(self, asked: Asked) -> Answer:
        return {"ok": True, "channels": [{"id": key, "name": name} for key, name in self.channels.items()]}

    def _history(self, asked: Asked, thread: bool) -> Answer:
        """By id alone, a page at a time, metadata only where asked for; a channel's own shows no replies."""
        if asked.get("channel") not in self.messages:
            return {"ok": False, "error": "channel_not_found"}
        kept = self.messages[str(asked["channel"])]
        if thread and not self._found(asked["channel"], asked.get("ts")):
            return {"ok": False, "error": "thread_not_found"}
        wanted = [one for one in kept if (asked.get("ts") in (one.get("thread_ts"), one["ts"])) == thread or not thread]
        wanted = wanted if thread else [one for one in kept if not one.get("thread_ts")]
        since, first = float(asked.get("oldest") or 0), int(asked.get("cursor") or 0)
        found = [message for message in wanted if float(message["ts"]) > since]
        page = sorted(found, key=lambda message: float(message["ts"]), reverse=not thread)[first : first + _PAGE]
        if str(asked.get("include_all_metadata", "")).lower() not in ("1", "true"):
            page = [{name: value for name, value in message.items() if name != "metadata"} for message in page]
        following = str(first + _PAGE) if first + _PAGE < len(found) else ""
        return {"ok": True, "messages": page, "response_metadata": {"next_cursor": following}}

    def _upload_url(self, asked: Asked) -> Answer:
        file = f"F{len(self.files) + 1:05d}"
        self.files[file] = {"name": asked["filename"], "length": int(asked["length"]), "content": b"", "shared": []}
        return {"ok": True, "file_id": file, "upload_url": f"{self.base_url}upload/{file}"}

    def _share(self, asked: Asked) -> Answer:
        given = asked["files"] if isinstance(asked["files"], list) else json.loads(asked["files"])
        place, thread = str(asked.get("channel_id", "")), asked.get("thread_ts")
        if place not in self.messages:
            return {"ok": False, "error": "channel_not_found"}
        if thread and not self._found(place, thread):
            return {"ok": False, "error": "thread_not_found"}
        named = [{"id": one["id"], "name": self.files[one["id"]]["name"]} for one in given]
        stamp = self._stamp()
        shown = {"text": asked.get("initial_comment", ""), "files": named, "ts": stamp}
        self.messages[place].append({**shown, **({"thread_ts": thread} if thread else {})})
        for one in given:
            self.files[one["id"]]["shared"].append(stamp)
        return {"ok": True, "files": named}


def _refusal(asked: Asked) -> Answer | None:
    wrong = list(block_problems(asked.get("blocks") or []))
    if wrong:
        said = {"messages": [f"[ERROR] {problem}" for problem in wrong]}
        return {"ok": False, "error": "invalid_blocks", "response_metadata": said}
    return None if asked.get("text") or asked.get("blocks") else {"ok": False, "error": "no_text"}
