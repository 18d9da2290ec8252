"""What a scenario says: rows marked as its own, a headline, JSON as the schema has it, and faults that stay its own."""

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from riskplug.model import WhatIf
from riskplug.report.scenarios import shown
from riskplug.report.whatif import digest_lines, headline, money, whatif_document
from riskplug.scenario import Base, nightly, run_scenarios
from riskplug.scenario.engine import outcomes
from riskplug.workspace import ScenariosSettings
from tests.unit.scenario.company import SITE, base, day, measure, scenario

BACK = {"kind": "measure", "measures": "suspended", "becomes": "in_force"}
LICENCE = {"kind": "licence", "delay_days": 5, "approval_pct": 80}


@pytest.fixture(scope="module")
def free() -> Base:
    return base(measure(status="suspended"))


@pytest.fixture(scope="module")
def back(free: Base) -> WhatIf:
    (one,) = run_scenarios([scenario(BACK, name="back")], free, clock=iter([1.0, 3.5]).__next__)
    return one


def test_the_headline_says_who_stops_when_because_of_what_and_what_it_costs(back: WhatIf) -> None:
    """Sums: company.py. The receipt of 60 EUR does not come; the magnet and its product are caught."""
    assert back.seconds == 2.5
    assert headline(back.branches[0], "EUR") == (
        "1 product stops sooner; the first, P at P1, on 2025-03-24 because of M; 1 part runs out sooner; "
        "3.0 k EUR more revenue at risk; 60 EUR more on order does not come; 1 exposure appears"
    )
    assert digest_lines([back], "EUR")[0].startswith("what if: back: 1 product stops sooner")


@pytest.mark.parametrize("status", ["in_force", "suspended"])
def test_the_orders_of_a_lost_supplier_never_come_after_all(status: str) -> None:
    """The receipt of 60 EUR is stopped in one base and comes in the other; without its supplier it comes in neither."""
    overlay = {"kind": "supplier_lost", "supplier": "S1"}
    (one,) = run_scenarios([scenario(overlay)], base(measure(status=status)), clock=iter([1.0, 2.0]).__next__)
    assert one.branches[0].totals["value_at_risk"] == 60
    said = headline(one.branches[0], "EUR")
    assert "comes after all" not in said
    assert ("60 EUR more on order does not come" in said) == (status == "suspended")


def test_every_row_carries_its_scenario_and_the_base_beside_it(back: WhatIf) -> None:
    rows = back.branches[0].rows
    assert all((frame["scenario"] == "back").all() for frame in rows.values())
    (product,) = rows["product"].to_dict("records")
    assert (product["change"], product["stop_date"], product["base_stop_date"]) == (
        "worse",
        pd.Timestamp("2025-03-24"),
        pd.Timestamp("2025-04-14"),
    )
    (magnet,) = rows["part"].query("part_no == 'M'").to_dict("records")
    assert (magnet["restricted_runway_days"], magnet["base_restricted_runway_days"]) == (20, 41)
    (material,) = rows["material"].to_dict("records")
    assert (material["material"], material["exposed_parts"], material["value_at_risk"]) == ("Dy", 1, 60)
    direct = rows["exposure"].query("applies == 'yes'")
    assert direct[["part_no", "measure", "change"]].to_numpy().tolist() == [["M", "cn-dy-magnet", "appears"]]


def test_the_other_way_round_it_gets_better() -> None:
    (one,) = run_scenarios([scenario({**BACK, "measures": "cn-dy", "becomes": "lifted"})], base(measure()))
    said = headline(one.branches[0], "EUR")
    assert said.startswith("1 product lasts longer; the first stops on 2025-04-14 (base: 2025-03-24); ")
    assert "3.0 k EUR less revenue at risk" in said
    assert "1 exposure vanishes" in said


def test_a_scenario_that_changes_nothing_says_so(free: Base) -> None:
    (one,) = run_scenarios([scenario({"kind": "demand", "change_pct": 0})], free)
    assert headline(one.branches[0], "EUR") == "nothing changes against the base"


def test_an_exposure_of_a_later_day_names_the_day(free: Base) -> None:
    (one,) = run_scenarios([scenario({**BACK, "from": day(10)})], free)
    assert set(one.branches[0].rows["exposure"]["from_date"]) == {pd.Timestamp(day(10))}


def test_both_answers_stand_side_by_side_with_the_chance_over_both() -> None:
    (one,) = run_scenarios([scenario(LICENCE)], base(measure()))
    assert [line.split(": ")[1] for line in digest_lines([one], "EUR")] == [
        "x, if licences are granted",
        "x, if licences are refused",
    ]
    (told,) = shown([one], "EUR")
    assert [answer.words for answer in told.answers] == ["if licences are granted", "if licences are refused"]
    assert {row["part_no"] for row in told.chances} == {"M"}


