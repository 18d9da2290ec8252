"""Buttons, answered over Socket Mode: an outbound connection, so that nothing has to be reachable from outside."""

import json
import logging
import urllib.request
from collections.abc import Collection, Mapping
from threading import Event
from typing import TYPE_CHECKING, Any

from riskplug_plugins.slack.blocks import ACKNOWLEDGE, SNOOZE, SNOOZE_DAYS
from riskplug_plugins.slack.client import is_slack_or_local, opened
from riskplug_plugins.slack.escaping import escape

from riskplug.errors import RiskplugError, UsageError
from riskplug.extend.protocols import AlertDesk

if TYPE_CHECKING:
    from slack_sdk.socket_mode.client import BaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

_TIMEOUT = 10.0
log = logging.getLogger("riskplug.slack.listen")


def listened(app_token: str, base_url: str, handlers: Collection[str], desk: AlertDesk, stopped: Event) -> None:
    """Connect, answer until ``stopped`` is set. The SDK's client connects again by itself when the line is lost."""
    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError
    from slack_sdk.socket_mode import SocketModeClient

    web = WebClient(base_url=base_url)
    client = SocketModeClient(app_token=app_token, web_client=web, concurrency=2)
    client.socket_mode_request_listeners.append(lambda line, request: _heard(line, request, handlers, desk))
    try:
        client.connect()
        stopped.wait()
    except SlackApiError as error:
        word = str(error.response.get("error", "refused"))
        raise UsageError(f"Slack does not let us listen: {word}", "app_token", "check token and scope") from error
    finally:
        client.close()


def _heard(
    line: "BaseSocketModeClient", request: "SocketModeRequest", handlers: Collection[str], desk: AlertDesk
) -> None:
    """Slack wants to hear within three seconds that a click has arrived; what it does may take longer."""
    from slack_sdk.socket_mode.response import SocketModeResponse

    line.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
    if request.type != "interactive" or request.payload.get("type") != "block_actions":
        return
    for action in request.payload.get("actions") or ():
        answer(request.payload, action, handlers, desk)


def answer(payload: Mapping[str, Any], action: Mapping[str, Any], handlers: Collection[str], desk: AlertDesk) -> None:
    """Do what a button asks for, and say so in the message's thread; a refusal only the person sees."""
    user = payload.get("user") or {}
    ident, name = str(user.get("id", "")), str(user.get("username") or user.get("name") or "somebody")
    kind, key = action.get("action_id"), str(action.get("value", ""))
    if kind not in (ACKNOWLEDGE, SNOOZE):
        return
    if handlers and ident not in handlers:
        _say(payload, "You may not do this here: the receiver's `handlers` do not name you.", public=False)
        return
    by = f"{name} (slack {ident})"
    try:
        said = desk.acknowledge(key, by=by) if kind == ACKNOWLEDGE else desk.snooze(key, days=SNOOZE_DAYS, by=by)
    except RiskplugError as error:
        _say(payload, escape(str(error)), public=False)
        return
    except Exception:
        # One click that fails must not end the listening.
        log.exception("a button could not be answered")
        _say(payload, "This could not be done: see the log of `riskplug listen`.", public=False)
        return
    _say(payload, f"{escape(said)} ({escape(name)})", public=True)


def _say(payload: Mapping[str, Any], text: str, *, public: bool) -> None:
    """To the address that Slack gave with the click; where it does not answer, the act stands all the same."""
    url, thread = str(payload.get("response_url", "")), (payload.get("message") or {}).get("ts")
    if not is_slack_or_local(url):
        return
    kind = "in_channel" if public else "ephemeral"
    body = {"response_type": kind, "replace_original": False, "text": text, **({"thread_ts": thread} if thread else {})}
    headers = {"Content-Type": "application/json; charset=utf-8"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    try:
        with opened(request, _TIMEOUT) as answered:
            answered.read()
    except Exception:
        log.exception("the answer to a button could not be sent")
