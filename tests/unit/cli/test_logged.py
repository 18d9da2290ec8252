"""A scan's log around scans that break off, with a secret in what they say."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from riskplug.cli import logged
from riskplug.cli.logged import Saying, answered, scan_with_log
from riskplug.errors import DataRefused
from riskplug.extend.choosing import chosen
from riskplug.extend.host import PluginHost
from riskplug.scan import Options
from riskplug.workspace import load
from tests.unit.watch.nights import a_record

TOML = """
[workspace]
name = "Small"
[sites.S1]
country = "DE"
[sources.erp]
path = "exports"
[watch]
ping_url = { env = "PING" }
"""


def scanned(folder: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, form: str | None) -> None:
    (folder / "riskplug.toml").write_text(TOML, encoding="utf-8")
    monkeypatch.setenv("PING", "https://hc.example/ping/canary-0001")

    def broken(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(logged, "run_watched", broken)
    workspace = load(folder)
    host = PluginHost.load(chosen(workspace, (), True))
    saying = Saying(form, quiet=False, machine_output=False)
    with answered(saying):
        scan_with_log(workspace, host, Options(), saying)


def test_an_unforeseen_end_is_code_70_with_a_traceback_without_secrets_or_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        scanned(tmp_path, monkeypatch, RuntimeError("lost canary-0001"), None)
    assert ended.value.exit_code == 70
    shown = capsys.readouterr()
    [line] = [json.loads(line) for line in shown.err.splitlines()]
    assert (line["level"], line["event"], line["scope"], line["code"]) == ("error", "scan broke off", "Small", 70)
    assert line["exception"].endswith("RuntimeError: lost ***") and "test_logged.py" in line["exception"]
    assert "canary" not in shown.err + shown.out


def test_an_error_is_logged_and_handed_on_without_its_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DataRefused) as ended:
        scanned(tmp_path, monkeypatch, DataRefused("no canary-0001", "at canary-0001", "fix canary-0001"), None)
    assert "canary" not in str(ended.value) and ended.value.what == "no ***"
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["code"], line["reason"]) == ("scan failed", 6, "no ***")
    assert line["problems"] == [{"what": "no ***", "where": "at ***", "fix": "fix ***"}]


def test_where_json_is_asked_for_the_log_is_all_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        scanned(tmp_path, monkeypatch, DataRefused("no parts"), "json")
    assert ended.value.exit_code == 6
    assert json.loads(capsys.readouterr().err)["reason"] == "no parts"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [Terminal, io.StringIO], ids=["terminal", "pipe"])
@pytest.mark.parametrize("quiet", [False, True])
def test_beside_a_document_for_a_machine_people_read_why_a_scan_is_degraded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: type[io.StringIO], quiet: bool
) -> None:
    why = "plugin bad, riskplug_alerts_changed: RuntimeError: no"
    (tmp_path / "riskplug.toml").write_text(TOML, encoding="utf-8")
    monkeypatch.setenv("PING", "https://hc.example/ping/canary-0001")
    monkeypatch.setattr(logged, "run_watched", lambda *_, **__: a_record(degraded=(why,)))
    monkeypatch.setattr(sys, "stderr", stream())
    workspace = load(tmp_path)
    host = PluginHost.load(chosen(workspace, (), True))
    scan_with_log(workspace, host, Options(), Saying(None, quiet, machine_output=True))
    assert isinstance(sys.stderr, io.StringIO)
    assert why in sys.stderr.getvalue()
