"""kill -9 and a full disk at every step of a night by which something reaches the disk, and at random moments."""

import errno
import json
import pickle
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from command import ROOT, environment
from crash_points import Company, Image, images_of, steps_heard
from small_company import NIGHT, dated, stock

from riskplug.errors import StateUnusable
from riskplug.model import ScanRecord
from riskplug.state.snapshots import newest_of, read_snapshot

pytestmark = pytest.mark.timeout(900)
SECOND = NIGHT + timedelta(days=1)
_SCAN = re.compile(r"\d{4}-\d\d-\d\d-\d+-[0-9a-f]{6}")
_SAME = (
    (_SCAN, "SCAN"),
    (re.compile(r"(\.SCAN\.part)/.*"), r"\1"),
    (re.compile(r"(scans/[^/]+/SCAN)/.*\.parquet"), r"\1/PARQUET"),
)


@dataclass(frozen=True)
class Night:
    """The second night, undisturbed, with what lay on the disk at each of its steps.

    ``before``: the workspace as the first night left it. ``torn``: images with a file that was half written.
    """

    company: Company
    before: Path
    images: list[Image]
    torn: list[Image]
    record: ScanRecord

    @property
    def end(self) -> Path:
        return self.images[-1].folder


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    path = tmp_path_factory.mktemp("crashes")
    company = Company.made(path / "small")
    company.scanned()
    dated(company.folder, SECOND)
    stock(company.folder, {"M-1": 30, "M-2": 600, "M-3": 50}, SECOND)
    company.remembered.clear()
    images, record = images_of(company, path / "images")
    return Night(company, images[0].folder, images, list(torn(images, path)), record)


def torn(images: list[Image], path: Path) -> Iterator[Image]:
    """Each kind of file that is written, when half of it was there."""
    known = set[str]()
    for image, after in pairwise(images):
        verb, _, name = image.step.partition(" ")
        file = after.folder / name
        if verb not in ("open", "parquet") or ".db" in name or not file.is_file() or plain(name) in known:
            continue
        known.add(plain(name))
        target = path / f"torn-{image.number:03}"
        shutil.copytree(after.folder, target)
        (target / name).write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        yield Image(image.number, f"half of {name}", target)


def plain(name: str) -> str:
    """A name without what is another in every scan, and without which of many files of one kind it is."""
    for pattern, same in _SAME:
        name = pattern.sub(same, name)
    return name


def asked(folder: Path, query: str) -> list[tuple[object, ...]]:
    file = folder / ".riskplug/state.db"
    with closing(sqlite3.connect(file)) as connection:
        return sorted(connection.execute(query).fetchall(), key=str)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


ALERTS = "SELECT alert_key, condition, severity, message, version, episode, first_seen, last_seen, closed_on FROM alert"
MESSAGES = "SELECT receiver, delivery_key, payload, status FROM outbox"


def left(folder: Path) -> dict[str, object]:
    """What people and the next night can see of a workspace."""
    return {
        "brief": _SCAN.sub("SCAN", text_of(folder / ".riskplug/brief.html")),
        "told": text_of(folder / "digest.txt"),
        "alerts": asked(folder, ALERTS),
        "messages": asked(folder, MESSAGES),
    }


def test_there_is_something_to_lose(night: Night) -> None:
    before, after = left(night.before), left(night.end)
    assert len(night.images) > 60 and len(night.torn) >= 8
    assert [key for key in before if before[key] == after[key]] == []
    assert {change.kind for change in night.record.changes} == {"worse", "resolved", "new"}


def test_whatever_step_was_the_last_nothing_half_done_can_be_seen(night: Night) -> None:
    """Each thing that people read is as the first night left it, or as the second leaves it."""
    before, after = left(night.before), left(night.end)
    whole = {path.name for path in next((night.end / f".riskplug/scans/{SECOND}").iterdir()).rglob("*.*")}
    for image in (*night.images, *night.torn):
        seen, where = left(image.folder), f"{image.number} {image.step}"
        assert asked(image.folder, "PRAGMA integrity_check") == [("ok",)], where
        for name in ("brief", "told"):
            assert seen[name] in (before[name], after[name]), f"{where}: {name}"
        ready = [(*row[:3], "") for row in seen["messages"]]  # type: ignore[attr-defined]
        state = (seen["alerts"], ready)
        old, new = ((one["alerts"], [(*row[:3], "") for row in one["messages"]]) for one in (before, after))  # type: ignore[attr-defined]
        assert state in (old, new), where
        kept = newest_of(image.folder / ".riskplug/snapshots", SECOND)
        assert kept is None or len(read_snapshot(kept).validated.tables["parts"]) == 6, where
        for run in image.folder.glob(f".riskplug/scans/{SECOND}/*/run.json"):
            assert json.loads(run.read_text(encoding="utf-8"))["schema"] == "riskplug.run/1", where
            assert {path.name for path in run.parent.rglob("*.*")} == whole, where


