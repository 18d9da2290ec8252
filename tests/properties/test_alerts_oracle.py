"""Random nights against an oracle that keeps one dictionary per alert and looks at each of them in turn."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from riskplug.alerts import Decision, Inhibit, Pace, Policy, Reconciled, Silence, empty_ledger, reconcile
from riskplug.alerts.kinds import TOLD
from riskplug.model import Change, Outcome
from tests.examples import examples
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


QUIET_UNTIL = date(2025, 1, 1)
Asked = tuple[str, str, str]
"""Rule, part and site; a star for any."""


def fits(key: Key, asked: Asked) -> bool:
    return all(want in ("*", have) for have, want in zip(key, asked, strict=True))


@dataclass(frozen=True)
class Hush:
    """What is quiet: silences, each from a night until a date, and declarations of inhibition."""

    silences: tuple[tuple[Asked, int, int], ...] = ()
    inhibits: tuple[tuple[Asked, Asked, tuple[int, ...]], ...] = ()
    every: int = 0


@dataclass
class Listener:
    """Who hears what of the cases of an oracle, told one alert at a time."""

    hush: Hush
    oracle: Oracle = field(default_factory=Oracle)
    said: dict[Key, date] = field(default_factory=dict)
    quiet: dict[Key, str] = field(default_factory=dict)

    def night(self, number: int, on: date, night: Night) -> dict[Key, str]:
        before = {key: case.condition for key, case in self.oracle.cases.items()}
        kinds = self.oracle.night(on, night)
        opened = [key for key, kind in kinds.items() if kind not in ("pending", "lapsed")]
        quiet = {key: self._why(key, number, on, opened) for key in opened}
        told = {key: self._told(key, kinds[key], before.get(key, ""), quiet[key], on, night) for key in opened}
        live = [key for key in opened if self.oracle.cases[key].condition not in ("resolved", "closed")]
        self.quiet.update(dict.fromkeys(kinds, "") | {key: quiet[key] for key in live})
        self.said.update({key: on for key, kind in told.items() if kind})
        return {key: kind for key, kind in told.items() if kind}

    def _told(self, key: Key, kind: str, was: str, quiet: str, on: date, night: Night) -> str:
        if kind == "new":
            self.said.pop(key, None)
        condition, known = self.oracle.cases[key].condition, key in self.said
        news = kind in TOLD and not (kind == was == "unknown")
        if quiet and not (news and kind == "unknown"):
            return ""
        if condition in ("resolved", "closed"):
            return kind if known else ""
        if not known and condition == "open":
            return kind if kind == "reopened" else "new"
        if news:
            return kind
        if known and self.quiet.get(key):
            return "expired"
        due = known and self.hush.every and self._waited(self.said[key], on) >= self.hush.every
        return "reminder" if due and kind == "ongoing" and key in night.found else ""

    @staticmethod
    def _waited(since: date, on: date) -> int:
        days = (since + timedelta(day) for day in range(1, (on - since).days + 1))
        return sum(day.weekday() < 5 for day in days)

    def _why(self, key: Key, number: int, on: date, opened: list[Key]) -> str:
        for asked, start, days in self.hush.silences:
            if start <= number and on < QUIET_UNTIL + timedelta(days) and fits(key, asked):
                return "silenced"
        return "inhibited" if key in self._covered(opened) else ""

    def _covered(self, opened: list[Key]) -> set[Key]:
        alive = [key for key in opened if self.oracle.cases[key].condition not in ("resolved", "closed")]
        above = {key: [one for one in alive if self._covers(one, key)] for key in opened}
        covered: set[Key] = set()
        while True:
            more = {key for key, sources in above.items() if any(one in covered or not above[one] for one in sources)}
            if more == covered:
                return covered
            covered = more

    def _covers(self, one: Key, key: Key) -> bool:
        return any(
            fits(one, source)
            and fits(key, target)
            and all(one[place] == key[place] for place in equal)
            and not (fits(key, source) and fits(one, target))
            for source, target, equal in self.hush.inhibits
        )


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


@settings(max_examples=examples(25), deadline=None)
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


asked = st.tuples(st.sampled_from((*RULES, "*")), st.sampled_from((*PARTS, "*")), st.sampled_from((*SITES, "*")))
one_rule = st.tuples(st.sampled_from((*RULES, "*")), st.just("*"), st.sampled_from((*SITES, "*")))
hushes = st.builds(
    Hush,
    st.lists(st.tuples(asked, st.integers(0, 4), st.integers(1, 60)), max_size=2).map(tuple),
    st.lists(st.tuples(one_rule, one_rule, st.lists(st.sampled_from((1, 2)), unique=True).map(tuple)), max_size=3).map(
        tuple
    ),
    st.sampled_from([0, 1, 3, 5]),
)
_LABELS = ("rule", "part_no", "site")


def matchers(one: Asked) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, (word,)) for name, word in zip(_LABELS, one, strict=True))


@settings(max_examples=examples(25), deadline=None)
@given(st.lists(nights(), min_size=1, max_size=7), hushes, st.one_of(st.just(Pace()), paces))
def test_silences_inhibition_and_reminders_are_what_one_alert_at_a_time_gives(
    played: list[Night], hush: Hush, pace: Pace
) -> None:
    listener, life, on = Listener(hush, Oracle(pace=pace)), Life(), date(2025, 1, 1)
    every = tuple((name, hush.every) for name in ("critical", "warning", "info"))
    inhibit = tuple(Inhibit(matchers(s), matchers(t), tuple(_LABELS[e] for e in eq)) for s, t, eq in hush.inhibits)
    life.policy = Policy(default=replace(pace, repeat_every=every), flap_changes=99, inhibit=inhibit)
    for number, night in enumerate(played):
        on += timedelta(days=night.days)
        life.rules = {rule: ("part", "part_no", "site") for rule in night.rules}
        life.silences = [
            Silence(n, matchers(one), QUIET_UNTIL + timedelta(days), "anna", "why", False, on)
            for n, (one, start, days) in enumerate(hush.silences)
            if start <= number
        ]
        expected = listener.night(number, on, night)
        done = life.night(on, _outcome(night))
        got = {_key(change): change.kind for change in done.news}
        assert got == expected, {key: (got.get(key), expected.get(key)) for key in {*got, *expected}}
        stored = life.ledger.set_index(["rule", "part_no", "site"])["suppression"].to_dict()
        assert stored == {key: listener.quiet.get(key, "") for key in stored}
        again = life.night(on, _outcome(night))
        assert (again.news, len(again.events)) == ((), 0)


def _key(change: Change) -> Key:
    return change.rule, change.identity["part_no"], change.identity["site"]


@settings(max_examples=examples(8), deadline=None)
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
