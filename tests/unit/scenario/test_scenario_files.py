"""Scenario files: everything wrong with all of them is said at once, with file, line, column and what to do."""

import json
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from ruamel.yaml import YAML

from riskplug.errors import UsageError
from riskplug.scenario import Known, read_scenarios, scenario_files, scenarios_schema
from riskplug.scenario.overlays import MODELS
from riskplug.starter import start
from tests.unit.scenario.company import measure

HEAD = "schema: riskplug.scenarios/1\nscenarios:\n"
GOOD = """\
  - id: all-kinds
    title: all of it
    overlays:
      - {kind: measure, measures: suspended, becomes: in_force, from: 2025-06-01, through: 2025-07-01}
      - {kind: measure, measures: [cn-dy], becomes: extended}
      - {kind: embargo, origins: CN, materials: [Dy, graphite], forms: magnet, assemblies: true}
      - {kind: licence, delay_days: 120, approval_pct: 62.5}
      - {kind: supplier_lost, supplier: S1, from: 2025-06-01}
      - {kind: site_lost, site: P1}
      - {kind: demand, change_pct: -20, product: P, site: P1}
      - {kind: alternate, part: M, alternate: A, site: P1, on: 2025-06-01, share_pct: 40}
      - {kind: source, part: M, supplier: NEW, origin: JP, site: P1, on: 2025-06-01, lead_time_days: 30}
      - {kind: buffer, part: M, site: P1, quantity: 100, on: 2025-06-01}
"""
PLACES = pd.DataFrame({"part_no": ["P", "M", "A", "ONLY-P2"], "site": [None, "P1", "P1", "P2"]}).astype("str")
KNOWN = Known((measure(),), frozenset(("Dy", "graphite")), ("P1", "P2"), frozenset(("S1",)), PLACES)


def write(folder: Path, text: str, name: str = "s.yaml") -> Path:
    path = folder / name
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def wrong(folder: Path, *overlays: str, known: Known | None = KNOWN) -> list[tuple[str, str, str]]:
    """(place, code, what to do) of every problem of a scenario with some overlays; the first stands on line 6."""
    lines = "".join(f"      - {overlay}\n" for overlay in overlays)
    path = write(folder, f"  - id: one\n    title: t\n    overlays:\n{lines}")
    with pytest.raises(UsageError) as caught:
        read_scenarios([path], known)
    return [(one.where.removeprefix(f"{path}:"), one.code, one.fix) for one in caught.value.problems]


def test_every_kind_of_overlay_is_read(tmp_path: Path) -> None:
    (read,) = read_scenarios([write(tmp_path, GOOD)], KNOWN)
    assert {overlay.kind for overlay in read.overlays} == set(MODELS)
    assert [str(overlay) for overlay in read.overlays][:4] == [
        "suspended measures in force from 2025-06-01 through 2025-07-01",
        "cn-dy extended",
        "no Dy, graphite magnet from CN",
        "licences take 120 days, 62.5 % are granted",
    ]