def test_the_document_is_as_its_schema_says(free: Base) -> None:
    asked = [scenario(BACK, name="back"), scenario(BACK, LICENCE, name="both"), alternate_in_a_loop()]
    found = run_scenarios(asked, free)
    about = {"workspace": "Test", "business_date": "2025-03-03", "snapshot": "s"}
    document = json.loads(json.dumps(whatif_document(found, free.view.totals, about, "EUR")))
    schema = json.loads((files("riskplug") / "schemas" / "whatif.json").read_text(encoding="utf-8"))
    errors = Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(document)
    assert [error.message for error in errors] == []
    assert document["base"]["products_stopping"] == 1
    assert document["scenarios"][2]["fault"].startswith("part C is not planned")


def alternate_in_a_loop() -> Any:
    """A scenario that cannot be worked out: at another site nothing is planned."""
    return scenario(
        {"kind": "alternate", "part": "C", "alternate": "A", "site": "ELSEWHERE", "on": day(0)}, name="lost"
    )


def test_the_fault_of_one_scenario_is_not_that_of_the_next(free: Base) -> None:
    lost, kept = run_scenarios([alternate_in_a_loop(), scenario(BACK)], free)
    assert lost.fault == "part C is not planned at ELSEWHERE"
    assert lost.branches == ()
    assert kept.fault == ""
    assert kept.branches[0].changes


@pytest.mark.parametrize(
    ("amount", "words"),
    [(950, "950 EUR"), (3000, "3.0 k EUR"), (340_000, "340 k EUR"), (1_249_000, "1.2 M EUR"), (123e6, "123 M EUR")],
)
def test_money_is_said_in_three_digits_or_so(amount: float, words: str) -> None:
    assert money(amount, "EUR") == words


NIGHT = """\
schema: riskplug.scenarios/1
scenarios:
  - id: back
    title: back
    overlays: [{kind: measure, measures: suspended, becomes: in_force}]
"""


def of_a_night(folder: Path, of: Base) -> tuple[list[str], tuple[str, ...]]:
    opened = of.workspace.model_copy(
        update={"root": folder, "scenarios": ScenariosSettings(paths=(Path("scenarios"),))}
    )
    found, faults = nightly(opened, of.analysis)
    return [one.id for one in found], faults


def test_a_night_runs_the_files_that_are_in_order_and_names_what_is_wrong_with_the_others(
    tmp_path: Path, free: Base
) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "a.yaml").write_text(NIGHT.replace("suspended", "cn-gone"), encoding="utf-8")
    (tmp_path / "scenarios" / "b.yaml").write_text(NIGHT, encoding="utf-8")
    (tmp_path / "scenarios" / "c.yaml").write_text(NIGHT, encoding="utf-8")
    found, faults = of_a_night(tmp_path, free)
    assert found == ["back"]
    assert len(faults) == 2
    assert "a.yaml:5:42: no measure 'cn-gone'" in faults[0]
    assert "c.yaml: scenario 'back' is in another file too" in faults[1]


def test_columns_of_plugins_are_carried_through_every_scenario_of_a_night(tmp_path: Path, free: Base) -> None:
    facts = {
        grain: free.analysis.facts[grain].assign(abc_class=pd.Categorical(["A"] * len(free.analysis.facts[grain])))
        for grain in free.analysis.facts
    }
    wider = replace(free.analysis, facts=facts)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "b.yaml").write_text(NIGHT, encoding="utf-8")
    assert of_a_night(tmp_path, replace(free, analysis=wider)) == (["back"], ())
    for part in (
        Base.of(wider, free.workspace).outcome.part,
        *(one.part for one in outcomes(scenario(BACK), Base.of(wider, free.workspace)).values()),
    ):
        assert part["abc_class"].tolist() == ["A"] * len(part)
        assert part["part_no"].tolist() == facts["part"]["part_no"].tolist()


def test_a_folder_that_is_not_there_is_a_fault_and_no_crash(tmp_path: Path, free: Base) -> None:
    found, faults = of_a_night(tmp_path, free)
    assert found == []
    assert len(faults) == 1
    assert "no such file or folder of scenarios" in faults[0]


def test_a_bug_in_the_room_of_scenarios_never_costs_the_night(
    tmp_path: Path, free: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "b.yaml").write_text(NIGHT, encoding="utf-8")
    monkeypatch.setattr("riskplug.scenario.running.Base.of", lambda *_: 1 / 0)
    assert of_a_night(tmp_path, free) == ([], ("scenarios: ZeroDivisionError: division by zero",))


def test_a_site_that_is_lost_is_said_in_words(free: Base) -> None:
    (one,) = run_scenarios([scenario({"kind": "site_lost", "site": SITE})], free)
    assert one.overlays == (f"site {SITE} lost",)
    assert "because of" in headline(one.branches[0], "EUR")
