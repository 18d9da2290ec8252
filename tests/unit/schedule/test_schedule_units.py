"""Units for the scheduler an administrator already has."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from riskplug.schedule import Installation, render

HOST = Installation(Path("/srv/risk plug"), Path("/opt/riskplug/bin/riskplug"), "Europe/Berlin")


def test_cron_runs_at_ten_past_four_in_the_workspace_zone_under_a_lock() -> None:
    lines = [line for line in render("cron", HOST).splitlines() if not line.startswith("#")]
    assert lines[1] == "CRON_TZ=Europe/Berlin"
    assert lines[2].startswith(
        "10 4 * * * flock -n -E 5 '/srv/risk plug/.riskplug/scan.lock' /opt/riskplug/bin/riskplug"
    )
    assert "-w '/srv/risk plug'" in lines[2]


def test_systemd_catches_up_and_treats_a_running_scan_as_no_failure() -> None:
    text = render("systemd", HOST)
    for line in (
        "Type=oneshot",
        "Persistent=true",
        "SuccessExitStatus=1 5",
        "OnCalendar=*-*-* 04:10:00 Europe/Berlin",
        "ProtectSystem=strict",
        "ReadWritePaths=",
    ):
        assert line in text


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        refuse = pytest.fail if os.environ.get("RISKPLUG_REQUIRE_PROGRAMS") == "1" else pytest.skip
        refuse("needs the program systemd-analyze")
    place = tmp_path / "with a space"
    place.mkdir()
    host = Installation(place, Path("/bin/true"), "Europe/Berlin")
    text = render("systemd", host)
    service, timer = text.split("# ---- riskplug.timer\n")
    (tmp_path / "riskplug.service").write_text(service.split("# ---- riskplug.service\n")[1])
    (tmp_path / "riskplug.timer").write_text(timer)
    checked = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / "riskplug.timer")], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
