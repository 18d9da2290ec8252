"""What people complain about in other tools, each with where: none of it happens here."""

from datetime import date, timedelta
from pathlib import Path

import pytest

import riskplug
from riskplug.alerts import Decision, Inhibit, Pace, Policy
from riskplug.model import Outcome
from riskplug.workspace import AlertsSettings
from tests.unit.alerts.nights import Life, covered, outcome

DAY = date(2025, 4, 28)


def test_a_memory_that_expires_repeats_nothing() -> None:
    """prometheus/alertmanager #1806, #2934; SigNoz #10043: "do not repeat" was forgotten after the retention time."""
    life = Life()
    told = [len(life.found(DAY + timedelta(days), "warning").news) for days in (0, 1, 5, 30, 120, 365, 1000)]
    assert told == [1, 0, 0, 0, 0, 0, 0]


def test_resolved_is_told_once() -> None:
    """prometheus/alertmanager #844, #964, #1125: repeated "resolved"."""
    life = Life()
    life.found(DAY, "warning")
    told = [[c.kind for c in life.found(DAY + timedelta(days), "").news] for days in (1, 1, 2, 20, 400)]
    assert told == [["resolved"], [], [], [], []]


def test_a_restart_floods_nobody() -> None:
    """Yelp/elastalert #2711, #939: about 200 mails after a restart. A second scan of the date is a restart."""
    life = Life()
    many = outcome([("r", f"M-{number}", "DE01", "warning") for number in range(200)], [covered("r", "DE01")])
    assert len(life.night(DAY, many).news) == 200
    assert life.night(DAY, many).news == ()


@pytest.mark.parametrize("result", ["failed", "skipped"])
def test_a_partition_that_failed_resolves_nothing_and_the_others_are_resolved(result: str) -> None:
    """No peer was seen to test it: an export that could not be read looks like no risk."""
    life = Life()
    both = [("r", "M-1", "DE01", "warning"), ("r", "M-1", "US01", "warning")]
    life.night(DAY, outcome(both, [covered("r", "DE01"), covered("r", "US01")]))
    done = life.night(DAY + timedelta(1), outcome([], [covered("r", "DE01", result), covered("r", "US01")]))
    assert {c.identity["site"]: c.kind for c in done.changes} == {"DE01": "unknown", "US01": "resolved"}


def test_more_than_the_limit_clears_no_open_alert() -> None:
    """Prometheus, recording rules: exceeding the group's limit discards all alerts of a rule, active ones too."""
    life = limited()
    life.night(DAY, found(range(5)))
    done = life.night(DAY + timedelta(1), found(range(40)))
    rows = life.ledger[life.ledger["rule"] == "r"]
    assert len(done.degraded) == 1 and set(rows["condition"]) == {"open"}
    assert sum(c.kind == "ongoing" for c in done.changes if c.rule == "r") == 5


def test_more_than_the_limit_drops_no_new_alert() -> None:
    """Alertmanager, alert limits: new alerts over a per-name limit are dropped. Here they are kept, and told later."""
    life = limited()
    life.night(DAY, found(range(5)))
    life.night(DAY + timedelta(1), found(range(40)))
    assert (life.ledger["rule"] == "r").sum() == 40
    done = life.night(DAY + timedelta(2), found(range(8)))
    assert sum(c.kind == "new" for c in done.news if c.rule == "r") == 3


def test_a_rule_that_crashed_has_not_done_its_window() -> None:
    """Yelp/elastalert #1169, #1646, #1883, #3223: a crashing rule was switched off and its window marked done.

    What it missed on the failed night is found, and told, on the next one; what it had open is not resolved meanwhile.
    """
    life = Life()
    life.found(DAY, "warning")
    crashed = outcome([], [covered("r", "*", "failed", "ZeroDivisionError")])
    done = life.night(DAY + timedelta(1), crashed)
    assert [(c.kind, c.reason) for c in done.news] == [("unknown", "ZeroDivisionError")]
    both = outcome([("r", "M-1", "DE01", "warning"), ("r", "M-2", "DE01", "critical")], [covered("r", "DE01")])
    done = life.night(DAY + timedelta(2), both)
    assert [(c.identity["part_no"], c.kind) for c in done.news] == [("M-2", "new")]


def test_a_rule_that_is_gone_is_never_called_a_risk_that_is_gone() -> None:
    life = Life()
    life.found(DAY, "warning")
    life.rules = {}
    done = life.night(DAY + timedelta(1), outcome())
    assert [(c.kind, c.condition, c.reason) for c in done.news] == [("retired", "closed", "rule_retired")]


