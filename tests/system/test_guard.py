"""Rule kinds that raise, hang, leak, meddle and flood: their faults are theirs, and the next night goes on."""

import json
from typing import Any

import pytest
from broken_kinds import WAYS, BrokenKinds
from chains import SampleScan, Started
from command import FINISHED, Ran

DEGRADED = 3
FAILING = [name for name in WAYS if name != "mutating"]
FAULTS = {
    "raising": "RuntimeError: the kind broke",
    "hanging": "was ended: it took longer than 8 s",
    "leaking": "was ended: it took more than 300 MB of memory",
    "flooding": "more than 20",
}


@pytest.fixture(scope="session")
def broken_kinds(started: Started) -> BrokenKinds:
    found: BrokenKinds = started["broken_kinds"].result()
    return found


def document(ran: Ran) -> dict[str, Any]:
    assert ran.code in FINISHED, f"the scan ended with {ran.code}:\n{ran.err[-3000:]}"
    return ran.document()


def changes(ran: Ran, rule: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What became of the alerts of a rule, by part and site."""
    found = [change for change in document(ran)["alerts"]["changes"] if change["rule"] == rule]
    return {(change["identity"]["part_no"], change["identity"]["site"]): change for change in found}


def findings(said: dict[str, Any], but: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    rows = [one for one in said["findings"] if one["rule"] not in but]
    return sorted(rows, key=lambda one: (one["rule"], sorted(one["identity"].items())))


def test_on_a_good_night_each_kind_names_two_parts_of_each_of_three_sites(broken_kinds: BrokenKinds) -> None:
    said = document(broken_kinds.scans["well"])
    assert said["degraded"] == []
    assert {rule: len(changes(broken_kinds.scans["well"], rule)) for rule in WAYS} == dict.fromkeys(WAYS, 6)


def test_what_runs_apart_finds_what_runs_in_the_scan(broken_kinds: BrokenKinds) -> None:
    found = {
        rule: [
            {**one, "rule": "", "evidence": {**one["evidence"], "rule_version": ""}}
            for one in findings(document(broken_kinds.scans["well"]))
            if one["rule"] == rule
        ]
        for rule in WAYS
    }
    assert all(rows == found["raising"] and len(rows) == 6 for rows in found.values())
    isolated = {run["rule"]: run["isolated"] for run in document(broken_kinds.scans["well"])["rules"]}
    assert [rule for rule in WAYS if isolated[rule]] == ["hanging", "leaking"]


def test_broken_kinds_degrade_the_scan_and_are_named_with_plugin_and_version(broken_kinds: BrokenKinds) -> None:
    said = document(broken_kinds.scans["broken"])
    assert broken_kinds.scans["broken"].code == DEGRADED
    version = said["scan"]["versions"]["plugin kinds"]
    for name in FAILING:
        head = f"rule {name} (kind {name}, plugin kinds {version}): "
        (line,) = [line for line in said["degraded"] if line.startswith(head)]
        assert FAULTS[name] in line
    assert len(said["degraded"]) == len(FAILING)


def test_everything_else_is_found_as_without_them(broken_kinds: BrokenKinds, sample_scan: SampleScan) -> None:
    said = document(broken_kinds.scans["broken"])
    assert findings(said, tuple(WAYS)) == findings(sample_scan.document)
    assert said["facts"] == sample_scan.document["facts"]
    assert said["undetermined"] == sample_scan.document["undetermined"]


def test_a_kind_that_meddles_with_its_frames_is_heard_and_warned_of(broken_kinds: BrokenKinds) -> None:
    said = document(broken_kinds.scans["broken"])
    assert len([one for one in said["findings"] if one["rule"] == "mutating"]) == 6
    (run,) = [run for run in said["rules"] if run["rule"] == "mutating"]
    assert (run["warnings"][0], run["fault"]) == ("spoiling", None)


@pytest.mark.parametrize("rule", FAILING)
def test_no_alert_of_a_broken_kind_is_resolved(broken_kinds: BrokenKinds, rule: str) -> None:
    before, after = changes(broken_kinds.scans["well"], rule), changes(broken_kinds.scans["broken"], rule)
    assert set(after) == set(before)
    assert {change["kind"] for change in after.values()} == {"unknown"}


@pytest.mark.parametrize("rule", list(WAYS))
def test_the_repaired_kind_goes_on_with_the_same_alerts(broken_kinds: BrokenKinds, rule: str) -> None:
    before, after = changes(broken_kinds.scans["well"], rule), changes(broken_kinds.scans["repaired"], rule)
    assert {change["kind"] for change in after.values()} == {"ongoing"}
    kept = ("key", "episode", "since")
    assert {at: [change[name] for name in kept] for at, change in after.items()} == {
        at: [change[name] for name in kept] for at, change in before.items()
    }
    assert document(broken_kinds.scans["repaired"])["degraded"] == []


@pytest.mark.parametrize("rule", FAILING)
def test_the_digest_and_the_brief_name_them(broken_kinds: BrokenKinds, rule: str) -> None:
    assert f"rule {rule} (kind {rule}, plugin kinds " in broken_kinds.digest
    assert f"rule {rule} (kind {rule}, plugin kinds " in broken_kinds.brief
    assert "Rules that failed, warned or took long" in broken_kinds.brief and "warned: spoiling" in broken_kinds.brief


def test_the_run_record_has_the_time_of_every_rule(broken_kinds: BrokenKinds) -> None:
    rules = {run["rule"]: run for run in json.loads(broken_kinds.runs)["rules"]}
    assert set(WAYS) < set(rules)
    assert rules["hanging"]["seconds"] >= 8 and FAULTS["hanging"] in rules["hanging"]["fault"]
    assert all(run["seconds"] >= 0 and run["share_pct"] >= 0 for run in rules.values())
