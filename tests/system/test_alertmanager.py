"""A real Alertmanager (Debian's package) on this host: what we post is there, stays, changes, and ends."""

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Delivery, Digest, DigestLine, Notifier

PASSWORD = "alertmanager-test-password"
# bcrypt of PASSWORD with the fewest rounds.
HASH = "$2b$04$k8yJ.bCRwfgO7.ztUzS86uVC9znwI7vpwmmImkZJSbm/0EdINzmUm"
QUIET = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"
SECONDS_TO_START = 20


@pytest.fixture(scope="module")
def alertmanager(needs_program: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address; it wants a log-in, keeps to itself and tells nobody."""
    program, folder = needs_program("prometheus-alertmanager"), tmp_path_factory.mktemp("alertmanager")
    (folder / "config.yml").write_text(QUIET)
    (folder / "web.yml").write_text(f'basic_auth_users: {{riskplug: "{HASH}"}}\n')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{free.getsockname()[1]}"
    options = [f"--config.file={folder / 'config.yml'}", f"--storage.path={folder / 'data'}"]
    options += [f"--web.config.file={folder / 'web.yml'}", f"--web.listen-address={where}", "--cluster.listen-address="]
    with (folder / "log").open("w") as log:
        running = subprocess.Popen([program, *options], stdout=log, stderr=log)
        try:
            wait_until_ready(f"http://{where}", folder / "log", running)
            yield f"http://{where}"
        finally:
            running.terminate()
            running.wait(10)


def wait_until_ready(url: str, log: Path, running: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end and running.poll() is None:
        try:
            asked(f"{url}/-/ready")
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"Alertmanager did not start: {log.read_text()[-800:]}")


def asked(url: str) -> bytes:
    passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
    passwords.add_password(None, url, "riskplug", PASSWORD, is_authenticated=True)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    with opener.open(url, timeout=5) as answer:
        return bytes(answer.read())


def active(url: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What Alertmanager shows as active: (part, severity) -> alert."""
    found = json.loads(asked(f"{url}/api/v2/alerts"))
    return {(alert["labels"].get("part_no", ""), alert["labels"]["severity"]): alert for alert in found}


@pytest.fixture
def tell(alertmanager: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Post a night's news and what stands."""
    monkeypatch.setenv("AM_PASSWORD", PASSWORD)
    kind: type[Notifier] = PluginHost.load(Choice()).notifiers()["alertmanager"]
    options = {"url": alertmanager, "user": "riskplug", "password": {"env": "AM_PASSWORD"}}
    notifier = kind(kind.Options.model_validate(options))

    def post(*lines: DigestLine, standing: tuple[DigestLine, ...] = ()) -> None:
        night = Digest("Works", date(2025, 4, 28), "s", "headline", {}, lines, standing=standing)
        receipt = notifier.send(Delivery("k", notifier.render(night)), timeout=10)
        assert receipt.outcome == "delivered", receipt

    return post


def alert(part: str, severity: Any, change: str) -> DigestLine:
    who = {"site": "DE01", "part_no": part}
    return DigestLine(severity, change, f"short · {part}", "14 days", "anna", part * 8, rule="short", identity=who)


def test_an_alert_is_there_stays_becomes_worse_and_ends(alertmanager: str, tell: Callable[..., None]) -> None:
    tell(alert("M-1", "warning", "new"), alert("M-2", "info", "new"))
    first = active(alertmanager)
    assert set(first) == {("M-1", "warning"), ("M-2", "info")}
    shown = first["M-1", "warning"]
    assert shown["status"]["state"] in {"active", "unprocessed"}
    assert shown["labels"]["alertname"] == "short" and shown["annotations"]["owner"] == "anna"
    assert datetime.fromisoformat(shown["endsAt"]) > datetime.now(UTC) + timedelta(days=6)

    tell(standing=(alert("M-1", "warning", "ongoing"), alert("M-2", "info", "ongoing")))
    again = active(alertmanager)["M-1", "warning"]
    assert again["startsAt"] == shown["startsAt"] and again["endsAt"] > shown["endsAt"]

    tell(alert("M-1", "critical", "worse"), standing=(alert("M-2", "info", "ongoing"),))
    assert set(active(alertmanager)) == {("M-1", "critical"), ("M-2", "info")}

    tell(alert("M-1", "critical", "resolved"), alert("M-2", "info", "retired"))
    assert active(alertmanager) == {}

    tell(alert("M-1", "critical", "reopened"))
    assert set(active(alertmanager)) == {("M-1", "critical")}
    tell(alert("M-1", "critical", "resolved"))


def test_text_of_any_kind_is_taken(alertmanager: str, tell: Callable[..., None]) -> None:
    part = '"} \u00e4 \n<b>' + "x" * 300
    tell(alert(part, "info", "new"))
    (shown,) = active(alertmanager)
    assert shown[0].startswith('"} \u00e4  <b>xxx') and len(shown[0]) <= 120
    tell(alert(part, "info", "resolved"))
    assert active(alertmanager) == {}
