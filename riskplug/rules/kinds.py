"""Rules in Python: a plugin's class gets the frames it declared, and what it gives back is held to the contract."""

from typing import Any

import pandas as pd

from riskplug.catalogue import SEVERITIES
from riskplug.errors import PluginFault
from riskplug.extend.protocols import ScanContext
from riskplug.model import FINDING_COLUMNS, Frames
from riskplug.rules.render import canonical, identities
from riskplug.rules.rule import Rule
from riskplug.rules.tree import Column

_OWN = frozenset({"severity", "message", "owner", "metric", "measures"})
_SUBJECT = ("part_no", "site", "material", "measure")


def assess(rule: Rule, tables: Frames, facts: Frames, context: ScanContext) -> pd.DataFrame:
    """Findings of a rule kind, in FINDING_COLUMNS; PluginFault when it breaks its contract."""
    assert rule.kind is not None
    seen = {name: _needed(name, tables, facts, rule) for name in sorted(rule.kind.needs)}
    rows = rule.kind(rule.options).assess(seen, context)
    _check(rule, rows)
    rows = rows.reset_index(drop=True)
    evidence = [name for name in rows if name not in _OWN and name not in rule.identity]
    made: dict[str, Any] = {
        "rule": rule.id,
        "severity": rows["severity"].astype(object),
        "grain": rule.grain,
        "identity": identities(rows, [Column(name, "text") for name in rule.identity]),
        "owner": _owner(rule, rows),
        "message": rows["message"].astype(object),
        "measures": _records(rows[[name for name in rows if name == "measures"]], "measures"),
        "evidence": [
            canonical({"rule_version": rule.version, "references": list(rule.references), **record})
            for record in _plain(rows[evidence])
        ],
        "metric": pd.to_numeric(rows["metric"]) if "metric" in rows else float("nan"),
    }
    for name in _SUBJECT:
        made[name] = rows[name].astype("str") if name in rows else float("nan")
    return pd.DataFrame(made, index=rows.index)[list(FINDING_COLUMNS)]


def _needed(name: str, tables: Frames, facts: Frames, rule: Rule) -> pd.DataFrame:
    source, key = (facts, name.removeprefix("facts.")) if name.startswith("facts.") else (tables, name)
    if key not in source:
        raise PluginFault(
            f"needs {name}, which this scan does not have",
            f"rule {rule.id}",
            "name a canonical table, or a grain as facts.GRAIN, in `needs`",
        )
    return source[key].copy()


def _check(rule: Rule, rows: object) -> None:
    fix = "assess() returns a frame with severity, message and the identity columns"
    if not isinstance(rows, pd.DataFrame):
        raise PluginFault(f"assess() gave {type(rows).__name__}, not a frame", f"rule {rule.id}", fix)
    lacking = [name for name in ("severity", "message", *rule.identity) if name not in rows]
    if lacking:
        raise PluginFault(f"assess() left out {', '.join(lacking)}", f"rule {rule.id}", fix)
    odd = sorted(set(rows["severity"].astype(str)) - set(SEVERITIES))
    if odd:
        raise PluginFault(f"assess() gave severity {', '.join(odd)}", f"rule {rule.id}", f"use {', '.join(SEVERITIES)}")


def _owner(rule: Rule, rows: pd.DataFrame) -> object:
    column = rule.owner.column or ("owner" if not rule.owner.name else "")
    if column in rows:
        return rows[column].astype(object).where(rows[column].notna(), "")
    return rule.owner.name


def _plain(rows: pd.DataFrame) -> list[dict[str, object]]:
    """Rows as plain records; missing is None, dates are text."""
    return [
        {
            str(name): None if pd.api.types.is_scalar(value) and pd.isna(value) else _simple(value)
            for name, value in record.items()
        }
        for record in rows.to_dict("records")
    ]


def _simple(value: object) -> object:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if hasattr(value, "item") else value


def _records(rows: pd.DataFrame, name: str) -> list[str]:
    if name not in rows:
        return ["{}"] * len(rows)
    return [value if isinstance(value, str) else canonical(value or {}) for value in rows[name]]
