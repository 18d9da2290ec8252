"""The sample on seven days from 2010 to 2027, as tests/cases/replay/sample.yaml and docs/replay.md say it.

The exports are read and checked once. Each day evaluates its own law over them, as `riskplug scan --business-date D
--fresh --dry-run` does; the gates judge the age of the tables again on each day.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pandas as pd
import pytest
from replayed import CASES, DAYS, ROOT, Sample, case_of

from riskplug.doubts import doubts
from riskplug.regimes.status import standing
from riskplug.workspace import Policy

PAGE = (ROOT / "docs" / "replay.md").read_text(encoding="utf-8")
ASKED = [
    (case["on"], overlay) for case in CASES for overlay in (None, *(one["name"] for one in case.get("overlays", ())))
]


def rows_about(frame: pd.DataFrame, wanted: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of a part at a site, or of an order, under a measure (or whatever begins like it)."""
    for name in ("part_no", "site", "order_no"):
        if name in wanted:
            frame = frame[frame[name].astype("str") == wanted[name]]
    return frame


def entries(section: str) -> Iterator[Any]:
    for day, overlay in ASKED:
        for wanted in case_of(day, overlay).get(section, ()):
            about = wanted.get("part_no") or wanted.get("order_no") or wanted.get("rule") or wanted.get("reason")
            name = f"{day} {about} {wanted.get('measure', '')}" + (f" ({overlay})" if overlay else "")
            yield pytest.param(day, overlay, wanted, id=name)


def test_the_seven_days_are_those_that_history_asks_for() -> None:
    wanted = "2010-09-21 2025-04-03 2025-04-04 2025-10-09 2025-11-08 2026-11-23 2027-01-01"
    assert [str(day) for day in DAYS] == wanted.split()


STATUSES = [
    (on, name, status)
    for case in CASES
    for on, said in ((case["on"], case["measures"]), *case.get("around", {}).items())
    for name, status in said.items()
]


@pytest.mark.parametrize(("on", "name", "status"), STATUSES, ids=lambda value: str(value))
def test_the_law_of_a_day(sample: Sample, on: date, name: str, status: str) -> None:
    measure = next(one for one in sample.register if one.id == name or name in [item.id for item in one.items])
    item = next((item for item in measure.items if item.id == name), None)
    assert standing(measure, on, Policy(), item).status == status


@pytest.mark.parametrize(("day", "overlay", "wanted"), list(entries("parts")))
def test_a_part_is_judged_by_the_law_of_the_day(
    sample: Sample, day: date, overlay: str | None, wanted: dict[str, Any]
) -> None:
    rows = rows_about(sample.judged(day, overlay)[0], wanted)
    rows = rows[rows["measure"] == wanted["measure"]]
    assert set(rows["measure_status"]) == {wanted["status"]}, rows["measure"].tolist()
    said = [(row.applies, row.why) for row in rows.itertuples() if wanted["why"] in row.why]
    assert said and {applies for applies, _ in said} <= set(wanted["applies"]), rows[["applies", "why"]].values.tolist()
    assert not [why for _, why in said if wanted.get("why_not", "\0") in why]


@pytest.mark.parametrize(("day", "overlay", "wanted"), list(entries("orders")))
def test_an_order_is_judged_by_the_law_of_the_day(
    sample: Sample, day: date, overlay: str | None, wanted: dict[str, Any]
) -> None:
    rows = rows_about(sample.judged(day, overlay)[1], wanted)
    [row] = rows[rows["measure"] == wanted["measure"]].to_dict("records")
    assert row["applies"] in wanted["applies"]
    assert wanted["why"] in row["why"]
    assert row["stopped"] == wanted["stopped"]


@pytest.mark.parametrize(("day", "overlay", "wanted"), list(entries("absent")))
def test_what_the_law_of_the_day_does_not_touch_has_no_row(
    sample: Sample, day: date, overlay: str | None, wanted: dict[str, Any]
) -> None:
    parts, orders = sample.judged(day, overlay)
    table, key = ("purchase_orders", "order_no") if "order_no" in wanted else ("parts", "part_no")
    assert (sample.tables[table][key].astype("str") == wanted[key]).any()
    for rows in [orders] if key == "order_no" else [parts, orders]:
        found = rows_about(rows, wanted)
        assert found[found["measure"].astype("str").str.startswith(wanted["measure"])].empty


