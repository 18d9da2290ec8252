"""A night with far more findings of a rule than can be: its alerts are kept and held back, none cleared, none dropped.

An export with a wrong unit or an empty stock list makes thousands of alerts at once. People are told one: that of rule
``volume-guard``, with the command that lets the others pass.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd

from riskplug.alerts.doubt import Subject
from riskplug.alerts.ledger import VOLUME_COLUMNS, conform_volumes
from riskplug.alerts.policy import Pace, Policy
from riskplug.catalogue import SEVERITIES
from riskplug.model import FINDING_COLUMNS, Outcome

GUARD = "volume-guard"
GRAIN = "rule"
SUBJECT: Subject = (GRAIN, "rule")
_NEW = {"held": False, "reason": "", "accepted": None, "released": None, "released_by": "", "released_at": None}


@dataclass(frozen=True)
class Guarded:
    """An outcome with the guard's own findings, ``held`` (rule to reason), and the volumes to remember."""

    outcome: Outcome
    held: Mapping[str, str] = field(default_factory=dict)
    volumes: pd.DataFrame = field(default_factory=lambda: conform_volumes(pd.DataFrame()))


def guard(outcome: Outcome, volumes: pd.DataFrame | None, policy: Policy, on: date) -> Guarded:
    """Compare each rule's number of findings with the rows it looked at and with its last complete scan.

    What somebody released passes until it grows by ``max_jump`` again; the release ends with the first complete scan
    that would have passed without it. A rule that was held stays so while it is not evaluated everywhere.
    """
    known = {} if volumes is None else {str(row["rule"]): row for row in volumes.to_dict("records")}
    found = outcome.findings["rule"].astype("str").value_counts().to_dict()
    rows = [
        _volume(rule, int(found.get(rule, 0)), coverage, known.get(rule, _NEW), policy.pace(rule), on)
        for rule, coverage in outcome.coverage.groupby(outcome.coverage["rule"].astype("str"))
    ]
    held = {row["rule"]: row["reason"] for row in rows if row["held"]}
    made = conform_volumes(pd.DataFrame(rows, columns=list(VOLUME_COLUMNS)))
    return Guarded(_with_findings(outcome, held, policy), held, made)


def _volume(
    rule: str, seen: int, coverage: pd.DataFrame, before: Mapping[Any, Any], pace: Pace, on: date
) -> dict[str, Any]:
    evaluated = coverage["outcome"] == "evaluated"
    population = int(coverage.loc[evaluated, "rows"].fillna(0).sum())
    accepted, released = _number(before["accepted"]), _number(before["released"])
    reason = _excess(seen, population, accepted, pace)
    passes = released is not None and (not pace.max_jump or seen <= released * pace.max_jump)
    complete = bool(evaluated.all())
    if not complete and before["held"] and released is None:
        reason = reason or str(before["reason"])
    held = bool(reason) and not passes
    if complete and not reason:
        released = None
    return {
        "rule": rule,
        "seen": seen,
        "accepted": seen if complete and not held else accepted,
        "population": population,
        "held": held,
        "reason": reason if held else "",
        "checked_on": on,
        "released": released,
        "released_by": before["released_by"],
        "released_at": before["released_at"],
    }


def _excess(seen: int, population: int, accepted: float | None, pace: Pace) -> str:
    """Why so many findings are doubted, or nothing."""
    if seen < pace.min_findings:
        return ""
    if population and pace.max_share_pct and seen > population * pace.max_share_pct / 100:
        share = 100 * seen / population
        return f"{seen} of {population} rows match ({share:.0f} %), more than {pace.max_share_pct:g} %"
    if accepted is not None and pace.max_jump and seen > pace.max_jump * max(accepted, 1):
        return f"{seen} rows match, after {accepted:.0f} in the last complete scan: more than {pace.max_jump:g} times"
    return ""


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _with_findings(outcome: Outcome, held: Mapping[str, str], policy: Policy) -> Outcome:
    """The guard is a rule that looked at every rule: its alert of a rule ends when the rule's volume is normal."""
    worst = {rule: _worst(outcome.findings, rule) for rule in held}
    rows = [_finding(rule, reason, worst[rule]) for rule, reason in held.items() if worst[rule]]
    coverage = {"rule": GUARD, "partition": "*", "outcome": "evaluated", "rows": len(policy.rules), "undetermined": 0}
    covered = pd.DataFrame([{**coverage, "reason": ""}])
    # Held from before and not evaluated tonight: the guard's alert of it neither ends nor changes.
    kept = [
        {"rule": GUARD, "identity": _identity(rule), "columns": "", "reason": "clear_margin", "severity": SEVERITIES[0]}
        for rule, severity in worst.items()
        if not severity
    ]
    return replace(
        outcome,
        findings=_appended(outcome.findings, rows, FINDING_COLUMNS),
        coverage=pd.concat([outcome.coverage, covered], ignore_index=True),
        undetermined=_appended(outcome.undetermined, kept, ("rule", "identity", "columns", "reason", "severity")),
    )


def _appended(frame: pd.DataFrame, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    if not rows:
        return frame
    # Part keys are categoricals, which take no value that is not of their categories.
    texts = frame.astype({name: "object" for name in frame if name != "metric"})
    return pd.concat([texts, pd.DataFrame(rows, columns=list(columns))], ignore_index=True)


def _worst(findings: pd.DataFrame, rule: str) -> str:
    found = set(findings.loc[findings["rule"] == rule, "severity"].astype("str"))
    return next((name for name in SEVERITIES if name in found), "")


def _identity(rule: str) -> str:
    return json.dumps({"rule": rule})


def _finding(rule: str, reason: str, severity: str) -> dict[str, Any]:
    return {
        "rule": GUARD,
        "severity": severity,
        "grain": GRAIN,
        "identity": _identity(rule),
        "owner": "",
        "message": f"{rule}: {reason}. Its news is held back: check the data with `riskplug alerts list --rule {rule}`,"
        f" then let it pass with `riskplug alerts release {rule}`",
        "measures": "{}",
        "evidence": "{}",
        "metric": float("nan"),
    }


def held_lines(held: Mapping[str, str]) -> Sequence[str]:
    """What a scan says of the rules whose alerts it holds."""
    return [f"alerts of rule {rule} are held: {reason}" for rule, reason in held.items()]
