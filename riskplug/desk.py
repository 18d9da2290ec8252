"""Where people decide about alerts: what the command line, the buttons in a chat and the page all call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from riskplug.alerts import LIVE, Decision, HandlingKind
from riskplug.alerts.handling import ACK, ASSIGN, HANDLING_KINDS, SNOOZE, WAIVE
from riskplug.alerts.hushing import as_of
from riskplug.alerts.selection import SHOWN_KEY, Selection, selected
from riskplug.alerts.view import viewed
from riskplug.errors import Problem, UsageError, suggestion
from riskplug.state import State
from riskplug.workspace import AlertsSettings

_DONE: Mapping[str, str] = {
    ACK: "acknowledged",
    ASSIGN: "assigned",
    SNOOZE: "snoozed",
    WAIVE: "accepted as a risk",
}
_NOUNS: Mapping[str, str] = {ACK: "acknowledged", ASSIGN: "assigned", SNOOZE: "snoozed", WAIVE: "waived"}
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Terms:
    """Until when a decision holds: a date, the alert getting worse, or so many days of runway; the first ends it."""

    until: date | None = None
    worse: bool = False
    runway_days: float | None = None

    @property
    def open(self) -> bool:
        """Whether nothing ends it."""
        return self.until is None and not self.worse and self.runway_days is None


@dataclass(frozen=True)
class Desk:
    """Decisions about the alerts of one workspace.

    ``on``: the business date on which they are made; every duration counts from it. ``not_days``: rules whose
    alerts are measured in something else than days left.

    Every method says what was done, or raises UsageError with what, where and what to do and changes nothing.
    """

    state: State
    scope: str
    settings: AlertsSettings
    on: date
    not_days: frozenset[str] = frozenset()

    def alerts(self, selection: Selection | None = None) -> pd.DataFrame:
        """The alerts that are meant, ALERT_FIELDS, the worst first."""
        ledger = as_of(self.state.ledger(self.scope), self.state.silences(self.scope), self.on)
        rows = viewed(ledger, self.handled())
        return rows if selection is None else selected(rows, selection)

    def handled(self) -> pd.DataFrame:
        """What was decided and still holds, HANDLING_COLUMNS."""
        found = self.state.memory(self.scope).handled
        assert found is not None
        return found

    def acknowledge(self, key: str, *, by: str) -> str:
        """Acknowledge one alert until it ends or gets worse."""
        rows = self._one(key)
        self.decide(rows, ACK, by=by)
        return f"{_named(rows)} is acknowledged"

    def snooze(self, key: str, *, days: int, by: str) -> str:
        """Keep one alert quiet for some days."""
        rows, until = self._one(key), self.on + timedelta(days=days)
        self.decide(rows, SNOOZE, by=by, terms=Terms(until))
        return f"{_named(rows)} is snoozed until {until.isoformat()}"

    def _one(self, key: str) -> pd.DataFrame:
        return self.alerts(Selection(keys=(key,)))

    def decide(
        self,
        rows: pd.DataFrame,
        kind: HandlingKind,
        *,
        by: str,
        reason: str = "",
        terms: Terms | None = None,
        assignee: str = "",
    ) -> None:
        """One decision about every row; it replaces an earlier one of its kind."""
        agreed = self._ended(kind, terms or Terms())
        self._check(rows, kind, reason, agreed, assignee)
        self.state.decide(
            [
                Decision(
                    key,
                    kind,
                    by,
                    reason,
                    assignee,
                    agreed.until,
                    agreed.worse,
                    agreed.runway_days,
                    severity,
                    None if pd.isna(metric) else metric,
                    self.on,
                )
                for key, severity, metric in zip(rows["key"], rows["severity"], rows["metric"], strict=True)
            ]
        )

    def _ended(self, kind: HandlingKind, terms: Terms) -> Terms:
        """A snooze ends by a condition, or after the longest time that is allowed: one nobody meets never ends."""
        if kind != SNOOZE or terms.open or terms.until is not None:
            return terms
        return replace(terms, until=self.on + timedelta(days=self.settings.max_snooze_days))

    def _check(self, rows: pd.DataFrame, kind: HandlingKind, reason: str, terms: Terms, assignee: str) -> None:
        problems = [*self._limits(kind, reason, terms, assignee)]
        closed = rows[~rows["condition"].isin(LIVE)]
        if len(closed):
            what = f"closed already: {_listed(closed)}"
            problems.append(Problem(what, f"alerts {kind}", "only alerts that live can be handled; leave these out"))
        if terms.runway_days is not None:
            problems += self._runways(rows, terms.runway_days)
        if problems:
            raise UsageError.of(problems)

    def _limits(self, kind: HandlingKind, reason: str, terms: Terms, assignee: str) -> list[Problem]:
        """What a decision of a kind must say."""
        lacks = {
            SNOOZE: (terms.open, "a snooze needs an end", "--until", "give a date, --until-worse or --until-runway"),
            WAIVE: (terms.until is None, "a waiver needs an expiry", "--until", "give the day to decide it anew"),
            ASSIGN: (not assignee.strip(), "assigned to nobody", "--to", "name who takes it"),
        }
        checks = [lacks[kind]] if kind in lacks else []
        if kind == WAIVE:
            checks.append((not reason.strip(), "a waiver needs a reason", "--reason", "say why the risk is accepted"))
        problems = [Problem(what, where, fix) for wrong, what, where, fix in checks if wrong]
        return [*problems, *self._dates(kind, terms.until)]

    def _dates(self, kind: HandlingKind, until: date | None) -> list[Problem]:
        longest = {SNOOZE: self.settings.max_snooze_days, WAIVE: self.settings.max_waiver_days}.get(kind)
        return date_problems(until, self.on, longest) if until else []

    def _runways(self, rows: pd.DataFrame, days: float) -> Sequence[Problem]:
        """A number of days can only be waited for where the alert has one, and it is not reached yet."""
        none = rows[rows["metric"].isna() | rows["rule"].isin(list(self.not_days))]
        reached = rows[(rows["metric"] <= days) & ~rows["key"].isin(none["key"])]
        checks = (
            (none, "not measured in days left", "give --until with a date"),
            (reached, f"at {days:g} days or fewer already", "give fewer days"),
        )
        return [Problem(f"{words}: {_listed(some)}", "--until-runway", fix) for some, words, fix in checks if len(some)]

    def withdraw(self, rows: pd.DataFrame, kinds: Sequence[str], *, by: str, reason: str = "") -> int:
        """Take decisions of these kinds back; how many there were."""
        handled = self.handled()
        mine = handled[handled["alert_key"].isin(rows["key"]) & handled["kind"].isin(kinds)]
        if mine.empty:
            there: list[str] = handled.loc[handled["alert_key"].isin(rows["key"]), "kind"].unique().tolist()
            fix = (
                f"they are {', '.join(_DONE[kind] for kind in there)}: add --what {there[0]}"
                if there
                else "nothing to take back"
            )
            raise UsageError(f"not {' or '.join(_DONE[kind] for kind in kinds)}: {_listed(rows)}", "alerts unack", fix)
        self.state.withdraw(mine, by, reason, self.on)
        return len(mine)

    def comment(self, rows: pd.DataFrame, text: str, *, by: str) -> None:
        """A remark for whoever reads the history."""
        if not text.strip():
            raise UsageError("an empty remark", "alerts comment", "say something")
        self.state.comment(rows["key"].tolist(), by, text.strip(), self.on)

    def check_held(self, rule: str) -> None:
        """UsageError where nothing of a rule is held."""
        held = self.state.held_rules(self.scope)
        if rule not in held:
            raise self._not_held(rule, held)

    def release(self, rule: str, *, by: str, reason: str = "") -> int:
        """Let the news of a rule pass that the volume guard holds; how many findings that allows."""
        allowed = self.state.release(self.scope, rule, by, reason, self.on)
        if allowed is None:
            raise self._not_held(rule, self.state.held_rules(self.scope))
        return allowed

    def _not_held(self, rule: str, held: Sequence[str]) -> UsageError:
        fix = suggestion(rule, held) or "nothing is held: see `riskplug alerts list --suppression held`"
        known = set(self.state.ledger(self.scope)["rule"])
        what = f"the alerts of rule {rule!r} are not held" if rule in known else f"no rule {rule!r} has alerts"
        return UsageError(what, f"alerts release {rule}", fix)


def date_problems(until: date, on: date, longest: int | None) -> list[Problem]:
    """What is wrong with a date that is not after the business date, or later than the workspace allows."""
    if until <= on:
        return [Problem(f"{until} is not after {on}", "--until", "give a later date")]
    last = on + timedelta(days=longest) if longest else until
    if until <= last:
        return []
    fix = f"give {last} or earlier, or raise the limit under [alerts] in riskplug.toml"
    return [Problem(f"{until} is more than {longest} days from {on}", "--until", fix)]


def done(kind: HandlingKind) -> str:
    """What a decision makes of an alert, in a word."""
    return _DONE[kind]


def _named(rows: pd.DataFrame) -> str:
    return f"{rows['key'].iloc[0][:SHOWN_KEY]} ({rows['message'].iloc[0]})"


def _listed(rows: pd.DataFrame) -> str:
    named = [f"{key[:SHOWN_KEY]} ({message})" for key, message in zip(rows["key"], rows["message"], strict=True)]
    more = f"; and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return "; ".join(named[:_MOST_NAMED]) + more


def kinds_named(word: str) -> tuple[str, ...]:
    """The kinds of decision that a word on the command line means."""
    if word == "all":
        return HANDLING_KINDS
    if word not in HANDLING_KINDS:
        raise UsageError(
            f"nothing to take back called {word!r}", "--what", f"use one of {', '.join(HANDLING_KINDS)}, all"
        )
    return (word,)