@pytest.mark.parametrize(("day", "overlay", "wanted"), list(entries("stale")))
def test_what_must_be_verified_is_found_with_its_reason(
    sample: Sample, day: date, overlay: str | None, wanted: dict[str, Any]
) -> None:
    findings = sample.outcome(day).findings
    stale = findings[findings["rule"] == "stale-measure"].set_index("measure")
    register = {one.id: one for one in sample.register}
    for name in wanted["measures"]:
        assert standing(register[name], day, Policy()).stale_reason == wanted["reason"]
        assert str(wanted["why"]) in stale.loc[name, "message"]


@pytest.mark.parametrize("case", [case for case in CASES if "fresh" in case], ids=lambda case: str(case["on"]))
def test_what_was_read_in_time_is_not_to_be_verified(sample: Sample, case: dict[str, Any]) -> None:
    findings = sample.outcome(case["on"]).findings
    stale = set(findings.loc[findings["rule"] == "stale-measure", "measure"])
    assert stale.isdisjoint(case["fresh"])


@pytest.mark.parametrize(("day", "overlay", "wanted"), list(entries("findings")))
def test_a_finding_of_the_day(sample: Sample, day: date, overlay: str | None, wanted: dict[str, Any]) -> None:
    findings = sample.outcome(day).findings
    for name, value in wanted.items():
        findings = findings[findings[name].astype("str") == value]
    assert len(findings)


@pytest.mark.parametrize("case", [case for case in CASES if "silent_rules" in case], ids=lambda case: str(case["on"]))
def test_a_rule_that_has_nothing_to_say_on_a_day(sample: Sample, case: dict[str, Any]) -> None:
    findings = sample.outcome(case["on"]).findings
    assert set(findings["rule"]).isdisjoint(case["silent_rules"]), findings["message"].tolist()


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["on"]))
def test_the_age_of_the_exports_stays_a_doubt(sample: Sample, case: dict[str, Any]) -> None:
    aged = sample.aged(case["on"])
    facts = aged.facts.set_index(["table", "source"])
    assert facts.loc[("inventory", "de01"), "age_days"] == case["age_days"]
    said = doubts(aged, sample.outcome(case["on"]), sample.host, 4)
    side = "after" if case["age_days"] < 0 else "before"
    assert any(f"extracted {abs(case['age_days'])} days {side} the business date" in doubt for doubt in said)


SECTIONS = re.split(r"^## (\d{4}-\d{2}-\d{2})\b.*$", PAGE, flags=re.MULTILINE)[1:]
TOLD = dict(zip(map(date.fromisoformat, SECTIONS[::2]), SECTIONS[1::2], strict=True))
CELLS = re.compile(r"^\| (?!what)([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def page_rows() -> Iterator[Any]:
    for day, text in TOLD.items():
        for cells in CELLS.findall(text):
            about, measure, status, applies = (cell.strip(" `") for cell in cells)
            if not set(about) <= set("-"):
                yield pytest.param(day, about, measure, status, applies, id=f"{day} {about} {measure}")


def test_the_page_explains_each_day_in_a_paragraph() -> None:
    assert list(TOLD) == DAYS
    for text in TOLD.values():
        assert len(text.strip().split("\n\n")[0].split()) > 60


@pytest.mark.parametrize(("day", "about", "measure", "status", "applies"), list(page_rows()))
def test_the_page_says_what_is_computed(
    sample: Sample, day: date, about: str, measure: str, status: str, applies: str
) -> None:
    """Rows are: `PART` SITE or order `NO`; measure; its status; the answer, or "no row"."""
    analysis = sample.on(day)
    owner = next(one for one in sample.register if one.id == measure or measure in [item.id for item in one.items])
    item = next((item for item in owner.items if item.id == measure), None)
    assert standing(owner, day, Policy(), item).status.replace("_", " ") == status
    order = about.startswith("order ")
    rows = analysis.facts["order_line" if order else "exposure"]
    words = re.sub("`", "", about).split()
    wanted = {"order_no": words[1]} if order else {"part_no": words[0], "site": words[1]}
    found = rows_about(rows, wanted)
    found = found[found["measure"] == measure]
    assert sorted(set(found["applies"].astype("str"))) == ([] if applies == "no row" else [applies])


def test_the_page_covers_several_answers_of_each_day() -> None:
    days = [row.values[0] for row in page_rows()]
    assert all(days.count(day) >= 3 for day in DAYS)
