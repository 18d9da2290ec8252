"""Alerts that wait, clear, move and go on and off, from the cases in tests/cases/alerts/paces.yaml."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from riskplug.alerts import Pace, Policy
from riskplug.documents import load_yaml
from tests.unit.alerts.nights import Life

CASES: list[dict[str, Any]] = load_yaml(Path(__file__).parents[2] / "cases/alerts/paces.yaml").data
DATES = ("first_seen", "opened_on")


def life_of(case: dict[str, Any]) -> Life:
    flap = case.get("flap", {"changes": 99, "scans": 14})
    pace = Pace(**case.get("pace", {}))
    return Life(Policy({"r": pace}, flap_changes=flap["changes"], flap_scans=flap["scans"], weekly_on=6))


def play(life: Life, night: dict[str, Any]) -> tuple[list[str], bool, list[str]]:
    found = "" if night["found"] == "-" else night["found"]
    also = {name: night[name] for name in ("coverage", "margin") if name in night}
    done = life.found(night["on"], found, night.get("metric", 12.0), **also)
    kinds = [change.kind for change in done.changes]
    told = any(change.kind != "flapping" for change in done.news)
    return kinds, told, done.events.loc[done.events["version"].isna(), "kind"].tolist()


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_alert_lives_at_its_pace_and_a_night_played_twice_is_news_once(case: dict[str, Any]) -> None:
    life = life_of(case)
    for night in case["nights"]:
        kinds, told, beside = play(life, night)
        assert (night["on"], kinds, told, life.row["condition"]) == (
            night["on"],
            [night["change"]],
            night["told"],
            night["condition"],
        )
        assert beside == night.get("also", [])
        for name in ("severity", "episode", "reason", "flapping"):
            assert life.row[name] == night.get(name, life.row[name]), name
        for name in DATES:
            assert life.row[name].date() == night[name] if name in night else True
        before = life.ledger.drop(columns="reason")
        _, told, beside = play(life, night)
        assert (told, beside) == (False, [])
        pd.testing.assert_frame_equal(life.ledger.drop(columns="reason"), before)


def test_alerts_that_go_on_and_off_are_listed_once_a_week_on_the_first_scan_from_its_day_on() -> None:
    """Monday 5 May 2025 is a holiday here: the first scan after it is on Tuesday."""
    life = Life(Policy({"r": Pace()}, flap_changes=2, weekly_on=0))
    for day, severity in ((28, "info"), (29, ""), (30, "info")):
        life.found(date(2025, 4, day), severity)
    assert [change.kind for change in life.found(date(2025, 5, 2), "info").news] == []
    [listed] = life.found(date(2025, 5, 6), "info").news
    assert (listed.kind, listed.reason, listed.suppression) == ("flapping", "2 changes in 14 scans", "flapping")
    assert life.found(date(2025, 5, 6), "info").news == ()
    assert life.found(date(2025, 5, 7), "info").news == ()
