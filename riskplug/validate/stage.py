"""The validate stage: suites, gates and a verdict per table and source."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from riskplug.catalogue import GRAINS, frame
from riskplug.errors import UsageError
from riskplug.extend import ExpectationSpec
from riskplug.model import CHECK_COLUMNS, QUARANTINE_COLUMNS, FileDoubt, Ingested, Validated
from riskplug.reuse import NOTHING, Reuse
from riskplug.tables import CARRIED, TABLES
from riskplug.validate.expectations import generated, load_expectations
from riskplug.validate.files import file_checks
from riskplug.validate.gates import Gate, judge
from riskplug.validate.spellings import spelling_checks
from riskplug.workspace import Workspace

if TYPE_CHECKING:
    from riskplug.validate.suites import Check, Checker


Broken = Callable[[ExpectationSpec, str], None]


def validate(
    ingested: Ingested,
    *,
    workspace: Workspace,
    on: date,
    previous_rows: Mapping[tuple[str, str], int] | None = None,
    contributed: Sequence[ExpectationSpec] = (),
    broken: Broken | None = None,
    reuse: Reuse = NOTHING,
) -> Validated:
    """Check every table of every source and keep what can be trusted.

    A failed critical expectation or the row-drop gate refuses the table of that source: its rows leave, and nothing
    may be concluded from their absence. A failed warning sets the rows aside. ``facts`` is grain `table`.
    ``broken`` is told of contributed expectations that do not exist or cannot be evaluated, and why; they then count
    for nothing. Without it they count as the workspace's own do.
    ``reuse``: rows that an earlier night has checked in the same way are not checked again.
    """
    from riskplug.validate.suites import Checker

    own = load_expectations([workspace.resolve(path) for path in workspace.validation.expectations])
    checker = Checker(reuse)
    contributed = [spec for spec in contributed if broken is None or _can_be(spec, checker, broken)]
    specs = {
        name: [*generated(table), *(s for s in (*own, *contributed) if s.table == name)]
        for name, table in TABLES.items()
    }
    review = _Review(ingested, workspace, on, previous_rows)
    for table, source in _delivered(ingested):
        rows = ingested.tables[table]
        rows = rows[rows["source"] == source]
        checks = checker.run(f"{table}.{source}", rows, specs[table]) if len(rows) else []
        review.add(table, source, rows, [check for check in checks if not _is_broken(check, contributed, broken)])
    review.add_missing()
    return review.result()


def _can_be(spec: ExpectationSpec, checker: "Checker", broken: Broken) -> bool:
    """Whether a contributed expectation exists and takes its arguments."""
    try:
        checker.build(spec)
    except UsageError as error:
        broken(spec, error.what)
        return False
    return True


def _is_broken(check: "Check", contributed: Sequence[ExpectationSpec], broken: Broken | None) -> bool:
    """Whether a contributed expectation could not be evaluated, such as one on a column that there is not."""
    if broken is None or not check.error or check.spec not in contributed:
        return False
    broken(check.spec, f"{check.spec.name} on {check.spec.table}: {check.error}")
    return True


def _delivered(ingested: Ingested) -> list[tuple[str, str]]:
    """(table, source) of everything that was read, refused or only quarantined."""
    read = {(file.table, file.source) for file in ingested.files}
    refused = {(refusal.table, refusal.source) for refusal in ingested.refused}
    order = list(TABLES)
    return sorted(read | refused, key=lambda pair: (order.index(pair[0]) if pair[0] in order else 99, pair[1]))


class _Review:
    """Collects the outcome table by table."""

    def __init__(
        self, ingested: Ingested, workspace: Workspace, on: date, previous_rows: Mapping[tuple[str, str], int] | None
    ) -> None:
        self._ingested, self._policy, self._on, self._previous = ingested, workspace.policy, on, previous_rows
        self._workspace = workspace
        self._leave: dict[str, list[pd.Index]] = {name: [] for name in ingested.tables}
        self._quarantine: list[pd.DataFrame] = [ingested.quarantine]
        self._checks: list[dict[str, object]] = []
        self._facts: list[dict[str, object]] = []

    def add(self, table: str, source: str, rows: pd.DataFrame, checks: Sequence["Check"]) -> None:
        """Judge one table of one source."""
        gate = judge(
            rows,
            table,
            source,
            self._ingested.files,
            self._on,
            self._policy.max_age_days,
            self._policy.max_row_drop_pct,
            self._previous,
        )
        refusals = [r.reason for r in self._ingested.refused if (r.table, r.source) == (table, source)]
        critical = [
            f"{c.spec.name} failed: {c.spec.reason or c.error}"
            for c in checks
            if not c.success and c.spec.severity == "critical"
        ]
        shrunken = [reason for reason in gate.reasons if "are gone" in reason]
        odd = [doubt for doubt in self._ingested.doubts if (doubt.table, doubt.source) == (table, source)]
        self._checks.extend(_row_of(check, source) for check in checks)
        self._checks.extend(file_checks(odd))
        reasons = [*refusals, *critical, *shrunken, *_cut(odd, gate)]
        if reasons:
            self._leave[table].append(rows.index)
        else:
            self._set_aside(table, source, rows, checks)
        self._facts.append(self._fact(table, source, rows, gate, reasons, checks, odd))

    def add_missing(self) -> None:
        """Say which tables the last accepted scan had and tonight's sources do not deliver: all of it is gone.

        As with lost rows, a workspace that tolerates a drop of 100 % takes the table for given up.
        """
        delivered = set(_delivered(self._ingested))
        for (table, source), rows in sorted((self._previous or {}).items()):
            known = table in TABLES and source in self._workspace.sources and rows > 0
            if known and (table, source) not in delivered and self._policy.max_row_drop_pct < 100:
                self._facts.append(
                    {
                        "table": table,
                        "source": source,
                        "verdict": "missing",
                        "rows": 0,
                        "dropped": 0,
                        "quarantined": 0,
                        "age_days": float("nan"),
                        "previous_rows": rows,
                        "row_drop_pct": 100.0,
                        "why": f"not delivered; the last accepted scan had {rows} rows",
                    }
                )

    def _set_aside(self, table: str, source: str, rows: pd.DataFrame, checks: Sequence["Check"]) -> None:
        for check in checks:
            if check.rows and check.spec.severity == "warning":
                bad = rows.loc[list(check.rows)]
                self._leave[table].append(bad.index)
                self._quarantine.append(_quarantined(table, source, bad, check))

    def _fact(
        self,
        table: str,
        source: str,
        rows: pd.DataFrame,
        gate: Gate,
        refused: Sequence[str],
        checks: Sequence["Check"],
        odd: Sequence[FileDoubt],
    ) -> dict[str, object]:
        own = self._ingested.quarantine
        aside = int(((own["table"] == table) & (own["source"] == source)).sum())
        found = sum(len(c.rows) for c in checks if c.spec.severity == "warning") if not refused else 0
        failed = [c.spec.name for c in checks if not c.success and c.spec.severity != "info"]
        doubts = [*gate.reasons, *(f"{name} failed" for name in failed)]
        doubts += [f"{aside} rows set aside"] if aside else []
        doubts += [f"{doubt.where}: {doubt.what}" for doubt in odd if doubt.is_cut]
        remarks = [f"{doubt.where}: {doubt.what}" for doubt in odd if not doubt.is_cut]
        verdict = "refused" if refused else "degraded" if doubts else "accepted"
        return {
            "table": table,
            "source": source,
            "verdict": verdict,
            "rows": 0 if refused else len(rows) - found,
            "dropped": self._ingested.dropped.get((table, source), 0),
            "quarantined": aside + found,
            "age_days": gate.age_days,
            "previous_rows": gate.previous_rows,
            "row_drop_pct": gate.row_drop_pct,
            "why": "; ".join(refused or [*doubts, *remarks]),
        }

    def result(self) -> Validated:
        """The tables without what left them."""
        tables = {name: _without(rows, self._leave.get(name, [])) for name, rows in self._ingested.tables.items()}
        noticed = [*self._checks, *spelling_checks(self._ingested.tables)]
        checks = pd.DataFrame(noticed, columns=list(CHECK_COLUMNS))
        grain = GRAINS["table"]
        facts = frame(grain, {name: [fact[name] for fact in self._facts] for name in grain.names})
        aside = [part for part in self._quarantine if len(part)]
        quarantine = pd.concat(aside, ignore_index=True) if aside else pd.DataFrame(columns=list(QUARANTINE_COLUMNS))
        return Validated(tables, quarantine, checks, facts)


def _cut(odd: Sequence[FileDoubt], gate: Gate) -> list[str]:
    """A file that does not end its last line and has fewer rows than last time is taken for cut off."""
    if not gate.row_drop_pct > 0:
        return []
    return [
        f"{doubt.where}: {doubt.what}; and the table has fewer rows than in the last accepted scan"
        for doubt in odd
        if doubt.is_cut
    ]


def _without(rows: pd.DataFrame, leaving: Sequence[pd.Index]) -> pd.DataFrame:
    if not leaving:
        return rows
    gone = leaving[0].append(list(leaving[1:]))
    return rows.drop(gone.unique()).reset_index(drop=True)


def _row_of(check: "Check", source: str) -> dict[str, object]:
    column = check.spec.kwargs.get("column") or ", ".join(check.spec.kwargs.get("column_list", ()))
    return {
        "table": check.spec.table,
        "source": source,
        "expectation": check.spec.name,
        "column": column,
        "severity": check.spec.severity,
        "success": check.success,
        "unexpected": check.unexpected,
        "total": check.total,
        "note": check.error or check.spec.reason,
    }


def _quarantined(table: str, source: str, rows: pd.DataFrame, check: "Check") -> pd.DataFrame:
    column = check.spec.kwargs.get("column")
    known = [*TABLES[table].column_names, *(carried.name for carried in CARRIED)]
    value = rows[column].astype("str") if column in known else pd.Series("", index=rows.index)
    reason = check.spec.reason or check.spec.name
    return pd.DataFrame(
        {
            "table": table,
            "source": source,
            "file": rows["file"].astype("str"),
            "line": rows["row"],
            "column": column or "",
            "value": value,
            "reason": f"{reason} ({check.spec.name})",
            **{name: _words(rows, name) for name in ("part_no", "site")},
        }
    )


def _words(rows: pd.DataFrame, name: str) -> pd.Series:
    """A key column as text, empty where it is missing."""
    if name not in rows:
        return pd.Series("", index=rows.index, dtype="str")
    return rows[name].astype("str").fillna("")