def test_no_finding_is_silently_missing_whatever_keeps_it_quiet() -> None:
    """Yelp/elastalert #1543, #2028, #2029, praeco #423: matches that nobody ever saw, without a trace.

    One alert of each: told, pending, silenced, inhibited, snoozed. Each is counted, and says why it is quiet.
    """
    covers = Inhibit((("rule", ("r1",)),), (("part_no", ("covered",)),), ("site",))
    life = Life(Policy({"r2": Pace(for_scans=2)}, inhibit=(covers,)))
    life.silence(DAY + timedelta(9), part_no="silenced")
    names = {"told": "r1", "pending": "r2", "silenced": "r", "covered": "r", "snoozed": "r"}
    coverage = [covered(rule, "DE01") for rule in ("r", "r1", "r2")]
    life.night(DAY, outcome([("r", "snoozed", "DE01", "warning")], coverage))
    life.decide(Decision(life.row["alert_key"], "snooze", "anna", until=DAY + timedelta(9), severity="warning"))
    everything = outcome([(rule, part, "DE01", "warning") for part, rule in names.items()], coverage)
    done = life.night(DAY + timedelta(1), everything)
    said = {change.identity["part_no"]: (change.kind, change.suppression) for change in done.changes}
    assert said == {
        "told": ("new", ""),
        "pending": ("pending", ""),
        "silenced": ("new", "silenced"),
        "covered": ("new", "inhibited"),
        "snoozed": ("ongoing", "snoozed"),
    }
    assert [change.identity["part_no"] for change in done.news] == ["told"]


@pytest.mark.parametrize("severity", ["warning", "critical"])
def test_a_number_that_is_missing_hides_no_alert(severity: str) -> None:
    """No peer was seen to test it: NaN is smaller than nothing, so that a comparison lets an alert fall through."""
    life = Life(Policy({"r": Pace(step=7, worse=-1, days=True)}))
    assert [c.kind for c in life.found(DAY, "warning", float("nan")).news] == ["new"]
    life.found(DAY + timedelta(1), "warning", 40)
    done = life.found(DAY + timedelta(2), severity, float("nan"))
    assert [c.kind for c in done.changes] == ["worse" if severity == "critical" else "ongoing"]
    assert life.row["condition"] == "open"
    kinds = [c.kind for c in life.found(DAY + timedelta(3), severity, 39).changes]
    assert kinds == ["ongoing"]


@pytest.mark.parametrize(("days", "severity", "news"), [(2, "", []), (2, "warning", []), (5, "warning", ["expired"])])
def test_a_snooze_is_until_a_date_or_until_it_is_fixed(days: int, severity: str, news: list[str]) -> None:
    """aws-actions/vulnerability-scan-github-action-for-amazon-inspector #207 asks for either, whichever comes first."""
    life = Life()
    life.found(DAY, "warning")
    life.decide(Decision(life.row["alert_key"], "snooze", "anna", until=DAY + timedelta(5), severity="warning"))
    assert [c.kind for c in life.found(DAY + timedelta(days), severity).news] == news
    assert len(life.handled) == (1 if days == 2 and severity else 0)


def test_inhibition_needs_no_waiting_for_the_source_to_come_first() -> None:
    """Alertmanager waits (`group_wait`) so that the inhibiting alert can arrive before the inhibited one."""
    covers = Inhibit((("rule", ("r1",)),), (("rule", ("r",)),), ("site",))
    some = [("r", "part", "DE01", "critical"), ("r1", "site", "DE01", "info")]
    for order in (some, some[::-1]):
        done = Life(Policy(inhibit=(covers,))).night(DAY, outcome(order, [covered("r", "DE01"), covered("r1", "DE01")]))
        assert [change.identity["part_no"] for change in done.news] == ["site"]


def test_two_inhibitions_the_wrong_way_round_lose_no_alert() -> None:
    """Alertmanager checks both sides within one rule only: two rules that name each other leave nobody to be told."""
    there = Inhibit((("rule", ("r",)),), (("rule", ("r1",)),), ("site",))
    back = Inhibit(there.target, there.source, ("site",))
    some = [("r", "A", "DE01", "critical"), ("r1", "B", "DE01", "critical")]
    done = Life(Policy(inhibit=(there, back))).night(DAY, outcome(some, [covered("r", "DE01"), covered("r1", "DE01")]))
    assert len(done.news) == 2


def test_no_setting_of_alerts_is_declared_and_never_read() -> None:
    """Great Expectations: `show_failed_expectations` is declared, and read nowhere in the package."""
    package = Path(riskplug.__file__).parent
    code = "\n".join(file.read_text(encoding="utf-8") for file in package.rglob("*.py") if file.name != "workspace.py")
    unread = [name for name in AlertsSettings.model_fields if f"settings.{name}" not in code]
    assert [name for name in unread if f"alerts.{name}" not in code] == []


def limited() -> Life:
    return Life(Policy({"r": Pace(max_jump=5, min_findings=10)}))


def found(numbers: range) -> Outcome:
    some = [("r", f"M-{number}", "DE01", "warning") for number in numbers]
    return outcome(some, [{**covered("r", "DE01"), "rows": 1000}])
