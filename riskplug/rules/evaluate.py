"""Rules over fact frames: findings, what could not be decided, and which sites each rule really answered for.

A rule that throws, or whose identity is not unique, is a fault of that rule alone: its coverage says failed.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from riskplug.extend.protocols import ScanContext
from riskplug.model import FINDING_COLUMNS, Frames, Outcome, RuleRun
from riskplug.rules.findings import alerted, found, told_columns, undecided
from riskplug.rules.inputs import tables_behind
from riskplug.rules.kinds import assess, who
from riskplug.rules.rule import Rule, RuleSet
from riskplug.rules.vector import Codes, FactColumns, Rows, Text, as_text, decide

ACTIVE = frozenset({"active"})
ON_TRIAL = frozenset({"shadow"})
COVERAGE_COLUMNS = ("rule", "partition", "outcome", "rows", "undetermined", "reason")
UNDETERMINED_COLUMNS = ("rule", "identity", "columns", "reason", "severity")
EVERYWHERE = "*"


class RuleFault(Exception):
    """Why one rule has no answer tonight."""


@dataclass
class _Results:
    findings: list[pd.DataFrame]
    coverage: list[dict[str, object]]
    undetermined: list[pd.DataFrame]
    faults: list[str]
    runs: list[RuleRun] = field(default_factory=list)


def evaluate(
    rules: RuleSet,
    facts: Frames,
    *,
    on: date,
    context: ScanContext,
    tables: Frames,
    failed_tables: Mapping[str, str],
    statuses: frozenset[str] = ACTIVE,
) -> Outcome:
    """What the rules of the given statuses say of the facts.

    ``failed_tables``: canonical tables that cannot be trusted, with the reason; a name may be ``table`` or
    ``table@source``. Rules of other statuses, and rules not in force on the date, are covered as ``skipped``. The frame
    ``undetermined`` carries a further column ``reason``: missing, ignored (on_missing: ignore), or clear_margin (not
    matched, but within the margin): none of them lets an alert be resolved. ``severity``: of clear_margin, the band
    that was not left; a finding may be there as well, of a milder band.
    """
    evaluation = _Evaluation(facts, on, context, tables, failed_tables)
    for rule in rules:
        evaluation.run(rule, statuses)
    return evaluation.outcome()


class _Evaluation:
    def __init__(
        self, facts: Frames, on: date, context: ScanContext, tables: Frames, failed: Mapping[str, str]
    ) -> None:
        self.facts, self.on, self.context, self.tables = facts, on, context, tables
        self.failed = {name.split("@")[0]: reason for name, reason in failed.items()}
        self.results = _Results([], [], [], [])
        self.columns: dict[str, FactColumns] = {}
        self.site_codes: dict[str, Text] = {}
        self.site_rows: dict[str, dict[str, int]] = {}
        self.sites = sorted(
            {str(site) for frame in facts.values() if "site" in frame for site in frame["site"].dropna().unique()}
        )

    def run(self, rule: Rule, statuses: frozenset[str]) -> None:
        skipped = self._skipped(rule, statuses)
        if skipped:
            self._cover_all(rule, "skipped", skipped)
            return
        lost = sorted(tables_behind(rule) & set(self.failed))
        if lost:
            self._cover_all(rule, "failed", "; ".join(f"{name}: {self.failed[name]}" for name in lost))
            return
        try:
            self._kind(rule) if rule.kind is not None else self._conditions(rule)
        except Exception as error:  # whatever a rule does, the other rules still count
            what = str(error) if isinstance(error, RuleFault) else f"{type(error).__name__}: {error}"
            whose = f" ({who(rule)})" if rule.kind is not None else ""
            self.results.faults.append(f"rule {rule.id}{whose}: {what}")
            self._cover_all(rule, "failed", what)

    def outcome(self) -> Outcome:
        results = self.results
        return Outcome(
            _stacked(results.findings, FINDING_COLUMNS),
            _typed(pd.DataFrame(results.coverage, columns=list(COVERAGE_COLUMNS))),
            _stacked(results.undetermined, UNDETERMINED_COLUMNS),
            tuple(results.faults),
            tuple(results.runs),
        )

    def _skipped(self, rule: Rule, statuses: frozenset[str]) -> str:
        if rule.status not in statuses:
            return f"status is {rule.status}"
        if not rule.effective(self.on):
            return f"in force from {rule.effective_from or 'ever'} to {rule.effective_to or 'further notice'}"
        return ""

    def _conditions(self, rule: Rule) -> None:
        started = time.perf_counter()
        frame = self.facts.get(rule.grain)
        if frame is None:
            raise RuleFault(f"the scan has no facts of grain {rule.grain}")
        columns = self._columns_of(rule.grain)
        assert rule.when is not None
        # most rules look at few rows: the bands are decided only where `when` does not rule them out
        near = np.flatnonzero(~decide(rule.when, columns).no)
        some = decide(rule.condition, columns.take(near))
        matched, open_rows = near[some.yes], near[some.undetermined]
        told = told_columns(rule)
        findings = found(rule, columns.take(matched, told), self.context)
        undetermined = undecided(rule, columns.take(open_rows, rule.identity))
        if rule.on_missing == "alert":
            findings = pd.concat([findings, alerted(rule, columns.take(open_rows, told), undetermined, self.context)])
            undetermined = undetermined.iloc[:0]
        held = [self._held(rule, columns.take(rows)) for rows in (near[some.no], matched) if rule.has_margin]
        _need_unique(rule, [findings, undetermined])
        self.results.findings.append(findings)
        self.results.undetermined += [undetermined, *held]
        self._cover(rule, frame, open_rows)
        self.results.runs.append(RuleRun(rule.id, time.perf_counter() - started, len(findings)))

    def _held(self, rule: Rule, rows: FactColumns) -> pd.DataFrame:
        """Rows that have not left a band by the margin: cleared ones, and found ones that left a more severe band."""
        near = rows.take(np.flatnonzero(decide(rule.relaxed, rows).yes))
        severity = np.full(near.rows, "", dtype=object)
        for band in reversed(rule.bands):
            left = ~decide(band.condition, near).yes
            severity[decide(band.relaxed, near).yes & left] = band.severity
        within = np.flatnonzero(severity != "")
        held = undecided(rule, near.take(within, rule.identity), reason="clear_margin")
        return held.assign(severity=severity[within])

    def _kind(self, rule: Rule) -> None:
        answer = assess(rule, self.tables, self.facts, self.context)
        self.results.runs.append(answer.run)
        if answer.run.fault:
            raise RuleFault(answer.run.fault)
        self.results.findings.append(answer.findings)
        frame = self.facts.get(rule.grain)
        self._cover(rule, frame, np.empty(0, dtype=np.intp))

    def _columns_of(self, grain: str) -> FactColumns:
        if grain not in self.columns:
            self.columns[grain] = FactColumns(self.facts[grain], self.on, self.context.horizon_days)
        return self.columns[grain]

    def _cover(self, rule: Rule, frame: pd.DataFrame | None, open_rows: Rows) -> None:
        if frame is None or "site" not in frame:
            self._covered(rule, EVERYWHERE, "evaluated", 0 if frame is None else len(frame), len(open_rows), "")
            return
        if rule.grain not in self.site_codes:
            sites = self.site_codes[rule.grain] = as_text(frame["site"])
            self.site_rows[rule.grain] = _per_site(sites, sites.codes)
        sites, rows = self.site_codes[rule.grain], self.site_rows[rule.grain]
        undetermined = _per_site(sites, sites.codes[open_rows])
        for site in self.sites or [EVERYWHERE]:
            self._covered(rule, site, "evaluated", rows.get(site, 0), undetermined.get(site, 0), "")

    def _cover_all(self, rule: Rule, outcome: str, reason: str) -> None:
        by_site = "site" in rule.shape.names and self.sites
        for partition in self.sites if by_site else [EVERYWHERE]:
            self._covered(rule, partition, outcome, 0, 0, reason)

    def _covered(self, rule: Rule, *values: object) -> None:
        self.results.coverage.append(dict(zip(COVERAGE_COLUMNS, (rule.id, *values), strict=True)))


def _per_site(sites: Text, codes: Codes) -> dict[str, int]:
    counts = np.bincount(codes[codes >= 0], minlength=len(sites.words)).tolist()
    return dict(zip(map(str, sites.words), counts, strict=True))


def _need_unique(rule: Rule, frames: list[pd.DataFrame]) -> None:
    keys = pd.concat([frame["identity"] for frame in frames], ignore_index=True)
    twice = keys[keys.duplicated()].unique()
    if len(twice):
        raise RuleFault(
            f"{len(twice)} identities are not unique at grain {rule.grain}, for example "
            f"{' and '.join(map(str, twice[:3]))}: add key columns to `identity`"
        )


def _stacked(frames: list[pd.DataFrame], names: tuple[str, ...]) -> pd.DataFrame:
    some = [frame for frame in frames if len(frame)]
    made = pd.concat(some, ignore_index=True) if some else pd.DataFrame(columns=list(names))
    return _typed(made.reindex(columns=list(names)))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """The dtypes of an outcome's columns, empty or not: text as str, counts and the metric as numbers."""
    numbers = {"metric": "float64", "rows": "int64", "undetermined": "int64"}
    return frame.astype({name: numbers.get(str(name), "str") for name in frame})
