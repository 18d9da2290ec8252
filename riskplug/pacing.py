"""The pace of alerts: what riskplug.toml says of a rule, else its rule file, else [alerts] of riskplug.toml."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial

import numpy as np

from riskplug.alerts import Inhibit, Pace, Policy, Rung
from riskplug.alerts.labels import COLUMNS, Matchers, fits, full_name
from riskplug.catalogue import SEVERITIES
from riskplug.errors import Problem, UsageError, suggestion
from riskplug.plan.calendar import calendar_of
from riskplug.rules import Rule, RuleSet, metric_sense
from riskplug.workspace import AlertsSettings, InhibitSettings, Site, Workspace

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LOOK_BACK_YEARS = 2


def policy_of(workspace: Workspace, rules: RuleSet, on: date) -> Policy:
    """How the alerts of a workspace live on a date; UsageError where [alerts.rules] names no rule."""
    settings = workspace.alerts
    check_alerts(workspace, rules)
    default = Pace(
        settings.for_scans,
        settings.resolve_after_scans,
        settings.reopen_days,
        max_share_pct=settings.max_share_pct,
        max_jump=settings.max_jump,
        min_findings=settings.min_findings,
        repeat_every=(
            ("critical", settings.repeat_every.critical),
            ("warning", settings.repeat_every.warning),
            ("info", settings.repeat_every.info),
        ),
    )
    paces = {rule.id: _pace(rule, settings, default) for rule in rules}
    return Policy(
        paces,
        default,
        tuple(Rung(**step.model_dump()) for step in settings.escalation),
        _calendars(workspace, [default, *paces.values()], on),
        settings.flap_scans,
        settings.flap_changes,
        _WEEK.index(settings.weekly_on),
        settings.ending_within_days,
        tuple(Inhibit(_matchers(one.source), _matchers(one.target), one.equal) for one in settings.inhibit),
    )


def check_alerts(workspace: Workspace, rules: RuleSet) -> None:
    """UsageError for every name under [alerts] that no rule, label or severity has."""
    check_paces(workspace.alerts, rules.ids)
    labels = {*COLUMNS, *(full_name(label) for rule in rules for label in rule.identity)}
    problems = [
        problem
        for at, one in enumerate(workspace.alerts.inhibit)
        for side, matchers in (("source", one.source), ("target", one.target))
        for problem in _of_side(_matchers(matchers), workspace.where("alerts", "inhibit", str(at), side), labels, rules)
    ]
    problems += [
        _no_label(label, workspace.where("alerts", "inhibit", str(at), "equal"), labels)
        for at, one in enumerate(workspace.alerts.inhibit)
        for label in one.equal
        if full_name(label) not in labels
    ]
    for at, one in enumerate(workspace.alerts.inhibit):
        problems += _of_both(one, partial(workspace.where, "alerts", "inhibit", str(at)))
    if problems:
        raise UsageError.of(problems)


def _of_both(one: InhibitSettings, where: Callable[[str], str]) -> Iterator[Problem]:
    """What is wrong with a declaration as a whole."""
    both = (*_matchers(one.source), *_matchers(one.target))
    if not one.equal and all(fits("", patterns) for _, patterns in both):
        fix = "say more than `*` on one side, or name labels that have to be the same under `equal`"
        yield Problem("an inhibition of everything by everything", where("source"), fix, "inhibits-all")
    full = [full_name(label) for label in one.equal]
    for label in dict.fromkeys(label for label in full if full.count(label) > 1):
        spelt = " and ".join(repr(said) for said in one.equal if full_name(said) == label)
        yield Problem(f"`equal` names one label twice: {spelt}", where("equal"), "keep one of them", "label-twice")


def _of_side(matchers: Matchers, where: str, labels: set[str], rules: RuleSet) -> Iterator[Problem]:
    known: Mapping[str, Sequence[str]] = {"rule": rules.ids, "severity": SEVERITIES}
    for name, patterns in matchers:
        if full_name(name) not in labels:
            yield _no_label(name, where, labels)
        for pattern in patterns if name in known else ():
            if not any(fits(value, (pattern,)) for value in known[name]):
                fix = suggestion(pattern, known[name]) or "see `riskplug rules list`"
                yield Problem(f"no {name} is like {pattern!r}", where, fix, f"unknown-{name}")


def _no_label(name: str, where: str, labels: set[str]) -> Problem:
    return Problem(f"no alert has a label {name!r}", where, suggestion(name, sorted(labels)), "unknown-label")


def _matchers(said: Mapping[str, str | tuple[str, ...]]) -> Matchers:
    return tuple((name, (words,) if isinstance(words, str) else words) for name, words in said.items())


def check_paces(settings: AlertsSettings, rules: tuple[str, ...]) -> None:
    """UsageError for every name under [alerts.rules] that is no rule."""
    problems = [
        Problem(f"[alerts.rules.{name}] names no rule", "riskplug.toml", suggestion(name, rules) or "remove it")
        for name in settings.rules
        if name not in rules
    ]
    if problems:
        raise UsageError.of(problems)


def _pace(rule: Rule, settings: AlertsSettings, default: Pace) -> Pace:
    own = settings.rules.get(rule.id)
    worse, kind = metric_sense(rule)

    def said(name: str, otherwise: float) -> float:
        given = (getattr(own, name, None), getattr(rule.pace, name))
        return next((value for value in given if value is not None), otherwise)

    step = said("metric_step", settings.metric_step_days if kind == "days" and worse < 0 else 0)
    return Pace(
        int(said("for_scans", default.for_scans)),
        int(said("resolve_after_scans", default.resolve_after_scans)),
        int(said("reopen_days", default.reopen_days)),
        step or None,
        worse,
        kind == "days",
        said("max_share_pct", default.max_share_pct),
        said("max_jump", default.max_jump),
        default.min_findings,
        tuple((name, int(said("repeat_every", days))) for name, days in default.repeat_every),
    )


def _calendars(workspace: Workspace, paces: Iterable[Pace], on: date) -> Mapping[str, np.busdaycalendar]:
    """Working days of each site and, for alerts without one, of the workspace; none where nothing counts them."""
    counted = [days for pace in paces for _, days in pace.repeat_every]
    if not workspace.alerts.escalation and not any(counted):
        return {}
    years = range(on.year - _LOOK_BACK_YEARS, on.year + 1)
    whole = workspace.alerts.calendar
    everywhere = Site(country=whole[:2].upper(), calendar=whole) if whole else None
    calendars = {name: calendar_of(site, name, years) for name, site in workspace.sites.items()}
    return {"": calendar_of(everywhere, "alerts", years), **calendars}
