"""`riskplug listen`: a click in Slack is a decision in the ledger, by who clicked."""

import threading
import time
from datetime import date
from pathlib import Path

import pytest

from riskplug import workspace as settings
from riskplug.alerts import reconcile
from riskplug.cli.alerts import open_desk
from riskplug.cli.listening import listen
from riskplug.scan import scope_of, state_of
from riskplug.testing import SlackServer
from tests.unit.alerts.nights import covered, outcome
from tests.unit.deliver.receivers import Clock

TOML = """
[workspace]
name = "w"
business_date = "2025-04-28"
[sites.DE01]
country = "DE"
[sources.erp]
path = "exports"
[plugins]
enable = ["slack"]
[receivers.channel]
kind = "slack"
channel = "#procurement-risk"
token = {{ env = "T" }}
app_token = {{ env = "A" }}
base_url = "{base_url}"
"""


def test_a_click_acknowledges_the_alert_in_the_name_of_the_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SlackServer() as server:
        monkeypatch.setenv("T", server.token)
        monkeypatch.setenv("A", server.app_token)
        (tmp_path / "riskplug.toml").write_text(TOML.format(base_url=server.base_url), encoding="utf-8")
        key = one_alert(tmp_path)
        stopped = threading.Event()
        monkeypatch.setattr("riskplug.cli.listening.Event", lambda: stopped)
        monkeypatch.setattr("signal.signal", lambda *_: None)
        thread = threading.Thread(target=listen, args=("channel", tmp_path))
        thread.start()
        try:
            assert server.press("riskplug_acknowledge", key, wait=30) < 3
            assert server.press("riskplug_snooze", "f" * 64, wait=30) < 3
            deadline = time.monotonic() + 30
            while len(server.responses) < 2 and time.monotonic() < deadline:
                time.sleep(0.05)
        finally:
            stopped.set()
            thread.join(20)
    kinds = {one["response_type"]: one["text"] for one in server.responses}
    assert "acknowledged" in kinds["in_channel"] and "no alert" in kinds["ephemeral"]
    assert open_desk(tmp_path).handled()[["kind", "author"]].values.tolist() == [["ack", "anna (slack U1)"]]


def one_alert(folder: Path) -> str:
    """The key of an open alert of a workspace."""
    opened = settings.load(folder)
    state, scope, on = state_of(opened, Clock()), scope_of(opened), date(2025, 4, 28)
    told = outcome([("r", "M-1", "DE01", "critical")], [covered("r", "DE01")])
    rules = {"r": ("part", "part_no", "site")}
    done = reconcile(state.ledger(scope), told, on=on, workspace=scope, known_rules=rules)
    claim = state.claim_scan(on, scope, "a")
    state.apply(claim, done, told, [])
    state.finish_scan(claim, "complete", {})
    state.close()
    return done.changes[0].key
