"""Random nights against an oracle that keeps one dictionary per alert and looks at each of them in turn."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from riskplug.alerts import Decision, Pace, Policy, Reconciled, empty_ledger, reconcile
from riskplug.alerts.kinds import TOLD
from riskplug.model import Outcome
from tests.unit.alerts.nights import Finding, Life, covered, identity, merged, outcome

RULES, PARTS, SITES = ("r1", "r2"), ("A", "B", "C"), ("DE01", "US01")
RANK = {"info": 1, "warning": 2, "critical": 3}
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Night:
    days: int
    found: dict[Key, str]
    failed: frozenset[tuple[str, str]]
    undetermined: frozenset[Key]
    rules: frozenset[str]


@dataclass
class Case:
    condition: str
    severity: str
    closed_on: date | None = None
    episode: int = 1
    seen: set[date] = field(default_factory=set)
    missed: set[date] = field(default_factory=set)


@dataclass
class Oracle:
    """The life-cycle, told one alert at a time."""

    cases: dict[Key, Case] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)

    def night(self, on: date, night: Night) -> dict[Key, str]:
        kinds = {}
        for key in sorted({*self.cases, *night.found}):
            kind = self._one(key, on, night)
            if kind:
                kinds[key] = kind
        return kinds

    def _one(self, key: Key, on: date, night: Night) -> str:
        severity = night.found.get(key)
        doubt = (key[0], key[2]) in night.failed or key in night.undetermined
        gone = key[0] not in night.rules
        case = self.cases.setdefault(key, Case("", severity or ""))
        if case.condition in ("", "resolved", "closed", "pending"):
            return self._wait(case, severity, on, doubt, gone)
        if severity is None:
            return self._miss(case, on, doubt, gone)
        case.missed.clear()
        if RANK[severity] < RANK[case.severity] and doubt:
            case.condition = "unknown"
            return "unknown"
        step = RANK[severity] - RANK[case.severity]
        case.condition, case.severity = "open", severity
        return "worse" if step > 0 else "better" if step < 0 else "ongoing"

    def _wait(self, case: Case, severity: str | None, on: date, doubt: bool, gone: bool) -> str:
        """Not told yet, or told and over."""
        if severity is None:
            if case.condition != "pending":
                return ""
            if doubt and not gone:
                return "pending"
            case.condition = "closed"
            case.seen.clear()
            return "lapsed"
        case.seen = ({*case.seen} if case.condition == "pending" else set()) | {on}
        case.severity = severity
        if len(case.seen) < self.pace.for_scans:
            case.condition = "pending"
            return "pending"
        recent = case.closed_on is not None and (on - case.closed_on).days <= self.pace.reopen_days
        case.episode += case.closed_on is not None and not recent
        case.condition, case.closed_on, case.missed, case.seen = "open", None, set(), set()
        return "reopened" if recent else "new"

    def _miss(self, case: Case, on: date, doubt: bool, gone: bool) -> str:
        """Told, and not found tonight."""
        if gone:
            case.condition, case.closed_on = "closed", on
            return "retired"
        if doubt:
            case.condition = "unknown"
            return "unknown"
        case.missed.add(on)
        if len(case.missed) < self.pace.resolve_after_scans:
            case.condition = "clearing"
            return "clearing"
        case.condition, case.closed_on = "resolved", on
        return "resolved"


keys = st.tuples(st.sampled_from(RULES), st.sampled_from(PARTS), st.sampled_from(SITES))


@st.composite
def nights(draw: st.DrawFn) -> Night:
    rules = draw(st.frozensets(st.sampled_from(RULES), min_size=1))
    found = draw(st.dictionaries(keys.filter(lambda key: key[0] in rules), st.sampled_from(sorted(RANK)), max_size=8))
    failed = draw(st.frozensets(st.tuples(st.sampled_from(RULES), st.sampled_from(SITES)), max_size=2))
    return Night(draw(st.integers(0, 20)), found, failed, draw(st.frozensets(keys, max_size=3)), rules)


paces = st.builds(
    Pace, for_scans=st.integers(1, 3), resolve_after_scans=st.integers(1, 3), reopen_days=st.sampled_from([0, 3, 14])
)


@settings(max_examples=25, deadline=None)
@given(st.lists(nights(), min_size=1, max_size=6), st.one_of(st.just(Pace()), paces))
def test_any_nights_give_what_one_alert_at_a_time_gives(played: list[Night], pace: Pace) -> None:
    oracle, ledger, on = Oracle(pace=pace), empty_ledger(), date(2025, 1, 1)
    for night in played:
        on += timedelta(days=night.days)
        expected = oracle.night(on, night)
        reconciled = _reconciled(ledger, on, night, pace)
        got = {(c.rule, c.identity["part_no"], c.identity["site"]): c.kind for c in reconciled.changes}
        assert got == expected
        ledger = merged(ledger, reconciled.alerts)
        again = _reconciled(ledger, on, night, pace)
        assert (again.news, len(again.events)) == ((), 0)
    conditions = ledger.set_index("alert_key")[["condition", "severity", "episode"]].apply(tuple, axis=1)
    assert sorted(conditions) == sorted((c.condition, c.severity, c.episode) for c in oracle.cases.values())


@settings(max_examples=8, deadline=None)
@given(st.lists(nights(), min_size=2, max_size=6), st.lists(keys, max_size=4), st.integers(1, 40))
def test_what_is_snoozed_lives_as_it_would_otherwise(played: list[Night], quiet: list[Key], days: int) -> None:
    """A snooze hides news and changes nothing else: the ledgers of both lives are the same every night."""
    loud, silent, on = Life(), Life(), date(2025, 1, 1)
    loud.policy = silent.policy = Policy(flap_changes=2)
    for night in played:
        on += timedelta(days=night.days)
        told, heard = (life.night(on, _outcome(night)) for life in (loud, silent))
        # a snooze that ends is a change of its own kind, and has another place among the others
        assert sorted(c.key for c in heard.changes) == sorted(c.key for c in told.changes)
        kept = ["alert_key", "condition", "severity", "episode", "metric", "flips", "message"]
        assert loud.ledger[kept].equals(silent.ledger[kept])
        hidden = {change.key for change in heard.changes if change.suppression == "snoozed"}
        assert {c.key for c in told.news if c.kind in TOLD} - {c.key for c in heard.news} <= hidden
        for key in silent.ledger.loc[[tuple(subject) in quiet for subject in _subjects(silent)], "alert_key"]:
            silent.decide(Decision(key, "snooze", "anna", until=on + timedelta(days), severity="critical", set_on=on))


def _subjects(life: Life) -> list[list[str]]:
    return life.ledger[["rule", "part_no", "site"]].to_numpy().tolist()


def _outcome(night: Night) -> Outcome:
    findings: list[Finding] = [(*key, severity) for key, severity in night.found.items()]
    coverage = [
        covered(rule, site, "failed" if (rule, site) in night.failed else "evaluated")
        for rule in night.rules
        for site in SITES
    ]
    missing = [{"rule": r, "identity": identity(p, s), "columns": "on_hand"} for r, p, s in night.undetermined]
    return outcome(findings, coverage, missing)


def _reconciled(ledger: pd.DataFrame, on: date, night: Night, pace: Pace) -> Reconciled:
    rules = {rule: ("part", "part_no", "site") for rule in night.rules}
    policy = Policy(default=pace, flap_changes=99)
    return reconcile(ledger, _outcome(night), on=on, workspace="w", known_rules=rules, policy=policy)