@pytest.mark.parametrize(
    ("overlay", "at", "code", "fix"),
    [
        ("{kind: measure, measures: [cn-dx], becomes: lifted}", "cn-dx", "unknown-measure", "did you mean 'cn-dy'?"),
        ("{kind: measure, measures: cn-dy, becomes: in_forse}", "in_forse", "unknown-word", "did you mean 'in_force'?"),
        ("{kind: measur, measures: cn-dy}", "measur,", "unknown-word", "did you mean 'measure'?"),
        (
            "{kind: measure, measures: cn-dy, becomes: lifted, from: 2025-06-02, through: 2025-06-01}",
            "2025-06-01",
            "backward-dates",
            "swap them, or correct one",
        ),
        ("{kind: embargo, origins: CN, materials: Tb}", "Tb", "unknown-material", "known: Dy, graphite"),
        ("{kind: embargo, origins: CHN, materials: Dy}", "CHN", "bad-value", "correct the value"),
        ("{kind: embargo, origins: CN, materials: Dy, form: ore}", "form:", "unknown-key", "did you mean 'forms'?"),
        ("{kind: licence, delay_days: 10, approval_pct: 101}", "101", "out-of-range", "correct the value"),
        ("{kind: licence, delay_days: -1}", "-1", "out-of-range", "correct the value"),
        ("{kind: demand, change_pct: -101}", "-101", "out-of-range", "correct the value"),
        ("{kind: demand, change_pct: 5, product: Q}", "Q", "unknown-part", "name a part of the part master"),
        ("{kind: supplier_lost, supplier: S2}", "S2", "unknown-supplier", "known: S1"),
        ("{kind: site_lost, site: P3}", "P3", "unknown-site", "known: P1, P2"),
        ("{kind: site_lost}", "{", "missing-key", "add `site`"),
        ("{site: P1}", "{", "missing-key", f"one of {', '.join(MODELS)}"),
        (
            "{kind: buffer, part: ONLY-P2, site: P1, quantity: 1, on: 2025-06-01}",
            "ONLY-P2",
            "part-not-at-site",
            "it is at P2",
        ),
        ("{kind: buffer, part: M, site: P1, quantity: 0, on: 2025-06-01}", "0,", "out-of-range", "correct the value"),
        ("{kind: buffer, part: M, site: P1, quantity: 1, on: 5}", "5}", "bad-value", "correct the value"),
        (
            "{kind: alternate, part: M, alternate: M, site: P1, on: 2025-06-01}",
            "{",
            "bad-value",
            "correct the value",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, overlay: str, at: str, code: str, fix: str) -> None:
    column = f"      - {overlay}".index(at) + 1
    assert wrong(tmp_path, overlay) == [(f"6:{column}", code, fix)]


def test_all_problems_of_all_files_are_said_at_once(tmp_path: Path) -> None:
    """A key, a date, names (also beside a wrong date), an id of another file, and a file that is no YAML."""
    one = write(
        tmp_path,
        "  - id: twice\n    titel: t\n    overlays:\n"
        "      - {kind: demand, change_pct: 1, from: 2025-02-02, through: 2025-01-01, product: Q}\n"
        "      - {kind: supplier_lost, supplier: S9}\n",
        "one.yaml",
    )
    two = write(
        tmp_path, "  - id: twice\n    title: t\n    overlays:\n      - {kind: licence, delay_days: 1}\n", "two.yaml"
    )
    three = tmp_path / "three.yaml"
    three.write_text("schema: [", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_scenarios([one, two, three], KNOWN)
    assert sorted((Path(problem.where.split(":")[0]).name, problem.code) for problem in caught.value.problems) == [
        ("one.yaml", "backward-dates"),
        ("one.yaml", "missing-key"),
        ("one.yaml", "unknown-key"),
        ("one.yaml", "unknown-part"),
        ("one.yaml", "unknown-supplier"),
        ("three.yaml", "yaml-syntax"),
        ("two.yaml", "scenario-twice"),
    ]


def test_a_scenario_without_overlays_asks_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_scenarios([write(tmp_path, "  - id: one\n    title: t\n    overlays: []\n")])
    assert [problem.code for problem in caught.value.problems] == ["empty-list"]


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        scenario_files([tmp_path / "none.yaml"])


def test_without_data_only_the_file_itself_is_checked(tmp_path: Path) -> None:
    text = "  - id: one\n    title: t\n    overlays:\n      - {kind: site_lost, site: NOWHERE}\n"
    assert len(read_scenarios([write(tmp_path, text)])) == 1


def test_the_schema_takes_what_the_reader_takes_and_refuses_what_it_refuses() -> None:
    schema = json.loads(json.dumps(scenarios_schema()))
    checker = jsonschema.Draft202012Validator(schema)
    good = json.loads(json.dumps(YAML(typ="safe").load(HEAD + GOOD), default=str))
    assert list(checker.iter_errors(good)) == []
    for change in (
        {"kind": "licence", "delay_days": -1},
        {"kind": "site_lost"},
        {"kind": "demand", "change_pct": 1, "x": 1},
    ):
        bad = {**good, "scenarios": [{**good["scenarios"][0], "overlays": [change]}]}
        assert list(checker.iter_errors(bad)), change


def test_a_new_workspace_has_standing_scenarios_that_are_in_order(tmp_path: Path) -> None:
    start(tmp_path / "works")
    read = read_scenarios(scenario_files([tmp_path / "works" / "scenarios"]))
    assert [one.id for one in read] == ["suspended-measures-back", "licences-take-120-days"]
    assert 'paths = ["scenarios"]' in (tmp_path / "works" / "riskplug.toml").read_text(encoding="utf-8")
