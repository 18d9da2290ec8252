"""A check of single parts is a rule kind like any other, as slow as it says, and wrong in words."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel

from riskplug.catalogue import GRAINS, frame
from riskplug.errors import UsageError
from riskplug.extend.guard import Care, Place
from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.per_part import MAX_ROWS, Finding, per_part
from riskplug.extend.protocols import RuleKind
from riskplug.model import Outcome
from riskplug.rules import evaluate, load_rules
from riskplug.rules.inputs import tables_behind
from tests.unit.rules.test_evaluate import CONTEXT, HEAD, ON, THREE

RULE = "  - {{id: k, title: K, grain: part, kind: it, options: {options}}}\n"


class Limit(BaseModel):
    days: float = 10


@per_part("it", columns=("all_runway_days", "stock_out_date", "procurement"), options=Limit)
def runs_low(row: Any, context: Any, options: Any) -> Finding | None:
    """Parts with little stock."""
    if row.all_runway_days is None or row.all_runway_days > options.days:
        return None
    left = (row.stock_out_date - context.business_date).days if row.stock_out_date else None
    return Finding("warning", f"{row.part_no} low", row.all_runway_days, "Ida", {"left": left})


def outcome(tmp_path: Path, kind: type[RuleKind], facts: pd.DataFrame = THREE, options: str = "{}") -> Outcome:
    (tmp_path / "r.yaml").write_text(HEAD + RULE.format(options=options))
    rules = load_rules([tmp_path], GRAINS, {"it": kind})
    return evaluate(rules, {"part": facts}, on=ON, context=CONTEXT, tables={}, failed_tables={})


def test_a_check_is_asked_of_every_part_and_its_findings_carry_their_keys(tmp_path: Path) -> None:
    (one,) = outcome(tmp_path, runs_low).findings.to_dict("records")
    assert (one["identity"], one["message"], one["metric"], one["owner"]) == (
        '{"part_no":"A","site":"X"}',
        "A low",
        5.0,
        "Ida",
    )
    assert '"left":6' in one["evidence"]  # 4 May less 28 April


def test_options_come_from_the_rule_file(tmp_path: Path) -> None:
    assert outcome(tmp_path, runs_low, options="{days: 20}").findings["part_no"].tolist() == ["A", "B", "C"]


def test_the_columns_are_its_needs(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(HEAD + RULE.format(options="{}"))
    rule = load_rules([tmp_path], GRAINS, {"it": runs_low})["k"]
    assert {"inventory", "demand"} <= tables_behind(rule)  # behind the runway
    assert "consumption" not in tables_behind(rule)


def test_a_check_without_options_refuses_them(tmp_path: Path) -> None:
    @per_part("it", columns=())
    def nothing(row: Any, context: Any) -> Finding | None:
        """Nothing."""
        return None

    assert outcome(tmp_path, nothing).findings.empty and outcome(tmp_path, nothing).faults == ()
    with pytest.raises(UsageError, match="days"):
        outcome(tmp_path, nothing, options="{days: 3}")


def test_values_are_pythons_own_and_unknown_is_none(tmp_path: Path) -> None:
    seen: list[Any] = []

    @per_part("it", columns=("all_runway_days", "stock_out_date", "procurement", "owner", "is_product"))
    def looking(row: Any, context: Any) -> Finding | None:
        """Looks."""
        seen.append(row)
        return None

    facts = THREE.assign(is_product=pd.array([True, None, False], dtype="boolean"))
    assert outcome(tmp_path, looking, facts).faults == ()
    assert [tuple(row) for row in seen] == [
        ("A", "X", 5.0, date(2025, 5, 4), None, "Ida", True),
        ("B", "Y", 20.0, None, None, None, None),
        ("C", "Y", 20.0, None, None, None, False),
    ]
    assert type(seen[0].all_runway_days) is float and type(seen[0].is_product) is bool


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (
            lambda row, context: Finding("warning", "m") if row.lead_time_days < 5 else None,
            "at part C, site Y -> what is",
        ),
        (lambda row, context: "low", "gave str at part A, site X -> give a Finding, or None"),
        (lambda row, context: 1 / 0, "ZeroDivisionError: division by zero at part A, site X -> see the check"),
        (lambda row, context: Finding("bad", "m"), "gave severity bad"),  # type: ignore[arg-type]
        (lambda row, context: Finding("info", "m", evidence={"x": object()}), "JSON cannot hold"),
        (lambda row, context: row.on_hand, "reads on_hand, which `columns` does not name -> add it"),
    ],
)
def test_a_check_that_goes_wrong_is_a_fault_that_names_the_part(tmp_path: Path, check: Any, said: str) -> None:
    kind = per_part("it", columns=("lead_time_days",))(check)
    (fault,) = outcome(tmp_path, kind).faults
    assert said in fault


def many(rows: int) -> pd.DataFrame:
    return frame(
        GRAINS["part"],
        {
            "part_no": pd.Series([f"P{n}" for n in range(rows)]),
            "site": pd.Series(["S"] * rows),
            "all_runway_days": np.arange(rows, dtype=float),
        },
        rows,
    )


def test_more_parts_than_it_is_made_for_are_a_fault_that_says_what_to_do(tmp_path: Path) -> None:
    (fault,) = outcome(tmp_path, runs_low, many(MAX_ROWS + 1)).faults
    assert "looks at 50,000 parts at most one by one, these are 50,001 -> write it over whole columns" in fault
    assert len(outcome(tmp_path, runs_low, many(MAX_ROWS)).findings) == 11  # 0 to 10 days


PLUGIN = '''\
from riskplug.extend import hookimpl
from riskplug.extend.per_part import Finding, per_part


@per_part("it", columns=("all_runway_days",))
def low(row, context):
    """Parts with little stock."""
    if row.all_runway_days is not None and row.all_runway_days < 10:
        return Finding("warning", f"{row.part_no} low", row.all_runway_days)


@hookimpl
def riskplug_rule_kinds():
    return [low]
'''


def test_a_plugin_of_one_function_loads_and_runs_here_and_apart(tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir(mode=0o755)
    (folder / "lowstock.py").write_text(PLUGIN)
    host = PluginHost.load(Choice(folders=(folder,)))
    kind = host.rule_kinds()["it"]
    assert host.faults == [] and host.provider(kind) == "lowstock"
    (tmp_path / "r.yaml").write_text(HEAD + RULE.format(options="{}"))
    found = []
    for isolation in ("none", "process"):
        place = Place("riskplug_local.lowstock", str(folder / "lowstock.py"))
        care = Care("lowstock", "1", place, isolation)  # type: ignore[arg-type]
        rules = load_rules([tmp_path], GRAINS, {"it": kind}, cares={"it": care})
        found.append(evaluate(rules, {"part": THREE}, on=ON, context=CONTEXT, tables={}, failed_tables={}))
    assert found[0].faults == found[1].faults == ()
    pd.testing.assert_frame_equal(found[0].findings, found[1].findings)
    assert len(found[0].findings) == 1
