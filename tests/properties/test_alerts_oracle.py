"""Random nights against an oracle that keeps one dictionary per alert and looks at each of them in turn."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from riskplug.alerts import Reconciled, empty_ledger, reconcile
from tests.unit.alerts.nights import Finding, covered, identity, outcome

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


@dataclass
class Oracle:
    """The life-cycle, told one alert at a time."""

    cases: dict[Key, Case] = field(default_factory=dict)

    def night(self, on: date, night: Night) -> dict[Key, str]:
        kinds = {}
        for key in sorted({*self.cases, *night.found}):
            kind = self._one(key, on, night)
            if kind:
                kinds[key] = kind
        return kinds

    def _one(self, key: Key, on: date, night: Night) -> str:
        case, severity = self.cases.get(key), night.found.get(key)
        doubt = (key[0], key[2]) in night.failed or key in night.undetermined
        if case is None:
            assert severity is not None
            self.cases[key] = Case("open", severity)
            return "new"
        if case.condition in ("resolved", "closed"):
            return self._back(case, severity, on)
        if severity is None:
            if key[0] not in night.rules:
                case.condition, case.closed_on = "closed", on
                return "retired"
            if doubt:
                case.condition = "unknown"
                return "unknown"
            case.condition, case.closed_on = "resolved", on
            return "resolved"
        if RANK[severity] < RANK[case.severity] and doubt:
            case.condition = "unknown"
            return "unknown"
        step = RANK[severity] - RANK[case.severity]
        case.condition, case.severity = "open", severity
        return "worse" if step > 0 else "better" if step < 0 else "ongoing"

    def _back(self, case: Case, severity: str | None, on: date) -> str:
        if severity is None:
            return ""
        assert case.closed_on is not None
        recent = (on - case.closed_on).days <= 14
        case.condition, case.severity, case.episode = "open", severity, case.episode + (not recent)
        case.closed_on = None
        return "reopened" if recent else "new"


keys = st.tuples(st.sampled_from(RULES), st.sampled_from(PARTS), st.sampled_from(SITES))


@st.composite
def nights(draw: st.DrawFn) -> Night:
    rules = draw(st.frozensets(st.sampled_from(RULES), min_size=1))
    found = draw(st.dictionaries(keys.filter(lambda key: key[0] in rules), st.sampled_from(sorted(RANK)), max_size=8))
    failed = draw(st.frozensets(st.tuples(st.sampled_from(RULES), st.sampled_from(SITES)), max_size=2))
    return Night(draw(st.integers(0, 20)), found, failed, draw(st.frozensets(keys, max_size=3)), rules)


@settings(max_examples=40, deadline=None)
@given(st.lists(nights(), min_size=1, max_size=5))
def test_any_nights_give_what_one_alert_at_a_time_gives(played: list[Night]) -> None:
    oracle, ledger, on = Oracle(), empty_ledger(), date(2025, 1, 1)
    for night in played:
        on += timedelta(days=night.days)
        expected = oracle.night(on, night)
        reconciled = _reconciled(ledger, on, night)
        got = {(c.rule, c.identity["part_no"], c.identity["site"]): c.kind for c in reconciled.changes}
        assert got == expected
        kept = ledger[~ledger["alert_key"].isin(reconciled.alerts["alert_key"])]
        ledger = pd.concat([kept, reconciled.alerts], ignore_index=True) if len(kept) else reconciled.alerts
        again = _reconciled(ledger, on, night)
        assert (again.news, len(again.events)) == ((), 0)
    conditions = ledger.set_index("alert_key")[["condition", "severity", "episode"]].apply(tuple, axis=1)
    assert sorted(conditions) == sorted((c.condition, c.severity, c.episode) for c in oracle.cases.values())


def _reconciled(ledger: pd.DataFrame, on: date, night: Night) -> Reconciled:
    findings: list[Finding] = [(*key, severity) for key, severity in night.found.items()]
    coverage = [
        covered(rule, site, "failed" if (rule, site) in night.failed else "evaluated")
        for rule in night.rules
        for site in SITES
    ]
    missing = [{"rule": r, "identity": identity(p, s), "columns": "on_hand"} for r, p, s in night.undetermined]
    rules = {rule: ("part", "part_no", "site") for rule in night.rules}
    return reconcile(ledger, outcome(findings, coverage, missing), on=on, workspace="w", known_rules=rules)
