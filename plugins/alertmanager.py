"""Receiver `alertmanager`: alerts in Prometheus Alertmanager, by its API v2 (openapi: POST /api/v2/alerts).

Alertmanager knows an alert by its labels, ends it when its ``endsAt`` has passed, and forgets it when it is restarted:
every open alert is sent again every night. Severity is a label, because routing goes by labels; so an alert whose
severity changed is ended under the one that it had.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import Field, model_validator

from riskplug.catalogue import SEVERITIES
from riskplug.errors import UsageError
from riskplug.extend import hookimpl
from riskplug.extend.options import Secret, Url, WebOptions, secret, url_of
from riskplug.extend.protocols import Capabilities, Delivery, Digest, DigestLine, Limits, Notifier, Receipt
from riskplug.extend.wording import digest_text, every_line, shortened, visible

_OVER, _TEST = {"resolved", "retired"}, "test"
_TEST_LASTS = timedelta(minutes=10)
_RESTATED = {"worse", "better", "reopened", *_OVER}
_MAX_LABEL, _MAX_ANNOTATION = 120, 1_000
_NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9_]")


class AlertmanagerOptions(WebOptions):
    """``url``: of Alertmanager itself, with its path prefix if it has one. ``user`` and ``password``, or ``token``.

    ``keep_days``: how long an alert stays when nobody sends it again, so that nights without a scan end nothing.
    """

    url: Url
    user: str | None = None
    password: Secret | None = None
    token: Secret | None = None
    keep_days: float = Field(default=7, gt=0, le=400)

    @model_validator(mode="after")
    def _one_way_in(self) -> "AlertmanagerOptions":
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password: give both or none")
        if self.user is not None and self.token is not None:
            raise ValueError("token: give a token, or user and password, not both")
        return self


class AlertmanagerNotifier:
    """Opens, keeps alive and ends alerts in Prometheus Alertmanager. Sending again is harmless."""

    kind: ClassVar[str] = "alertmanager"
    Options: ClassVar[type[Any]] = AlertmanagerOptions
    limits: ClassVar[Limits] = Limits(text=4_000, blocks=2_000, per_second=5.0)
    capabilities: ClassVar[Capabilities] = Capabilities(idempotent=True, chat=True, standing=True)

    def __init__(self, options: AlertmanagerOptions, /) -> None:
        self._options = options

    def render(self, digest: Digest) -> Mapping[str, Any]:
        """Every alert of the digest once, what is new first; times are set when it is sent."""
        lines = every_line(digest)
        alerts = [alert for line in lines[: self.limits.blocks] for alert in _alerts(line, digest)]
        unsaid = sum(now for now, _ in digest.open.values()) - sum(line.change not in _OVER for line in lines)
        left = max(0, unsaid if digest.standing else digest.more) + max(0, len(lines) - self.limits.blocks)
        text = digest_text(digest, self.limits.text)
        return {"text": text, "alerts": [*alerts, _left_out(left, digest)]}

    def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
        """One post of them all."""
        from riskplug.extend.web import Request, ask, receipt_of

        alerts = delivery.payload.get("alerts") or [_message(str(delivery.payload["text"]))]
        try:
            url, (headers, hidden) = url_of(self._options.url), self._way_in()
        except UsageError as error:
            return Receipt("not_accepted", f"{error.where}: {error.what}")
        body = json.dumps(_timed(alerts, self._options.keep_days)).encode()
        headers = {"Content-Type": "application/json", **headers}
        where = f"{url.rstrip('/')}/api/v2/alerts"
        options, hidden = self._options, (*hidden, where)
        request = Request(where, "POST", body, headers, options.ca_file, hidden, options.private_hosts)
        return receipt_of(ask(request, timeout=timeout), idempotent=True)

    def find(self, delivery: Delivery, *, timeout: float) -> Receipt | None:
        """Sending again is harmless, so nothing is looked for."""
        return None

    def _way_in(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """The header, and what of it must never be said."""
        if self._options.token:
            token = secret(self._options.token)
            return {"Authorization": f"Bearer {token}"}, (token,)
        if self._options.user is not None and self._options.password:
            password = secret(self._options.password)
            pair = base64.b64encode(f"{self._options.user}:{password}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}, (password, pair)
        return {}, ()


def _alerts(line: DigestLine, digest: Digest) -> list[dict[str, Any]]:
    """The alert under its severity, and, where that may have changed, its end under the others."""
    over = line.change in _OVER
    others = [name for name in SEVERITIES if name != line.severity] if line.change in _RESTATED else []
    return [
        {
            "labels": _labels(line, digest, name),
            "annotations": _annotations(line),
            "over": over or name in others,
            "test": line.change == _TEST,
        }
        for name in (line.severity, *others)
    ]


def _labels(line: DigestLine, digest: Digest, severity: str) -> dict[str, str]:
    """Bounded, from the identity alone: a label that changed would be another alert. ``alert`` tells cut ones apart."""
    fields = {_NOT_IN_A_NAME.sub("_", name): value for name, value in line.identity.items() if value}
    own = {
        "alertname": line.rule or "riskplug",
        "severity": severity,
        "workspace": digest.workspace,
        "alert": f"{line.key[:24]}-{line.episode}",
    }
    return {name: shortened(visible(value), _MAX_LABEL) for name, value in sorted({**fields, **own}.items()) if name}


def _annotations(line: DigestLine) -> dict[str, str]:
    said = {"summary": line.title, "description": line.text, "owner": line.owner, "change": line.change}
    return {name: shortened(visible(text), _MAX_ANNOTATION) for name, text in said.items() if text}


def _left_out(count: int, digest: Digest) -> dict[str, Any]:
    """That there are more than could be sent; it is over as soon as there are none."""
    said = {"summary": f"{count} more alerts than can be sent: see the brief"}
    labels = {
        "alertname": "riskplug-more",
        "severity": "info",
        "workspace": shortened(visible(digest.workspace), _MAX_LABEL),
    }
    return {"labels": labels, "annotations": said, "over": count == 0}


def _message(text: str) -> dict[str, Any]:
    """A digest that lost its form, as an alert of its own."""
    labels = {"alertname": "riskplug-message", "severity": "warning"}
    return {"labels": labels, "annotations": {"summary": shortened(visible(text), _MAX_ANNOTATION)}, "over": False}


def _timed(alerts: Iterable[Mapping[str, Any]], keep_days: float) -> list[dict[str, Any]]:
    """With their ends. Without ``startsAt`` Alertmanager takes the time of arrival, and keeps the earliest it knows."""
    now, kept = datetime.now(UTC), timedelta(days=keep_days)
    return [
        {
            "labels": alert["labels"],
            "annotations": alert["annotations"],
            "endsAt": _end(alert, now, kept).isoformat(),
            **({"startsAt": now.isoformat()} if not alert["over"] else {}),
        }
        for alert in alerts
    ]


def _end(alert: Mapping[str, Any], now: datetime, kept: timedelta) -> datetime:
    """What is over ends now; what only shows that it works, soon."""
    if alert["over"]:
        return now
    return now + (_TEST_LASTS if alert.get("test") else kept)


@hookimpl
def riskplug_notifiers() -> Iterable[type[Notifier]]:
    """This plugin's receiver kind."""
    return [AlertmanagerNotifier]
