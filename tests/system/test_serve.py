"""`riskplug serve` with real scans and real signals."""

import os
import signal
import time
from pathlib import Path

import pytest
from command import Folder, Ran, finish
from crowds import HOLD
from small_company import small_company

PATIENCE = 120.0
STARTED = HOLD.replace(
    "    while not", "    (GO.parent / 'started').write_text(str(os.getpid()))\n    while not"
).replace("import time\n", "import os\nimport time\n")
"""Says that the scan has begun, and waits."""


def until(path: Path) -> str:
    """The text of a file, once it is there."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if path.exists() and path.read_text(encoding="utf-8"):
            return path.read_text(encoding="utf-8")
        time.sleep(0.05)
    raise AssertionError(f"{path.name} never came")


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    made = small_company(tmp_path_factory.mktemp("serve") / "small")
    made.write("plugins/hold.py", STARTED)
    return made


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_scan_and_then_serve_cleanly(folder: Folder, number: signal.Signals) -> None:
    mark = folder.path / "started"
    mark.unlink(missing_ok=True)
    process = folder.start("serve", "--schedule", "10 4 1 1 *")
    try:
        scan = int(until(mark))
        assert scan != process.pid
        process.send_signal(number)
        ran: Ran = finish(process)
    finally:
        process.kill()
    assert (ran.code, ran.out) == (0, "")
    assert not is_there(scan)
    assert f"scan ended with {128 + number}" in ran.err
    assert not (folder.path / "digest.txt").exists()


def test_after_the_signal_a_start_takes_the_night_up_and_the_next_finds_it_done(folder: Folder) -> None:
    (folder.path / "go").touch()
    for _ in range(2):
        process = folder.start("serve", "--schedule", "10 4 1 1 *")
        try:
            assert process.stderr is not None
            lines = iter(process.stderr.readline, b"")
            said = next(line for line in lines if b"scan ended with" in line).decode()
            process.send_signal(signal.SIGTERM)
            ran = finish(process)
        finally:
            process.kill()
        assert "scan ended with 0 after" in said and "the next is at" in said
        assert ran.code == 0
    assert len(list((folder.state / "scans" / "2025-04-28").iterdir())) == 1


@pytest.mark.parametrize("wrong", ["10 4", "10 25 * * *"])
def test_a_schedule_that_is_none_is_named(folder: Folder, wrong: str) -> None:
    ran = folder.run("serve", "--schedule", wrong)
    assert ran.code == 2
    assert f"{wrong!r} is no schedule" in ran.err and "Traceback" not in ran.err
