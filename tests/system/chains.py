"""Nights in a row, played once and looked at by many tests. Each takes an empty folder and says what came of it."""

import json
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from broken_kinds import broken_kinds
from command import Folder, Ran
from crowds import left_out, on_postgresql, on_sqlite
from small_company import NIGHT, dated, small_company, stock

Started = Mapping[str, Future[Any]]
"""Chains under way, by name."""


@dataclass(frozen=True)
class SampleScan:
    """One scan of Sample Drives: its workspace, what it printed, and the brief."""

    folder: Folder
    ran: Ran
    document: dict[str, Any]
    brief: str


@dataclass(frozen=True)
class FirstNight:
    """The small company, scanned once for all tests; ``ran``: what that scan said."""

    kept: Folder
    ran: Ran

    def copied(self, path: Path) -> Folder:
        """A workspace that a test may go on with."""
        return Folder(Path(shutil.copytree(self.kept.path, path)))


def sample_scan(path: Path) -> tuple[Folder, Ran]:
    """Sample Drives, scanned once."""
    folder = Folder.sample(path / "sample")
    return folder, folder.run("scan", "--format", "json", "--findings", "found.ndjson")


HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


def former(path: Path) -> tuple[Folder, Ran]:
    """The small company with descriptions and order numbers of an attacker, scanned once."""
    folder = small_company(path / "small")
    quoted = HOSTILE.replace('"', '""')
    folder.replace("exports/parts.csv", "M-2,Magnet N42SH 20x10x5", f'M-2,"Magnet N42SH 20x10x5 {quoted}"')
    folder.replace("exports/parts.csv", "Servo drive 2", f'"Servo drive 2 {quoted}"')
    folder.replace("exports/purchase_orders.csv", "PO-2", f'"PO-2{quoted}"')
    folder.replace("rules/stock-low.yaml", "{part_no}: {stock", "{part_no} {description}: {stock")
    return folder, folder.run("scan", "--format", "json")


@dataclass(frozen=True)
class Nights:
    """Scans of one small company in a row.

    ``digests``: what its receiver held after each of them; ``briefs``: the newest brief then; ``runs``: its run.json.
    """

    folder: Folder
    scans: dict[str, Ran] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    briefs: dict[str, str] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def scan(self, name: str, *words: str) -> None:
        self.scans[name] = self.folder.run("scan", "--format", "json", *words)
        digest = self.folder.path / "digest.txt"
        self.digests[name] = digest.read_text(encoding="utf-8") if digest.exists() else ""
        brief = self.folder.state / "brief.html"
        self.briefs[name] = brief.read_text(encoding="utf-8") if brief.exists() else ""
        runs = sorted((self.folder.state / "scans").glob("*/*/run.json"), key=lambda path: path.stat().st_mtime_ns)
        self.runs[name] = json.loads(runs[-1].read_text(encoding="utf-8")) if runs else {}


MEASURE = """\
schema: riskplug.regimes/1
measures:
  - id: our-1
    title: Samples of ours
    instrument: Works order 1
    authority: the works
    kind: ban
    origin: [CN]
    spans:
      - {status: in_force, from: 2025-01-01}
    items:
      - {id: our-1-te-crystal, materials: [Te], forms: [crystal], confidence: H}
    sources: [the notice board]
    confidence: H
    as_of: 2025-04-01
    verify_by: 2025-12-31
"""


def damaged(kept: Path) -> None:
    """A byte of every file is another one."""
    for path in (path for path in kept.rglob("*") if path.is_file()):
        path.write_bytes(path.read_bytes()[:-1] + b"\0")


