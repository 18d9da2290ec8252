"""The groups of a day, and the lines that a person reads on a telephone."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from regimes_world import day, shipped
from typer.testing import CliRunner

from riskplug.cli.regimes import app
from riskplug.cli.regimes_lines import measure_lines, status_lines, timeline_lines
from riskplug.regimes import Overview, overview, timeline
from riskplug.regimes.document import measure_document, status_document, timeline_document
from riskplug.regimes.status import measures_on
from riskplug.workspace import Policy


def groups(on: str, days: int = 60, policy: Policy | None = None) -> Overview:
    return overview(shipped(), day(on), policy or Policy(), days)


def problems(document: object, name: str) -> list[str]:
    text = (files("riskplug") / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    Draft202012Validator.check_schema(schema)
    checker = Draft202012Validator(schema, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message[:200]}" for error in checker.iter_errors(document)]


def test_the_day_of_the_fact_sheet_in_groups() -> None:
    found = groups("2026-11-23").groups
    assert {"cn-2025-18", "cn-2023-23", "cn-2024-46-a1", "us-4872"} <= set(found["in_force"])
    assert found["suspended"] == ("cn-2024-46-a2",)
    assert len(found["suspended_presumed"]) == 8  # six notices, No. 61 in three parts
    assert found["unknown"] == ("cn-2025-70",)
    assert {"cn-2024-46-a2", "cn-2025-57", "us-4872-ndfeb-melt"} <= set(found["ending"])
    # the defence rule's step, and the cost shares of the year after
    mined = ("ndfeb", "smco", "ta", "w-powder", "w-heavy-alloy")
    steps = {"us-pfe-macr-storage-2027", "us-pfe-macr-battery-2027"}
    assert set(found["coming"]) == {*steps, *(f"us-4872-{name}-mine" for name in mined)}
    assert {"cn-2025-55", "cn-2025-70", "id-ni-ore"} <= set(found["stale"])
    assert {"us-usgs-2025", "eu-crma"} <= set(found["informs"]) and "us-usgs-2025" not in found["in_force"]
    assert "cn-2010-jp-embargo" in found["ended"]


@pytest.mark.parametrize(("days", "ending"), [(3, False), (4, False), (5, True)])
def test_the_days_ahead_reach_to_the_first_day_of_the_next_status(days: int, ending: bool) -> None:
    assert ("cn-2024-46-a2" in groups("2026-11-23", days).groups["ending"]) == ending  # another status from the 28th


def test_announced_measures_are_coming_however_far_away() -> None:
    assert "cn-2025-61-1a" in groups("2025-10-09", 0).groups["coming"]
    assert "cn-2025-18" in groups("2025-04-03", 1).groups["coming"]
    assert "cn-2025-18" in groups("2025-04-02", 1).groups["not_yet"]


def test_the_policy_moves_presumed_suspensions_into_force_and_keeps_the_doubt() -> None:
    found = groups("2026-11-23", policy=Policy(presumed_suspensions="in_force")).groups
    assert "cn-2025-61-1c" in found["in_force"] and "cn-2025-61-1c" in found["stale"]
    assert found["suspended_presumed"] == ()


def test_lines_fit_a_telephone_and_say_what_ends_and_how_sure_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "42")
    lines = list(status_lines(groups("2026-11-23")))
    assert max(map(len, lines)) <= 42
    text = re.sub(r"\s+", " ", " ".join(lines))
    assert "suspended until 2026-11-27 (4 days left), then state unknown" in text
    assert "in force from 2027-01-01 (39 days)" in text
    assert "MOFCOM/GAC 2025 No. 18; since 2025-04-04; confidence H" in text
    assert text.count("instrument not found") == 1  # eight parts share it
    assert not re.search(r"\bclear(ed)?\b|\bfree to\b", text)


def test_a_status_is_no_surer_than_the_span_it_rests_on() -> None:
    # facts: the text of No. 57 H, its presumed suspension M; the minister's word on Malaysia H, its start K
    for on, measure, expected in (
        ("2026-11-10", "cn-2025-57", "H"),
        ("2026-11-23", "cn-2025-57", "M"),
        ("2025-04-28", "my-raw-ree", "K"),
    ):
        positions = status_document(groups(on), Policy())["positions"]
        assert [one["confidence"] for one in positions if one["id"] == measure] == [expected]
        rows = measures_on(shipped(), day(on), Policy())
        assert set(rows.loc[rows["parent"] == measure, "confidence"]) <= set("HMLK"["HMLK".index(expected) :])
    text = re.sub(r"\s+", " ", " ".join(status_lines(groups("2026-11-23"))))
    assert "No. 57; since 2026-11-11 until 2027-01-10; confidence M" in text


def test_the_time_line_is_cut_at_the_day_asked_about() -> None:
    changes = timeline(shipped(), day("2025-11-01"), day("2025-11-20"))
    lines = list(timeline_lines(changes, day("2025-11-08")))
    at = lines.index("---------- 2025-11-08")
    assert any(line.startswith("2025-11-07 cn-2025-61-1c: in force -> suspended") for line in lines[:at])
    assert lines[at + 1 :] == ["2025-11-09 cn-2024-46-a2: in force -> suspended"]


def one(name: str):  # type: ignore[no-untyped-def]
    return next(measure for measure in shipped() if measure.id == name)


def test_a_measure_shows_what_is_not_confirmed_and_where_it_comes_from() -> None:
    text = re.sub(
        r"\s+", " ", " ".join(measure_lines(measure_document(one("cn-2025-18"), day("2025-04-28"), Policy())))
    )
    assert "cn-2025-18-dy-magnet: NdFeB permanent-magnet material that contains dysprosium (confidence H)" in text
    assert "control codes: 1C905.a" in text and "NOT CONFIRMED:" in text
    assert "hymagnetics.com" in text and "read as of 2026-09-23, verify by 2027-03-23" in text


def test_thresholds_are_shown_and_an_unknown_figure_as_not_confirmed() -> None:
    found = measure_document(one("cn-2023-39"), day("2025-04-28"), Policy())
    tests = next(item["tests"] for item in found["items"] if item["item"] == "cn-2023-39-synthetic")
    # purity above 99.9 %, flexural strength above 30 MPa, density above 1.73 g/cm3
    assert [(test["op"], test["value"]) for test in tests] == [(">", 99.9), (">", 30), (">", 1.73)]


def test_an_item_is_shown_alone_with_its_own_status() -> None:
    found = measure_document(one("us-4872"), day("2026-11-23"), Policy(), "us-4872-ndfeb-mine")
    assert [(item["item"], item["status"]) for item in found["items"]] == [("us-4872-ndfeb-mine", "not_yet")]
    assert found["status"] == "in_force"


@pytest.mark.parametrize("on", ["2010-09-21", "2025-04-28", "2026-11-23", "2027-01-11"])
def test_the_documents_are_as_their_schemas_say(on: str) -> None:
    assert problems(status_document(groups(on), Policy()), "regimes_status") == []
    changes = timeline(shipped(), day("2005-01-01"), day(on))
    assert problems(timeline_document(changes, day(on), day("2005-01-01"), day(on)), "regimes_timeline") == []
    for measure in shipped():
        assert problems(measure_document(measure, day(on), Policy()), "regimes_measure") == []


def test_every_id_of_a_group_has_its_position() -> None:
    document = status_document(groups("2026-11-23"), Policy())
    ids = {position["id"] for position in document["positions"]}
    assert {name for group in document["groups"].values() for name in group} <= ids
    assert {measure.id for measure in shipped()} <= ids


def test_what_is_coming_is_said_to_be_read_later_where_it_is() -> None:
    """No. 18 was announced and in force on 2025-04-04: nobody knew of it the day before."""
    text = re.sub(r"\s+", " ", " ".join(status_lines(groups("2025-04-03"))))
    assert "COMING (2) as read later: not all of it was known on 2025-04-03" in text
    assert "as read later" not in " ".join(status_lines(groups("2026-11-23")))


@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31"])
def test_the_time_line_ends_where_dates_do(on: str, tmp_path: Path) -> None:
    settings = '[workspace]\nname = "x"\n[sites.A]\ncountry = "DE"\n[sources]\n'
    (tmp_path / "riskplug.toml").write_text(settings, encoding="utf-8")
    told = CliRunner().invoke(app, ["timeline", "-w", str(tmp_path), "--on", on])
    assert (told.exit_code, f"---------- {on}" in told.output) == (0, True), told.output
