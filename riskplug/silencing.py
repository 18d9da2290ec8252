"""Where people decide what they do not want to hear of: silences over alerts that are there and that are to come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from riskplug.alerts import GUARD, LIVE, Silence
from riskplug.alerts.labels import Labels, Matchers, fits, full_name
from riskplug.alerts.silences import SilenceState, can_be_quiet, held_by
from riskplug.catalogue import SEVERITIES
from riskplug.desk import Desk, date_problems
from riskplug.errors import Problem, UsageError, suggestion

MATCHERS = ("rule", "severity", "site", "part", "material", "measure", "owner", "supplier")
"""What a silence may ask for, as the filters of `riskplug alerts list` call it."""


@dataclass(frozen=True, slots=True)
class Held:
    """A silence, how it stands, and how many of the alerts that live it holds."""

    silence: Silence
    state: SilenceState
    alerts: int


@dataclass(frozen=True)
class Silencer:
    """The silences of one workspace. ``rules``, ``sites``: the names there are beside those that alerts have."""

    desk: Desk
    rules: Sequence[str] = ()
    sites: Sequence[str] = ()

    def check(self, words: Sequence[str], *, until: date | None, reason: str, lets_critical: bool = False) -> Matchers:
        """What the words ask for; UsageError with everything that is wrong with a silence."""
        rows = self._rows()
        matchers = tuple(_parsed(words))
        problems = [*_mistakes(words), *self._nobodys(matchers, rows)]
        if not problems and all(fits("", patterns) for _, patterns in matchers):
            fix = f"give at least one of {', '.join(MATCHERS)} with more than `*`, e.g. rule=runway-* site=DE01"
            problems.append(Problem("a silence over everything", "alerts silence", fix))
        if lets_critical and _only_critical(matchers):
            fix = "leave out --let-critical, or ask for other severities too"
            problems.append(Problem("a silence over critical alerts that lets them pass", "--let-critical", fix))
        checks = (
            (until is None, "a silence needs an end", "--until", "give the first date on which it no longer holds"),
            (not reason.strip(), "a silence needs a reason", "--reason", "say why nobody wants to hear of it"),
        )
        problems += [Problem(what, where, fix) for wrong, what, where, fix in checks if wrong]
        if until:
            problems += date_problems(until, self.desk.on, self.desk.settings.max_silence_days)
        problems += [] if problems else self._loud(matchers, rows)
        if problems:
            raise UsageError.of(problems)
        return matchers

    def silence(self, matchers: Matchers, until: date, *, by: str, reason: str, lets_critical: bool = False) -> Held:
        """Keep a silence that was checked; it holds from the next scan on."""
        made = Silence(0, matchers, until, by, reason.strip(), lets_critical, self.desk.on)
        return self._held([self.desk.state.silence(self.desk.scope, made)])[0]

    def one(self, number: str) -> Silence:
        """The silence of a number that still holds; UsageError where there is none."""
        known = self.desk.state.silences(self.desk.scope)
        found = [silence for silence in known if str(silence.number) == number.strip().removeprefix("silence ")]
        if not found:
            numbers = ", ".join(str(silence.number) for silence in known if silence.holds_on(self.desk.on))
            fix = f"those that hold are {numbers}" if numbers else "none is in force: see `riskplug alerts silences`"
            raise UsageError(f"no silence {number!r}", "alerts unsilence", fix)
        if not found[0].holds_on(self.desk.on):
            raise UsageError(f"{found[0].name} has ended already", "alerts unsilence", "nothing to take back")
        return found[0]

    def unsilence(self, silence: Silence, *, by: str, reason: str) -> Held:
        """Take a silence back; the next scan tells what it held. UsageError without a reason."""
        if not reason.strip():
            raise UsageError("the end of a silence needs a reason", "--reason", "say why it may be heard of again")
        if not self.desk.state.unsilence(silence.number, by, reason.strip(), self.desk.on):
            raise UsageError(f"{silence.name} has ended already", "alerts unsilence", "nothing to take back")
        return next(one for one in self.listed() if one.silence.number == silence.number)

    def listed(self) -> list[Held]:
        """All silences: those that hold before those that have ended, each group by its end."""
        order = {"ending": 0, "current": 1, "ended": 2}
        held = self._held(self.desk.state.silences(self.desk.scope))
        return sorted(held, key=lambda one: (order[one.state], one.silence.until, one.silence.number))

    def _held(self, silences: Sequence[Silence]) -> list[Held]:
        rows, on, within = self._rows(), self.desk.on, self.desk.settings.ending_within_days
        may, labels = can_be_quiet(rows), Labels(rows)
        return [
            Held(one, one.state(on, within), int((held_by(one, labels) & may).sum()) if one.holds_on(on) else 0)
            for one in silences
        ]

    def _rows(self) -> pd.DataFrame:
        ledger = self.desk.state.ledger(self.desk.scope)
        return ledger[ledger["condition"].isin(LIVE)].reset_index(drop=True)

    def _nobodys(self, matchers: Matchers, rows: pd.DataFrame) -> Iterator[Problem]:
        """Patterns that no rule, site or severity can have: they would silence nothing, and nobody would notice."""
        known = {
            "rule": {*self.rules, *rows["rule"], GUARD},
            "site": {*self.sites, *rows["site"]} - {""},
            "severity": set(SEVERITIES),
        }
        for name, patterns in matchers:
            for pattern in patterns if name in known else ():
                if not any(fits(value, (pattern,)) for value in known[name]):
                    there = sorted(known[name])
                    fix = suggestion(pattern, there) or f"try it with `riskplug alerts list --{name}`"
                    yield Problem(f"no {name} is like {pattern!r}", f"{name}=", fix)

    def _loud(self, matchers: Matchers, rows: pd.DataFrame) -> Iterator[Problem]:
        """What is never silenced, where nothing else is meant."""
        rules = next((patterns for name, patterns in matchers if name == "rule"), ())
        asked, may = Labels(rows).matches(matchers), can_be_quiet(rows) | rows["opened_on"].isna().to_numpy()
        if tuple(rules) == (GUARD,) or (asked.any() and not (asked & may).any()):
            fix = "gaps in the data, held rules and failed rules are always told: correct the data, or release the rule"
            yield Problem("this is never silenced", "alerts silence", fix)


def _parsed(words: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Words for one thing together, in the order of MATCHERS."""
    pairs = [word.split("=", 1) for word in words if "=" in word]
    for name in MATCHERS:
        patterns = tuple(
            dict.fromkeys(value for key, value in pairs if value.strip() and key in (name, full_name(name)))
        )
        if patterns:
            yield full_name(name), patterns


def _only_critical(matchers: Matchers) -> bool:
    """Whether critical alerts are all that could fit."""
    asked = next((patterns for name, patterns in matchers if name == "severity"), ("*",))
    return [name for name in SEVERITIES if fits(name, asked)] == ["critical"]


def _mistakes(words: Sequence[str]) -> Iterator[Problem]:
    known = {*MATCHERS, *map(full_name, MATCHERS)}
    if not words:
        yield Problem("which alerts?", "alerts silence", f"give at least one of {', '.join(MATCHERS)}: site=DE01")
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not value.strip():
            yield Problem(f"{word!r} asks for nothing", "alerts silence", "write it as NAME=VALUE, e.g. site=DE01")
        elif name not in known:
            yield Problem(f"no matcher {name!r}", "alerts silence", suggestion(name, MATCHERS))
