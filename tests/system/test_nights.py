"""Many nights: what is told, what is kept quiet, what survives a crash and a broken plugin."""

import json
import signal
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from chains import FAULTY, Killed, Nights, Pagers, Started
from command import FINISHED, Folder, Ran
from jsonschema import Draft202012Validator
from scan_schema import FOLDER as SCHEMAS
from small_company import NIGHT

DEGRADED, UNDELIVERED = 3, 4


@pytest.fixture(scope="session")
def nights(started: Started) -> Nights:
    played: Nights = started["nights"].result()
    return played


@pytest.fixture(scope="session")
def killed(started: Started) -> Killed:
    played: Killed = started["killed"].result()
    return played


@pytest.fixture(scope="session")
def faulty(started: Started) -> Ran:
    ran: Ran = started["faulty"].result()
    return ran


@pytest.fixture(scope="session")
def pager(started: Started) -> Pagers:
    played: Pagers = started["pager"].result()
    return played


def document(ran: Ran) -> dict[str, Any]:
    assert ran.code in FINISHED, f"the scan ended with {ran.code}:\n{ran.err[-3000:]}"
    return ran.document()


def kinds(ran: Ran) -> dict[str, str]:
    """What became of the alerts of our own rule, by part."""
    changes = document(ran)["alerts"]["changes"]
    return {change["identity"]["part_no"]: change["kind"] for change in changes if change["rule"] == "stock-low"}


def low(ran: Ran) -> dict[str, str]:
    """Severity of the findings of our own rule, by part."""
    found = document(ran)["findings"]
    return {one["identity"]["part_no"]: one["severity"] for one in found if one["rule"] == "stock-low"}


