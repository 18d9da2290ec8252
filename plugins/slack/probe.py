"""`riskplug notify test` for Slack: everything a night needs, tried once with a message that says that it is a test."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from riskplug_plugins.slack.looking import channel_id

from riskplug.extend.protocols import Attachment, Delivery, Digest, ProbeStep, Receipt

if TYPE_CHECKING:
    from riskplug_plugins.slack.notifier import SlackNotifier
    from slack_sdk import WebClient

_FIXES = {
    "invalid_auth": "the token is not valid: check the variable, or install the app again",
    "not_in_channel": "invite the app to the channel: /invite @riskplug",
    "channel_not_found": "check the channel's name; a private one needs an invitation and groups:read",
    "missing_scope": "add the scope in the app's settings and install it again; see `riskplug notify setup slack`",
}


def probed(
    notifier: "SlackNotifier", channel: str, digest: Digest, attachment: Attachment, timeout: float
) -> Iterator[ProbeStep]:
    """Log-in, channel, post, edit, reply, file, history. Without a log-in or a post nothing else is tried."""
    logged_in = notifier.ask(timeout, _logged_in)
    yield _step("auth", logged_in, logged_in.detail)
    if logged_in.outcome != "delivered":
        return
    found = notifier.ask(timeout, lambda client: _found(client, channel))
    yield _step("channel", found, found.detail)
    began, key = datetime.now(UTC), uuid4().hex
    first = Delivery(key, notifier.render(digest), began)
    post = notifier.send(first, timeout=timeout)
    yield _step("post", post)
    if post.outcome != "delivered":
        return
    there = post.reference
    yield _step("update", notifier.send(Delivery(key, first.payload, None, "update", {}, there), timeout=timeout))
    yield _step("reply", notifier.send(Delivery(f"{key}r", first.payload, None, "reply", there), timeout=timeout))
    filed = Delivery(f"{key}f", {"text": "A file of the test"}, None, "file", there, files=(attachment,))
    yield _step("file", notifier.send(filed, timeout=timeout))
    seen = notifier.find(first, timeout=timeout)
    words = "interrupted messages can be looked for" if seen else "interrupted messages cannot be looked for"
    yield ProbeStep("history", bool(seen and seen.outcome == "delivered"), words)


def _logged_in(client: "WebClient") -> Receipt:
    said: Any = client.auth_test()
    return Receipt("delivered", f"{said.get('user', 'the app')} in {said.get('team', 'the workspace')}")


def _found(client: "WebClient", channel: str) -> Receipt:
    place = channel_id(client, channel)
    known = place.isupper()
    return Receipt("delivered" if known else "rejected", f"{channel} is {place}" if known else "channel_not_found")


def _step(name: str, receipt: Receipt, detail: str = "") -> ProbeStep:
    works = receipt.outcome == "delivered"
    said = detail or receipt.detail
    return ProbeStep(name, works, said if works or said not in _FIXES else f"{said}: {_FIXES[said]}")
