"""Schedulers that start too many scans, too few, or one that falls asleep: each date is scanned once, or said to be
missing."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from chains import Nights, Started
from command import FINISHED, Ran
from crowds import Crowd, LeftOut, Slept

# the first test of a chain waits for all of it: twelve scans at once, and five nights, beside whatever else runs
pytestmark = pytest.mark.timeout(900)
DEGRADED, HELD = 3, 5
Pair = tuple[Crowd, Slept]


@pytest.fixture(scope="session")
def nights(started: Started) -> Nights:
    played: Nights = started["nights"].result()
    return played


@pytest.fixture(scope="session")
def on_sqlite(started: Started) -> Pair:
    found: Pair = started["on_sqlite"].result()
    return found


@pytest.fixture(scope="session")
def on_postgresql(started: Started) -> Pair:
    found: Pair = started["on_postgresql"].result()
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def pair(request: pytest.FixtureRequest, on_sqlite: Pair, on_postgresql: Pair) -> Pair:
    return on_sqlite if request.param == "sqlite" else on_postgresql


@pytest.fixture
def crowd(pair: Pair) -> Crowd:
    return pair[0]


@pytest.fixture
def slept(pair: Pair) -> Slept:
    return pair[1]


@pytest.fixture(scope="session")
def left_out(started: Started) -> LeftOut:
    played: LeftOut = started["left_out"].result()
    return played


def document(ran: Ran) -> dict[str, Any]:
    assert ran.code in FINISHED, f"the scan ended with {ran.code}:\n{ran.err[-3000:]}"
    return ran.document()


def low(ran: Ran) -> dict[str, str]:
    """Severity of the findings of our own rule, by part."""
    found = document(ran)["findings"]
    return {one["identity"]["part_no"]: one["severity"] for one in found if one["rule"] == "stock-low"}


def test_twelve_scans_started_at_once_are_one(crowd: Crowd) -> None:
    assert Counter(ran.code for ran in crowd.ran) == {HELD: 11, 0: 1}
    winner = next(ran for ran in crowd.ran if ran.code != HELD)
    assert low(winner) == {"M-1": "warning", "M-2": "critical"}


def test_a_scan_that_finds_another_one_running_says_so(crowd: Crowd) -> None:
    losers = [ran for ran in crowd.ran if ran.code == HELD]
    assert all("already running" in ran.err and ran.out == "" for ran in losers)
    assert not any("Traceback" in ran.err for ran in losers)


def test_once_the_date_is_done_there_is_nothing_to_do_and_all_is_well(crowd: Crowd) -> None:
    assert [(ran.code, ran.out) for ran in crowd.later] == [(0, "")] * 3
    assert all("nothing is due" in ran.err for ran in crowd.later)


def test_a_crowd_tells_what_one_scan_tells(crowd: Crowd, nights: Nights) -> None:
    assert crowd.digest == nights.digests["first"]


def test_a_scan_that_lost_its_lease_writes_and_tells_nothing(slept: Slept) -> None:
    assert slept.other.code == 0
    assert slept.late.code == HELD, slept.late.err[-3000:]
    assert "another scan took over" in slept.late.err and slept.late.out == ""
    assert slept.digests[0] == slept.digests[1] != ""


def test_a_scan_renews_its_claim_from_stage_to_stage(slept: Slept) -> None:
    """A claim lasts 30 minutes; the last of its stages has ended later than it began."""
    assert timedelta(minutes=30) < slept.lease < timedelta(minutes=35)


def test_after_a_lost_lease_every_alert_has_opened_once(slept: Slept) -> None:
    """M-1 and M-2 are low. Whatever else opened, nothing opened twice."""
    opened = [(row["key"], row["kind"]) for row in json.loads(slept.alerts)["events"] if row["kind"] == "new"]
    assert len(opened) >= 2
    assert len(set(opened)) == len(opened)


def test_a_night_is_scanned_once(left_out: LeftOut) -> None:
    assert left_out.scans["first"].code == 0
    again = left_out.scans["again"]
    assert (again.code, again.out) == (0, "")
    assert left_out.digests["again"] == left_out.digests["first"] != ""


def test_a_night_that_died_is_scanned_from_its_snapshot(left_out: LeftOut) -> None:
    """Its stock was 50 of M-1, which is 41 days: critical. Today's would be 600, which is nothing."""
    assert left_out.scans["died"].code == -9
    assert "2025-04-29: scanned from its snapshot" in left_out.scans["caught up"].err
    assert "from its snapshot" not in left_out.scans["first"].err + left_out.scans["next"].err
    [record] = (left_out.folder.state / "scans" / "2025-04-29").iterdir()
    shown = left_out.folder.run("alerts", "history", "--part", "M-1", "--all", "--format", "json").out
    steps = [(row["business_date"], row["kind"]) for row in json.loads(shown)["events"] if row["rule"] == "stock-low"]
    assert steps == [("2025-04-28", "new"), ("2025-04-29", "worse"), ("2025-05-01", "resolved")]
    assert (record / "brief.html").exists()


def test_a_night_whose_exports_are_gone_is_missed_and_not_made_up(left_out: LeftOut) -> None:
    caught_up = left_out.scans["caught up"]
    said = document(caught_up)
    assert caught_up.code == DEGRADED
    assert said["scan"]["business_date"] == "2025-05-01"
    assert said["degraded"] == [
        "2025-04-30 was not scanned and is missing: no scan read its exports, and they are gone"
    ]
    assert not (left_out.folder.state / "scans" / "2025-04-30").exists()
    assert not (left_out.folder.state / "snapshots" / "2025-04-30").exists()
    assert "2025-04-30 was not scanned" in left_out.digests["caught up"]


def test_a_missed_night_is_told_once(left_out: LeftOut) -> None:
    following = left_out.scans["next"]
    assert (following.code, document(following)["degraded"]) == (0, [])
    assert left_out.digests["next"].count("2025-04-30 was not scanned") == 1


@pytest.mark.parametrize("word", ["--dry-run", "--fresh"])
def test_what_is_scanned_once_for_good_is_not_tried(left_out: LeftOut, word: str) -> None:
    ran = left_out.folder.run("scan", "--business-date", "auto", word)
    assert ran.code == 2 and "auto scans each date once" in ran.err
