"""A company's scans with metrics and a ping, run as its scheduler runs them."""

import json
import os
import pty
import signal
import subprocess
import time
from pathlib import Path

import pytest
from command import COMMAND, Folder, Ran, environment, finish
from prometheus_client.parser import text_string_to_metric_families
from small_company import small_company

from tests.watchers import Watcher, hangs, watcher

WATCH = '\n[watch]\nmetrics_file = "out/riskplug.prom"\nping_url = { env = "PING" }\nlineage_file = "lineage.ndjson"\n'


def watched_company(path: Path) -> Folder:
    """The small company with somebody who watches."""
    folder = small_company(path)
    folder.write("riskplug.toml", folder.toml.read_text(encoding="utf-8") + WATCH)
    (path / "out").mkdir()
    return folder


def metrics(folder: Folder) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Series and values of the metrics file, without the label that all have."""
    text = (folder.path / "out" / "riskplug.prom").read_text(encoding="utf-8")
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            assert sample.labels.pop("workspace") == "Small" and sample.timestamp is None
            found[sample.name, frozenset(sample.labels.items())] = sample.value
    return found


def one(found: dict[tuple[str, frozenset[tuple[str, str]]], float], name: str, **labels: str) -> float | None:
    return found.get((f"riskplug_{name}", frozenset(labels.items())))


def scan(folder: Folder, server: Watcher, *words: str) -> Ran:
    return folder.run("scan", "--format", "json", *words, env={"PING": server.url})


def tails(server: Watcher) -> list[str]:
    return [path.removeprefix("/ping/11111111-2222") for path in server.paths]


def test_a_good_night_and_a_failed_one_are_told(tmp_path: Path) -> None:
    folder = watched_company(tmp_path)
    with watcher() as server:
        began = time.time()
        ran = scan(folder, server)
        document, good = ran.document(), metrics(folder)
        end = {0: "", 3: "/3"}[ran.code]
        assert tails(server) == ["/start", end]
        assert one(good, "scan_exit_code") == ran.code
        attempt = one(good, "last_attempt_timestamp_seconds")
        assert attempt and began <= attempt <= time.time()
        assert one(good, "last_complete_timestamp_seconds") == attempt
        assert one(good, "last_success_timestamp_seconds") == (attempt if ran.code == 0 else None)
        severities = [finding["severity"] for finding in document["findings"]]
        assert one(good, "findings", severity="critical") == severities.count("critical") >= 1
        # three magnets and three products; twenty weeks are 52 per product
        assert one(good, "table_rows", table="parts", source="erp", verdict="accepted") == 6
        assert one(good, "table_rows", table="demand", source="erp", verdict="accepted") == 156
        assert one(good, "deliveries", receiver="desk", outcome="delivered") == 1
        assert one(good, "outbox_messages", receiver="desk", status="waiting") == 0
        assert (one(good, "alerts", condition="open") or 0) >= 2
        assert (one(good, "scan_peak_memory_bytes") or 0) > 50e6
        assert (one(good, "stage_seconds", stage="validate") or 0) > 0
        parts = folder.path / "exports" / "parts.csv"
        parts.unlink()
        assert scan(folder, server).code == 6
        bad = metrics(folder)
        assert tails(server)[2:] == ["/start", "/6"]
        assert one(bad, "scan_exit_code") == 6
        assert one(bad, "last_complete_timestamp_seconds") == attempt
        assert one(bad, "last_success_timestamp_seconds") == one(good, "last_success_timestamp_seconds")
        assert (one(bad, "last_attempt_timestamp_seconds") or 0) > attempt
        assert one(bad, "scan_failures_total", code="6") == 1
        assert one(bad, "findings", severity="critical") is None
        assert one(bad, "alerts", condition="open") == one(good, "alerts", condition="open")
        bodies = "".join(body for _, _, body in server.asked)
        assert "M-1" not in bodies and "parts" not in bodies and "desk" not in bodies
        events = [json.loads(line) for line in (tmp_path / "lineage.ndjson").read_text(encoding="utf-8").splitlines()]
        assert [event["eventType"] for event in events] == ["START", "COMPLETE", "START", "FAIL"]
        [demand] = [one for one in events[1]["inputs"] if one["name"].endswith("demand.csv")]
        assert demand["inputFacets"]["dataQualityMetrics"]["rowCount"] == 156
        # looking and trying out are nobody's night
        before = (folder.path / "out" / "riskplug.prom").stat().st_mtime_ns
        assert scan(folder, server, "--dry-run").code == 6
        assert len(server.asked) == 4
        assert (folder.path / "out" / "riskplug.prom").stat().st_mtime_ns == before


def test_a_scan_that_is_killed_leaves_only_its_start(tmp_path: Path) -> None:
    folder = watched_company(tmp_path)
    with watcher() as server:
        process = folder.start("scan", env={"PING": server.url})
        deadline = time.monotonic() + 120
        while not server.asked and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        finish(process)
        time.sleep(0.3)
    assert tails(server) == ["/start"]
    assert list((tmp_path / "out").iterdir()) == []


def test_watchers_that_do_not_work_change_nothing_but_a_note(tmp_path: Path) -> None:
    folder = watched_company(tmp_path)
    (tmp_path / "out").rmdir()
    with watcher(hangs(30)) as server:
        ran = scan(folder, server)
        assert len(server.asked) == 3
    assert ran.code in (0, 3)
    assert ran.document()["deliveries"]["desk"].startswith("1 delivered")
    assert ran.err.count("[watch] ping_url: ") == 1
    assert "no complete answer within 5 seconds" in ran.err
    assert ran.err.count("[watch] metrics_file: No such file or directory") == 1
    assert "11111111-2222" not in ran.err + ran.out


@pytest.mark.parametrize(("setting", "problem"), [("metrics_file", "must end in .prom"), ("ping_url", "")])
def test_settings_of_a_watcher_are_checked(tmp_path: Path, setting: str, problem: str) -> None:
    folder = watched_company(tmp_path)
    old = {"metrics_file": '"out/riskplug.prom"', "ping_url": '{ env = "PING" }'}[setting]
    folder.replace("riskplug.toml", old, '"https://hc-ping.example/11111111-2222"')
    ran = folder.run("check")
    assert ran.code == 2
    assert setting in ran.err and problem in ran.err
    assert setting == "metrics_file" or "11111111-2222" not in ran.err


def on_terminal(folder: Folder, *words: str) -> tuple[int, str]:
    """Exit code, and what a terminal on stderr shows; stdout goes to a pipe."""
    main, side = pty.openpty()
    env = {**environment({"PING": "http://127.0.0.1:1/x"}), "TERM": "xterm", "COLUMNS": "120"}
    del env["NO_COLOR"]
    process = subprocess.Popen(
        [*COMMAND, *words], cwd=folder.path, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=side
    )
    os.close(side)
    shown = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(main)
    return process.wait(timeout=60), shown.decode("utf-8", "replace")


def test_bars_are_for_terminals_and_log_lines_for_everything_else(tmp_path: Path) -> None:
    folder = watched_company(tmp_path)
    code, shown = on_terminal(folder, "scan")
    assert code in (0, 3)
    assert "\x1b[" in shown and "validate" in shown and "━" in shown
    # a watcher that does not work is said above the bar, in plain words
    assert "warning [watch] ping_url: Connection refused" in shown
    assert "stage finished" not in shown and "{" not in shown
    code, quiet = on_terminal(folder, "scan", "--quiet")
    assert code in (0, 3) and "━" not in quiet and "[watch] ping_url" in quiet
    ran = folder.run("scan", env={"PING": "http://127.0.0.1:1/x"})
    lines = [json.loads(line) for line in ran.err.splitlines()]
    assert all({"timestamp", "level", "event", "scope"} <= set(line) for line in lines)
    assert all(line["business_date"] == "2025-04-28" and line["run_id"] for line in lines)
    stages = [line["stage"] for line in lines if line["event"] == "stage finished"]
    assert stages[:3] == ["ingest", "validate", "snapshot"] and stages[-1] == "report"
    assert "timestamp" not in ran.out and "\x1b" not in ran.err
    plain = folder.run("scan", "--quiet", "--log-format", "plain", env={"PING": "http://127.0.0.1:1/x"})
    assert all(line[9:16] == "warning" for line in plain.err.splitlines()) and plain.err
