"""Which rules of a scan people hear of, and what share of it each took."""

from types import SimpleNamespace
from typing import Any

from riskplug.model import RuleRun
from riskplug.report.runs import conspicuous, rule_runs


def runs(*given: RuleRun, whole: float = 20.0, on_trial: tuple[RuleRun, ...] = ()) -> list[dict[str, object]]:
    record: Any = SimpleNamespace(
        stages=(SimpleNamespace(seconds=whole / 2), SimpleNamespace(seconds=whole / 2)),
        outcome=SimpleNamespace(runs=given),
        on_trial=SimpleNamespace(runs=on_trial) if on_trial else None,
    )
    return rule_runs(record)


def test_a_rule_has_its_share_of_the_stages() -> None:
    [one, trial] = runs(RuleRun("a", 5.0, 3), on_trial=(RuleRun("b", 1.0, 0),))
    assert (one["share_pct"], one["findings"], one["on_trial"], one["plugin"]) == (25.0, 3, False, None)  # 5 of 20 s
    assert (trial["share_pct"], trial["on_trial"]) == (5.0, True)


def test_without_any_time_no_share_is_known() -> None:
    assert runs(RuleRun("a", 0.0, 0), whole=0.0)[0]["share_pct"] is None


def test_quick_and_quiet_rules_are_not_told() -> None:
    quick = RuleRun("quick", 0.9, 0)  # 90 % of a scan of a second, and nobody's night
    small = RuleRun("small", 1.9, 0)  # 9.5 % of 20 s
    assert conspicuous(runs(quick, whole=1.0)) == []
    assert conspicuous(runs(small)) == []


def test_slow_warning_and_failed_rules_are_told_the_slowest_first() -> None:
    told = conspicuous(
        runs(
            RuleRun("warned", 0.1, 0, warnings=("old",), notes=("took 9 s",)),
            RuleRun("slow", 2.0, 0),
            RuleRun("failed", 0.5, 0, fault="ValueError: so"),
        )
    )
    assert [(run["rule"], run["what"]) for run in told] == [
        ("slow", ["slow: 10 % of the scan"]),
        ("failed", ["failed: ValueError: so"]),
        ("warned", ["took 9 s", "warned: old"]),
    ]
