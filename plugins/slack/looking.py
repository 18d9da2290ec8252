"""Looking for a message that may have arrived: by the key in its metadata, or by the name of its file."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from riskplug.extend.protocols import Delivery, Receipt

if TYPE_CHECKING:
    from slack_sdk import WebClient

NOT_THERE = Receipt("not_accepted", "not in the channel's history")
# The two hosts' clocks may differ, so the search begins well before the attempt.
_MARGIN_SECONDS = 600
_PAGES = 10


def searched(client: "WebClient", channel: str, delivery: Delivery) -> Receipt:
    """Page through the channel, or the thread; what is older than the pages we read counts as not to be found."""
    since = delivery.attempted_since.timestamp() - _MARGIN_SECONDS if delivery.attempted_since else 0.0
    place = delivery.thread.get("channel") or channel_id(client, channel)
    names = {file.name for file in delivery.files}
    for page in _pages(client, place, delivery.thread.get("ts", ""), max(since, 0.0)):
        for message in page.get("messages") or ():
            if _is_it(message, delivery.key, names):
                return Receipt("delivered", "found in the channel", {"channel": place, "ts": str(message["ts"])})
        if not _next(page):
            return NOT_THERE
    return Receipt("rejected", "the channel has too many messages since the attempt")


def _pages(client: "WebClient", place: str, thread: str, since: float) -> Iterator[Any]:
    cursor = ""
    for _ in range(_PAGES):
        asked = {"channel": place, "oldest": f"{since:.6f}", "include_all_metadata": True, "limit": 200}
        if thread:
            page: Any = client.conversations_replies(ts=thread, cursor=cursor, **asked)  # type: ignore[arg-type]
        else:
            page = client.conversations_history(cursor=cursor, **asked)  # type: ignore[arg-type]
        yield page
        cursor = _next(page)


def _is_it(message: Mapping[str, Any], key: str, names: set[str]) -> bool:
    if names:
        return bool(names & {str(file.get("name")) for file in message.get("files") or ()})
    return bool((message.get("metadata") or {}).get("event_payload", {}).get("key") == key)


def channel_id(client: "WebClient", channel: str) -> str:
    """History and files are asked by id. Names are lower case, ids upper case."""
    name, cursor = channel.removeprefix("#"), ""
    if channel == name and name.isupper():
        return channel
    for _ in range(_PAGES):
        page = client.conversations_list(exclude_archived=True, limit=1000, cursor=cursor)
        for found in page.get("channels") or ():
            if found.get("name") == name:
                return str(found["id"])
        cursor = _next(page)
        if not cursor:
            break
    return channel


def _next(page: Any) -> str:
    return str((page.get("response_metadata") or {}).get("next_cursor") or "")