def nights(path: Path) -> Nights:
    """A night, the same again, one with other stock, a renamed part and a measure more, one without inventory, and a
    look back. ``beside``: the third one of a copy, in which all that was kept of the nights before is damaged.
    """
    played = Nights(small_company(path / "small"))
    second, third = NIGHT + timedelta(days=1), NIGHT + timedelta(days=2)
    played.scan("first")
    played.scan("again")
    dated(played.folder, second)
    stock(played.folder, {"M-1": 30, "M-2": 600, "M-3": 50}, second)
    played.folder.write("rules/regimes/ours.yaml", MEASURE)
    played.folder.replace("exports/parts.csv", "Servo drive 3", "Servo drive 3 mk2")
    beside = Nights(Folder(shutil.copytree(played.folder.path, path / "beside")), played.scans)
    damaged(beside.folder.state / "reuse")
    beside.scan("beside")
    played.runs["beside"] = beside.runs["beside"]
    played.scan("changed")
    dated(played.folder, third)
    stock(played.folder, {"M-1": 600, "M-2": 600, "M-3": 600}, third)
    played.folder.replace("exports/inventory.csv", "part_no,location", "teil,location")
    played.scan("refused")
    played.scan("replayed", "--business-date", f"{NIGHT}")
    return played


DIE = """\
import os
import signal

from riskplug.extend import hookimpl


@hookimpl
def riskplug_stage_finished(context, stage, seconds, rows):
    if stage == os.environ.get("DIE_AFTER"):
        os.kill(os.getpid(), signal.SIGKILL)
"""


@dataclass(frozen=True)
class Killed:
    """Scans that died after a stage, and the one that came after them."""

    folder: Folder
    dead: dict[str, Ran]
    again: Ran
    digest: str


def killed(path: Path) -> Killed:
    """kill -9 after the snapshot, then again after the alerts were planned, then a scan that is left alone."""
    folder = small_company(path / "small")
    folder.write("plugins/die.py", DIE)
    words = ("scan", "--format", "json")
    dead = {stage: folder.run(*words, env={"DIE_AFTER": stage}) for stage in ("snapshot", "alerts")}
    again = folder.run(*words)
    digest = folder.path / "digest.txt"
    return Killed(folder, dead, again, digest.read_text(encoding="utf-8") if digest.exists() else "")


FAULTY = {
    "mapper": """\
from riskplug.extend import hookimpl


class Wrong:
    "Says what is in a part, badly."

    kind = "wrong-mapper"

    def map_content(self, parts, context):
        raise RuntimeError("the mapper broke")


@hookimpl
def riskplug_content_mappers():
    return [Wrong]
""",
    "rulekind": """\
from pydantic import BaseModel

from riskplug.extend import hookimpl


class Wrong:
    "A rule that never gets anywhere."

    kind = "wrong_kind"
    needs = frozenset({"facts.part"})

    class Options(BaseModel):
        pass

    def __init__(self, options):
        pass

    def assess(self, tables, context):
        raise RuntimeError("the rule kind broke")


@hookimpl
def riskplug_rule_kinds():
    return [Wrong]
""",
    "observer": """\
from riskplug.extend import hookimpl


@hookimpl
def riskplug_scan_started(context):
    raise RuntimeError("the observer broke")


@hookimpl
def riskplug_alerts_changed(context, changes):
    raise RuntimeError("the observer broke again")
""",
    "unloadable": 'raise RuntimeError("the import broke")\n',
}
WRONG_RULE = """\
schema: riskplug.rules/1
rules:
  - id: wrong
    title: Asks a kind that breaks
    grain: part
    kind: wrong_kind
    options: {}
"""
NOTIFIER = """\
from pydantic import BaseModel

from riskplug.extend import hookimpl
from riskplug.extend.protocols import Capabilities, Limits


class Pager:
    "A pager that cannot be reached."

    kind = "pager"
    limits = Limits()
    capabilities = Capabilities()

    class Options(BaseModel):
        pass

    def __init__(self, options):
        pass

    def render(self, digest):
        return {"text": digest.headline}

    def send(self, delivery, *, timeout):
        raise RuntimeError("the notifier broke")

    def find(self, delivery, *, timeout):
        return None


@hookimpl
def riskplug_notifiers():
    return [Pager]
"""


