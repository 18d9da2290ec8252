"""Receiver `slack`: a conversation in one channel, with a bot token."""

from collections.abc import Callable, Iterator, Mapping
from threading import Event
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from riskplug_plugins.slack.blocks import Buttons, blocks_of, fallback
from riskplug_plugins.slack.escaping import link
from riskplug_plugins.slack.limits import problems
from riskplug_plugins.slack.looking import NOT_THERE, channel_id, searched
from riskplug_plugins.slack.setup import SETUP

from riskplug.errors import UsageError
from riskplug.extend.protocols import (
    AlertDesk,
    Attachment,
    Capabilities,
    Delivery,
    Digest,
    Limits,
    ProbeStep,
    Receipt,
)
from riskplug.secrets import SecretRef

if TYPE_CHECKING:
    from slack_sdk import WebClient

EVENT = "riskplug_digest"


class SlackOptions(BaseModel):
    """Options of a receiver of kind `slack`.

    ``channel``: name or id. ``token``: a reference to a bot token with chat:write; with channels:history and
    channels:read as well, a post that may have arrived is looked for; with files:write files come with a digest.
    ``on_doubt``: what to do where it cannot be looked for: ``resend`` may post twice, ``hold`` may post late.
    ``app_token``: a reference to an app-level token; then critical messages have buttons, which `riskplug listen`
    answers. ``handlers``: ids of the users whose buttons count; empty: everybody's in the channel. ``report_url``:
    where people read the brief.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    channel: str = Field(min_length=1)
    token: SecretRef
    base_url: str = "https://slack.com/api/"
    on_doubt: Literal["resend", "hold"] = "resend"
    app_token: SecretRef | None = None
    handlers: tuple[str, ...] = ()
    report_url: str = ""

    @field_validator("token", "app_token", mode="before")
    @classmethod
    def _only_a_reference(cls, value: object) -> object:
        if isinstance(value, str):
            raise ValueError('must be a reference such as { env = "SLACK_BOT_TOKEN" }; a token itself is refused')
        return value

    @field_validator("base_url")
    @classmethod
    def _only_slack_or_this_host(cls, value: str) -> str:
        from riskplug_plugins.slack.client import is_slack_or_local

        if not is_slack_or_local(value):
            raise ValueError("must be an https address of slack.com or slack-gov.com, or this host in a test")
        return value if value.endswith("/") else f"{value}/"

    @field_validator("report_url")
    @classmethod
    def _only_https(cls, value: str) -> str:
        if value and not value.startswith("https://"):
            raise ValueError("must be an https address")
        return value


class SlackNotifier:
    """Posts to one channel with Block Kit; what may have arrived is looked for by its metadata first."""

    kind: ClassVar[str] = "slack"
    Options: ClassVar[type[Any]] = SlackOptions
    limits: ClassVar[Limits] = Limits(text=3500, blocks=45, per_second=1.0)
    capabilities: ClassVar[Capabilities] = Capabilities(update=True, thread=True, file=True, reconcile=True, chat=True)

    def __init__(self, options: SlackOptions, /) -> None:
        self._options = options
        self._buttons = Buttons(options.app_token is not None, options.report_url)

    def render(self, digest: Digest) -> Mapping[str, Any]:
        """Blocks, and the text that notifications and screen readers get; ValueError where Slack would not take it."""
        payload = {"text": fallback(digest), "blocks": blocks_of(digest, self._buttons)}
        wrong = list(problems(payload))
        if wrong:
            raise ValueError("; ".join(wrong))
        return payload

    def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
        """One post, reply, edit or set of files. In the minimal form only the text is sent."""
        sends = {"post": _post, "reply": _post, "update": _update}
        if delivery.operation == "file":
            return self._send_files(delivery, timeout)
        send = sends[delivery.operation]
        return self.ask(timeout, lambda client: send(client, self._options.channel, delivery))

    def find(self, delivery: Delivery, *, timeout: float) -> Receipt | None:
        """The message with this key since the first attempt; None when it is not there, or Slack does not let us look.

        Where the receiver says ``on_doubt = "hold"``, not being let is no reason to post again. An edit made twice is
        one edit, and not looked for.
        """
        if delivery.operation == "update":
            return None
        found = self.ask(timeout, lambda client: searched(client, self._options.channel, delivery))
        if found.outcome == "rejected":
            held = Receipt("ambiguous", f"cannot look whether it arrived: {found.detail}")
            return held if self._options.on_doubt == "hold" else None
        return None if found == NOT_THERE else found

    def limit_key(self) -> str:
        """Slack counts posts by channel and app (docs.slack.dev, rate limits): one a second, with bursts."""
        options = self._options
        named = options.token.env or str(options.token.file)
        return f"slack {options.base_url} {named} {options.channel.removeprefix('#')}"

    def probe(self, digest: Digest, attachment: Attachment, *, timeout: float) -> Iterator[ProbeStep]:
        """Log-in, channel, post, edit, reply with a file, looking for it."""
        from riskplug_plugins.slack.probe import probed

        return probed(self, self._options.channel, digest, attachment, timeout)

    def listen(self, desk: AlertDesk, *, stopped: Event) -> None:
        """Answer buttons over Socket Mode until ``stopped`` is set."""
        from riskplug_plugins.slack.listen import listened

        if self._options.app_token is None:
            raise UsageError("no app_token", "the receiver's options", 'add app_token = { env = "SLACK_APP_TOKEN" }')
        token = self._options.app_token.resolve().get_secret_value()
        listened(token, self._options.base_url, self._options.handlers, desk, stopped)

    @classmethod
    def setup(cls) -> str:
        """The app's manifest, and what each scope is for."""
        return SETUP

    def ask(self, timeout: float, request: Callable[["WebClient"], Receipt]) -> Receipt:
        """Call Slack once and say how it ended."""
        from riskplug_plugins.slack.client import client_of, outcome_of

        try:
            token = self._options.token.resolve().get_secret_value()
        except UsageError as error:
            return Receipt("not_accepted", error.what)
        return outcome_of(lambda: request(client_of(token, self._options.base_url, timeout)))

    def _send_files(self, delivery: Delivery, timeout: float) -> Receipt:
        """Three calls; only the last one shows something, so trouble before it leaves nothing behind."""
        uploaded: list[dict[str, str]] = []

        def upload(client: "WebClient") -> Receipt:
            uploaded.extend(_uploaded(client, file, timeout) for file in delivery.files)
            return Receipt("delivered")

        before = self.ask(timeout, upload)
        if before.outcome == "ambiguous":
            return Receipt("not_accepted", before.detail)
        if before.outcome != "delivered":
            return before
        return self.ask(timeout, lambda client: _completed(client, self._options.channel, delivery, uploaded))


