"""Outcomes of small nights, for the tests of alerts."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd

from riskplug.alerts import Decision, Memory, Policy, Reconciled, Silence, conform_handlings, empty_ledger, reconcile
from riskplug.alerts.handling import handling_rows
from riskplug.model import FINDING_COLUMNS, Outcome

_SUBJECT = ("part", "part_no", "site")
Finding = tuple[str, str, str, str]
"""Rule, part, site, severity."""


def outcome(
    findings: Iterable[Finding] = (),
    coverage: Iterable[Mapping[str, object]] = (),
    undetermined: Iterable[Mapping[str, object]] = (),
    metric: float = 12.0,
) -> Outcome:
    rows = [
        {
            "rule": rule,
            "severity": severity,
            "grain": "part",
            "identity": identity(part, site),
            "part_no": part,
            "site": site or None,
            "material": None,
            "measure": None,
            "owner": "anna",
            "message": f"{part} is short",
            "measures": "{}",
            "evidence": "{}",
            "metric": metric,
        }
        for rule, part, site, severity in findings
    ]
    return Outcome(
        pd.DataFrame(rows, columns=list(FINDING_COLUMNS)),
        pd.DataFrame(list(coverage), columns=["rule", "partition", "outcome", "rows", "undetermined", "reason"]),
        pd.DataFrame(list(undetermined), columns=["rule", "identity", "columns", "reason", "severity"]),
    )


def identity(part: str, site: str) -> str:
    return json.dumps({"part_no": part, **({"site": site} if site else {})})


def covered(rule: str, partition: str, result: str = "evaluated", reason: str = "") -> dict[str, object]:
    return {"rule": rule, "partition": partition, "outcome": result, "rows": 1, "undetermined": 0, "reason": reason}


def merged(ledger: pd.DataFrame, written: pd.DataFrame) -> pd.DataFrame:
    """What the store does: rows replace those of the same key."""
    kept = ledger[~ledger["alert_key"].isin(written["alert_key"])]
    return pd.concat([kept, written], ignore_index=True) if len(kept) else written


@dataclass
class Life:
    """The nights of one ledger: what the store and a scan do, in memory."""

    policy: Policy = field(default_factory=Policy)
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict.fromkeys(("r", "r1", "r2"), _SUBJECT))
    ledger: pd.DataFrame = field(default_factory=empty_ledger)
    handled: pd.DataFrame = field(default_factory=lambda: conform_handlings(pd.DataFrame()))
    volumes: pd.DataFrame | None = None
    dates: list[date] = field(default_factory=list)
    silences: list[Silence] = field(default_factory=list)
    log: list[tuple[date, str, str, str]] = field(default_factory=list)

    def night(self, on: date, told: Outcome) -> Reconciled:
        memory = Memory(self.handled, self.volumes, sorted(self.dates, reverse=True), tuple(self.silences))
        done = reconcile(
            self.ledger, told, on=on, workspace="w", known_rules=self.rules, policy=self.policy, memory=memory
        )
        if done.held:
            return done
        self.ledger = merged(self.ledger, done.alerts)
        gone = set(zip(done.ended["alert_key"], done.ended["kind"], strict=True))
        held = [pair not in gone for pair in zip(self.handled["alert_key"], self.handled["kind"], strict=True)]
        self.handled, self.volumes = self.handled[np.array(held, dtype=bool)], done.volumes
        self.dates = sorted({*self.dates, on})
        self.log += [(on, row["kind"], row["new"], row["reason"]) for row in done.events.to_dict("records")]
        return done

    def found(self, on: date, severity: str = "", metric: float = 12.0, **also: object) -> Reconciled:
        """A night on which part M-1 was found with a severity, or not."""
        some = [("r", "M-1", "DE01", severity)] if severity else []
        margin = also.get("margin")
        close = {"rule": "r", "identity": identity("M-1", "DE01"), "reason": "clear_margin", "severity": margin}
        result = str(also.get("coverage", "evaluated"))
        return self.night(on, outcome(some, [covered("r", "DE01", result)], [close] if margin else (), metric))

    def decide(self, decision: Decision) -> None:
        at = datetime(2025, 4, 28, 12, tzinfo=UTC)
        kept = self.handled[(self.handled["kind"] != decision.kind) | (self.handled["alert_key"] != decision.alert_key)]
        rows = handling_rows([decision], at)
        self.handled = pd.concat([kept, rows], ignore_index=True) if len(kept) else rows

    def silence(
        self, until: date, *, lets_critical: bool = False, on: date = date(2025, 4, 28), **asked: str
    ) -> Silence:
        """A silence over what is asked for, e.g. ``rule="r*"``."""
        matchers = tuple((name, (pattern,)) for name, pattern in asked.items())
        made = Silence(len(self.silences) + 1, matchers, until, "anna", "stocktaking", lets_critical, on)
        self.silences.append(made)
        return made

    @property
    def row(self) -> dict[str, Any]:
        """The only alert."""
        [row] = self.ledger.to_dict("records")
        return {str(name): value for name, value in row.items()}
