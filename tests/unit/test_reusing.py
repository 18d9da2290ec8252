"""Nights that take over what was the same say what nights say that read and check everything."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pandas as pd
import pytest

from riskplug import reusing
from riskplug.extend import ExpectationSpec
from riskplug.extend.host import Choice, PluginHost
from riskplug.ingest import ingest, load_profiles
from riskplug.ingest.profile import Profile
from riskplug.model import Ingested, Validated
from riskplug.reuse import NOTHING, Reuse
from riskplug.reusing import ingredients, reuse_of
from riskplug.validate import validate
from riskplug.workspace import Workspace

ON = date(2025, 4, 28)
HOST = PluginHost.load(Choice(none=True))
HEADS = {
    "parts": "part_no,base_unit,description,unit_cost",
    "bom_lines": "parent,component,quantity,unit",
    "inventory": "part_no,quantity,unit",
    "demand": "part_no,date,quantity,unit",
}
# among them one that is no number, a unit that is none, a part without a number, and less than nothing
QUANTITIES = ("1", "2.5", "0", "-3", "many", "")
UNITS = ("pc", "kg", "spoon", "")
OWN = ExpectationSpec("inventory", "expect_column_max_to_be_between", {"column": "quantity", "max_value": 5}, "info")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "riskplug.toml").write_text("", encoding="utf-8")
    given = {"root": tmp_path, "workspace": {"name": "W"}, "sites": {"S1": {"country": "DE"}}}
    return Workspace.model_validate(given | {"sources": {"erp": {"path": "exports"}, "more": {"path": "others"}}})


@pytest.fixture(scope="module")
def profiles() -> dict[str, Profile]:
    return load_profiles()


def row_of(random: Random, table: str) -> str:
    part, quantity, unit = (random.choice(words) for words in (("A", "B", "C", ""), QUANTITIES, UNITS))
    cells = {
        "parts": f"{part},{unit},Magnet {quantity},{quantity}",
        "bom_lines": f"{part},B,{quantity},{unit}",
        "inventory": f"{part},{quantity},{unit}",
        "demand": f"{part},2025-05-{random.randrange(1, 40):02},{quantity},{unit}",
    }
    return cells[table]


def exported(folder: Path, random: Random, tables: Iterator[str] | tuple[str, ...]) -> None:
    folder.mkdir(exist_ok=True)
    for table in tables:
        rows = [row_of(random, table) for _ in range(random.randrange(1, 8))]
        (folder / f"{table}.csv").write_text("\n".join([HEADS[table], *rows]), encoding="utf-8")


def night(
    workspace: Workspace, profiles: dict[str, Profile], on: date, before: dict[tuple[str, str], int], reuse: Reuse
) -> tuple[Ingested, Validated]:
    read = ingest(workspace, profiles, on, reuse=reuse)
    given = replace(read, tables=dict(read.tables))
    checked = validate(given, workspace=workspace, on=on, previous_rows=before, contributed=[OWN], reuse=reuse)
    return read, checked


def assert_same(found: object, expected: object) -> None:
    for one in fields(expected):  # type: ignore[arg-type]
        ours, theirs = getattr(found, one.name), getattr(expected, one.name)
        if isinstance(theirs, pd.DataFrame):
            pd.testing.assert_frame_equal(ours, theirs)
        elif one.name == "tables":
            for name in theirs:
                pd.testing.assert_frame_equal(ours[name], theirs[name])
        else:
            assert ours == theirs, one.name


def test_nights_of_changing_exports_are_read_and_checked_as_if_each_were_the_first(
    workspace: Workspace, profiles: dict[str, Profile], tmp_path: Path
) -> None:
    random, before = Random(4), {("parts", "erp"): 5}
    taken: set[tuple[str, str]] = set()
    exported(tmp_path / "exports", random, tuple(HEADS))
    exported(tmp_path / "others", random, ("parts",))
    for number in range(3):
        reuse = Reuse(tmp_path / "reuse", "1")
        on = ON + timedelta(days=number)
        found = night(workspace, profiles, on, before, reuse)
        if number:  # the first has nothing to take over
            for ours, theirs in zip(found, night(workspace, profiles, on, before, NOTHING), strict=True):
                assert_same(ours, theirs)
        taken |= {(one.stage, one.what) for one in reuse.done}
        reuse.tidy()
        exported(tmp_path / "exports", random, tuple(name for name in HEADS if random.random() < 0.4))
    assert {what for stage, what in taken if stage == "ingest"} >= {"parts.more", "inventory.erp"}
    assert any(stage == "validate" for stage, _ in taken)


def test_nothing_is_taken_over_where_the_workspace_or_the_scan_does_not_want_it(workspace: Workspace) -> None:
    kept = workspace.root / ".riskplug"
    off = workspace.model_copy(update={"scan": workspace.scan.model_copy(update={"reuse": False})})
    assert reuse_of(workspace, HOST, kept, fresh=True, dry_run=False) is NOTHING
    assert reuse_of(off, HOST, kept, fresh=False, dry_run=False) is NOTHING
    assert reuse_of(workspace, HOST, kept, fresh=False, dry_run=True).writes is False
    usual = reuse_of(workspace, HOST, kept, fresh=False, dry_run=False)
    assert (usual.folder, usual.writes) == (kept / "reuse", True)


def test_code_plugins_and_packages_are_among_the_ingredients(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usual = ingredients(workspace, HOST)
    own = reusing.fingerprint(workspace, HOST)
    assert ingredients(workspace, HOST) == usual
    others = []
    for name in (*own, "plugin another", "plugin another sha256"):
        with monkeypatch.context() as patch:
            patch.setattr(reusing, "fingerprint", lambda *_, name=name: own | {name: "other"})
            others.append((name, ingredients(workspace, HOST) != usual))
    of_a_stage = {f"{name} sha256" for name in ("settings", "rules", "measures", "materials", "scenarios", "evidence")}
    assert {name for name, differs in others if not differs} == of_a_stage
    (tmp_path / "more" / "openpyxl-0.1.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path / "more")
    assert ingredients(workspace, HOST) != usual