def faulty(path: Path) -> Ran:
    """One scan with four plugins, each wrong in its own way."""
    folder = small_company(path / "small")
    for name, text in FAULTY.items():
        folder.write(f"plugins/{name}.py", text)
    folder.write("rules/wrong.yaml", WRONG_RULE)
    return folder.run("scan", "--format", "json")


@dataclass(frozen=True)
class Pagers:
    """A scan with one receiver that breaks beside one that works."""

    ran: Ran
    digest: str


def pager(path: Path) -> Pagers:
    folder = small_company(path / "small")
    folder.write("plugins/pager.py", NOTIFIER)
    folder.replace("riskplug.toml", "[[routes]]", '[receivers.pager]\nkind = "pager"\n\n[[routes]]')
    folder.replace("riskplug.toml", 'receivers = ["desk"]', 'receivers = ["pager", "desk"]')
    ran = folder.run("scan", "--format", "json")
    digest = folder.path / "digest.txt"
    return Pagers(ran, digest.read_text(encoding="utf-8") if digest.exists() else "")


QUIET = """
[alerts]
repeat_every = {critical = 3, warning = 0}

[[alerts.inhibit]]
source = {rule = "stock-low", severity = "critical"}
target = {rule = "stock-watch"}
equal = ["site", "part_no"]
"""
WATCH = """\
schema: riskplug.rules/1
rules:
  - id: stock-watch
    title: Stock gets low
    grain: part
    when: procurement == "buy" and stock_runway_days < 150 days
    severity: info
    message: "{part_no}: watch the stock"
"""


def quiet(path: Path) -> Nights:
    """Nights with a silence over M-1, an inhibition of the watch by critical stock, and a reminder of M-2."""
    played = Nights(small_company(path / "small"))
    folder = played.folder
    folder.write("riskplug.toml", folder.toml.read_text(encoding="utf-8") + QUIET)
    folder.replace("riskplug.toml", '["stock-low"]', '["stock-low", "stock-watch"]')
    folder.write("rules/stock-watch.yaml", WATCH)

    def says(name: str, *words: str) -> None:
        played.scans[name] = folder.run("alerts", *words)

    def night(name: str, days: int, stocks: Mapping[str, int]) -> None:
        dated(folder, NIGHT + timedelta(days))
        stock(folder, stocks, NIGHT + timedelta(days))
        played.scan(name)

    says("too early", "silence", "part=M-9", "--until", "2025-05-01", "--reason", "r", "--by", "ida")
    why = ("--reason", "stocktaking", "--by", "ida", "--format", "json")
    says("silence", "silence", "part=M-1", "site=S1", "--until", f"{NIGHT + timedelta(2)}", *why)
    night("first", 0, {"M-1": 160, "M-2": 50, "M-3": 600})
    played.scan("again")
    says("silences", "silences", "--format", "json")
    night("over", 2, {"M-1": 160, "M-2": 50, "M-3": 600})
    night("reminded", 4, {"M-1": 160, "M-2": 50, "M-3": 600})
    night("source gone", 7, {"M-1": 160, "M-2": 150, "M-3": 600})
    says("history", "history", "--all", "--format", "json")
    says("ended", "silences", "--format", "json")
    folder.replace("riskplug.toml", 'rule = "stock-watch"', 'rule = "stock-wacth"')
    played.scans["check"] = folder.run("check")
    return played


CHAINS: dict[str, Callable[[Path], Any]] = {
    "sample_scan": sample_scan,
    "former": former,
    "broken_kinds": broken_kinds,
    "nights": nights,
    "quiet": quiet,
    "left_out": left_out,
    "on_postgresql": on_postgresql,
    "on_sqlite": on_sqlite,
    "killed": killed,
    "faulty": faulty,
    "pager": pager,
}
"""Longest first: two run at a time."""