def _form(client: "WebClient", delivery: Delivery) -> dict[str, Any]:
    """Text and blocks of a payload; a message that takes over from a lost one says so."""
    payload, text = delivery.payload, str(delivery.payload["text"])
    blocks = None if payload.get("minimal") else payload.get("blocks")
    if lost := payload.get("lost"):
        words = f"Takes over from {_link_to(client, lost)}"
        text = f"{text}\n{words}"
        note = {"type": "context", "elements": [{"type": "mrkdwn", "text": words, "verbatim": True}]}
        blocks = [*blocks, note] if blocks else None
    return {"text": text, **({"blocks": blocks} if blocks is not None else {})}


def _link_to(client: "WebClient", lost: Mapping[str, str]) -> str:
    from riskplug_plugins.slack.client import Redirected
    from slack_sdk.errors import SlackApiError

    try:
        found = client.chat_getPermalink(channel=lost.get("channel", ""), message_ts=lost.get("ts", ""))
    except (SlackApiError, OSError, Redirected, ValueError):
        return "a message that is no longer there"
    return link(str(found.get("permalink", "")), "an earlier message")


def _post(client: "WebClient", channel: str, delivery: Delivery) -> Receipt:
    thread: dict[str, Any] = {"thread_ts": delivery.thread["ts"]} if delivery.thread.get("ts") else {}
    message = {
        **_form(client, delivery),
        **thread,
        "channel": delivery.thread.get("channel") or channel,
        "metadata": {"event_type": EVENT, "event_payload": {"key": delivery.key}},
        "unfurl_links": False,
        "unfurl_media": False,
        "link_names": False,
        "parse": "none",
    }
    return _receipt(client.chat_postMessage(**message))


def _update(client: "WebClient", channel: str, delivery: Delivery) -> Receipt:
    """Blocks left out would stay as they were, so none are said as such."""
    form = {"blocks": [], **_form(client, delivery)}
    target: dict[str, Any] = {"channel": delivery.target.get("channel") or channel, "ts": delivery.target.get("ts", "")}
    return _receipt(client.chat_update(**target, **form, link_names=False, parse="none"))


def _uploaded(client: "WebClient", file: Attachment, timeout: float) -> dict[str, str]:
    import urllib.request

    from riskplug_plugins.slack.client import Redirected, is_slack_or_local, opened

    alt = {"alt_txt": file.alt[:990]} if file.alt else {}
    place = client.files_getUploadURLExternal(filename=file.name, length=len(file.content), **alt)
    url = str(place["upload_url"])
    if not is_slack_or_local(url):
        raise Redirected("refused to upload to a host that is not Slack's")
    with opened(urllib.request.Request(url, data=file.content, method="POST"), timeout) as answer:
        answer.read()
    return {"id": str(place["file_id"]), "title": file.name}


def _completed(client: "WebClient", channel: str, delivery: Delivery, files: list[dict[str, str]]) -> Receipt:
    place = delivery.thread.get("channel") or channel_id(client, channel)
    thread: dict[str, Any] = {"thread_ts": delivery.thread["ts"]} if delivery.thread.get("ts") else {}
    client.files_completeUploadExternal(
        files=files,  # type: ignore[arg-type]
        channel_id=place,
        initial_comment=str(delivery.payload["text"]),
        **thread,
    )
    return Receipt("delivered", reference={"channel": place, "file": files[0]["id"] if files else ""})


def _receipt(response: Any) -> Receipt:
    if not response.get("ts"):
        return Receipt("ambiguous", "Slack answered without a message time")
    return Receipt("delivered", reference={"channel": str(response.get("channel", "")), "ts": str(response["ts"])})
