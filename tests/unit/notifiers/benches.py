"""Every shipped receiver with a server that takes its messages, for the contract that all of them keep."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from digests import CANARY
from jira_server import JiraServer
from listener import Listener
from mail_server import MailServer

from riskplug.testing import SlackServer
from riskplug.testing.conformance import Bench
from tests.unit.notifiers.certificates import Certificate

REF = {"env": "CANARY"}


NOWHERE = "http://127.0.0.1:9"


@contextmanager
def console(tls: Certificate, folder: Path) -> Iterator[Bench]:
    yield Bench({}, lambda: 0, per_send=0)


@contextmanager
def file(tls: Certificate, folder: Path) -> Iterator[Bench]:
    yield Bench({"path": str(folder / "digest.txt")}, lambda: 0, per_send=0)


@contextmanager
def slack(tls: Certificate, folder: Path) -> Iterator[Bench]:
    with SlackServer() as server:
        server.token = CANARY
        options = {"channel": "#procurement-risk", "token": REF, "base_url": server.base_url}
        yield Bench(options, lambda: len(server.requests))


@contextmanager
def slack_webhook(tls: Certificate, folder: Path) -> Iterator[Bench]:
    with SlackServer() as server:
        place = folder / "slack-url"
        place.write_text(server.webhook_url)
        yield Bench({"url": {"file": str(place)}}, lambda: len(server.requests))


@contextmanager
def webhook(tls: Certificate, folder: Path) -> Iterator[Bench]:
    with Listener() as web:
        options = {"url": web.url, "secret": REF}
        yield Bench(options, lambda: len(web.got), echoing(web), "secret", {"url": NOWHERE})


@contextmanager
def teams(tls: Certificate, folder: Path) -> Iterator[Bench]:
    with Listener(tls.cert, tls.key) as web:
        place = folder / "teams-url"
        place.write_text(f"{web.url}/workflows/1?api-version=1&sig={CANARY}\n")
        options = {"url": {"file": str(place)}, "ca_file": str(tls.cert)}
        yield Bench(options, lambda: len(web.got), echoing(web), "url")


@contextmanager
def alertmanager(tls: Certificate, folder: Path) -> Iterator[Bench]:
    with Listener() as web:
        options = {"url": web.url, "user": "riskplug", "password": REF}
        yield Bench(options, lambda: len(web.got), echoing(web), "password", {"url": NOWHERE})


@contextmanager
def ticket(tls: Certificate, folder: Path) -> Iterator[Bench]:
    with JiraServer() as jira:
        options = {"url": jira.url, "project": "MIN", "token": REF}
        # A ticket is looked for, then made.
        yield Bench(options, lambda: len(jira.got), echoing(jira), "token", {"url": NOWHERE}, per_send=2)


@contextmanager
def email(tls: Certificate, folder: Path) -> Iterator[Bench]:
    with MailServer(tls.cert, tls.key, password=CANARY) as server:
        options = {
            "host": "127.0.0.1",
            "port": server.port,
            "ca_file": str(tls.cert),
            "sender": "riskplug@example.com",
            "to": ["buyers@example.com"],
            "user": "riskplug",
            "password": REF,
        }

        def echo() -> None:
            server.after_data = f"554 will not have {CANARY}"

        yield Bench(options, lambda: server.offered, echo, "password", {"port": 9})


@contextmanager
def apprise(tls: Certificate, folder: Path) -> Iterator[Bench]:
    with Listener() as web:
        place = folder / "apprise-url"
        place.write_text(f"json://riskplug:{CANARY}@{web.url.removeprefix('http://')}/\n")
        yield Bench({"url": {"file": str(place)}}, lambda: len(web.got), echoing(web), "url")


def echoing(web: Listener) -> Callable[[], None]:
    """The next request is refused with everything a receiver might repeat."""

    def arm() -> None:
        said = {"errorMessages": [f"bad {CANARY}"], "errors": {"x": CANARY}}
        web.say((403, {"X-Token": CANARY}, said))

    return arm


BENCHES = {
    "alertmanager": alertmanager,
    "apprise": apprise,
    "console": console,
    "email": email,
    "file": file,
    "slack": slack,
    "slack_webhook": slack_webhook,
    "teams": teams,
    "ticket": ticket,
    "webhook": webhook,
}
