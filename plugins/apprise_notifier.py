"""Receiver `apprise`: a bridge to the services that Apprise knows and riskplug does not.

Apprise (appriseit.com, BSD-2-Clause) is not a part of riskplug: `pip install apprise` brings it, with requests, click,
markdown, PyYAML and requests-oauthlib. It answers with true or false alone, so that a message that failed may have
arrived; prefer a receiver of riskplug's own where there is one.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Literal

from riskplug.errors import UsageError
from riskplug.extend import hookimpl
from riskplug.extend.options import ReceiverOptions, Secret, secret
from riskplug.extend.protocols import Capabilities, Delivery, Digest, Limits, Notifier, Receipt
from riskplug.extend.wording import digest_text, shortened, visible

_MAX_TITLE = 100
_MISSING = "Apprise is not installed for this Python; `pip install apprise`, or name another kind"


class AppriseOptions(ReceiverOptions):
    """``url``: a reference to one Apprise address, e.g. ``ntfy://...``; it holds the log-in, so it is a secret.

    One address a receiver: of several, Apprise would not say which one failed. ``after_failure``: ``resend`` may tell
    twice, ``give_up`` may tell nobody.
    """

    url: Secret
    after_failure: Literal["resend", "give_up"] = "resend"


class AppriseNotifier:
    """Hands the digest to Apprise as plain text. It can do nothing else, and neither can we know more of it."""

    kind: ClassVar[str] = "apprise"
    Options: ClassVar[type[Any]] = AppriseOptions
    limits: ClassVar[Limits] = Limits(text=4_000, blocks=20, per_second=1.0)
    capabilities: ClassVar[Capabilities] = Capabilities(chat=True)

    def __init__(self, options: AppriseOptions, /) -> None:
        self._options = options

    def render(self, digest: Digest) -> Mapping[str, Any]:
        """The digest as plain text, and its headline as the title of services that have one."""
        title = shortened(visible(digest.headline), _MAX_TITLE)
        return {"text": digest_text(digest, self.limits.text), "title": title}

    def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
        """One notification. False is ambiguous: Apprise does not say whether the service was reached."""
        try:
            import apprise
        except ImportError:
            return Receipt("not_accepted", _MISSING)
        try:
            url = secret(self._options.url)
        except UsageError as error:
            return Receipt("not_accepted", f"{error.where}: {error.what}")
        try:
            with _unheard():
                return self._sent(apprise, url, delivery.payload, timeout)
        except Exception as error:
            # Its words may be the address.
            return Receipt("ambiguous", f"Apprise failed with {type(error).__name__}")

    def find(self, delivery: Delivery, *, timeout: float) -> Receipt | None:
        """Apprise cannot look."""
        return None

    def _sent(self, apprise: Any, url: str, payload: Mapping[str, Any], timeout: float) -> Receipt:
        service = apprise.Apprise.instantiate(url, asset=_careful(apprise.AppriseAsset()))
        if service is None:
            return Receipt("not_accepted", "url: Apprise does not know such an address")
        # What the address itself may ask for is ours to decide: to repeat, and to call a failure a success.
        service.retry, service.optional = 0, False
        service.socket_connect_timeout = service.socket_read_timeout = timeout
        bridge = apprise.Apprise()
        bridge.add(service)
        arrived = bridge.notify(
            body=shortened(str(payload["text"]), self.limits.text),
            title=str(payload.get("title", "riskplug")),
            body_format=apprise.NotifyFormat.TEXT,
        )
        if arrived:
            return Receipt("delivered", "by the word of Apprise")
        if self._options.after_failure == "give_up":
            return Receipt("rejected", "Apprise says that it failed, not why; it may have arrived")
        return Receipt("ambiguous", "Apprise says that it failed, not why")


@contextmanager
def _unheard() -> Iterator[None]:
    """Without the log lines of Apprise and of what it sends with: they quote addresses and answers, log-ins in them."""
    loggers = [logging.getLogger(name) for name in ("apprise", "urllib3.connectionpool")]
    were = [logger.disabled for logger in loggers]
    try:
        for logger in loggers:
            logger.disabled = True
        yield
    finally:
        for logger, was in zip(loggers, were, strict=True):
            logger.disabled = was


def _careful(asset: Any) -> Any:
    """Follows no redirect, where this Apprise can be told so, and reads nothing into the text."""
    for setting in ("http_redirects", "interpret_escapes", "interpret_emojis"):
        if hasattr(asset, setting):
            setattr(asset, setting, False)
    return asset


@hookimpl
def riskplug_notifiers() -> Iterable[type[Notifier]]:
    """This plugin's receiver kind."""
    return [AppriseNotifier]
