"""What people complain about in other tools, each with where: none of it happens here."""

from datetime import date, timedelta

import pytest

from riskplug.alerts import Pace, Policy
from riskplug.model import Outcome
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


def limited() -> Life:
    return Life(Policy({"r": Pace(max_jump=5, min_findings=10)}))


def found(numbers: range) -> Outcome:
    some = [("r", f"M-{number}", "DE01", "warning") for number in numbers]
    return outcome(some, [{**covered("r", "DE01"), "rows": 1000}])
