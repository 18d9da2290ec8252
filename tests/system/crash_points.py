"""What a scan would leave behind if it were killed at any of the steps by which it reaches the disk.

A step is announced by the interpreter's own audit events (a file opened to write, renamed, removed, a folder made) and
by SQLAlchemy (a transaction about to be committed): no point has to be put into the code, and none can be forgotten.
What kill -9 leaves at a step is what lies on the disk there, so one scan gives all of these images.
"""

import copyreg
import io
import os
import pickle
import shutil
import subprocess
import sys
from collections import ChainMap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BufferedWriter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command import Folder
from small_company import RULE, small_company
from sqlalchemy import Engine, event

from riskplug import scan
from riskplug.cli.options import open_plugins
from riskplug.model import ScanRecord
from riskplug.scan import Options
from riskplug.state.claims import this_owner
from riskplug.watch import run_watched
from riskplug.workspace import load

NOW = datetime(2025, 4, 28, 2, 15, tzinfo=UTC)
_PATHS = {"open": 0, "os.rename": 1, "os.remove": 0, "os.mkdir": 0, "os.rmdir": 0, "os.truncate": 0}
Listener = Callable[[str], None]


@dataclass
class _Ear:
    """Who listens to the steps below a folder; nobody while a step is being told."""

    root: str = ""
    told: Listener | None = None
    busy: bool = False

    def hear(self, name: str, path: object) -> None:
        where = os.fspath(path) if isinstance(path, str | os.PathLike) else ""
        if self.told is None or self.busy or not str(where).startswith(self.root):
            return
        self.busy = True
        try:
            self.told(f"{name} {str(where)[len(self.root) + 1 :]}")
        finally:
            self.busy = False


_ear = _Ear()


def _heard(name: str, arguments: tuple[Any, ...]) -> None:
    if _ear.told is None or name not in _PATHS:
        return
    if name == "open" and not (isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
        return
    _ear.hear(name, arguments[_PATHS[name]])


@contextmanager
def steps_heard(root: Path, told: Listener) -> Iterator[None]:
    """Tell of every step below a folder; what ``told`` raises, the step fails with."""
    if not hasattr(_heard, "there"):
        sys.addaudithook(_heard)  # cannot be taken away again, only be deaf
        _heard.there = True  # type: ignore[attr-defined]

    def committing(connection: Any) -> None:
        _ear.hear("commit", root / "database")

    plain = pd.DataFrame.to_parquet

    def to_parquet(frame: pd.DataFrame, path: Any, *arguments: Any, **named: Any) -> Any:
        # written by Arrow, which announces nothing
        _ear.hear("parquet", path.name if isinstance(path, BufferedWriter) else path)
        return plain(frame, path, *arguments, **named)

    event.listen(Engine, "commit", committing)
    pd.DataFrame.to_parquet = to_parquet  # type: ignore[method-assign, assignment]
    _ear.root, _ear.told = str(root), told
    try:
        yield
    finally:
        _ear.told = None
        pd.DataFrame.to_parquet = plain  # type: ignore[method-assign]
        event.remove(Engine, "commit", committing)


@dataclass(frozen=True)
class Image:
    """A copy of the workspace as it was when a step was about to be done."""

    number: int
    step: str
    folder: Path


@dataclass
class Company:
    """A company of three magnets with one rule over what is counted, so that a night costs little.

    Stages that only compute are worked out once and then remembered: the same exports on the same day are read and
    judged the same. Everything that reaches the disk or the database is done each time. They are remembered as bytes,
    so that every night has tables of its own, which end with it.
    """

    folder: Folder
    remembered: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def made(cls, path: Path, remembered: dict[str, bytes] | None = None) -> "Company":
        folder = small_company(path)
        (path / "exports/demand.csv").unlink()
        rule = RULE.replace("stock_runway_days < 60 days", "on_hand < 60").replace(
            "stock_runway_days < 150 days", "on_hand < 200"
        )
        folder.write("rules/stock-low.yaml", rule.replace("{stock_runway_days:.0f} days of stock", "{on_hand:.0f}"))
        toml = folder.toml.read_text(encoding="utf-8")
        company = cls(folder, {} if remembered is None else remembered)
        workspace = load(path)
        others = [one for one in scan.rules_of(workspace, open_plugins(workspace)).ids if one != "stock-low"]
        folder.write(
            "riskplug.toml", toml.replace('paths = ["rules"]', f'paths = ["rules"]\ndisable = {_list(others)}')
        )
        return company

    def scanned(
        self, folder: Path | None = None, owner: str = "", at: Listener = lambda stage: None, **options: Any
    ) -> ScanRecord:
        """A night, in this process. ``owner``: who claims it; ``at`` is told of each stage that begins."""
        workspace = load(folder or self.folder.path)
        with pytest.MonkeyPatch.context() as patch:
            for name in ("ingest", "validate", "analyse"):
                patch.setattr(scan, name, self._once(name, getattr(scan, name)))
            patch.setattr(scan, "this_owner", lambda: owner or this_owner())
            host = open_plugins(workspace)
            return run_watched(workspace, host, Options(**options), clock=lambda: NOW, starting=at)

    def _once(self, name: str, stage: Callable[..., Any]) -> Callable[..., Any]:
        def remembering(*arguments: Any, **named: Any) -> Any:
            if name not in self.remembered:
                self.remembered[name] = _pickled(stage(*arguments, **named))
            return pickle.loads(self.remembered[name])

        return remembering


def _pickled(result: object) -> bytes:
    """What a stage gave; numpy's calendar does not say how it is made again."""
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream)
    made = {np.busdaycalendar: lambda one: (np.busdaycalendar, (one.weekmask, one.holidays))}
    pickler.dispatch_table = ChainMap(made, copyreg.dispatch_table)  # type: ignore[assignment]
    pickler.dump(result)
    return stream.getvalue()


def _list(names: list[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def images_of(company: Company, images: Path) -> tuple[list[Image], ScanRecord]:
    """Scan once, as a process that has died since; what lay on the disk before each step, and after the last."""
    root, taken = company.folder.path, list[Image]()

    def keep(step: str) -> None:
        target = images / f"{len(taken):03}"
        shutil.copytree(root, target)
        taken.append(Image(len(taken), step, target))

    with steps_heard(root, keep):
        record = company.scanned(owner=dead_owner())
    keep("end")
    return taken, record


def dead_owner() -> str:
    """A process of this host that has ended."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return f"{this_owner().rpartition(':')[0]}:{gone.pid}"