def findings(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    return sorted(said["findings"], key=lambda one: (one["rule"], sorted(one["identity"].items())))


def test_the_first_night_finds_what_the_stock_says(nights: Nights) -> None:
    assert low(nights.scans["first"]) == {"M-1": "warning", "M-2": "critical"}
    assert kinds(nights.scans["first"]) == {"M-1": "new", "M-2": "new"}


def test_a_whole_night_ends_with_zero(nights: Nights) -> None:
    assert document(nights.scans["first"])["degraded"] == []
    assert nights.scans["first"].code == 0


def law(ran: Ran) -> dict[str, Any]:
    said: dict[str, Any] = document(ran)["legal_changes"]
    return said


def test_nothing_is_said_of_law_on_the_first_night_nor_again_on_the_same(nights: Nights) -> None:
    assert law(nights.scans["first"]) == {"since_scan": None, "from": None, "to": None, "changes": [], "remark": None}
    assert law(nights.scans["again"])["changes"] == []
    assert "law changed" not in nights.digests["first"] + nights.digests["again"]
    assert "What changed in law" not in nights.briefs["first"]


def test_a_measure_new_in_the_register_is_told_the_night_after(nights: Nights) -> None:
    said = law(nights.scans["changed"])
    assert (said["from"], said["to"]) == (f"{NIGHT}", "2025-04-29")
    assert said["since_scan"] == document(nights.scans["again"])["scan"]["id"]
    [change] = said["changes"]
    assert (change["measure"], change["what"], change["to_status"]) == ("our-1", "added", "in_force")
    assert change["touches"]["parts"] == []
    line = "law changed: our-1 (Works order 1): not in the register -> in force; found to touch 0 parts"
    assert nights.digests["changed"].count(line) == 1
    assert "What changed in law" in nights.briefs["changed"] and "Works order 1" in nights.briefs["changed"]


def test_law_that_was_told_is_not_told_again(nights: Nights) -> None:
    said = law(nights.scans["refused"])
    assert (said["from"], said["changes"]) == ("2025-04-29", [])
    assert "scan incomplete" in nights.digests["refused"] and "law changed" not in nights.digests["refused"]


def test_looking_back_tells_nobody_of_law(nights: Nights) -> None:
    assert law(nights.scans["replayed"])["changes"] != []
    assert "law changed" not in nights.digests["replayed"]


def test_the_first_night_tells_its_receiver(nights: Nights) -> None:
    assert all(part in nights.digests["first"] for part in ("M-1", "M-2"))
    assert "M-3" not in nights.digests["first"]


def test_a_second_scan_of_the_same_data_finds_the_same(nights: Nights) -> None:
    first, again = document(nights.scans["first"]), document(nights.scans["again"])
    assert findings(again) == findings(first)


def test_a_second_scan_of_the_same_data_tells_nobody_anything(nights: Nights) -> None:
    assert set(kinds(nights.scans["again"]).values()) == {"ongoing"}
    assert nights.digests["again"] == nights.digests["first"] != ""


def reused(nights: Nights, name: str) -> list[str]:
    return [f"{one['stage']} {one['what']} {one['rows']}" for one in nights.runs[name]["reused"]]


SAME = ["bom_lines.erp 3", "purchase_orders.erp 3", "demand.erp 156", "suppliers.erp 1", "sourcing.erp 3"]


def test_what_was_the_same_the_night_before_is_taken_over_and_run_json_says_so(nights: Nights) -> None:
    """The second night brought other stock and another description, at which no expectation looks."""
    assert reused(nights, "first") == []
    read, checked = ([f"{stage} {one}" for one in SAME] for stage in ("ingest", "validate"))
    assert reused(nights, "changed") == [*read, "validate parts.erp 6", *checked, "content texts 3"]
    assert len(reused(nights, "again")) == 2 * (len(SAME) + 2) + 1
    schema = json.loads((SCHEMAS / "run.json").read_text(encoding="utf-8"))
    for name, run in nights.runs.items():
        assert [error.message for error in Draft202012Validator(schema).iter_errors(run)] == [], name


def test_a_night_that_takes_over_says_what_one_says_that_works_out_everything(nights: Nights) -> None:
    assert nights.runs["beside"]["reused"] == []
    assert without_times(nights, "changed") == without_times(nights, "beside")


def without_times(nights: Nights, name: str) -> dict[str, Any]:
    """What a scan said, without how long anything took and without its own name."""
    said = document(nights.scans[name])
    for one in (*said["scenarios"], *said["rules"]):
        one.pop("seconds")
        one.pop("share_pct", None)
    text = json.dumps(said).replace(said["scan"]["id"], "SCAN")
    return {part: value for part, value in json.loads(text).items() if part != "scan"}


def test_other_stock_gives_worse_resolved_and_new(nights: Nights) -> None:
    assert kinds(nights.scans["changed"]) == {"M-1": "worse", "M-2": "resolved", "M-3": "new"}
    assert low(nights.scans["changed"]) == {"M-1": "critical", "M-3": "critical"}


def test_what_changed_is_told(nights: Nights) -> None:
    assert nights.digests["changed"] != nights.digests["again"]
    assert all(part in nights.digests["changed"] for part in ("M-1", "M-2", "M-3"))


def test_a_refused_inventory_resolves_nothing(nights: Nights) -> None:
    """The unreadable export would have said 600 pieces of each."""
    refused = document(nights.scans["refused"])
    kinds_of_all = {change["kind"] for change in refused["alerts"]["changes"]}
    assert not kinds_of_all & {"resolved", "better", "retired"}, refused["alerts"]["counts"]
    assert kinds(nights.scans["refused"]) == {"M-1": "unknown", "M-3": "unknown"}


def test_a_refused_inventory_degrades_the_scan_and_says_why(nights: Nights) -> None:
    ran = nights.scans["refused"]
    verdicts = {row["table"]: (row["verdict"], row["why"]) for row in document(ran)["tables"]}
    assert ran.code == DEGRADED
    assert verdicts["inventory"][0] == "refused"
    assert "part_no" in verdicts["inventory"][1]
    assert any("inventory" in reason for reason in document(ran)["degraded"])


def test_a_refused_inventory_leaves_stock_unknown_and_not_zero(nights: Nights) -> None:
    parts = document(nights.scans["refused"])["facts"]["part"]
    assert {row["on_hand"] for row in parts} == {None}
    assert {row["stock_runway_days_state"] for row in parts} == {"unknown"}


def test_looking_back_gives_the_old_answer(nights: Nights) -> None:
    first, replayed = document(nights.scans["first"]), document(nights.scans["replayed"])
    assert replayed["scan"]["replayed"] is True
    assert findings(replayed) == findings(first)
    # the register has grown by a measure since then; everything else is as it was
    measures = [row for row in replayed["facts"].pop("measure") if row["measure"] != "our-1"]
    assert measures == first["facts"].pop("measure")
    assert replayed["facts"] == first["facts"]


def test_looking_back_changes_no_alert_and_tells_nobody(nights: Nights) -> None:
    assert document(nights.scans["replayed"])["alerts"]["changes"] == []
    assert nights.digests["replayed"] == nights.digests["refused"]


def test_looking_back_leaves_the_newest_brief_alone(nights: Nights) -> None:
    assert "30 Apr 2025" in nights.briefs["refused"]
    assert nights.briefs["replayed"] == nights.briefs["refused"]


def test_the_scans_that_were_to_die_died(killed: Killed) -> None:
    assert {stage: ran.code for stage, ran in killed.dead.items()} == dict.fromkeys(killed.dead, -signal.SIGKILL)


def test_a_scan_after_kill_9_finds_what_an_undisturbed_one_finds(killed: Killed, nights: Nights) -> None:
    after, undisturbed = document(killed.again), document(nights.scans["first"])
    assert findings(after) == findings(undisturbed)
    assert after["facts"] == undisturbed["facts"]


def test_kill_9_loses_no_message(killed: Killed, nights: Nights) -> None:
    assert killed.again.code == nights.scans["first"].code
    assert all(part in killed.digest for part in ("M-1", "M-2"))


def test_kill_9_leaves_the_alerts_of_one_night(killed: Killed) -> None:
    rows = killed.folder.run("alerts", "list", "--format", "json").out
    assert rows.count('"stock-low"') == 2


@pytest.mark.parametrize(
    "words",
    ["the mapper broke", "the rule kind broke", "the observer broke", "the observer broke again", "the import broke"],
)
def test_a_broken_plugin_degrades_the_scan_and_is_named(faulty: Ran, words: str) -> None:
    said = document(faulty)["degraded"]
    assert faulty.code == DEGRADED
    hits = [reason for reason in said if words in reason]
    assert hits, said
    assert any(name in reason for name in (*FAULTY, "rule wrong") for reason in hits), hits


def test_broken_plugins_change_nothing_else(faulty: Ran, nights: Nights) -> None:
    assert findings(document(faulty)) == findings(document(nights.scans["first"]))
    assert kinds(faulty) == kinds(nights.scans["first"])


def test_a_broken_receiver_is_named_and_leaves_the_delivery_incomplete(pager: Pagers) -> None:
    assert pager.ran.code == UNDELIVERED
    assert "the notifier broke" in document(pager.ran)["deliveries"]["pager"]


def test_a_broken_receiver_takes_nothing_from_the_other(pager: Pagers, nights: Nights) -> None:
    assert pager.digest == nights.digests["first"]
    assert findings(document(pager.ran)) == findings(document(nights.scans["first"]))


def test_a_dry_run_changes_nothing(nights: Nights) -> None:
    before = state_of(nights.folder)
    ran = nights.folder.run("scan", "--dry-run", "--business-date", f"{NIGHT}", "--format", "json")
    assert low(ran) == {"M-1": "warning", "M-2": "critical"}
    nights.folder.run(
        "scan", "--dry-run", "--business-date", f"{NIGHT + timedelta(days=9)}"
    )  # no snapshot is kept of it
    assert state_of(nights.folder) == before


def state_of(folder: Folder) -> tuple[str, bytes, list[str]]:
    alerts = folder.run("alerts", "list", "--all", "--format", "json").out
    kept = sorted(str(path.relative_to(folder.state)) for path in folder.state.rglob("*") if path.suffix != ".db-shm")
    return alerts, (folder.state / "brief.html").read_bytes(), [name for name in kept if "-wal" not in name]