def shape(image: Image) -> object:
    """Images of one shape differ in times and ids, and in files that nobody looks at before others are there."""
    files = {plain(str(path.relative_to(image.folder))) for path in image.folder.rglob("*")}
    rows = [asked(image.folder, f"SELECT status FROM {table}") for table in ("scan", "outbox")]
    counts = [asked(image.folder, f"SELECT count(*) FROM {table}") for table in ("alert", "alert_event", "attempt")]
    seen = left(image.folder)
    known = ("SCAN", "SCAN.part", "PARQUET", "run.json", "digest.txt.part", "brief.html")
    names = frozenset(name for name in files if name.endswith(known))
    return names, str(rows), str(counts), seen["brief"], seen["told"]


def test_a_scan_after_any_death_leaves_what_an_undisturbed_one_leaves(night: Night) -> None:
    wanted, findings = left(night.end), night.record.outcome.findings
    shapes = {shape(image): image for image in night.images[:-1]}
    different = {}
    half = [image for image in night.torn if ".part" not in image.step]
    for image in (*shapes.values(), *half):
        record = night.company.scanned(image.folder)
        pd.testing.assert_frame_equal(record.outcome.findings, findings)
        assert record.degraded == (), image.step
        found = left(image.folder)
        different[f"{image.number} {image.step}"] = [name for name in wanted if found[name] != wanted[name]]
    # facts reach the disk beside the ledger, now before and now after a step of it
    assert len(shapes) > 8
    assert {where: names for where, names in different.items() if names} == {}


def spoilt(night: Night, path: Path) -> Company:
    """The workspace on the evening of the second night."""
    shutil.copytree(night.before, path)
    return replace(night.company, folder=type(night.company.folder)(path))


REFUSED = ("parquet .riskplug/snapshots", "open .riskplug/snapshots", "os.rename .riskplug/snapshots")
REFUSED += ("parquet .riskplug/scans", "open .riskplug/scans", "os.rename .riskplug/scans", "open .riskplug/.brief")


@pytest.mark.parametrize("step", REFUSED)
def test_a_disk_that_is_full_at_a_step_ends_the_scan_with_what_to_do(night: Night, tmp_path: Path, step: str) -> None:
    company = spoilt(night, tmp_path / "full")
    folder, before = company.folder.path, left(night.before)

    def refuse(said: str) -> None:
        if said.startswith(step):
            raise OSError(errno.ENOSPC, "No space left on device", said)

    with steps_heard(folder, refuse), pytest.raises(StateUnusable, match="No space left") as ended:
        company.scanned()
    assert ended.value.exit_code == 11 and "free space" in ended.value.fix
    assert left(folder)["brief"] == before["brief"]
    late = "snapshots" not in step
    assert (left(folder)["alerts"] == before["alerts"]) != late
    begun = folder.glob(f".riskplug/scans/{SECOND}/*")
    assert [path for path in begun if not (path / "run.json").is_file()] == []
    if step == REFUSED[-1]:
        company.scanned()
        assert left(folder) == left(night.end)


def test_facts_that_alone_do_not_reach_the_disk_end_the_scan(night: Night, tmp_path: Path) -> None:
    company = spoilt(night, tmp_path / "full")

    def refuse(said: str) -> None:
        if "/facts/" in said:
            raise OSError(errno.ENOSPC, "No space left on device", said)

    with steps_heard(company.folder.path, refuse), pytest.raises(StateUnusable, match="No space left"):
        company.scanned()


KILLS = 10


def test_a_scan_after_kill_9_at_random_moments_leaves_what_an_undisturbed_one_leaves(
    night: Night, tmp_path: Path
) -> None:
    company = spoilt(night, tmp_path / "small")
    (tmp_path / "remembered").write_bytes(pickle.dumps(company.remembered))
    words = [str(ROOT / "tests/system/killed_often.py"), str(company.folder.path), str(tmp_path / "remembered")]
    ran = subprocess.run(
        [sys.executable, *words, "7", str(KILLS)], env=environment(), capture_output=True, timeout=500, check=False
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    trial, *killed, last = json.loads(ran.stdout.splitlines()[-1])
    assert (trial, last) == (0, 0), ran.stderr[-3000:]
    assert set(killed) <= {0, -signal.SIGKILL} and killed.count(-signal.SIGKILL) > KILLS // 2
    assert left(company.folder.path) == left(night.end)
