"""Scenarios beside a scan: in a place of their own, answered by hand as well, and never a danger to the night."""

import json
from pathlib import Path
from typing import Any

import pytest
from chains import SampleScan
from small_company import small_company

OCTOBER, STRESS = "october-2025-measures", "licences-take-120-days"
GOOD = """\
schema: riskplug.scenarios/1
scenarios:
  - id: more
    title: demand grew by a fifth
    overlays: [{kind: demand, change_pct: 20}]
"""


@pytest.fixture(scope="module")
def told(sample_scan: SampleScan) -> dict[str, Any]:
    return {one["id"]: one for one in sample_scan.document["scenarios"]}


def test_the_standing_scenarios_are_answered_every_night(told: dict[str, Any]) -> None:
    assert list(told) == [OCTOBER, STRESS]
    assert [one["fault"] for one in told.values()] == [None, None]
    assert [branch["branch"] for branch in told[STRESS]["branches"]] == ["granted", "refused"]
    assert told[STRESS]["expected"] == []


def test_october_2025_leaves_magnets_of_other_origins_with_their_stock_alone(told: dict[str, Any]) -> None:
    """Worked out in sample_erp/answers.yaml: from stock alone 146.0 and 90.5 days; today 181.0, 125.5."""
    parts = {row["part_no"]: row for row in told[OCTOBER]["branches"][0]["parts"]}
    runways = {
        name: (row["restricted_runway_days"], row["base_restricted_runway_days"], row["change"])
        for name, row in parts.items()
    }
    assert runways == {"M-3600": (146.0, 181.0, "worse"), "M-5120": (90.5, 125.5, "worse")}


def test_a_scenario_is_in_no_fact_and_no_finding(sample_scan: SampleScan) -> None:
    document = sample_scan.document
    for grain, rows in document["facts"].items():
        assert not any("scenario" in row for row in rows), grain
    measures = {row["measure"] for row in document["facts"]["exposure"]}
    assert measures
    assert not any(name.startswith(("cn-2025-5", "cn-2025-61", "cn-2025-62")) for name in measures)
    assert {row["licence_days"] for row in document["facts"]["exposure"]} - {None} == {65.0}
    assert OCTOBER not in json.dumps(document["findings"])


def test_the_scan_keeps_them_beside_its_facts(sample_scan: SampleScan, told: dict[str, Any]) -> None:
    (kept,) = (sample_scan.folder.state / "scans").glob("*/*/scenarios.json")
    assert json.loads(kept.read_text(encoding="utf-8")) == list(told.values())
    run = json.loads((kept.parent / "run.json").read_text(encoding="utf-8"))
    assert {one["id"] for one in run["scenarios"]} == set(told)


def test_the_brief_and_the_digest_say_that_it_is_a_scenario(sample_scan: SampleScan) -> None:
    section = sample_scan.brief.partition('id="h-whatif"')[2].partition("</section>")[0]
    assert "What if the October 2025 measures were in force?" in section
    assert "None of this is so" in section
    assert "M-3600" in section
    digest = (sample_scan.folder.state / "digest.txt").read_text(encoding="utf-8")
    assert "what if: the October 2025 measures were in force: " in digest


def test_a_question_is_answered_in_words(sample_scan: SampleScan, tmp_path: Path) -> None:
    sample_scan.folder.write("more.yaml", GOOD)
    ran = sample_scan.folder.run("whatif", "more.yaml", "--out", str(tmp_path / "out.json"))
    assert ran.code == 0, ran.err
    assert ran.out.startswith("Sample Drives, business date 2025-04-28")
    assert "more: demand grew by a fifth" in ran.out
    assert "products stop sooner" in ran.out
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["schema"] == "riskplug.whatif/1"


def test_a_file_that_names_what_is_not_there_is_refused_with_the_place(sample_scan: SampleScan) -> None:
    text = GOOD.replace("change_pct: 20", "change_pct: 20, product: SD-1000")
    sample_scan.folder.write("bad.yaml", text)
    column = text.splitlines()[4].index("SD-1000") + 1
    ran = sample_scan.folder.run("whatif", "--check", "bad.yaml")
    assert ran.code == 2
    assert f"bad.yaml:5:{column}: no part 'SD-1000' [unknown-part]" in ran.err
    assert "did you mean 'SD-100'?" in ran.err


def test_a_broken_scenario_degrades_the_scan_and_leaves_the_rest(tmp_path: Path) -> None:
    folder = small_company(tmp_path / "works")
    folder.replace("riskplug.toml", "[plugins]", '[scenarios]\npaths = ["scenarios"]\n\n[plugins]')
    folder.write("scenarios/good.yaml", GOOD)
    folder.write("scenarios/bad.yaml", GOOD.replace("change_pct: 20", "change_pct: 2000"))
    ran = folder.run("scan", "--format", "json")
    assert ran.code == 3, ran.err
    document = ran.document()
    assert [one for one in document["degraded"] if "bad.yaml:5" in one and "out-of" not in one]
    assert [one["id"] for one in document["scenarios"]] == ["more"]
    # 118 days of M-1 are a warning, 41 of M-2 critical (small_company.py)
    found = {row["identity"]["part_no"]: row["severity"] for row in document["findings"] if row["rule"] == "stock-low"}
    assert found == {"M-1": "warning", "M-2": "critical"}
